"""FIX meaning <-> commands and events for our own sessions at venues and peers (we are the client there)."""

from internaliser.model.types cimport *
from internaliser.model.command cimport Command
from internaliser.model.event cimport ChildEvent
from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Message, Writer

# The body of the D, F or H that a child event becomes (IOC limit pinned at its price; ClOrdID = the child id's
# text); 0 = nothing to send for this event.
cdef int encode_child(Core core, const ChildEvent* event, Writer* body, char* msg_type) noexcept nogil
# 8, 9, 3, j of a source session -> VENUE_REPORT; W, X -> MARKET_VIEW (books kept per source and instrument by
# the decoder); 0 = nothing for the core. `source` is the session's source.
cdef int decode_source(Core core, uint16_t source, const Message* message, Command* command) noexcept nogil
