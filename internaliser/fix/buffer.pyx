"""Byte queues."""

from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memmove


cdef int buffer_open(Buffer* buffer, uint64_t capacity, uint64_t limit) noexcept nogil:
    buffer.data = <char*> malloc(capacity)
    buffer.start = 0
    buffer.end = 0
    buffer.capacity = capacity
    buffer.limit = limit
    return 0 if buffer.data != NULL else -1


cdef void buffer_close(Buffer* buffer) noexcept nogil:
    free(buffer.data)
    buffer.data = NULL
    buffer.capacity = 0
    buffer.start = 0
    buffer.end = 0


cdef char* buffer_room(Buffer* buffer, uint64_t size) noexcept nogil:
    cdef uint64_t held = buffer.end - buffer.start
    cdef uint64_t capacity
    cdef char* data
    if buffer.end + size <= buffer.capacity:
        return buffer.data + buffer.end
    if held + size > buffer.limit:
        return NULL
    if buffer.start > 0:
        memmove(buffer.data, buffer.data + buffer.start, held)
        buffer.start = 0
        buffer.end = held
    if held + size > buffer.capacity:
        capacity = buffer.capacity * 2 if buffer.capacity > 0 else 4096
        while capacity < held + size:
            capacity *= 2
        data = <char*> realloc(buffer.data, capacity)
        if data == NULL:
            return NULL
        buffer.data = data
        buffer.capacity = capacity
    return buffer.data + buffer.end


cdef int buffer_append(Buffer* buffer, const char* data, uint64_t size) noexcept nogil:
    cdef char* room = buffer_room(buffer, size)
    if room == NULL:
        return -1
    memcpy(room, data, size)
    buffer.end += size
    return 0
