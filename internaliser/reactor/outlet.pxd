"""The way out to the edge: requests that are durable go onto a ring, in order; what does not fit waits for room."""

from libc.stdint cimport uint64_t

from internaliser.gateway.requests cimport Requests
from internaliser.reactor.ring cimport Ring

cpdef enum:  # what the ring names a record
    RING_REQUEST = 1            # a ChildEvent or a StateEvent, whole (model/event.pxd)

cdef class Outlet:
    cdef readonly Requests requests
    cdef readonly Ring ring
    cdef readonly uint64_t carried      # requests put on the ring so far
    # 1 = something released is still here for lack of room: try again soon
    cdef readonly int is_behind

    # A turn begins: how many requests fit the ring is how many may arise.
    cdef void measure(self) noexcept nogil
    # Put what is released onto the ring.
    cdef void carry(self) noexcept nogil
