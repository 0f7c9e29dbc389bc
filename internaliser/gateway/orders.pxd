"""FIX meaning <-> commands and events for client sessions (fix-rules sections 3, 6, 8)."""

from libc.string cimport memset

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

# A command that says nothing yet but its kind. Not touched: size, time_ns, msg_seq_num, session, client.
cdef inline void begin_command(Command* command, uint16_t kind) noexcept nogil:
    command.head.kind = kind
    command.head.index = 0
    command.head.seq = 0
    command.instrument = NONE16
    command.source = NONE16
    command.side = 0
    command.ord_type = 0
    command.tif = 0
    command.flags = 0
    command.action = 0
    command.reason = 0
    memset(&command.text_size[0], 0, 4)
    command.reserved = 0
    command.reserved2 = 0
    command.price = 0
    command.qty = 0
    command.target_id = 0
