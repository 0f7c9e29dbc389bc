"""A growable byte queue with a named limit: appended at the end, consumed at the start."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef struct Buffer:
    char* data
    uint64_t start              # consumed up to here
    uint64_t end                # filled up to here
    uint64_t capacity
    uint64_t limit              # most bytes held

# 0, or -1: no memory.
cdef int buffer_open(Buffer* buffer, uint64_t capacity, uint64_t limit) noexcept nogil
cdef void buffer_close(Buffer* buffer) noexcept nogil
# Room for `size` bytes at the end (moves or grows as needed); NULL when the limit would be passed.
cdef char* buffer_room(Buffer* buffer, uint64_t size) noexcept nogil
cdef inline void buffer_filled(Buffer* buffer, uint64_t size) noexcept nogil:
    buffer.end += size
cdef inline void buffer_consume(Buffer* buffer, uint64_t size) noexcept nogil:
    buffer.start += size
    if buffer.start == buffer.end:
        buffer.start = 0
        buffer.end = 0
# 0, or -1: limit.
cdef int buffer_append(Buffer* buffer, const char* data, uint64_t size) noexcept nogil
