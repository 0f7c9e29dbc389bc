"""Parsing by habit: every tag is compared with the one that stood there in the last good one."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from internaliser.fix.codec cimport (
    Field, Message, begin_message, data_tag_of, keep_msg_type, keep_number, keep_sending_time,
)
from internaliser.fix.scan cimport sohs
from internaliser.fix.values cimport (
    __builtin_ctzll, digits_before, eight_digits, odd_bytes, width_of, word_at, write_tag,
)

cdef enum:
    SOH = 1
    TRAILER_SIZE = 7            # "10=ddd<SOH>"
    TAG_DIGITS_MAX = 7          # with the "=" eight bytes
    TYPE_AT = 4                 # of the MsgType's letter, from the SOH before "35="
    SECOND_SIZE = 17            # "YYYYMMDD-HH:MM:SS"


# The habit for a message whose first SOHs are `ends`: its MsgType is in the third field.
cdef inline Habit* habit_for(
    Habit* habits, const char* raw, uint32_t size, uint64_t ends
) noexcept nogil:
    cdef uint64_t second = ends & (ends - 1)
    cdef uint64_t at
    if second == 0:
        return NULL
    at = <uint64_t> __builtin_ctzll(second) + TYPE_AT
    return habit_of(habits, raw[at]) if at < size else NULL


cdef inline int is_same_second(const char* text, const char* known) noexcept nogil:
    return (word_at(text) == word_at(known) and word_at(text + 8) == word_at(known + 8)
            and text[16] == known[16])


cdef inline int is_trailer(const char* text) noexcept nogil:
    return (text[0] == c'1' and text[1] == c'0' and text[2] == c'=' and text[3] != SOH
            and text[4] != SOH and text[5] != SOH and text[6] == SOH)


# SendingTime in microseconds or milliseconds: mostly of the same second as the last one.
cdef inline void keep_usual_time(Message* message, Habit* habit) noexcept nogil:
    cdef const Field* field = &message.fields[habit.sending_time_at]
    cdef const char* text = message.raw + field.offset
    cdef uint64_t digits
    if (habit.second_ns != 0 and 18 < field.size < 26
            and is_same_second(text, habit.second_text) and text[17] == c'.'):
        digits = digits_before(text + field.size, field.size - 18)
        if odd_bytes(digits) == 0 and (field.size == 24 or field.size == 21):
            digits = eight_digits(digits) * (1000 if field.size == 24 else 1000000)
            message.sending_time_ns = habit.second_ns + <int64_t> digits
            message.sending_time_at = habit.sending_time_at
            return
    keep_sending_time(message, field)
    if message.sending_time_ns >= 0:
        memcpy(habit.second_text, text, SECOND_SIZE)
        habit.second_ns = message.sending_time_ns - message.sending_time_ns % 1000000000


cdef void keep_slots(Message* message, Habit* habit) noexcept nogil:
    message.field_count = habit.field_count
    message.body_first = habit.body_first
    message.sender_at = habit.sender_at
    message.target_at = habit.target_at
    keep_msg_type(message, &message.fields[2])
    keep_number(message, &message.fields[habit.number_at])
    keep_usual_time(message, habit)
    message.habit = habit


cdef int parse_usual(
    Message* message, const char* raw, uint32_t size, Habit* habits
) noexcept nogil:
    cdef uint64_t base = 0, at = 0, end
    cdef uint64_t last = <uint64_t> size - 8    # where eight bytes can still be read
    cdef uint64_t ends = sohs(raw, 0, size)     # the SOHs from `base` on that have not been met
    cdef Habit* habit = habit_for(habits, raw, size, ends) if habits != NULL else NULL
    cdef const UsualField* usual
    cdef const UsualField* trailer
    cdef Field* field = message.fields
    if habit == NULL or habit.field_count == 0 or size < 8:
        return -1
    usual = &habit.fields[0]
    trailer = usual + habit.field_count - 1
    while usual < trailer:
        if ends == 0:
            base += 64
            if base >= size:
                return -1
            ends = sohs(raw, base, size)
            continue
        end = base + <uint64_t> __builtin_ctzll(ends)
        ends &= ends - 1
        if at > last or (word_at(raw + at) ^ usual.word) & usual.mask != 0:
            return -1
        at += usual.tag_size
        if at == end:
            return -1               # a field without a value
        field.tag = usual.tag
        field.offset = <uint32_t> at
        field.size = <uint32_t> (end - at)
        at = end + 1
        field += 1
        usual += 1
    if at + TRAILER_SIZE != size or not is_trailer(raw + at):
        return -1
    field.tag = 10
    field.offset = <uint32_t> at + 3
    field.size = 3
    begin_message(message, raw, size)
    keep_slots(message, habit)
    return 0


cdef int keep_field(UsualField* usual, int32_t tag) noexcept nogil:
    cdef char[16] text
    if tag <= 0 or width_of(tag) > TAG_DIGITS_MAX or data_tag_of(tag) != 0:
        return 0
    if tag == 43 or tag == 97:
        return 0                # PossDupFlag and PossResend: read where they stand
    usual.tag = tag
    usual.tag_size = <uint32_t> (write_tag(text, <uint32_t> tag) - text)
    usual.mask = <uint64_t> 0xFFFFFFFFFFFFFFFF >> (64 - 8 * usual.tag_size)
    usual.word = word_at(text) & usual.mask
    return 1


# The index of the only field with this tag; 0 = none or several.
cdef uint32_t index_of(const Message* message, int32_t tag) noexcept nogil:
    cdef uint32_t i, found = 0
    for i in range(message.field_count):
        if message.fields[i].tag == tag:
            if found != 0:
                return 0
            found = i
    return found


cdef int habit_keep(Habit* habit, const Message* message) noexcept nogil:
    cdef uint32_t i
    habit.field_count = 0
    habit.number_at = index_of(message, 34)
    habit.sending_time_at = index_of(message, 52)
    habit.sender_at = index_of(message, 49)
    habit.target_at = index_of(message, 56)
    if (message.field_count > HABIT_FIELDS_MAX or habit.number_at == 0
            or habit.sending_time_at == 0 or habit.sender_at == 0 or habit.target_at == 0
            or message.fields[message.field_count - 1].tag != 10):
        return 0
    for i in range(message.field_count):
        if not keep_field(&habit.fields[i], message.fields[i].tag):
            return 0
    habit.body_first = message.body_first
    habit.field_count = message.field_count
    return 1
