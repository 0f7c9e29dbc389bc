"""The load client: orders out by schedule or by window, first reports in, latencies counted.

No Python while it runs.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.codec cimport Message, Writer
from internaliser.reactor.histogram cimport Histogram

cdef enum:
    SENDER_MAX = 64             # bytes of a CompID, symbol, price or quantity text
    UNDER_WAY_BITS = 20         # at most 2**20 orders without a report
    MESSAGE_MAX = 1024          # bytes of one message we send

cdef struct Text:
    char data[SENDER_MAX]
    uint32_t size

cdef struct LoadLink:           # one logged-on session
    int fd
    uint8_t is_writing          # waiting for EPOLLOUT
    uint8_t is_over             # the other end closed or sent a Logout
    uint8_t is_queued           # already in `queued`
    uint8_t reserved
    uint32_t under_way
    uint64_t next_out
    uint64_t next_in
    Text sender
    Buffer input
    Buffer output

cdef struct LoadCounts:
    uint64_t sent
    uint64_t reported           # orders that got their first report
    uint64_t rejects            # 35=3, j and 9
    uint64_t gaps
    uint64_t garbled

cdef class Load:
    cdef LoadLink* links
    cdef uint32_t link_count
    cdef uint32_t* queued       # links with something to send
    cdef uint32_t queued_count
    cdef int epoll_fd
    cdef Text begin_string
    cdef bint needs_handl_inst  # HandlInst(21), required in orders of FIX.4.2
    cdef Text target
    cdef Text prefix
    cdef Text symbol
    cdef Text price
    cdef Text qty
    cdef uint64_t orders_max
    cdef uint64_t warm_up
    cdef uint64_t rate_per_s    # 0 = closed loop
    cdef uint32_t outstanding
    cdef int64_t seconds_ns     # stop sending after this; 0 = by orders_max only
    cdef int64_t quiet_ns
    cdef int64_t* due           # by order number modulo 2**UNDER_WAY_BITS; 0 = reported
    cdef Histogram histogram
    cdef LoadCounts counts
    cdef Message message        # scratch
    cdef int64_t start_ns       # monotonic; of the first order that counts
    cdef int64_t end_ns
    cdef int64_t pause_ns       # the longest turn, without what it was to sleep

    cdef void work(self) noexcept nogil
    cdef bint are_over(self) noexcept nogil
    cdef int64_t send_due(self, int64_t begin_ns, int64_t now_ns) noexcept nogil
    cdef void flush(self) noexcept nogil
    cdef void transmit(self, LoadLink* link, uint32_t number) noexcept nogil
    cdef int64_t receive(self, LoadLink* link) noexcept nogil
    cdef void on_message(self, LoadLink* link, int64_t now_ns) noexcept nogil
    cdef void on_report(self, LoadLink* link, int64_t now_ns) noexcept nogil
    cdef void queue_order(self, LoadLink* link, uint64_t number) noexcept nogil
    cdef void queue(self, LoadLink* link, const char* msg_type, const Writer* body) noexcept nogil
    cdef void log_out(self) noexcept nogil
