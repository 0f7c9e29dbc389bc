"""The way of questions to the edge: onto a ring of their own, so that they never take the requests' room."""

from libc.stdint cimport uint64_t

from internaliser.gateway.enquiries cimport Enquiries
from internaliser.reactor.ring cimport Ring

cpdef enum:  # what the ring names a record
    RING_QUESTION = 1           # an Enquiry, whole: a message to be answered
    RING_CREDENTIALS = 2        # an Enquiry, whole: a Logon whose credentials are to be checked

cdef class Asking:
    cdef readonly Enquiries enquiries
    cdef readonly Ring ring
    cdef readonly uint64_t carried      # put on the ring so far
    cdef readonly int is_behind         # 1 = one is still here for lack of room: try again soon

    # A turn begins: what is free in the ring is what may be asked.
    cdef void measure(self) noexcept nogil
    # Put what was asked onto the ring.
    cdef void carry(self) noexcept nogil
