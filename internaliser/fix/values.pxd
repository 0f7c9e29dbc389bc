"""Field values: text to integers and back. Knows no messages. Never raises on bad bytes."""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

cdef extern from * nogil:
    """
    #include <stdint.h>
    static const char internaliser_digit_pairs[] =
        "00010203040506070809101112131415161718192021222324"
        "25262728293031323334353637383940414243444546474849"
        "50515253545556575859606162636465666768697071727374"
        "75767778798081828384858687888990919293949596979899";
    static const uint64_t internaliser_powers[20] = {
        1ULL, 10ULL, 100ULL, 1000ULL, 10000ULL, 100000ULL, 1000000ULL, 10000000ULL, 100000000ULL,
        1000000000ULL, 10000000000ULL, 100000000000ULL, 1000000000000ULL, 10000000000000ULL,
        100000000000000ULL, 1000000000000000ULL, 10000000000000000ULL, 100000000000000000ULL,
        1000000000000000000ULL, 10000000000000000000ULL,
    };
    """
    const char* digit_pairs "internaliser_digit_pairs"
    const uint64_t* powers "internaliser_powers"        # of ten
    int __builtin_clzll(unsigned long long word)
    int __builtin_ctzll(unsigned long long word)

cdef enum:
    TAG_TEXT_MAX = 11           # "2147483647="
    DECIMAL_TEXT_MAX = 21       # "-", 19 digits, "."
    DECIMALS_MAX = 18

# Reading. 1 = well formed, 0 = not (the result is untouched).
cdef int read_int(const char* text, uint32_t size, int64_t* value) noexcept nogil
# A decimal text as an integer count of 10**-decimals, exact; 0 also when it has more decimals than
# that (non-zero ones) or overflows. Read "12.30" with decimals=2 -> 1230.
cdef int read_decimal(
    const char* text, uint32_t size, uint32_t decimals, int64_t* value
) noexcept nogil
# UTCTimestamp with s, ms, us or ns -> nanoseconds since 1970.
cdef int read_time(const char* text, uint32_t size, int64_t* value) noexcept nogil

cdef struct Writer:             # appends "tag=value<SOH>" to memory the caller owns
    char* data
    uint32_t used
    uint32_t capacity
    uint32_t overflowed         # 1 = something did not fit; nothing of that field was written
    uint32_t reserved
    uint64_t second             # put_time's own: the second it wrote last + 1, 0 = none
    char second_text[24]        # and its text

# value * 10**-decimals, without trailing zeros after the point ("30000", "0.5", "-1.25"). `decimals`
# is 0 to 18; more counts as overflow.
cdef void put_decimal(Writer* writer, int32_t tag, int64_t value, uint32_t decimals) noexcept nogil
# Cuts to `digits` (0, 3, 6 or 9) of a second, never rounds up into the future. Before 1970 counts as
# 1970.
cdef void put_time(Writer* writer, int32_t tag, int64_t time_ns, uint32_t digits) noexcept nogil

# What follows writes without asking for room and returns the first byte after it.
# A number in decimal, without leading zeros.
cdef char* write_count(char* to, uint64_t number) noexcept nogil
# As put_decimal's value, up to DECIMAL_TEXT_MAX bytes; `decimals` up to 18.
cdef char* write_decimal(char* to, int64_t value, uint32_t decimals) noexcept nogil
cdef char* write_wide_tag(char* to, uint32_t tag) noexcept nogil

# ---- eight bytes at a time: the first one of a text is the lowest of a word ----


cdef inline uint64_t word_at(const char* text) noexcept nogil:
    cdef uint64_t word
    memcpy(&word, text, 8)
    return word


# Each byte the value of a digit: the number.
cdef inline uint64_t eight_digits(uint64_t word) noexcept nogil:
    word = (word * 10 + (word >> 8)) & <uint64_t> 0x00FF00FF00FF00FF
    word = (word * 100 + (word >> 16)) & <uint64_t> 0x0000FFFF0000FFFF
    return (word * 10000 + (word >> 32)) & <uint64_t> 0xFFFFFFFF


# The high bit of each byte that is not the value of a digit.
cdef inline uint64_t odd_bytes(uint64_t word) noexcept nogil:
    return (((word & <uint64_t> 0x7F7F7F7F7F7F7F7F) + <uint64_t> 0x7676767676767676) | word) & (
        <uint64_t> 0x8080808080808080)


# The values of the 1 to 8 digits before `end`, zeros in front of them. Eight bytes before `end` are
# read: they must be there.
cdef inline uint64_t digits_before(const char* end, uint32_t size) noexcept nogil:
    cdef uint32_t unused = 64 - 8 * size
    return (word_at(end - 8) ^ <uint64_t> 0x3030303030303030) >> unused << unused


# ---- What follows is inline because tags are constants where fields are put: the compiler turns
# "<SOH>150=" into one store.


cdef inline uint32_t width_of(uint64_t number) noexcept nogil:
    # 1233 / 4096 is just above log10(2): the guess from the bits is right or one too low.
    cdef uint64_t counted = number | 1
    cdef uint32_t guess = <uint32_t> (64 - __builtin_clzll(counted)) * 1233 >> 12
    return guess + (counted >= powers[guess])


cdef inline uint32_t tag_width(uint32_t tag) noexcept nogil:
    if tag < 100:
        return 2 if tag >= 10 else 1
    if tag < 10000:
        return 4 if tag >= 1000 else 3
    return width_of(tag)


# "tag=" without looking at the room; where the value goes.
cdef inline char* write_tag(char* to, uint32_t tag) noexcept nogil:
    if tag < 10:
        to[0] = <char> (48 + tag)
        to[1] = c'='
        return to + 2
    if tag < 100:
        to[0] = <char> (48 + tag // 10)
        to[1] = <char> (48 + tag % 10)
        to[2] = c'='
        return to + 3
    if tag < 1000:
        to[0] = <char> (48 + tag // 100)
        to[1] = <char> (48 + tag // 10 % 10)
        to[2] = <char> (48 + tag % 10)
        to[3] = c'='
        return to + 4
    return write_wide_tag(to, tag)


cdef inline Writer writer_on(char* data, uint32_t capacity) noexcept nogil:
    """Nothing written yet, on that memory."""
    cdef Writer writer
    writer.data = data
    writer.used = 0
    writer.capacity = capacity
    writer.overflowed = 0
    writer.second = 0
    return writer


cdef inline void write_pair(char* to, uint64_t number) noexcept nogil:
    memcpy(to, digit_pairs + 2 * number, 2)


# A number below 10,000.
cdef inline char* write_small(char* to, uint32_t number) noexcept nogil:
    cdef uint32_t high
    if number >= 100:
        high = number // 100
        number -= high * 100
        if high >= 10:
            write_pair(to, high)
            to += 2
        else:
            to[0] = <char> (48 + high)
            to += 1
    elif number < 10:
        to[0] = <char> (48 + number)
        return to + 1
    write_pair(to, number)
    return to + 2


# A number below 10,000 in four digits.
cdef inline void write_four(char* to, uint32_t number) noexcept nogil:
    write_pair(to, number // 100)
    write_pair(to + 2, number % 100)


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


# memcmp() == 0 of a few bytes without a call.
cdef inline int is_same(const char* text, const char* other, uint32_t size) noexcept nogil:
    cdef uint32_t word, other_word
    if size > 16:
        return memcmp(text, other, size) == 0
    if size >= 8:
        return word_at(text) == word_at(other) and (
            word_at(text + size - 8) == word_at(other + size - 8))
    if size >= 4:
        memcpy(&word, text, 4)
        memcpy(&other_word, other, 4)
        if word != other_word:
            return 0
        memcpy(&word, text + size - 4, 4)
        memcpy(&other_word, other + size - 4, 4)
        return word == other_word
    while size > 0:
        size -= 1
        if text[size] != other[size]:
            return 0
    return 1


# Where the value of a field of up to `size` bytes goes, its tag written; NULL = no room. The field
# is there once `field_close` has been told where its value ends.
cdef inline char* field_open(Writer* writer, int32_t tag, uint32_t size) noexcept nogil:
    # 64 bits: a hostile size must not wrap.
    if (<uint64_t> writer.used + tag_width(<uint32_t> tag) + 2 + size) > writer.capacity:
        writer.overflowed = 1
        return NULL
    return write_tag(writer.data + writer.used, <uint32_t> tag)


cdef inline void field_close(Writer* writer, char* end) noexcept nogil:
    end[0] = 1
    writer.used = <uint32_t> (end + 1 - writer.data)


# A whole field without asking for room; the first byte after it.
cdef inline char* write_char(char* to, int32_t tag, char value) noexcept nogil:
    to = write_tag(to, <uint32_t> tag)
    to[0] = value
    to[1] = 1
    return to + 2


cdef inline char* write_text(
    char* to, int32_t tag, const char* text, uint32_t size
) noexcept nogil:
    to = write_tag(to, <uint32_t> tag)
    copy_text(to, text, size)
    to[size] = 1
    return to + size + 1


cdef inline void put_text(
    Writer* writer, int32_t tag, const char* text, uint32_t size
) noexcept nogil:
    cdef char* to = field_open(writer, tag, size)
    if to != NULL:
        copy_text(to, text, size)
        field_close(writer, to + size)


cdef inline void put_char(Writer* writer, int32_t tag, char value) noexcept nogil:
    cdef char* to = field_open(writer, tag, 1)
    if to != NULL:
        to[0] = value
        field_close(writer, to + 1)


cdef inline void put_int(Writer* writer, int32_t tag, int64_t value) noexcept nogil:
    if 0 <= value < 10:
        put_char(writer, tag, <char> (48 + value))
    else:
        put_decimal(writer, tag, value, 0)
