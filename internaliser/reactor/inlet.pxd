"""The way in from the edge: commands (reports, links, the operator), then market views, then answers; all bounded."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from internaliser.gateway.links cimport Links
from internaliser.model.command cimport Command
from internaliser.reactor.ring cimport Ring

cpdef enum:  # what the rings name a record
    RING_COMMAND = 1            # a Command, its head and as much of its payload as `head.size` says
    RING_ANSWER = 1             # an Answer and its body (gateway/enquiries.pxd)

cdef class Inlet:
    cdef Ring commands
    cdef Ring views             # None = no market data from the edge
    cdef Ring answers           # None = the edge answers nothing
    cdef uint32_t commands_max  # taken per turn
    cdef uint32_t views_max
    cdef uint32_t answers_max
    cdef Command command        # scratch: the command being handed on
    # written by the core thread only, readable at any time
    cdef uint64_t command_count
    cdef uint64_t view_count
    cdef uint64_t answer_count
    cdef uint64_t bad_count     # ring records that are neither

    # Hand what waits to the door, up to the limits of a turn.
    cdef void take(self, Links door, int64_t now_ns) noexcept nogil
    cdef uint32_t take_from(self, Ring ring, uint32_t count_max, Links door, int64_t now_ns) noexcept nogil
    cdef uint32_t take_answers(self, Links door, int64_t now_ns) noexcept nogil
    # The wake_fd of that ring (commands, views, answers: 0, 1, 2) was reported readable.
    cdef void clear(self, uint32_t number) noexcept nogil
    # As of a Ring, for all: 1 = all asleep, wait for their wake_fd; 0 = there is something.
    cdef int sleep(self) noexcept nogil
    cdef void wake(self) noexcept nogil
