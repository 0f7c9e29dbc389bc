"""The feed's door: sessions for market data and drop copy on one side, the durable journal on the other. Sans-I/O.

Numbers start at 1 with every Logon: the feed has no journal of its own, and what it sent is gap-filled when it is
asked for again. Market data is made good by the next book, drop copies by naming the report to go on after.
"""

cimport cython

from internaliser.feed.books cimport LocalBooks
from internaliser.feed.copies cimport Copies
from internaliser.feed.market cimport Market
from internaliser.fix.codec cimport Message, Writer
from internaliser.gateway.access cimport Access, Origin
from internaliser.gateway.enquiries cimport Answer, Enquiries
from internaliser.gateway.links cimport Link, Links
from internaliser.gateway.roster cimport Roster
from internaliser.journal.reader cimport JournalReader
from internaliser.model.types cimport *

cdef class FeedDoor(Links):
    cdef Roster roster
    cdef readonly Access access         # by the `client` of a seat: clients and drop copies
    cdef readonly Enquiries enquiries   # Logons for the edge to check; None = no edge, they are refused
    cdef uint64_t logon_size_max        # of a link without a Logon
    cdef LocalBooks books
    cdef Market market
    cdef Copies copies
    cdef JournalReader tail
    cdef Message message        # scratch: the message being read
    cdef int64_t next_deadline  # earliest time a session or a link without a Logon needs on_time
    cdef int64_t pump_due_ns    # when the journal is looked at next
    cdef int64_t poll_ns        # how often, while somebody is logged on
    cdef int64_t idle_ns        # and while nobody is
    cdef int64_t logon_timeout_ns
    cdef uint32_t logged_on_count
    cdef readonly uint64_t records      # read from the journal

    cdef void on_message(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void hand_on(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void follow(self, uint32_t index, int result, int64_t now_ns) noexcept nogil
    cdef int read(self, Link* link, uint32_t size) noexcept nogil
    cdef void turn_away(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void ask_credentials(self, uint32_t index, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void judge(self, const Answer* answer, int64_t now_ns) noexcept nogil
    cdef void refuse_logon(
        self, uint32_t index, uint16_t session, const char* why, uint8_t status, int64_t now_ns
    ) noexcept nogil
    cdef bint identify(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef bint starts_anew(self) noexcept nogil
    cdef void on_application(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void refuse(self, uint16_t session, int reason, const char* why, int64_t now_ns) noexcept nogil
    cdef void settle(self, uint16_t session) noexcept nogil
    cdef int pump(self, int64_t now_ns) noexcept nogil
    cdef int read_some(self, bint* is_at_end, int64_t now_ns) noexcept nogil
    cdef void visit_links(self, int64_t now_ns) noexcept nogil
    cdef void wake_by(self, int64_t time_ns) noexcept nogil
