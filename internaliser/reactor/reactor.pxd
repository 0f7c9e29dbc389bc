"""The core thread's loop: sockets, commands and the clock on one side, the door on the other.

One turn: wait, read the clock, take bytes, commands and market views in, let timers run, `door.end_turn`, carry
to the edge and send what it released. The reactor knows link numbers and bytes, no sessions and no orders. It is
the only room of the core thread that makes system calls (beside the journal). After `run` started no Python
object is touched.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from internaliser.gateway.access cimport Origin
from internaliser.gateway.links cimport Links
from internaliser.reactor.adoptions cimport Adoptions
from internaliser.reactor.asking cimport Asking
from internaliser.reactor.connections cimport Connections
from internaliser.reactor.dials cimport Dials
from internaliser.reactor.inlet cimport Inlet
from internaliser.reactor.lingerers cimport Lingerers
from internaliser.reactor.listeners cimport Listeners
from internaliser.reactor.outlet cimport Outlet
from internaliser.reactor.ring cimport Ring
from internaliser.reactor.system cimport epoll_event

cdef enum:
    EVENTS_MAX = 256            # taken from epoll per turn

cdef enum ReactorState:
    REACTOR_NEW = 0
    REACTOR_RUNNING = 1
    REACTOR_STOPPING = 2
    REACTOR_ENDED = 3
    REACTOR_HALTED = 4          # the door refused to go on; every connection was cut

cdef struct Counters:           # written by the core thread only, readable at any time
    uint64_t turns
    uint64_t accepted
    uint64_t refused            # closed at once: no slot or no handle left, too many of that address, or it is blocked

cdef class Reactor:
    cdef readonly Links door
    cdef readonly Ring commands
    cdef readonly Ring views    # taken after the commands, None = no edge market data
    cdef Inlet inlet
    cdef readonly Outlet outlet  # None = no venue on the edge
    cdef readonly Asking asking  # None = nobody answers what is not the core's
    cdef Connections connections
    cdef Listeners listeners
    cdef readonly Adoptions adoptions   # links whose bytes another thread moves
    cdef Dials dials
    cdef Lingerers lingerers
    cdef epoll_event events[EVENTS_MAX]
    cdef Counters counts
    cdef uint32_t phase         # ReactorState
    cdef uint32_t stop_wanted
    cdef uint32_t is_spinning
    cdef uint32_t is_pressed    # work is left over: do not wait
    cdef int epoll_fd
    cdef int stop_fd
    cdef int end_fd
    cdef int core
    cdef uint32_t slice_us
    cdef int realtime
    cdef int64_t now_ns         # UTC, of this turn
    cdef int64_t steady_ns      # monotonic, of this turn
    cdef int64_t deadline_ns    # door.deadline() of the last turn's end
    # monotonic, 0 = never
    cdef int64_t chores_ns      # the earliest of all of ours, as of the last wait
    cdef int64_t drain_by_ns    # an orderly stop ends; set = stopping
    # limits
    cdef uint32_t events_max
    cdef uint32_t accept_max
    cdef int64_t drain_ns

    cdef int watch_own(self, int fd, uint64_t kind, uint64_t number) except -1
    cdef int loop(self) noexcept nogil
    cdef int turn(self) noexcept nogil
    cdef int wait(self) noexcept nogil
    cdef int timeout_ms(self) noexcept nogil
    cdef void handle(self, uint64_t tag, uint32_t events) noexcept nogil

    cdef void accept_some(self, uint32_t number) noexcept nogil
    cdef void adopt_some(self) noexcept nogil
    cdef void take_client(self, int fd, const Origin* origin) noexcept nogil
    cdef void take_dialled(self, uint32_t number) noexcept nogil

    cdef int64_t chores_due(self) noexcept nogil
    cdef void do_chores(self) noexcept nogil
    cdef void begin_stop(self) noexcept nogil
    cdef int has_drained(self) noexcept nogil
    cdef void close_all(self, int is_told) noexcept nogil
