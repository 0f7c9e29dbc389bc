"""FIX meaning <-> commands and events for client sessions (fix-rules sections 3, 6, 8)."""

from internaliser.model.types cimport *
from internaliser.model.command cimport Command
from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Message, Writer

cdef enum DecodeResult:
    DECODED = 1                 # `command` is complete (it may carry a reason: the core refuses with it)
    DECODE_BUSINESS_REJECT = 2  # answer 35=j; the writer holds its body
    DECODE_IGNORED = 3          # nothing to do (e.g. a Heartbeat that strayed here)
    DECODE_COLD = 4             # not the core's: the edge answers

cdef enum BusinessRejectReason:  # 380
    BUSINESS_OTHER = 0
    BUSINESS_UNSUPPORTED_MSG_TYPE = 3
    BUSINESS_NOT_AVAILABLE = 4
    BUSINESS_THROTTLED = 8      # FIX 5.0

# D, F, G, H of a client session into a Command (session, client, msg_seq_num filled by the caller).
cdef int decode_order(Core core, const Message* message, Command* command, Writer* reject) noexcept nogil
# The body of a BusinessMessageReject(j) that refuses `message`: 45, 372, 379 (its ClOrdID where it has one), 380, 58.
cdef void encode_business_reject(const Message* message, uint8_t reason, const char* text, uint32_t size,
                                 Writer* body) noexcept nogil
