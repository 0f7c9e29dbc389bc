"""The books of outside sources, one per (source, instrument), as their market data tells them."""

from internaliser.model.types cimport *
from internaliser.model.command cimport Command
from internaliser.model.index cimport Index
from internaliser.model.slab cimport Slab
from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Message

cdef enum:
    ENTRIES_MAX = 256           # entries kept a side, many more than the core plans with: deletes leave enough
    BOOKS_MAX = 65_536          # books of one node: sources x instruments
    TOUCHED_MAX = 1024          # books one X can touch (half of FIELDS_MAX: an entry has two fields at least)
    SENT_MAX = 1024             # our newest children at a source that a Reject(3) can name by RefSeqNum(45)
    SOURCES_MAX = 256

cdef struct BookEntry:
    int64_t price               # ticks
    int64_t qty                 # lots
    uint64_t id                 # hash of MDEntryID(278), 0 = without one: known by its price

cdef struct SourceBook:
    uint32_t reserved_link
    uint16_t source
    uint16_t instrument
    uint8_t has_snapshot        # 0: updates mean nothing until the next W
    uint8_t is_touched          # stands in SourceBooks.touched
    uint8_t padding[2]
    uint32_t count[2]           # bids, asks
    uint64_t version
    BookEntry bids[ENTRIES_MAX]         # best first
    BookEntry asks[ENTRIES_MAX]

cdef struct SentChild:          # a child's D and the MsgSeqNum it went out with
    uint64_t msg_seq_num
    uint64_t child_id

cdef class SourceBooks:
    cdef Slab books             # of SourceBook
    cdef Index by_key           # source << 16 | instrument -> slot
    cdef uint32_t touched[TOUCHED_MAX]  # slots whose view is not handed out yet
    cdef uint32_t touched_count
    cdef SentChild* sent[SOURCES_MAX]   # rings of SENT_MAX, NULL until a source's first child

    # The link of a source is gone: its books mean nothing until their next snapshot.
    cdef void forget(self, uint16_t source) noexcept nogil
    # A child's D left with this MsgSeqNum (the caller tells after session_send).
    cdef void remember(self, uint16_t source, uint64_t msg_seq_num, uint64_t child_id) noexcept nogil
    # The child whose D had this MsgSeqNum, 0 = none known.
    cdef uint64_t child_sent(self, uint16_t source, uint64_t msg_seq_num) noexcept nogil
    # The MARKET_VIEW of the next touched book; 0 = no more. received_ns is left 0: the core stamps it.
    cdef int next_view(self, Command* command) noexcept nogil

# W, X and Y into the books; the first MARKET_VIEW that follows, 0 = none. VIEW_DEPTH_MAX levels a side go out.
cdef int decode_market_data(Core core, SourceBooks books, uint16_t source, const Message* message,
                            Command* command) noexcept nogil
