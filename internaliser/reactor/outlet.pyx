"""Requests onto their ring. The core thread is the producer, the edge the consumer.

>>> outlet = Outlet(requests, Ring(1 << 20))
"""

from libc.stdint cimport uint32_t, uint64_t

from internaliser.model.event cimport CHILD_EVENT_HEAD
from internaliser.model.record cimport RecordHead
from internaliser.reactor.atomic cimport shared_count
from internaliser.reactor.ring cimport RING_DONE, RingRecord

cdef enum:
    # Bytes a request takes in the ring: those of a child without a text are the largest.
    STRIDE = CHILD_EVENT_HEAD + <int> sizeof(RingRecord)


def ring_bytes(uint64_t requests_max) -> int:
    """The capacity of a ring that holds `requests_max` requests: a power of two."""
    cdef uint64_t capacity = 256
    while capacity < (requests_max + 2) * STRIDE:
        capacity *= 2
    return capacity


cdef class Outlet:
    """Joins the requests of the steps to the ring that the edge reads."""

    def __cinit__(self, Requests requests not None, Ring ring not None):
        self.requests = requests
        self.ring = ring

    cdef void measure(self) noexcept nogil:
        cdef uint64_t free = self.ring.room()
        # The end of the ring may be skipped: one record's room is not counted on.
        self.requests.room = <uint32_t> (free // STRIDE - 1) if free >= STRIDE else 0

    cdef void carry(self) noexcept nogil:
        cdef const RecordHead* record = self.requests.peek()
        self.is_behind = 0
        while record != NULL:
            if self.ring.put_record(RING_REQUEST, record, record.size) != RING_DONE:
                self.is_behind = 1
                return
            shared_count(&self.carried, 1)
            self.requests.advance()
            record = self.requests.peek()
