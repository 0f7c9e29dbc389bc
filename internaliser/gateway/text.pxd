"""Text: words and exact numbers appended to memory the caller owns. What does not fit is cut."""

from libc.string cimport memcpy, strlen

from internaliser.model.types cimport int64_t, uint32_t, uint64_t, int128_t

cdef struct Text:
    char* data
    uint32_t used
    uint32_t capacity


cdef inline Text text_on(char* data, uint32_t capacity) noexcept nogil:
    """An empty text on that memory."""
    cdef Text text
    text.data = data
    text.used = 0
    text.capacity = capacity
    return text


cdef inline void add(Text* text, const char* data, uint32_t size) noexcept nogil:
    if size > text.capacity - text.used:
        size = text.capacity - text.used
    memcpy(text.data + text.used, data, size)
    text.used += size


cdef inline void add_words(Text* text, const char* words) noexcept nogil:
    add(text, words, <uint32_t> strlen(words))


cdef inline void add_decimal(Text* text, int128_t value, uint32_t decimals) noexcept nogil:
    """value * 10**-decimals without trailing zeros after the point. At most 38 digits, which 128 bits hold."""
    cdef char digits[128]
    cdef uint32_t at = 128
    cdef uint32_t written = 0
    cdef int is_negative = value < 0
    cdef int has_fraction = 0
    cdef int digit
    cdef uint64_t word
    if decimals > 60:
        decimals = 60
    while value != 0 or written <= decimals:
        # Once the rest fits a machine word, dividing is ten times cheaper.
        if not is_negative and value <= <int128_t> 0x7FFFFFFFFFFFFFFF:
            word = <uint64_t> value
            digit = <int> (word % 10)
            value = <int128_t> (word // 10)
        else:
            digit = <int> (value % 10)
            value = value // 10
            if digit < 0:
                digit = -digit
        written += 1
        if has_fraction or digit != 0 or written > decimals:
            if written == decimals + 1 and has_fraction:
                at -= 1
                digits[at] = b'.'
            at -= 1
            digits[at] = <char> (48 + digit)
            has_fraction = 1
    if is_negative:
        at -= 1
        digits[at] = b'-'
    add(text, digits + at, 128 - at)


cdef inline void add_number(Text* text, int64_t value) noexcept nogil:
    add_decimal(text, <int128_t> value, 0)


cdef inline void add_count(Text* text, uint64_t value) noexcept nogil:
    cdef char digits[20]
    cdef uint32_t at = 20
    while True:
        at -= 1
        digits[at] = <char> (48 + value % 10)
        value = value // 10
        if value == 0:
            break
    add(text, digits + at, 20 - at)
