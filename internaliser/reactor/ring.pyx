"""The ring's two ends. Wake-ups follow Dekker's rule: each side stores its own word, fences, then
reads the other's, so that either the consumer sees the record or the producer sees the sleeper.

>>> ring = Ring(1 << 16)
>>> ring.put(1, b"halt")
True
>>> ring.take()
[(1, b'halt')]
"""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset
from posix.unistd cimport close, read, write

from internaliser.reactor.atomic cimport (
    flag_load, flag_store, flag_swap, full_fence, shared_count, shared_load, shared_store,
)
from internaliser.reactor.system cimport EFD_CLOEXEC, EFD_NONBLOCK, eventfd

cdef extern from "stdlib.h" nogil:
    int posix_memalign(void** place, size_t alignment, size_t size)

cdef enum:
    CACHE_LINE = 64
    CAPACITY_MIN = 256
    KIND_FILLER = 0

CAPACITY_MAX = 1 << 30          # bytes; a ring is a hand-over, not a store


cdef inline uint64_t stride(uint32_t size) noexcept nogil:
    """Bytes a record of `size` takes in the ring: its head, itself, padding to 8."""
    return sizeof(RingRecord) + ((<uint64_t>size + 7) & ~<uint64_t>7)


@cython.final
cdef class Ring:
    """`capacity` is the named limit in bytes, a power of two; one record may take half of it."""

    def __cinit__(self, uint64_t capacity):
        cdef void* place = NULL
        self.wake_fd = -1
        if capacity < CAPACITY_MIN or capacity > CAPACITY_MAX or capacity & (capacity - 1):
            raise ValueError(
                f"ring capacity must be a power of two from {CAPACITY_MIN} to {CAPACITY_MAX} bytes,"
                f" not {capacity}"
            )
        if posix_memalign(&place, CACHE_LINE, sizeof(RingState)) != 0:
            raise MemoryError("no memory for a ring")
        self.state = <RingState*>place
        memset(self.state, 0, sizeof(RingState))
        self.bytes = <uint8_t*>calloc(1, capacity)
        if self.bytes == NULL:
            raise MemoryError(f"no memory for a ring of {capacity} bytes")
        self.capacity = capacity
        self.mask = capacity - 1
        # Half, so that a record that must skip the end of the ring still fits an empty one.
        self.record_max = <uint32_t>(capacity // 2 - sizeof(RingRecord))
        self.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)
        if self.wake_fd < 0:
            raise OSError("no eventfd for a ring")
        self.state.is_asleep = 1    # the first record must wake a consumer that has only registered

    def __dealloc__(self):
        if self.wake_fd >= 0:
            close(self.wake_fd)
        free(self.bytes)
        free(self.state)

    # Producer

    cdef int put_record(self, uint32_t kind, const void* bytes, uint32_t size) noexcept nogil:
        cdef RingState* state = self.state
        cdef uint64_t tail = state.tail
        cdef uint64_t offset = tail & self.mask
        cdef uint64_t need = stride(size)
        cdef uint64_t skip = 0
        cdef RingRecord* record
        if size > self.record_max:
            return RING_TOO_LARGE
        if offset + need > self.capacity:
            skip = self.capacity - offset
        if tail + skip + need - state.head_seen > self.capacity:
            state.head_seen = shared_load(&state.head)
            if tail + skip + need - state.head_seen > self.capacity:
                shared_count(&state.refused, 1)
                return RING_FULL
        if skip:
            record = <RingRecord*>(self.bytes + offset)
            record.size = <uint32_t>(skip - sizeof(RingRecord))
            record.kind = KIND_FILLER
            offset = 0
        record = <RingRecord*>(self.bytes + offset)
        record.size = size
        record.kind = kind
        memcpy(self.bytes + offset + sizeof(RingRecord), bytes, size)
        shared_store(&state.tail, tail + skip + need)
        full_fence()
        if flag_load(&state.is_asleep) and flag_swap(&state.is_asleep, 0):
            self.signal()
            shared_count(&state.wakes, 1)
        return RING_DONE

    cdef void signal(self) noexcept nogil:
        cdef uint64_t one = 1
        # It cannot fail in a way that matters: a full counter is readable as well.
        write(self.wake_fd, &one, sizeof(one))

    cdef uint64_t room(self) noexcept nogil:
        self.state.head_seen = shared_load(&self.state.head)
        return self.capacity - (self.state.tail - self.state.head_seen)

    # Consumer

    cdef const RingRecord* peek(self) noexcept nogil:
        cdef RingState* state = self.state
        cdef RingRecord* record
        while True:
            if state.head == state.tail_seen:
                state.tail_seen = shared_load(&state.tail)
                if state.head == state.tail_seen:
                    return NULL
            record = <RingRecord*>(self.bytes + (state.head & self.mask))
            if record.kind != KIND_FILLER:
                return record
            shared_store(&state.head, state.head + stride(record.size))

    cdef void advance(self) noexcept nogil:
        cdef RingState* state = self.state
        cdef RingRecord* record = <RingRecord*>(self.bytes + (state.head & self.mask))
        assert state.head != state.tail_seen
        shared_count(&state.taken, 1)
        shared_store(&state.head, state.head + stride(record.size))

    cdef int sleep(self) noexcept nogil:
        cdef RingState* state = self.state
        flag_store(&state.is_asleep, 1)
        full_fence()
        if shared_load(&state.tail) == state.head:
            return 1
        flag_store(&state.is_asleep, 0)
        return 0

    cdef void wake(self) noexcept nogil:
        flag_store(&self.state.is_asleep, 0)

    cdef void clear(self) noexcept nogil:
        cdef uint64_t count
        read(self.wake_fd, &count, sizeof(count))

    # Python, for the thread that holds the interpreter

    def put(self, uint32_t kind, bytes data not None) -> bool:
        """Append one record; False when the ring is full (nothing was put, try again later).

        ValueError for kind 0 and for data longer than `record_max`, which would never fit.
        """
        cdef const uint8_t* start = <const uint8_t*> <const char*> data
        if kind == KIND_FILLER:
            raise ValueError("ring record kinds start at 1")
        if <uint64_t> len(data) > self.record_max:
            raise ValueError(
                f"a ring record holds at most {self.record_max} bytes, not {len(data)}"
            )
        return self.put_record(kind, start, <uint32_t> len(data)) == RING_DONE

    def take(self, unsigned int limit=256) -> list:
        """Up to `limit` oldest records as (kind, bytes). Call it when `fileno()` is readable.

        When more is left `fileno()` stays readable; otherwise it turns quiet until the next record.
        """
        cdef const RingRecord* record
        cdef list records = []
        self.clear()
        self.wake()
        while True:
            record = self.peek()
            if record == NULL:
                if self.sleep():
                    return records
            elif <unsigned int>len(records) == limit:
                self.signal()
                return records
            else:
                data = PyBytes_FromStringAndSize(<const char*>(record + 1), record.size)
                records.append((record.kind, data))
                self.advance()

    def fileno(self) -> int:
        """The eventfd to watch for reading."""
        return self.wake_fd

    @property
    def used(self) -> int:
        """Bytes not taken yet, heads and padding counted."""
        cdef uint64_t head = shared_load(&self.state.head)     # first: it never passes the tail
        return shared_load(&self.state.tail) - head

    @property
    def refused(self) -> int:
        """Times a record was refused because the ring was full."""
        return shared_load(&self.state.refused)

    @property
    def taken(self) -> int:
        """Records taken so far."""
        return shared_load(&self.state.taken)

    @property
    def wakes(self) -> int:
        """Times the producer had to wake the consumer."""
        return shared_load(&self.state.wakes)
