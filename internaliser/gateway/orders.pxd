"""FIX meaning <-> commands and events for client sessions (fix-rules sections 3, 6, 8)."""

from internaliser.model.types cimport *
from internaliser.model.command cimport Command
from internaliser.model.event cimport OrderEvent
from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Message, Writer

cdef enum DecodeResult:
    DECODED = 1                 # `command` is complete (it may carry a reason: the core refuses with it)
    DECODE_BUSINESS_REJECT = 2  # answer 35=j; the writer holds its body
    DECODE_IGNORED = 3          # nothing to do (e.g. a PossDup report)

# D, F, G, H of a client session into a Command (session, client, msg_seq_num filled by the caller).
cdef int decode_order(Core core, const Message* message, Command* command, Writer* reject) noexcept nogil
# The body of the 8 or 9 that an order event becomes; msg_type gets "8" or "9". 0 = no report for this event.
cdef int encode_report(Core core, const OrderEvent* event, Writer* body, char* msg_type) noexcept nogil
