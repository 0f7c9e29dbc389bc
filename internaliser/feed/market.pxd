"""Market data: who is told of which change, and how.

A channel (readers.pxd) remembers what it last showed; a publication compares that with the book, encodes the difference
once and copies it to every reader. A book has an id that counts its changes; a reader is told from which id to which
each message takes it, so that it can prove that it has missed nothing, also where changes were merged. A reader that
does not keep up is left alone until its output has drained and then shown the book anew.
"""

cimport cython

from internaliser.core.core cimport Core
from internaliser.feed.books cimport LocalBooks
from internaliser.feed.entries cimport Shown
from internaliser.feed.levels cimport Level
from internaliser.feed.outside cimport OutsideBooks
from internaliser.feed.readers cimport Channel, Readers, Request, Subscription
from internaliser.feed.requests cimport Wish
from internaliser.fix.codec cimport Message, Writer
from internaliser.gateway.links cimport Links
from internaliser.gateway.roster cimport Roster
from internaliser.model.types cimport *


@cython.final
cdef class Market:
    cdef LocalBooks books
    cdef OutsideBooks outside
    cdef Core names
    cdef Roster roster
    cdef Links links
    cdef readonly Readers readers
    cdef uint8_t* behind        # by session: some subscription is behind
    cdef uint32_t behind_count
    cdef uint32_t depth_max
    cdef uint32_t default_book
    cdef uint64_t behind_mark   # bytes of output from which on a reader is behind
    cdef Level* tops            # scratch: both sides of a channel
    cdef char* room             # scratch: a prefix, then a body
    cdef Writer body
    cdef Wish wish
    cdef readonly uint64_t published    # messages sent
    cdef readonly uint64_t conflated    # times a reader was left behind

    # A MarketDataRequest(V) of a session: snapshots, or a Y, onto its output.
    cdef void on_request(self, uint16_t session, const Message* message, int64_t now_ns) noexcept nogil
    # The session is gone: so is what it asked for.
    cdef void forget(self, uint16_t session) noexcept nogil
    # Tell every reader what changed since the last time.
    cdef void publish(self, int64_t now_ns) noexcept nogil
    # Show readers that were behind the books anew, where their output has drained.
    cdef void catch_up(self, int64_t now_ns) noexcept nogil

    cdef int accept(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void open(self, Channel* channel) noexcept nogil
    cdef uint64_t id_of(self, const Channel* channel) noexcept nogil
    cdef void look(
        self, const Channel* channel, Level* bids, Level* asks, uint32_t* bid_count, uint32_t* ask_count
    ) noexcept nogil
    cdef void publish_channel(self, Channel* channel, int64_t now_ns) noexcept nogil
    cdef void tell_all(self, Channel* channel, uint64_t trades_from, int64_t now_ns) noexcept nogil
    cdef void tell_book(self, Subscription* one, uint64_t trades_from, int64_t now_ns) noexcept nogil
    cdef void snapshot(self, const Channel* channel, uint64_t trades_from) noexcept nogil
    cdef void begin(self, const Channel* channel, Shown* what) noexcept nogil
    cdef void finish(self, const Channel* channel, const Shown* what, uint32_t count, bint is_change) noexcept nogil
    cdef uint32_t put_trades(
        self, const Channel* channel, const Shown* what, uint64_t first, bint is_change
    ) noexcept nogil
    cdef void tell(
        self, const Request* request, const char* msg_type, uint64_t first, uint64_t last, int64_t now_ns
    ) noexcept nogil
    cdef void send(
        self, uint16_t session, const char* msg_type, const char* body, uint32_t size, int64_t now_ns
    ) noexcept nogil
    cdef bint is_slow(self, uint16_t session) noexcept nogil
    cdef void leave_behind(self, Subscription* one, uint16_t session, uint64_t trades_from) noexcept nogil
    cdef bint has_drained(self, uint16_t session) noexcept nogil
    cdef void show_again(self, uint16_t session, int64_t now_ns) noexcept nogil
