"""The feed's door: sessions for market data and drop copy on one side, the durable journal on the other. Sans-I/O.

Numbers start at 1 with every Logon: the feed has no journal of its own, and what it sent is gap-filled when it is
asked for again. Market data is made good by the next book, drop copies by naming the report to go on after.
"""

from internaliser.feed.books cimport LocalBooks
from internaliser.feed.copies cimport Copies
from internaliser.feed.market cimport Market
from internaliser.gateway.access cimport Access
from internaliser.gateway.enquiries cimport Answer, Enquiries
from internaliser.gateway.entrance cimport Entrance
from internaliser.gateway.hours cimport Hours
from internaliser.gateway.roster cimport Roster
from internaliser.journal.reader cimport JournalReader
from internaliser.model.types cimport *

cdef class FeedDoor(Entrance):
    cdef LocalBooks books
    cdef readonly Market market
    cdef Copies copies
    cdef JournalReader tail
    cdef int64_t pump_due_ns    # when the journal is looked at next
    cdef int64_t poll_ns        # how often, while somebody is logged on
    cdef int64_t idle_ns        # and while nobody is
    cdef uint32_t logged_on_count
    cdef Hours hours            # of its sessions: the same as for orders
    cdef readonly uint64_t records      # read from the journal

    cdef void refuse_with(self, uint16_t session, int reason, const char* why, int64_t now_ns) noexcept nogil
    cdef int pump(self, int64_t now_ns) noexcept nogil
    cdef int read_some(self, bint* is_at_end, int64_t now_ns) noexcept nogil
