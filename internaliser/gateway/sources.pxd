"""FIX meaning <-> commands and events for our own sessions at venues and peers (we are the client there)."""

from internaliser.model.types cimport *
from internaliser.model.command cimport Command
from internaliser.model.event cimport ChildEvent
from internaliser.model.index cimport Index
from internaliser.model.slab cimport Slab
from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Message, Writer

cdef enum:
    ENTRIES_MAX = 256           # book entries kept a side: more than the core plans with, so that deletes leave enough
    TOUCHED_MAX = 1024          # instruments one X can touch (half of FIELDS_MAX: an entry has two fields at least)
    SENT_MAX = 1024             # our newest messages a source's Reject(3) can name by RefSeqNum(45)
    SOURCES_MAX = 256

cdef struct SentChild:          # what went out under a MsgSeqNum of ours
    uint64_t msg_seq_num
    uint64_t child_id

cdef class SourceBooks:
    """The books of every (source, instrument) as their W and X messages tell them, and who sent what.

    Nothing of it needs to survive a crash: a source that logs on again sends its snapshots again.
    """
    cdef Slab books             # of SourceBook, sources.pyx
    cdef Index by_key           # source << 16 | instrument -> slot
    cdef SentChild* sent[SOURCES_MAX]
    cdef uint32_t touched[TOUCHED_MAX]  # slots the last message changed and whose view is not handed out yet
    cdef uint32_t touched_count

    # The link of a source is gone: its books are forgotten until the next snapshot.
    cdef void forget(self, uint16_t source) noexcept nogil
    # A child's D left with this MsgSeqNum (the caller tells after session_send).
    cdef void remember(self, uint16_t source, uint64_t msg_seq_num, uint64_t child_id) noexcept nogil

# The body of the D, F or H that a child event becomes (IOC limit pinned at its price; ClOrdID = the child id's
# text); 0 = nothing to send for this event.
cdef int encode_child(Core core, const ChildEvent* event, Writer* body, char* msg_type) noexcept nogil
# 8, 9, 3, j of a source session -> VENUE_REPORT; W, X, Y -> MARKET_VIEW (books kept in `books`); 0 = nothing for
# the core. `source` is the session's source.
cdef int decode_source(Core core, SourceBooks books, uint16_t source, const Message* message,
                       Command* command) noexcept nogil
# The next MARKET_VIEW of the same message (an X may touch several instruments); 0 = no more.
cdef int next_view(SourceBooks books, Command* command) noexcept nogil
# The body of a MarketDataRequest(V): snapshot and updates of one instrument, both sides.
cdef void encode_subscription(Core core, uint16_t instrument, Writer* body) noexcept nogil
