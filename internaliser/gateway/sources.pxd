"""FIX meaning <-> commands and events for our own sessions at venues and peers (we are the client there)."""

from internaliser.model.types cimport *
from internaliser.model.command cimport Command
from internaliser.model.event cimport ChildEvent
from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Message, Writer
from internaliser.gateway.source_books cimport SourceBooks

# The body of the D, F or H that a child event becomes (IOC limit pinned at its price; ClOrdID = the child id's
# text); 0 = nothing to send for this event.
cdef int encode_child(Core core, const ChildEvent* event, Writer* body, char* msg_type) noexcept nogil
# 8, 9, 3, j of a source session -> VENUE_REPORT; W, X, Y -> MARKET_VIEW (books kept in `books`); 0 = nothing for
# the core. `source` is the session's source; session, client and time_ns are the caller's. After a 1 the caller
# also takes books.next_view(command) until it is 0: an X may touch several instruments.
cdef int decode_source(Core core, SourceBooks books, uint16_t source, const Message* message,
                       Command* command) noexcept nogil
# The body of a MarketDataRequest(V): snapshot and updates of one instrument, both sides.
cdef void encode_subscription(Core core, uint16_t source, uint16_t instrument, Writer* body) noexcept nogil
