"""FIX values: text of fields as integers, and back. No floats, no locale, no allocation.

    >>> parse_decimal("12.30", 2)
    1230
"""

from libc.stdint cimport INT64_MAX, UINT32_MAX, int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from internaliser.fix.text import value_bytes


cdef extern from *:
    """
    #define ZEROS 0x3030303030303030ULL
    #define HIGHS 0x8080808080808080ULL
    #define internaliser_load(place) __atomic_load_n(place, __ATOMIC_RELAXED)
    #define internaliser_store(place, word) __atomic_store_n(place, word, __ATOMIC_RELAXED)
    """
    const uint64_t ZEROS
    const uint64_t HIGHS
    uint64_t load_relaxed "internaliser_load"(uint64_t* place) noexcept nogil
    void store_relaxed "internaliser_store"(uint64_t* place, uint64_t word) noexcept nogil


cdef enum:
    MINUS = 0x2D
    POINT = 0x2E
    DAYS_TO_1970 = 719468       # from 0000-03-01
    DIGITS_MAX = 9              # of a second

# A trading day has one date: the last one read and the last one written, with its days since 1970,
# each in one word (number << 32 | days, days << 32 | number), so that any thread may use them.
cdef uint64_t date_read = <uint64_t> 19700101 << 32
cdef uint64_t date_written = 19700101


# ---- reading -----------------------------------------------------------------------------------


cdef inline int all_digits(uint64_t word) noexcept nogil:
    # Each byte is a digit's value: 9 + 0x76 still stays below 0x80.
    return (((word + <uint64_t> 0x7676767676767676) | word) & HIGHS) == 0


cdef int read_int(const char* text, uint32_t size, int64_t* value) noexcept nogil:
    """FIX int: an optional minus sign and digits, leading zeros allowed, no plus sign."""
    cdef uint32_t first = size > 0 and text[0] == MINUS
    cdef uint32_t at = first
    cdef uint64_t total = 0
    cdef uint64_t digit
    if at == size:
        return 0
    while at < size:
        digit = <uint64_t> <uint8_t> text[at] - 48
        # The first 18 digits cannot pass 63 bits.
        if digit > 9 or (at >= 18 and total > <uint64_t> INT64_MAX // 10):
            return 0
        total = total * 10 + digit
        if total > <uint64_t> INT64_MAX:
            return 0
        at += 1
    value[0] = -<int64_t> total if first == 1 else <int64_t> total
    return 1


# read_decimal of any length: nothing may pass 63 bits on the way.
cdef int read_long_decimal(
    const char* text, uint32_t size, uint32_t decimals, int64_t* value
) noexcept nogil:
    cdef uint32_t at = 0, digits = 0
    cdef uint64_t total = 0
    cdef int64_t places = -1            # digits seen after the point, -1 = no point yet
    cdef uint64_t digit
    cdef int is_negative = size > 0 and text[0] == MINUS
    if is_negative:
        at = 1
    while at < size:
        digit = <uint64_t> <uint8_t> (text[at] - 48)
        at += 1
        if digit > 9:
            if text[at - 1] != POINT or places >= 0:
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


cdef int read_decimal(
    const char* text, uint32_t size, uint32_t decimals, int64_t* value
) noexcept nogil:
    """FIX float: "-", digits and at most one point, at least one digit; no exponent, no plus."""
    cdef uint64_t total = 0
    cdef uint64_t digit
    cdef uint32_t at = 0, point = 0
    # Up to 18 digits of a plain number: what has another sign, or needs care, goes the long way.
    if size == 0 or <uint64_t> size + decimals > 18:
        return read_long_decimal(text, size, decimals, value)
    while at < size:
        digit = <uint64_t> <uint8_t> text[at] - 48
        if digit > 9:
            break
        total = total * 10 + digit
        at += 1
    if at < size:
        point = at + 1
        if text[at] != POINT or at == 0 or size - point > decimals:
            return read_long_decimal(text, size, decimals, value)
        decimals -= size - point
        at = point
        while at < size:
            digit = <uint64_t> <uint8_t> text[at] - 48
            if digit > 9:
                return 0
            total = total * 10 + digit
            at += 1
    value[0] = <int64_t> (total * powers[decimals])
    return 1


# Days since 1970-01-01 of a date in the Gregorian calendar (years counted from March).
cdef inline int64_t days_of(int64_t year, int64_t month, int64_t day) noexcept nogil:
    cdef int64_t era, year_of_era, day_of_era, day_of_year
    if month <= 2:
        year -= 1
        month += 12
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month - 3) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146097 + day_of_era - DAYS_TO_1970


cdef inline int64_t days_in(int64_t year, int64_t month) noexcept nogil:
    if month == 2:
        return 29 if (year % 4 == 0 and year % 100 != 0) or year % 400 == 0 else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


# "YYYYMMDD" as days since 1970; -1 if it is no date of 1970..2261 (what int64 nanoseconds can
# hold).
cdef int64_t read_date(const char* text) noexcept nogil:
    cdef uint64_t word = word_at(text) ^ ZEROS
    cdef uint64_t known = load_relaxed(&date_read)
    cdef int64_t number, year, month, day, days
    if not all_digits(word):
        return -1
    number = <int64_t> eight_digits(word)
    if number == <int64_t> (known >> 32):
        return <int64_t> <uint32_t> known
    year = number // 10000
    month = number // 100 % 100
    day = number % 100
    if not 1970 <= year <= 2261 or not 1 <= month <= 12 or not 1 <= day <= days_in(year, month):
        return -1
    days = days_of(year, month, day)
    store_relaxed(&date_read, <uint64_t> number << 32 | <uint64_t> days)
    return days


# "HH:MM:SS" as seconds; -1 if it is none. Second 60 is a leap second (FIX 4.4 vol. 1,
# UTCTimestamp).
cdef int64_t read_clock(const char* text) noexcept nogil:
    cdef uint64_t word = word_at(text)
    cdef uint64_t hour, minute, second
    if (word & <uint64_t> 0x0000FF0000FF0000) != <uint64_t> 0x00003A00003A0000:
        return -1
    word = (word ^ ZEROS) & <uint64_t> 0xFFFF00FFFF00FFFF
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
    cdef uint64_t fraction = 0
    cdef uint32_t i
    cdef uint64_t digit
    if size != 17 and size != 21 and size != 24 and size != 27:
        return 0
    if text[8] != MINUS or (size > 17 and text[17] != POINT):
        return 0
    days = read_date(text)
    seconds = read_clock(text + 9)
    if days < 0 or seconds < 0:
        return 0
    if size == 24:
        # ":00.123456" is in one word with the point and a digit of the second before.
        digit = (word_at(text + 16) >> 16) ^ <uint64_t> 0x303030303030
        if not all_digits(digit):
            return 0
        fraction = eight_digits(digit << 16) * 1000
    else:
        for i in range(18, size):
            digit = <uint64_t> <uint8_t> text[i] - 48
            if digit > 9:
                return 0
            fraction = fraction * 10 + digit
        if size == 21:
            fraction *= 1000000
    value[0] = (days * 86400 + seconds) * 1000000000 + <int64_t> fraction
    return 1


# ---- writing -----------------------------------------------------------------------------------


# The lowest `width` digits of `number`, right to left, zero padded.
cdef inline void write_digits(char* to, uint64_t number, uint32_t width) noexcept nogil:
    while width >= 2:
        width -= 2
        write_pair(to + width, number % 100)
        number //= 100
    if width == 1:
        to[0] = <char> (48 + number % 10)


cdef char* write_count(char* to, uint64_t number) noexcept nogil:
    cdef uint32_t width, low
    if number < 10000:
        return write_small(to, <uint32_t> number)
    if number < 100000000:
        low = <uint32_t> number
        to = write_small(to, low // 10000)
        write_four(to, low % 10000)
        return to + 4
    width = width_of(number)
    write_digits(to, number, width)
    return to + width


cdef char* write_wide_tag(char* to, uint32_t tag) noexcept nogil:
    to = write_count(to, tag)
    to[0] = c'='
    return to + 1


cdef char* write_decimal(char* to, int64_t value, uint32_t decimals) noexcept nogil:
    cdef uint64_t whole = <uint64_t> value if value >= 0 else 0 - <uint64_t> value
    cdef uint64_t fraction = whole
    if value < 0:
        to[0] = MINUS
        to += 1
    if decimals == 0:
        return write_count(to, whole)
    if whole <= UINT32_MAX and decimals <= 9:
        # Several times cheaper than dividing 64 bits.
        whole = <uint32_t> whole // <uint32_t> powers[decimals]
    else:
        whole //= powers[decimals]
    fraction -= whole * powers[decimals]
    to = write_count(to, whole)
    if fraction == 0:
        return to
    while fraction % 10 == 0:
        fraction //= 10
        decimals -= 1
    to[0] = POINT
    write_digits(to + 1, fraction, decimals)
    return to + 1 + decimals


cdef void put_decimal(Writer* writer, int32_t tag, int64_t value, uint32_t decimals) noexcept nogil:
    cdef char[DECIMAL_TEXT_MAX] text
    cdef char* to
    if decimals > DECIMALS_MAX:
        writer.overflowed = 1
    elif <uint64_t> writer.used + TAG_TEXT_MAX + DECIMAL_TEXT_MAX + 1 <= writer.capacity:
        to = write_tag(writer.data + writer.used, <uint32_t> tag)
        field_close(writer, write_decimal(to, value, decimals))
    else:
        # Little room: its exact size decides.
        put_text(writer, tag, text, <uint32_t> (write_decimal(text, value, decimals) - text))


cdef uint64_t date_number(uint64_t days) noexcept nogil:
    """Days since 1970 as the number YYYYMMDD."""
    cdef uint64_t known = load_relaxed(&date_written)
    cdef uint64_t era, day_of_era, year_of_era, day_of_year, month, year, day, number
    if known >> 32 == days:
        return <uint32_t> known
    number = days + DAYS_TO_1970
    era = number // 146097
    day_of_era = number % 146097
    year_of_era = day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    year_of_era //= 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    number = year * 10000 + month * 100 + day
    store_relaxed(&date_written, days << 32 | number)
    return number


# "YYYYMMDD-HH:MM:SS", seventeen bytes.
cdef void write_second(char* to, uint64_t seconds) noexcept nogil:
    cdef uint64_t days = seconds // 86400
    cdef uint32_t second = <uint32_t> (seconds - days * 86400)
    cdef uint32_t date = <uint32_t> date_number(days)
    write_four(to, date // 10000)
    write_four(to + 4, date % 10000)
    to[8] = MINUS
    write_pair(to + 9, second // 3600)
    to[11] = 0x3A
    write_pair(to + 12, second // 60 % 60)
    to[14] = 0x3A
    write_pair(to + 15, second % 60)


cdef inline void write_fraction(char* to, uint32_t fraction_ns, uint32_t digits) noexcept nogil:
    cdef uint32_t micros
    to[0] = POINT
    if digits == 6:
        micros = fraction_ns // 1000
        write_pair(to + 1, micros // 10000)
        write_four(to + 3, micros % 10000)
    else:
        write_digits(to + 1, fraction_ns // powers[9 - digits], digits)


cdef void put_time(Writer* writer, int32_t tag, int64_t time_ns, uint32_t digits) noexcept nogil:
    cdef uint32_t size = 18 + digits if digits > 0 else 17
    cdef uint64_t time = <uint64_t> time_ns if time_ns >= 0 else 0
    cdef uint64_t second = time // 1000000000
    cdef char* to
    if digits > DIGITS_MAX:
        writer.overflowed = 1
        return
    to = field_open(writer, tag, size)
    if to == NULL:
        return
    if writer.second != second + 1:
        write_second(writer.second_text, second)
        writer.second = second + 1
    memcpy(to, writer.second_text, 16)
    to[16] = writer.second_text[16]
    if digits > 0:
        write_fraction(to + 17, <uint32_t> (time - second * 1000000000), digits)
    field_close(writer, to + size)


# ---- Python ------------------------------------------------------------------------------------


def parse_int(text):
    """A FIX int (str or bytes). ValueError if it is none or does not fit 64 bits."""
    cdef int64_t value
    cdef bytes raw = value_bytes(text)
    if not read_int(raw, <uint32_t> len(raw), &value):
        raise ValueError(f"not a FIX int: {text!r}")
    return value


def parse_decimal(text, uint32_t decimals):
    """Exact: the count of 10**-decimals in a FIX float.

    ValueError if it is none, has more places, or does not fit 64 bits.
    """
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


cdef class Body:
    """The fields of a message after its header, written as the node writes them.

    What does not fit `capacity` is left out whole and sets `overflowed`.
    """

    cdef Writer writer

    def __cinit__(self, uint32_t capacity=65536):
        self.writer.data = <char*> malloc(capacity if capacity > 0 else 1)
        if self.writer.data == NULL:
            raise MemoryError
        self.writer.capacity = capacity

    def __dealloc__(self):
        free(self.writer.data)

    def __bytes__(self):
        return self.writer.data[:self.writer.used]

    @property
    def overflowed(self):
        """Whether something did not fit or could not be written."""
        return self.writer.overflowed != 0

    def put_text(self, int32_t tag, value):
        """bytes, str (latin-1) or int, as they are."""
        cdef bytes raw = value_bytes(value)
        put_text(&self.writer, tag, raw, <uint32_t> len(raw))

    def put_char(self, int32_t tag, str value not None):
        """One letter. ValueError for more or none."""
        if len(value) != 1 or ord(value) > 127:
            raise ValueError(f"not one letter: {value!r}")
        put_char(&self.writer, tag, <char> ord(value))

    def put_int(self, int32_t tag, int64_t value):
        """An integer."""
        put_int(&self.writer, tag, value)

    def put_decimal(self, int32_t tag, int64_t value, uint32_t decimals):
        """value * 10**-decimals without trailing zeros after the point."""
        put_decimal(&self.writer, tag, value, decimals)

    def put_time(self, int32_t tag, int64_t time_ns, uint32_t digits=3):
        """Nanoseconds since 1970 as a UTCTimestamp, cut to `digits` of a second."""
        put_time(&self.writer, tag, time_ns, digits)


cdef str value_of(Body body):
    # The body holds "0=value<SOH>".
    if body.overflowed:
        raise ValueError("decimals must be 0 to 18, digits 0 to 9")
    return bytes(body).decode("ascii")[2:].rstrip("\x01")


def format_decimal(int64_t value, uint32_t decimals):
    """value * 10**-decimals without trailing zeros after the point."""
    cdef Body body = Body(64)
    body.put_decimal(0, value, decimals)
    return value_of(body)


def format_time(int64_t time_ns, uint32_t digits=3):
    """Nanoseconds since 1970 as a UTCTimestamp with 0, 3, 6 or 9 digits of a second, cut."""
    cdef Body body = Body(64)
    body.put_time(0, time_ns, digits)
    return value_of(body)
