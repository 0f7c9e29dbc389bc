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
    cdef char* to = text.data + text.used
    cdef uint32_t i
    if size > text.capacity - text.used:
        size = text.capacity - text.used
    text.used += size
    if size > 8:
        memcpy(to, data, size)
    else:
        for i in range(size):
            to[i] = data[i]


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
    cdef const char* pairs = (
        b"000102030405060708091011121314151617181920212223242526272829"
        b"303132333435363738394041424344454647484950515253545556575859"
        b"606162636465666768697071727374757677787980818283848586878889"
        b"90919293949596979899"
    )
    cdef char digits[20]
    cdef uint32_t at = 20
    cdef uint32_t word
    if value < 10:
        digits[0] = <char> (48 + value)
        add(text, digits, 1)
        return
    while value >> 32 != 0:
        at -= 2
        memcpy(digits + at, pairs + 2 * (value % 100), 2)
        value = value // 100
    # 32-bit division is several times cheaper.
    word = <uint32_t> value
    while word >= 10:
        at -= 2
        memcpy(digits + at, pairs + 2 * (word % 100), 2)
        word = word // 100
    if word > 0:
        at -= 1
        digits[at] = <char> (48 + word)
    add(text, digits + at, 20 - at)
