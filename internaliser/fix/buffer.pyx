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
    # The limit comes first: capacity is doubled and may lie above it.
    if size > buffer.limit or held > buffer.limit - size:
        return NULL
    if buffer.end + size <= buffer.capacity:
        return buffer.data + buffer.end
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


cdef class ByteQueue:
    """A buffer for tests and tools: append at the end, consume at the start, within `limit`."""

    cdef Buffer buffer

    def __cinit__(self, uint64_t capacity, uint64_t limit):
        if buffer_open(&self.buffer, capacity, limit) < 0:
            raise MemoryError

    def __dealloc__(self):
        buffer_close(&self.buffer)

    def __len__(self):
        return self.buffer.end - self.buffer.start

    def __bytes__(self):
        return self.buffer.data[self.buffer.start:self.buffer.end]

    @property
    def capacity(self):
        """Bytes of memory held now."""
        return self.buffer.capacity

    def append(self, bytes data not None):
        """True, or False when the limit would be passed; nothing is appended then."""
        return buffer_append(&self.buffer, data, len(data)) == 0

    def consume(self, uint64_t size):
        """Drop `size` bytes at the start. ValueError for more than there are."""
        if size > self.buffer.end - self.buffer.start:
            raise ValueError(f"cannot consume {size} of {len(self)} bytes")
        buffer_consume(&self.buffer, size)
