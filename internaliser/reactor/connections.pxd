"""The sockets behind the door's links, of the same numbers: what they read, send, and how they close."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from internaliser.gateway.links cimport Links
from internaliser.reactor.dials cimport Dials
from internaliser.reactor.lingerers cimport Lingerers

cdef enum ConnectionState:
    CONNECTION_FREE = 0
    CONNECTION_OPEN = 1
    CONNECTION_CLOSING = 2      # nothing more is read; what is released is sent, then it closes
    CONNECTION_LEAVING = 3      # listed in `leaving`: closes at the end of this turn

cdef struct Connection:
    int fd
    uint32_t generation         # rises with each use: an old event never meets a new socket
    uint32_t dial               # NONE32 = accepted
    uint8_t state               # ConnectionState
    uint8_t is_writing          # waiting for EPOLLOUT
    uint8_t is_polite           # closing: shut down, let the other end close
    uint8_t paused              # not read while its link waits
    int64_t close_by_ns         # monotonic; closing ones are cut then

cdef class Connections:
    cdef Links door
    cdef Dials dials
    cdef Lingerers lingerers
    cdef Connection* list
    cdef uint32_t* leaving      # by number of the link
    cdef uint32_t leaving_count
    cdef uint32_t open_count
    cdef int epoll_fd
    cdef int64_t now_ns         # UTC, of this turn
    cdef int64_t steady_ns      # monotonic, of this turn
    cdef int64_t closing_due_ns  # monotonic: `cut_closing` is wanted; 0 = not at all
    # limits
    cdef uint32_t read_max
    cdef uint64_t output_max
    cdef int64_t linger_ns
    # written by the core thread only, readable at any time
    cdef uint64_t closed
    cdef uint64_t cuts          # closed by us for a limit: slow reader, input full, linger over
    cdef uint64_t bytes_in
    cdef uint64_t bytes_out
    cdef uint64_t short_sends   # the kernel took less than was released

    # Join a connected socket and the link that the door made for it; `dial` = NONE32 where it was accepted. NONE32 when
    # it cannot be, or the door made none: the caller closes the socket.
    cdef uint32_t open(self, int fd, uint32_t index, uint32_t dial) noexcept nogil
    # The next event is probably about this link: start loading what is known of it.
    cdef void expect(self, uint32_t index) noexcept nogil
    # An epoll event with a tag of TAG_LINK.
    cdef void take_event(self, uint64_t tag, uint32_t events) noexcept nogil
    # Send what the door released, then close what wants to close; how many were closed.
    cdef uint32_t flush(self) noexcept nogil
    # Cut those that did not read their last bytes in time.
    cdef void cut_closing(self) noexcept nogil
    # The end of the run. `is_told`: the door hears of each.
    cdef void close_all(self, int is_told) noexcept nogil

    cdef void receive(self, uint32_t index) noexcept nogil
    cdef void transmit(self, uint32_t index, int is_ready) noexcept nogil
    cdef void rewatch(self, uint32_t index, int is_writing) noexcept nogil
    cdef void leave(self, uint32_t index, int is_polite) noexcept nogil
    # Close now. Politely: our end is shut, the socket lingers until the other closes too.
    cdef void drop(self, uint32_t index, int is_polite) noexcept nogil
