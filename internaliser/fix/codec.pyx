"""FIX bytes: frame a stream, split a message into fields, read and write values.

Nothing here raises on bad bytes and nothing reads outside the memory it is given. Words of eight bytes are
examined at a time where eight bytes are there (little-endian); the last few of a message go one by one.

    >>> decode(encode("FIX.4.4", [(35, "0"), (34, 2)]))[2:4]
    [(35, b'0'), (34, b'2')]
"""

from collections import namedtuple

from libc.stdint cimport INT64_MAX, UINT32_MAX, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy, memset


cdef extern from *:
    """
    #define ONES 0x0101010101010101ULL
    #define HIGHS 0x8080808080808080ULL
    #define START "8=FIX"
    """
    const uint64_t ONES
    const uint64_t HIGHS
    const char* START
    int __builtin_ctzll(unsigned long long word) noexcept nogil
    int __builtin_clzll(unsigned long long word) noexcept nogil


cdef extern from "<string.h>" nogil:
    void* memmem(const void* haystack, size_t haystack_size, const void* needle, size_t size)


cdef enum:
    SOH = 1
    EQUALS = 0x3D
    TRAILER_SIZE = 7            # "10=ddd<SOH>"
    BEGIN_STRING_MAX = 15       # what a session stores of BeginString(8)
    LENGTH_DIGITS_MAX = 10      # digits of BodyLength(9), with its leading zeros
    BODY_LENGTH_MIN = 5         # "35=0<SOH>"
    KNOWN_TAGS = 1200           # header and length tags lie below
    IS_HEADER = 1
    IS_SLOT = 2                 # parse() keeps its value
    IS_LENGTH = 4               # the next field is data and may hold SOH

cdef uint8_t kinds[KNOWN_TAGS]
cdef int32_t data_tags[KNOWN_TAGS]
cdef char digit_pairs[200]
cdef uint64_t powers[20]        # of ten


def _fill_tables():
    header = (8, 9, 35, 49, 56, 115, 128, 90, 91, 34, 50, 142, 57, 143, 116, 144, 129, 145, 43, 97, 52,
              122, 212, 213, 347, 369, 627, 628, 629, 630, 1128, 1129, 1156)
    # FIX 4.4 vol. 1: a field of type data is preceded by the field that holds its length.
    data_of = {90: 91, 93: 89, 95: 96, 212: 213, 348: 349, 350: 351, 352: 353, 354: 355, 356: 357,
               358: 359, 360: 361, 362: 363, 364: 365, 445: 446, 618: 619, 621: 622}
    memset(kinds, 0, sizeof(kinds))
    memset(data_tags, 0, sizeof(data_tags))
    for tag in header:
        kinds[tag] |= IS_HEADER
    for tag in (34, 35, 43, 52, 97):
        kinds[tag] |= IS_SLOT
    for tag, data_tag in data_of.items():
        kinds[tag] |= IS_LENGTH
        data_tags[tag] = data_tag
    for number in range(100):
        digit_pairs[2 * number] = 48 + number // 10
        digit_pairs[2 * number + 1] = 48 + number % 10
    for number in range(20):
        powers[number] = 10 ** number


_fill_tables()


# ---- framing ---------------------------------------------------------------------------------------


cdef inline uint64_t load(const char* text) noexcept nogil:
    cdef uint64_t word
    memcpy(&word, text, 8)
    return word


cdef inline uint64_t zero_bytes(uint64_t word) noexcept nogil:
    # The lowest set bit marks the first zero byte exactly; higher ones may lie.
    return (word - ONES) & ~word & HIGHS


cdef inline uint8_t sum_of(const char* data, uint64_t size) noexcept nogil:
    # Byte-wide and without early exit, so that the compiler adds sixteen at a time.
    cdef uint8_t total = 0
    cdef uint64_t i
    for i in range(size):
        total = <uint8_t> (total + <uint8_t> data[i])
    return total


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
cdef inline int begins(const char* text, uint64_t size, const char* wanted, uint64_t wanted_size) noexcept nogil:
    cdef uint64_t i
    for i in range(wanted_size):
        if i == size:
            return 0
        if text[i] != wanted[i]:
            return -1
    return 1


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
    """Look for one message at the start of `data` (FrameResult; `used` is 0 for PARTIAL and OVERSIZE).

    A fault is reported as soon as its byte is there. Bytes that BodyLength(9) claims for a garbled message
    are never searched for the next one, so nothing inside a data field can pass for a message.
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


# ---- fields ----------------------------------------------------------------------------------------


# Eight decimal digits, one per byte, the first in the lowest byte.
cdef inline uint64_t eight_digits(uint64_t word) noexcept nogil:
    word = (word * 10 + (word >> 8)) & <uint64_t> 0x00FF00FF00FF00FF
    word = (word * 100 + (word >> 16)) & <uint64_t> 0x0000FFFF0000FFFF
    return (word * 10000 + (word >> 32)) & <uint64_t> 0xFFFFFFFF


cdef inline int all_digits(uint64_t word) noexcept nogil:
    # Each byte is a digit's value: 9 + 0x76 still stays below 0x80.
    return (((word + <uint64_t> 0x7676767676767676) | word) & HIGHS) == 0


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


cdef inline uint32_t end_of_value(const char* raw, uint32_t at, uint32_t size) noexcept nogil:
    cdef uint64_t found
    while at + 8 <= size:
        found = zero_bytes(load(raw + at) ^ ONES)
        if found != 0:
            return at + (<uint32_t> __builtin_ctzll(found) >> 3)
        at += 8
    while at < size and raw[at] != SOH:
        at += 1
    return at


# Read one field at `at`; the return value is where its value ends (the SOH, or `size`).
cdef inline uint32_t read_field(const char* raw, uint32_t at, uint32_t size, Field* field) noexcept nogil:
    cdef const char* text = raw + at
    cdef uint32_t width = 1, end
    cdef uint32_t tag, digit
    if at + 8 <= size:
        # A tag of up to six digits that does not start with 0 cannot leave these eight bytes.
        tag = <uint8_t> (text[0] - 48)
        if tag - 1 < 9:
            digit = <uint8_t> (text[1] - 48)
            while digit <= 9 and width < 6:
                tag = tag * 10 + digit
                width += 1
                digit = <uint8_t> (text[width] - 48)
            if text[width] == EQUALS:
                at += width + 1
                end = end_of_value(raw, at, size)
                field.tag = <int32_t> tag
                field.offset = at
                field.size = end - at
                return end
    end = end_of_value(raw, at, size)
    width = 0
    while at + width < end and raw[at + width] != EQUALS:
        width += 1
    if at + width < end:
        field.tag = slow_tag(raw + at, width)
        field.offset = at + width + 1
    else:
        field.tag = -1
        field.offset = at
    field.size = end - field.offset
    return end


cdef void keep_slot(Message* message, const Field* field) noexcept nogil:
    cdef const char* text = message.raw + field.offset
    cdef int64_t number
    cdef int is_yes = field.size == 1 and text[0] == 0x59
    if field.tag == 34:
        if message.msg_seq_num == 0 and read_int(text, field.size, &number) and number > 0:
            message.msg_seq_num = <uint64_t> number
    elif field.tag == 52:
        if message.sending_time_ns < 0:
            read_time(text, field.size, &message.sending_time_ns)
    elif field.tag == 43:
        message.poss_dup |= is_yes
    elif field.tag == 97:
        message.poss_resend |= is_yes
    elif message.msg_type[0] == 0:
        memcpy(message.msg_type, text, field.size if field.size < 7 else 7)


cdef int parse(Message* message, const char* raw, uint32_t size) noexcept nogil:
    """A data field whose length field is wrong ends at its first SOH: the dictionary refuses it, by number.

    Fields without a numeric tag are kept with tag -1 (Reject 373=0), so only too many fields, or 8, 9 and
    35 not being the first three, make a framed message garbled.
    """
    cdef uint32_t at = 0, end, count = 0, data_end
    cdef uint8_t kind
    cdef int in_header = 1
    cdef int32_t data_tag = 0
    cdef int64_t data_size = 0
    cdef Field* field = message.fields
    message.raw = raw
    message.size = size
    message.poss_dup = 0
    message.poss_resend = 0
    message.msg_seq_num = 0
    message.sending_time_ns = -1
    memset(message.msg_type, 0, 8)
    while at < size:
        if count == FIELDS_MAX:
            return -1
        end = read_field(raw, at, size, field)
        if data_tag != 0:
            if field.tag == data_tag and data_size <= <int64_t> (size - field.offset) - 1:
                data_end = field.offset + <uint32_t> data_size
                if raw[data_end] == SOH:
                    field.size = <uint32_t> data_size
                    end = data_end
            data_tag = 0
        kind = kinds[field.tag] if 0 <= field.tag < KNOWN_TAGS else 0
        if kind & ~IS_HEADER:
            if kind & IS_SLOT:
                keep_slot(message, field)
            elif read_int(raw + field.offset, field.size, &data_size) and data_size >= 0:
                data_tag = data_tags[field.tag]
        if in_header and not kind & IS_HEADER:
            in_header = 0
            message.body_first = count
        field += 1
        count += 1
        at = end + 1
    message.field_count = count
    if in_header:
        message.body_first = count
    if count < 3 or message.fields[0].tag != 8 or message.fields[1].tag != 9:
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


# ---- reading values --------------------------------------------------------------------------------


cdef int read_int(const char* text, uint32_t size, int64_t* value) noexcept nogil:
    """FIX int: an optional minus sign and digits, leading zeros allowed, no plus sign."""
    cdef uint32_t at = 1 if size > 0 and text[0] == 0x2D else 0
    cdef uint32_t first = at
    cdef uint64_t total = 0
    cdef uint8_t digit
    while at < size:
        digit = <uint8_t> (text[at] - 48)
        if digit > 9 or total > <uint64_t> INT64_MAX // 10:
            return 0
        total = total * 10 + digit
        if total > <uint64_t> INT64_MAX:
            return 0
        at += 1
    if at == first:
        return 0
    value[0] = -<int64_t> total if first == 1 else <int64_t> total
    return 1


cdef int read_decimal(const char* text, uint32_t size, uint32_t decimals, int64_t* value) noexcept nogil:
    """FIX float: "-", digits and at most one point, at least one digit; no exponent, no plus sign."""
    cdef uint32_t at = 0, digits = 0
    cdef uint64_t total = 0
    cdef int64_t places = -1            # digits seen after the point, -1 = no point yet
    cdef uint64_t digit
    cdef int is_negative = size > 0 and text[0] == 0x2D
    if is_negative:
        at = 1
    while at < size:
        digit = <uint64_t> <uint8_t> (text[at] - 48)
        at += 1
        if digit > 9:
            if text[at - 1] != 0x2E or places >= 0:
                return 0
            places = 0
            continue
        digits += 1
        if places >= 0:
            if places == decimals:
                if digit != 0:
                    return 0
                continue
            places += 1
        if total > <uint64_t> INT64_MAX // 10:
            return 0
        total = total * 10 + digit
        if total > <uint64_t> INT64_MAX:
            return 0
    if digits == 0:
        return 0
    if places < 0:
        places = 0
    while places < decimals and total != 0:
        if total > <uint64_t> INT64_MAX // 10:
            return 0
        total *= 10
        places += 1
    value[0] = -<int64_t> total if is_negative else <int64_t> total
    return 1


# Days since 1970-01-01 of a date in the Gregorian calendar (years counted from March).
cdef inline int64_t days_of(int64_t year, int64_t month, int64_t day) noexcept nogil:
    cdef int64_t era, year_of_era, day_of_year
    if month <= 2:
        year -= 1
        month += 12
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month - 3) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


cdef inline int64_t days_in(int64_t year, int64_t month) noexcept nogil:
    if month == 2:
        return 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


# "YYYYMMDD" as days since 1970; -1 if it is no date of 1970..2261 (what int64 nanoseconds can hold).
cdef int64_t read_date(const char* text) noexcept nogil:
    cdef uint64_t word = load(text) ^ (ONES * 0x30)
    cdef int64_t number, year, month, day
    if not all_digits(word):
        return -1
    number = <int64_t> eight_digits(word)
    year = number // 10000
    month = number // 100 % 100
    day = number % 100
    if not 1970 <= year <= 2261 or not 1 <= month <= 12 or not 1 <= day <= days_in(year, month):
        return -1
    return days_of(year, month, day)


# "HH:MM:SS" as seconds; -1 if it is none. Second 60 is a leap second (FIX 4.4 vol. 1, UTCTimestamp).
cdef int64_t read_clock(const char* text) noexcept nogil:
    cdef uint64_t word = load(text)
    cdef uint64_t hour, minute, second
    if (word & <uint64_t> 0x0000FF0000FF0000) != <uint64_t> 0x00003A00003A0000:
        return -1
    word = (word ^ (ONES * 0x30)) & <uint64_t> 0xFFFF00FFFF00FFFF
    if not all_digits(word):
        return -1
    hour = (word & 0xFF) * 10 + (word >> 8 & 0xFF)
    minute = (word >> 24 & 0xFF) * 10 + (word >> 32 & 0xFF)
    second = (word >> 48 & 0xFF) * 10 + (word >> 56)
    if hour > 23 or minute > 59 or second > 60:
        return -1
    return <int64_t> (hour * 3600 + minute * 60 + second)


cdef int read_time(const char* text, uint32_t size, int64_t* value) noexcept nogil:
    """UTCTimestamp "YYYYMMDD-HH:MM:SS" with 0, 3, 6 or 9 digits of a second; years 1970 to 2261."""
    cdef int64_t days, seconds
    cdef int64_t fraction = 0
    cdef uint32_t i
    cdef uint8_t digit
    if size != 17 and size != 21 and size != 24 and size != 27:
        return 0
    if text[8] != 0x2D or (size > 17 and text[17] != 0x2E):
        return 0
    days = read_date(text)
    seconds = read_clock(text + 9)
    if days < 0 or seconds < 0:
        return 0
    for i in range(18, size):
        digit = <uint8_t> (text[i] - 48)
        if digit > 9:
            return 0
        fraction = fraction * 10 + digit
    if size == 21:
        fraction *= 1000000
    elif size == 24:
        fraction *= 1000
    value[0] = (days * 86400 + seconds) * 1000000000 + fraction
    return 1


# ---- writing values --------------------------------------------------------------------------------


# Room for "tag=" and `size` more bytes and SOH; writes the tag, returns where the value goes, NULL = no room.
cdef inline char* put_tag(Writer* writer, int32_t tag, uint32_t size) noexcept nogil:
    cdef char* to = writer.data + writer.used
    cdef uint32_t number = <uint32_t> tag
    cdef uint32_t width = 1, left
    while width < 10 and number >= powers[width]:
        width += 1
    # 64 bits: a hostile size must not wrap.
    if <uint64_t> writer.used + width + 2 + size > writer.capacity:
        writer.overflowed = 1
        return NULL
    left = width
    while number >= 100:
        left -= 2
        memcpy(to + left, digit_pairs + 2 * (number % 100), 2)
        number //= 100
    if left == 2:
        memcpy(to, digit_pairs + 2 * number, 2)
    else:
        to[0] = <char> (48 + number)
    to[width] = 0x3D
    to[width + 1 + size] = SOH
    writer.used += width + 2 + size
    return to + width + 1


# memcpy of a few bytes without a call.
cdef inline void copy_text(char* to, const char* text, uint32_t size) noexcept nogil:
    if size > 16:
        memcpy(to, text, size)
    elif size >= 8:
        memcpy(to, text, 8)
        memcpy(to + size - 8, text + size - 8, 8)
    elif size >= 4:
        memcpy(to, text, 4)
        memcpy(to + size - 4, text + size - 4, 4)
    elif size >= 2:
        memcpy(to, text, 2)
        memcpy(to + size - 2, text + size - 2, 2)
    elif size == 1:
        to[0] = text[0]


cdef inline uint32_t width_of(uint64_t number) noexcept nogil:
    # 1233 / 4096 is just above log10(2): the guess from the bits is right or one too high.
    cdef uint32_t guess = <uint32_t> (64 - __builtin_clzll(number | 1)) * 1233 >> 12
    return guess + (number >= powers[guess])


# The lowest `width` digits of `number`, right to left, zero padded.
cdef inline void write_digits(char* to, uint64_t number, uint32_t width) noexcept nogil:
    while width >= 2:
        width -= 2
        memcpy(to + width, digit_pairs + 2 * (number % 100), 2)
        number //= 100
    if width == 1:
        to[0] = <char> (48 + number % 10)


cdef void put_text(Writer* writer, int32_t tag, const char* text, uint32_t size) noexcept nogil:
    cdef char* to = put_tag(writer, tag, size)
    if to != NULL:
        copy_text(to, text, size)


cdef void put_char(Writer* writer, int32_t tag, char value) noexcept nogil:
    cdef char* to = put_tag(writer, tag, 1)
    if to != NULL:
        to[0] = value


cdef void put_int(Writer* writer, int32_t tag, int64_t value) noexcept nogil:
    put_decimal(writer, tag, value, 0)


cdef void put_decimal(Writer* writer, int32_t tag, int64_t value, uint32_t decimals) noexcept nogil:
    """`decimals` is 0 to 18; more counts as overflow."""
    cdef uint64_t magnitude = <uint64_t> value if value >= 0 else 0 - <uint64_t> value
    cdef uint64_t whole, fraction
    cdef uint32_t sign = value < 0, width
    cdef char* to
    if decimals > 18:
        writer.overflowed = 1
        return
    if magnitude == 0:
        decimals = 0
    while decimals >= 4 and magnitude % 10000 == 0:
        magnitude //= 10000
        decimals -= 4
    while decimals > 0 and magnitude % 10 == 0:
        magnitude //= 10
        decimals -= 1
    whole = magnitude
    if decimals > 0:
        whole = magnitude // powers[decimals]
        fraction = magnitude % powers[decimals]
    width = sign + width_of(whole)
    to = put_tag(writer, tag, width + decimals + 1 if decimals > 0 else width)
    if to == NULL:
        return
    if sign:
        to[0] = 0x2D
    write_digits(to + sign, whole, width - sign)
    if decimals > 0:
        to[width] = 0x2E
        write_digits(to + width + 1, fraction, decimals)


# "YYYYMMDD-HH:MM:SS[.fff]" of a time since 1970; `to` has room for 17 or 18 + digits.
cdef void write_time(char* to, uint64_t time_ns, uint32_t digits) noexcept nogil:
    cdef uint64_t seconds = time_ns // 1000000000
    cdef uint64_t days = seconds // 86400
    cdef uint64_t era, day_of_era, year_of_era, day_of_year, month, year, day
    seconds %= 86400
    days += 719468
    era = days // 146097
    day_of_era = days % 146097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    write_digits(to, year * 10000 + month * 100 + day, 8)
    to[8] = 0x2D
    write_digits(to + 9, seconds // 3600, 2)
    to[11] = 0x3A
    write_digits(to + 12, seconds // 60 % 60, 2)
    to[14] = 0x3A
    write_digits(to + 15, seconds % 60, 2)
    if digits > 0:
        to[17] = 0x2E
        write_digits(to + 18, time_ns % 1000000000 // powers[9 - digits], digits)


cdef void put_time(Writer* writer, int32_t tag, int64_t time_ns, uint32_t digits) noexcept nogil:
    """Cuts to `digits` of a second (never rounds up into the future). Times before 1970 are written as 1970."""
    cdef char* to
    if digits > 9:
        writer.overflowed = 1
        return
    to = put_tag(writer, tag, 18 + digits if digits > 0 else 17)
    if to != NULL:
        write_time(to, <uint64_t> time_ns if time_ns >= 0 else 0, digits)


# ---- Python ----------------------------------------------------------------------------------------


Split = namedtuple("Split", ("messages", "used", "garbled", "is_oversize"))


def split(bytes data not None, uint64_t limit=65536):
    """Cut a stream into whole messages.

    `messages` are those whose BodyLength and CheckSum agree, `used` the bytes that need not be kept, `garbled`
    the number of stretches that were skipped. `is_oversize`: a BodyLength says more than `limit`; stop reading.
    """
    cdef const char* start = data
    cdef uint64_t at = 0, used = 0, size = len(data)
    cdef int result = FRAME_PARTIAL
    messages = []
    garbled = 0
    while at < size:
        result = frame(start + at, size - at, limit, &used)
        if result == FRAME_PARTIAL or result == FRAME_OVERSIZE:
            break
        if result == FRAME_MESSAGE:
            messages.append(data[at:at + used])
        else:
            garbled += 1
        at += used
    return Split(messages, at, garbled, result == FRAME_OVERSIZE)


def decode(bytes data not None):
    """All fields of one whole message in order, 8 and 9 first, 10 last. A tag of -1 was not a number.

    ValueError if `data` is not exactly one message with the right BodyLength and CheckSum.
    """
    cdef const char* start = data
    cdef uint64_t used = 0, size = len(data)
    cdef int result = frame(start, size, UINT32_MAX, &used)
    if result == FRAME_PARTIAL:
        raise ValueError(f"not a whole FIX message: {size} bytes end before its CheckSum(10)")
    if result != FRAME_MESSAGE:
        raise ValueError(f"not a FIX message: {fault_of(data)}")
    if used != size:
        raise ValueError(f"more than one FIX message: {size - used} bytes follow the CheckSum(10)")
    fields = fields_of(data)
    if fields is None:
        raise ValueError(f"not a FIX message: more than {FIELDS_MAX} fields")
    return fields


def split_fields(bytes data not None):
    """The fields of a message whose BodyLength and CheckSum nobody vouches for (logs, samples, damaged ones)."""
    fields = fields_of(data)
    if fields is None:
        raise ValueError(f"not a FIX message: 8, 9, 35 do not come first, or more than {FIELDS_MAX} fields")
    return fields


def fault_of(bytes data not None):
    """Why a strict reader refuses these bytes as one message, in one sentence; "" if it does not."""
    cdef const char* start = data
    cdef uint64_t used = 0, size = len(data)
    cdef int result = frame(start, size, UINT32_MAX, &used)
    if result == FRAME_MESSAGE and used == size:
        return ""
    begin, length, msg_type = (data.split(b"\x01", 3) + [b"", b"", b""])[:3]
    if not (begin.startswith(b"8=FIX") and length.startswith(b"9=") and msg_type.startswith(b"35=")):
        return "8, 9 and 35 must be the first three fields"
    body = len(begin) + len(length) + 2
    trailer = data.rfind(b"\x0110=", body) + 1
    declared = length[2:]
    if trailer == 0:
        return "CheckSum(10) is missing"
    if not declared.isdigit() or int(declared) != trailer - body:
        return f"BodyLength(9) is {declared.decode('latin-1')}, the body has {trailer - body} bytes"
    given = data[trailer + 3:].rstrip(b"\x01").decode("latin-1")
    return f"CheckSum(10) is {given}, the bytes add up to {sum_of(start, trailer):03d}"


cdef fields_of(bytes data):
    cdef Message* message = <Message*> malloc(sizeof(Message))
    cdef uint32_t i
    cdef Field* field
    if message == NULL:
        raise MemoryError
    try:
        if len(data) > UINT32_MAX or parse(message, data, <uint32_t> len(data)) < 0:
            return None
        fields = []
        for i in range(message.field_count):
            field = &message.fields[i]
            fields.append((field.tag, data[field.offset:field.offset + field.size]))
        return fields
    finally:
        free(message)


def encode(str begin_string not None, fields, *, int length_digits=1):
    """One message: 8 and 9 before the given (tag, value) pairs, 10 after them; 35 must be the first pair.

    Values are bytes, str (latin-1) or int. `length_digits` pads BodyLength(9) with zeros. ValueError for a
    first pair that is not 35, and for a pair that is an 8, 9 or 10.
    """
    fields = list(fields)
    body = b"".join([b"%d=%b\x01" % (tag, value_bytes(value)) for tag, value in fields])
    if not body.startswith(b"35="):
        raise ValueError(f"MsgType(35) must be the first field, not {body[:16]!r}")
    tags = {tag for tag, _ in fields} & {8, 9, 10}
    if tags:
        raise ValueError(f"8, 9 and 10 are computed, not given: {sorted(tags)}")
    length = str(len(body)).zfill(length_digits).encode()
    message = b"8=%b\x019=%b\x01%b" % (begin_string.encode("latin-1"), length, body)
    return message + b"10=%03d\x01" % checksum(message)


cdef bytes value_bytes(value):
    if isinstance(value, bytes):
        return value
    return str(value).encode("latin-1")


def checksum(bytes data not None):
    """The sum of the bytes modulo 256, as CheckSum(10) wants it."""
    return sum_of(data, len(data))


def from_text(str text not None, str separator="|"):
    """Fields written by hand: "35=D|55=BTC/USD" as (tag, value) pairs; 8, 9 and 10 are left out."""
    fields = []
    for part in text.strip().strip(separator).split(separator):
        tag, equals, value = part.strip().partition("=")
        if not equals or not tag.isdecimal():
            raise ValueError(f"expected tag=value, found {part!r} in {text!r}")
        if tag not in ("8", "9", "10"):
            fields.append((int(tag), value.encode("latin-1")))
    return fields


def to_text(bytes data not None, str separator="|"):
    """A message for people: SOH becomes `separator`."""
    return data.decode("latin-1").replace("\x01", separator)


def parse_int(text):
    """A FIX int (str or bytes). ValueError if it is none or does not fit 64 bits."""
    cdef int64_t value
    cdef bytes raw = value_bytes(text)
    if not read_int(raw, <uint32_t> len(raw), &value):
        raise ValueError(f"not a FIX int: {text!r}")
    return value


def parse_decimal(text, uint32_t decimals):
    """Exact: the count of 10**-decimals in a FIX float. ValueError if it has more places or does not fit."""
    cdef int64_t value
    cdef bytes raw = value_bytes(text)
    if not read_decimal(raw, <uint32_t> len(raw), decimals, &value):
        raise ValueError(f"not a FIX float with at most {decimals} decimals: {text!r}")
    return value


def parse_time(text):
    """A UTCTimestamp as nanoseconds since 1970. ValueError if it is none."""
    cdef int64_t value
    cdef bytes raw = value_bytes(text)
    if not read_time(raw, <uint32_t> len(raw), &value):
        raise ValueError(f"not a FIX UTCTimestamp: {text!r}")
    return value


cdef str written(Writer* writer):
    # The writer holds "0=value<SOH>".
    if writer.overflowed:
        raise ValueError("decimals must be 0 to 18, digits 0 to 9")
    return writer.data[2:writer.used - 1].decode("ascii")


def format_decimal(int64_t value, uint32_t decimals):
    """value * 10**-decimals without trailing zeros after the point."""
    cdef char[64] room
    cdef Writer writer
    writer.data, writer.used, writer.capacity, writer.overflowed = room, 0, 64, 0
    put_decimal(&writer, 0, value, decimals)
    return written(&writer)


def format_time(int64_t time_ns, uint32_t digits=3):
    """Nanoseconds since 1970 as a UTCTimestamp with 0, 3, 6 or 9 digits of a second, cut, not rounded."""
    cdef char[64] room
    cdef Writer writer
    writer.data, writer.used, writer.capacity, writer.overflowed = room, 0, 64, 0
    put_time(&writer, 0, time_ns, digits)
    return written(&writer)
