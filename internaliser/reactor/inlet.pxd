"""The way in from the edge: commands (reports, link states, the operator) first, then market views, both bounded."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from internaliser.gateway.links cimport Links
from internaliser.model.command cimport Command
from internaliser.reactor.ring cimport Ring

cpdef enum CommandRingKind:
    RING_COMMAND = 1            # a Command, its head and as much of its payload as `head.size` says

cdef class Inlet:
    cdef Ring commands
    cdef Ring views             # None = no market data from the edge
    cdef uint32_t commands_max  # taken per turn
    cdef uint32_t views_max
    cdef Command command        # scratch: the command being handed on
    # written by the core thread only, readable at any time
    cdef uint64_t command_count
    cdef uint64_t view_count
    cdef uint64_t bad_count     # ring records that are no Command

    # Hand what waits to the door, up to the limits of a turn.
    cdef void take(self, Links door, int64_t now_ns) noexcept nogil
    cdef uint32_t take_from(self, Ring ring, uint32_t count_max, Links door, int64_t now_ns) noexcept nogil
    # As of a Ring, for both: 1 = both asleep, wait for their wake_fd; 0 = there is something.
    cdef int sleep(self) noexcept nogil
    cdef void wake(self) noexcept nogil
