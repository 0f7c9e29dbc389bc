"""Field values: text to integers and back. Knows no messages. Never raises on bad bytes."""

from libc.stdint cimport int32_t, int64_t, uint32_t

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

cdef void put_text(Writer* writer, int32_t tag, const char* text, uint32_t size) noexcept nogil
cdef void put_char(Writer* writer, int32_t tag, char value) noexcept nogil
cdef void put_int(Writer* writer, int32_t tag, int64_t value) noexcept nogil
# value * 10**-decimals, without trailing zeros after the point ("30000", "0.5", "-1.25").
cdef void put_decimal(Writer* writer, int32_t tag, int64_t value, uint32_t decimals) noexcept nogil
# digits = 0, 3, 6 or 9 of a second.
cdef void put_time(Writer* writer, int32_t tag, int64_t time_ns, uint32_t digits) noexcept nogil
