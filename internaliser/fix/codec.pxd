"""Bytes <-> fields. Knows tags and values, no sessions, no orders. Never raises on bad bytes.

Framing follows FIX 4.4 vol. 2: 8= first, 9= second, 35= third, 10= last; anything else is garbled.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

# Users of fields use their values too: one cimport serves them.
from internaliser.fix.values cimport (
    Writer, digits_before, eight_digits, odd_bytes, put_char, put_decimal, put_int, put_text,
    put_time, read_decimal, read_int, read_time, writer_on,
)

cdef enum FrameResult:
    FRAME_PARTIAL = 0           # no whole message yet
    FRAME_MESSAGE = 1           # `used` bytes are one message whose BodyLength and CheckSum agree
    FRAME_GARBLED = 2           # skip `used` bytes (up to the next "8=FIX" or all of them)
    FRAME_OVERSIZE = 3          # BodyLength says more than the limit: drop the connection

cdef enum:
    FIELDS_MAX = 2048           # fields kept of one message

cdef struct Field:
    int32_t tag                 # -1: not a number
    uint32_t offset             # of the value, from the start of the message
    uint32_t size               # of the value

cdef struct Message:            # views into `raw`; valid only while raw is
    const char* raw
    uint32_t size
    uint32_t field_count
    uint32_t body_first         # index of the first field that is not a header field
    uint8_t poss_dup            # 43=Y
    uint8_t poss_resend         # 97=Y
    uint8_t is_cut              # it has more than FIELDS_MAX fields; the first ones are kept
    uint8_t reserved
    uint64_t msg_seq_num        # 0 = missing or not a number
    int64_t sending_time_ns     # -1 = missing or malformed
    uint32_t sending_time_at    # index of the field it was read from
    uint32_t sender_at          # index of the first SenderCompID(49), 0 = none
    uint32_t target_at          # index of the first TargetCompID(56), 0 = none
    const void* habit           # the Habit it was read by (habit.pxd), NULL = by parse
    char msg_type[8]            # NUL padded; longer ones are cut
    Field fields[FIELDS_MAX]

cdef int frame(const char* data, uint64_t size, uint64_t size_max, uint64_t* used) noexcept nogil
# Split a framed message into fields and read the header slots above. 0, or -1: garbled after all. Who
# is handed a message that `is_cut` refuses it.
cdef int parse(Message* message, const char* raw, uint32_t size) noexcept nogil
# First field with that tag, NULL if absent.
cdef const Field* find(const Message* message, int32_t tag) noexcept nogil
cdef const Field* find_from(const Message* message, int32_t tag, uint32_t first) noexcept nogil

# The data field whose length this tag holds (95 -> 96), 0 = none.
cdef int32_t data_tag_of(int32_t tag) noexcept nogil

# ---- the slots of a message; parse fills them as it meets their fields ----

cdef inline void begin_message(Message* message, const char* raw, uint32_t size) noexcept nogil:
    message.raw = raw
    message.size = size
    message.poss_dup = 0
    message.poss_resend = 0
    message.is_cut = 0
    message.msg_seq_num = 0
    message.sending_time_ns = -1
    message.sending_time_at = 0
    message.sender_at = 0
    message.target_at = 0
    message.habit = NULL
    memset(message.msg_type, 0, 8)

cdef inline void keep_msg_type(Message* message, const Field* field) noexcept nogil:
    if field.size == 1:
        message.msg_type[0] = message.raw[field.offset]
    else:
        memcpy(message.msg_type, message.raw + field.offset, field.size if field.size < 7 else 7)

# MsgSeqNum(34): the first one that is a positive number.
cdef inline void keep_number(Message* message, const Field* field) noexcept nogil:
    cdef const char* text = message.raw + field.offset
    cdef int64_t number
    cdef uint64_t digits
    if 0 < field.size <= 8 and field.offset + field.size >= 8:
        digits = digits_before(text + field.size, field.size)
        if odd_bytes(digits) == 0:
            message.msg_seq_num = eight_digits(digits)
            return
    if read_int(text, field.size, &number) and number > 0:
        message.msg_seq_num = <uint64_t> number

cdef inline void keep_sending_time(Message* message, const Field* field) noexcept nogil:
    if read_time(message.raw + field.offset, field.size, &message.sending_time_ns):
        message.sending_time_at = <uint32_t> (field - message.fields)


cdef class Parsed:              # a message for Python callers, with the buffer it looks into
    cdef Message message
    cdef Py_buffer view
    cdef bint is_whole

    cdef int require(self) except -1        # ValueError unless it could be split into fields
    cdef list fields(self)
    cdef object header(self)
