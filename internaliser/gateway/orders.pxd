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

# D, F, G, H, q, AF, Q of a client session into a Command (session, client, msg_seq_num filled by the caller).
cdef int decode_order(Core core, const Message* message, Command* command, Writer* reject) noexcept nogil
