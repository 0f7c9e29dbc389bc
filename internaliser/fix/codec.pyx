"""FIX bytes: frame a stream and split a message into fields.

Nothing here raises on bad bytes and nothing reads outside the memory it is given. SOHs are found by
`scan`, many at a time. Values are read and written by `values`, whose functions can be had here
too.

    >>> decode(encode("FIX.4.4", [(35, "0"), (34, 2)]))[2:4]
    [(35, b'0'), (34, b'2')]
"""

from collections import namedtuple

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport UINT32_MAX, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memset

from internaliser.fix.scan cimport sohs, sum_of
from internaliser.fix.values cimport __builtin_ctzll, read_int

# One import serves the tools.
from internaliser.fix.text import encode, from_text, to_text  # no-cython-lint
from internaliser.fix.values import Body, format_decimal, format_time  # no-cython-lint
from internaliser.fix.values import parse_decimal, parse_int, parse_time  # no-cython-lint


cdef extern from *:
    """
    #define START "8=FIX"
    """
    const char* START


cdef extern from "<string.h>" nogil:
    void* memmem(const void* haystack, size_t haystack_size, const void* needle, size_t size)


cdef enum:
    SOH = 1
    EQUALS = 0x3D
    TRAILER_SIZE = 7            # "10=ddd<SOH>"
    BEGIN_STRING_MAX = 15       # what a session stores of BeginString(8)
    LENGTH_DIGITS_MAX = 10      # digits of BodyLength(9), with its leading zeros
    BODY_LENGTH_MIN = 5         # "35=0<SOH>"
    KNOWN_TAGS = 1800           # header and length tags lie below
    IS_HEADER = 1
    IS_SLOT = 2                 # parse() keeps its value
    IS_LENGTH = 4               # the next field is data and may hold SOH

cdef uint8_t kinds[KNOWN_TAGS]
cdef int32_t data_tags[KNOWN_TAGS]


def _fill_tables():
    header = (
        8, 9, 35, 49, 56, 115, 128, 90, 91, 34, 50, 142, 57, 143, 116, 144, 129, 145, 43, 97, 52,
        122, 212, 213, 347, 369, 627, 628, 629, 630, 1128, 1129, 1156,
    )
    # FIX 4.4 vol. 1: a field of type data is preceded by the field that holds its length.
    data_of = {
        90: 91, 93: 89, 95: 96, 212: 213, 348: 349, 350: 351, 352: 353, 354: 355, 356: 357,
        358: 359, 360: 361, 362: 363, 364: 365, 445: 446, 618: 619, 621: 622,
        # FIX 5.0 SP2
        1184: 1185, 1277: 1278, 1280: 1281, 1282: 1283, 1397: 1398, 1401: 1402, 1403: 1404,
        1468: 1469, 1525: 1527, 1578: 1579, 1620: 1621, 1664: 1665, 1678: 1697, 1733: 1734,
    }
    memset(kinds, 0, sizeof(kinds))
    memset(data_tags, 0, sizeof(data_tags))
    for tag in header:
        kinds[tag] |= IS_HEADER
    for tag in (34, 35, 43, 49, 52, 56, 97):
        kinds[tag] |= IS_SLOT
    for tag, data_tag in data_of.items():
        kinds[tag] |= IS_LENGTH
        data_tags[tag] = data_tag


_fill_tables()


# ---- framing -----------------------------------------------------------------------------------


# Garbled: the next start from `at` on, or everything but a tail that may become a start.
cdef int skip(const char* data, uint64_t size, uint64_t at, uint64_t* used) noexcept nogil:
    cdef const char* start = NULL
    cdef uint64_t tail
    if at > size:
        at = size
    start = <const char*> memmem(data + at, size - at, START, 5)
    if start != NULL:
        used[0] = <uint64_t> (start - data)
        return FRAME_GARBLED
    tail = 4 if size - at >= 4 else size - at
    while tail > 0 and memcmp(data + size - tail, START, tail) != 0:
        tail -= 1
    used[0] = size - tail
    return FRAME_GARBLED


# 1 = `text` holds all of `wanted`, 0 = the part that is there agrees, -1 = it differs.
cdef inline int begins(
    const char* text, uint64_t size, const char* wanted, uint64_t wanted_size
) noexcept nogil:
    cdef uint64_t i
    if size >= wanted_size:
        return 1 if memcmp(text, wanted, wanted_size) == 0 else -1
    for i in range(size):
        if text[i] != wanted[i]:
            return -1
    return 0


cdef inline int is_digit(char letter) noexcept nogil:
    return 48 <= letter <= 57


# "10=ddd<SOH>": 1, 0, -1 as above.
cdef int begins_trailer(const char* text, uint64_t size) noexcept nogil:
    cdef int found = begins(text, size, b"10=", 3)
    cdef uint64_t i
    if found <= 0:
        return found
    for i in range(3, 6):
        if i == size:
            return 0
        if not is_digit(text[i]):
            return -1
    if size == 6:
        return 0
    return 1 if text[6] == SOH else -1


cdef int frame(const char* data, uint64_t size, uint64_t size_max, uint64_t* used) noexcept nogil:
    """Look for one message at the start of `data`: FrameResult; `used` is 0 for PARTIAL, OVERSIZE.

    A fault is reported as soon as its byte is there. Bytes that BodyLength(9) claims for a garbled
    message are never searched for the next one, so nothing inside a data field can pass for a
    message.
    """
    cdef uint64_t at = 5, end, length = 0, digits_from
    cdef uint32_t wanted
    cdef int found = begins(data, size, START, 5)
    used[0] = 0
    if found <= 0:
        return FRAME_PARTIAL if found == 0 else skip(data, size, 1, used)
    while True:
        if at == size:
            return FRAME_PARTIAL
        if data[at] == SOH:
            break
        at += 1
        if at > 2 + BEGIN_STRING_MAX:
            return skip(data, size, at, used)
    at += 1
    found = begins(data + at, size - at, b"9=", 2)
    if found <= 0:
        return FRAME_PARTIAL if found == 0 else skip(data, size, at, used)
    at += 2
    digits_from = at
    while True:
        if at == size:
            return FRAME_PARTIAL
        if data[at] == SOH:
            break
        if not is_digit(data[at]) or at - digits_from == LENGTH_DIGITS_MAX:
            return skip(data, size, at, used)
        length = length * 10 + <uint64_t> (data[at] - 48)
        at += 1
    if length < BODY_LENGTH_MIN:
        return skip(data, size, at, used)
    at += 1
    end = at + length
    if end + TRAILER_SIZE > size_max:
        return FRAME_OVERSIZE
    found = begins(data + at, size - at, b"35=", 3)
    if found <= 0:
        return FRAME_PARTIAL if found == 0 else skip(data, size, at, used)
    if size < end:
        return FRAME_PARTIAL
    if data[end - 1] != SOH:
        return skip(data, size, end, used)
    found = begins_trailer(data + end, size - end)
    if found <= 0:
        return FRAME_PARTIAL if found == 0 else skip(data, size, end, used)
    used[0] = end + TRAILER_SIZE
    wanted = (data[end + 3] - 48) * 100 + (data[end + 4] - 48) * 10 + (data[end + 5] - 48)
    return FRAME_MESSAGE if sum_of(data, end) == wanted else FRAME_GARBLED


# ---- fields ------------------------------------------------------------------------------------


# The tag in text[0..size), -1 if it is none (sign, letter, leading zero, too long).
cdef int32_t slow_tag(const char* text, uint32_t size) noexcept nogil:
    cdef int32_t tag = 0
    cdef uint32_t i
    if size == 0 or size > 9 or (size > 1 and text[0] == 48):
        return -1
    for i in range(size):
        if not is_digit(text[i]):
            return -1
        tag = tag * 10 + (text[i] - 48)
    return tag


# Any field from `at` to its SOH at `end`.
cdef void read_odd_field(const char* raw, uint64_t at, uint64_t end, Field* field) noexcept nogil:
    cdef uint64_t width = 0
    while at + width < end and raw[at + width] != EQUALS:
        width += 1
    if at + width < end:
        field.tag = slow_tag(raw + at, <uint32_t> width)
        at += width + 1
    else:
        field.tag = -1
    field.offset = <uint32_t> at
    field.size = <uint32_t> (end - at)


# Read the field from `at` to its SOH at `end`; tags of one to four digits in one go. Only digits
# stand before the "=" found, so it lies before the SOH.
cdef inline void read_field(
    const char* raw, uint64_t at, uint64_t end, uint64_t size, Field* field
) noexcept nogil:
    cdef const char* text = raw + at
    cdef uint32_t tag, second, third, fourth
    if at + 5 > size:
        read_odd_field(raw, at, end, field)
        return
    tag = <uint32_t> <uint8_t> text[0] - 48
    second = <uint32_t> <uint8_t> text[1] - 48
    if tag - 1 > 8:
        read_odd_field(raw, at, end, field)
        return
    if text[2] == EQUALS and second <= 9:
        tag = tag * 10 + second
        at += 3
    elif second == EQUALS - 48:
        at += 2
    else:
        third = <uint32_t> <uint8_t> text[2] - 48
        if second > 9 or third > 9:
            read_odd_field(raw, at, end, field)
            return
        tag = (tag * 10 + second) * 10 + third
        fourth = <uint32_t> <uint8_t> text[3] - 48
        if fourth == EQUALS - 48:
            at += 4
        elif fourth <= 9 and text[4] == EQUALS:
            tag = tag * 10 + fourth
            at += 5
        else:
            read_odd_field(raw, at, end, field)
            return
    field.tag = <int32_t> tag
    field.offset = <uint32_t> at
    field.size = <uint32_t> (end - at)


cdef void keep_slot(Message* message, const Field* field) noexcept nogil:
    cdef uint32_t at = <uint32_t> (field - message.fields)
    cdef int is_yes = field.size == 1 and message.raw[field.offset] == 0x59
    if field.tag == 34:
        if message.msg_seq_num == 0:
            keep_number(message, field)
    elif field.tag == 49:
        if message.sender_at == 0:
            message.sender_at = at
    elif field.tag == 52:
        if message.sending_time_ns < 0:
            keep_sending_time(message, field)
    elif field.tag == 56:
        if message.target_at == 0:
            message.target_at = at
    elif field.tag == 43:
        message.poss_dup |= is_yes
    elif field.tag == 97:
        message.poss_resend |= is_yes
    elif message.msg_type[0] == 0:
        keep_msg_type(message, field)


cdef int parse(Message* message, const char* raw, uint32_t size) noexcept nogil:
    """A data field whose length field is wrong ends at its first SOH: the dictionary refuses it.

    Fields without a numeric tag are kept with tag -1 (Reject 373=0), so only 8, 9 and 35 not being
    the first three make a framed message garbled. Behind FIELDS_MAX fields nothing is read.
    """
    cdef uint64_t at = 0, end, data_end, limit = size
    cdef uint64_t base = 0          # where the bits of `ends` begin
    cdef uint64_t ends              # the SOHs from there on that have not been met
    cdef uint32_t kind
    cdef uint32_t in_header = IS_HEADER
    cdef int32_t data_tag = 0
    cdef int64_t data_size = 0
    cdef Field* field = message.fields
    cdef const Field* fields_end = field + FIELDS_MAX
    begin_message(message, raw, size)
    ends = sohs(raw, 0, limit)
    while at < limit:
        if field == fields_end:
            message.is_cut = 1
            break
        while ends == 0 and limit - base > 64:
            base += 64
            ends = sohs(raw, base, limit)
        end = base + <uint64_t> __builtin_ctzll(ends) if ends != 0 else limit
        ends &= ends - 1
        read_field(raw, at, end, limit, field)
        if data_tag != 0:
            if field.tag == data_tag and data_size < <int64_t> (limit - field.offset):
                data_end = field.offset + <uint64_t> data_size
                if raw[data_end] == SOH:
                    field.size = <uint32_t> data_size
                    end = data_end
                    base = end + 1
                    ends = sohs(raw, base, limit)
            data_tag = 0
        kind = kinds[field.tag] if <uint32_t> field.tag < KNOWN_TAGS else 0
        if kind != in_header:
            if kind & IS_SLOT:
                keep_slot(message, field)
            elif kind & IS_LENGTH and read_int(raw + field.offset, field.size, &data_size):
                data_tag = data_tags[field.tag] if data_size >= 0 else 0
            if in_header and not kind & IS_HEADER:
                in_header = 0
                message.body_first = <uint32_t> (field - message.fields)
        field += 1
        at = end + 1
    message.field_count = <uint32_t> (field - message.fields)
    if in_header:
        message.body_first = message.field_count
    if message.field_count < 3 or message.fields[0].tag != 8 or message.fields[1].tag != 9:
        return -1
    return 0 if message.fields[2].tag == 35 else -1


cdef const Field* find(const Message* message, int32_t tag) noexcept nogil:
    return find_from(message, tag, 0)


cdef const Field* find_from(const Message* message, int32_t tag, uint32_t first) noexcept nogil:
    cdef uint32_t i
    for i in range(first, message.field_count):
        if message.fields[i].tag == tag:
            return &message.fields[i]
    return NULL


cdef int32_t data_tag_of(int32_t tag) noexcept nogil:
    return data_tags[tag] if 0 <= tag < KNOWN_TAGS else 0


# ---- Python ------------------------------------------------------------------------------------


Split = namedtuple("Split", ("messages", "used", "garbled", "is_oversize"))
Header = namedtuple(
    "Header",
    ("msg_type", "msg_seq_num", "sending_time_ns", "poss_dup", "poss_resend", "body_first"),
)


cdef class Parsed:
    """A message and the buffer it looks into, held for as long as this lives."""

    def __cinit__(self, data):
        PyObject_GetBuffer(data, &self.view, PyBUF_SIMPLE)
        self.is_whole = (
            self.view.len <= UINT32_MAX
            and parse(&self.message, <const char*> self.view.buf, <uint32_t> self.view.len) == 0
            and not self.message.is_cut
        )

    def __dealloc__(self):
        PyBuffer_Release(&self.view)

    cdef int require(self) except -1:
        if not self.is_whole:
            raise ValueError(
                f"not a FIX message: 8, 9, 35 do not come first, or more than {FIELDS_MAX} fields"
            )
        return 0

    cdef list fields(self):
        cdef uint32_t i
        cdef const Field* field
        self.require()
        fields = []
        for i in range(self.message.field_count):
            field = &self.message.fields[i]
            fields.append((field.tag, self.message.raw[field.offset:field.offset + field.size]))
        return fields

    cdef object header(self):
        cdef const Message* message = &self.message
        self.require()
        return Header(
            (<bytes> message.msg_type).decode("latin-1"),
            message.msg_seq_num,
            message.sending_time_ns,
            message.poss_dup != 0,
            message.poss_resend != 0,
            message.body_first,
        )


def split(data, uint64_t limit=65536):
    """Cut a stream into whole messages.

    `messages` are those whose BodyLength and CheckSum agree, `used` the bytes that need not be
    kept, `garbled` the number of stretches that were skipped. `is_oversize`: a BodyLength says more
    than `limit`; stop reading.
    """
    cdef Py_buffer view
    cdef const char* start
    cdef uint64_t at = 0, used = 0
    cdef int result = FRAME_PARTIAL
    messages = []
    garbled = 0
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        start = <const char*> view.buf
        while at < <uint64_t> view.len:
            result = frame(start + at, view.len - at, limit, &used)
            if result == FRAME_PARTIAL or result == FRAME_OVERSIZE:
                break
            if result == FRAME_MESSAGE:
                messages.append(start[at:at + used])
            else:
                garbled += 1
            at += used
    finally:
        PyBuffer_Release(&view)
    return Split(messages, at, garbled, result == FRAME_OVERSIZE)


def decode(data):
    """All fields of one whole message in order, 8 and 9 first, 10 last. A tag of -1 was no number.

    ValueError if `data` is not exactly one message with the right BodyLength and CheckSum.
    """
    fault = fault_of(data)
    if fault:
        raise ValueError(f"not one FIX message: {fault}")
    return Parsed(data).fields()


def split_fields(data):
    """The fields of a message whose length and checksum nobody vouches for (logs, samples)."""
    return Parsed(data).fields()


def read_header(data):
    """What a session looks at first. A number of 0 or a time of -1 is missing or malformed.

    `body_first` is the index of the first field that is not a header field.
    """
    return Parsed(data).header()


def fault_of(data):
    """Why a strict reader refuses these bytes as one message, in a sentence; "" if it does not."""
    cdef bytes raw
    found = split(data, UINT32_MAX)
    if len(found.messages) == 1 and not found.garbled and found.used == len(data):
        return ""
    raw = bytes(data)
    begin, length, msg_type = (raw.split(b"\x01", 3) + [b"", b"", b""])[:3]
    if not (begin.startswith(b"8=FIX") and length[:2] == b"9=" and msg_type.startswith(b"35=")):
        return "8, 9 and 35 must be the first three fields"
    body = len(begin) + len(length) + 2
    trailer = raw.rfind(b"\x0110=", body - 1) + 1
    declared = length[2:].decode("latin-1")
    if found.messages:
        return f"{len(raw)} bytes are more than one message"
    if trailer == 0:
        return "CheckSum(10) is missing"
    if not declared.isdecimal() or int(declared) != trailer - body:
        return f"BodyLength(9) is {declared}, the body has {trailer - body} bytes"
    given = raw[trailer + 3:].rstrip(b"\x01").decode("latin-1")
    return f"CheckSum(10) is {given}, the bytes add up to {checksum(raw[:trailer]):03d}"


def checksum(data):
    """The sum of the bytes modulo 256, as CheckSum(10) wants it."""
    cdef Py_buffer view
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        return sum_of(<const char*> view.buf, view.len)
    finally:
        PyBuffer_Release(&view)
