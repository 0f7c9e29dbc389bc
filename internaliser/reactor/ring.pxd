"""A bounded queue of records between two threads: one puts, one takes, neither waits for the other.

A full ring refuses (the producer decides what that means); nothing is ever dropped. The consumer
sleeps on an eventfd, which the producer writes only when the consumer said that it is asleep: many
records, one wake-up.
"""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

cdef enum RingResult:
    RING_DONE = 0
    RING_FULL = -1              # no room now; the consumer has to take first
    RING_TOO_LARGE = -2         # would never fit: more than `record_max` bytes

cdef struct RingRecord:         # then `size` bytes; records start at multiples of 8, never wrap
    uint32_t size               # of the bytes that follow, padding not counted
    uint32_t kind               # the user's number, 1 and up; 0 = filler up to the end of the ring

cdef struct RingState:          # three cache lines: consumer, producer, shared; positions only rise
    uint64_t head               # taken up to here: written by the consumer
    uint64_t tail_seen          # consumer's last look at `tail`
    uint64_t taken              # records
    uint64_t consumer_line[5]
    uint64_t tail               # put up to here: written by the producer
    uint64_t head_seen          # producer's last look at `head`
    uint64_t refused            # times the ring was full
    uint64_t wakes              # eventfd writes
    uint64_t producer_line[4]
    uint32_t is_asleep          # 1 = the consumer waits for the eventfd
    uint32_t shared_line[15]

cdef class Ring:
    cdef RingState* state
    cdef uint8_t* bytes
    cdef uint64_t mask
    cdef readonly int wake_fd
    cdef readonly uint64_t capacity             # bytes, a power of two
    cdef readonly uint32_t record_max           # most bytes in one record

    # Producer. RingResult; RING_FULL changes nothing.
    cdef int put_record(self, uint32_t kind, const void* bytes, uint32_t size) noexcept nogil
    cdef void signal(self) noexcept nogil
    # Producer. Bytes that are free at least: the consumer may have taken more since.
    cdef uint64_t room(self) noexcept nogil
    # Consumer. The oldest record, in place until `advance`; NULL when there is none.
    cdef const RingRecord* peek(self) noexcept nogil
    cdef void advance(self) noexcept nogil
    # Consumer. 1 = asleep now: wait for `wake_fd`; 0 = there is something to take, do not wait.
    cdef int sleep(self) noexcept nogil
    # Consumer. Awake again, by whatever: no more eventfd writes until the next `sleep`.
    cdef void wake(self) noexcept nogil
    # Consumer. Make `wake_fd` quiet; call it only when it was reported readable.
    cdef void clear(self) noexcept nogil
