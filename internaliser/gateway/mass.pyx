"""Mass cancel, mass status, disputed executions.

By symbol (type 1) or all (type 7), of one side where Side(54) says so; what is not offered is
refused in the journal, as an order is. What the request's type makes necessary and is missing is a
BusinessMessageReject with 380=5, an execution that is not the client's one with 380=1: which of
the others exist is nobody's business.
"""

cimport cython
from libc.string cimport memcpy, memset

from internaliser.core.core cimport Core
from internaliser.fix.codec cimport (
    Field, Message, Writer, find, put_char, put_int, put_text, put_time,
)
from internaliser.fix.values cimport field_close, field_open, writer_on
from internaliser.fix.version cimport FIX44, FIX50
from internaliser.gateway.business cimport (
    BUSINESS_FIELD_MISSING, BUSINESS_OTHER, BUSINESS_UNKNOWN_ID, encode_business_reject,
)
from internaliser.gateway.ids cimport ID_TEXT_MAX, read_exec_id, read_id, write_exec_id, write_id
from internaliser.gateway.reasons cimport put_reason
from internaliser.model.command cimport (
    CL_ORD_ID_MAX, COMMAND_HEAD, SYMBOL_MAX, TEXT_CL_ORD_ID, TEXT_MAX, TEXT_NOTE, TEXT_SYMBOL,
    Command,
)
from internaliser.model.enums cimport (
    REASON_CL_ORD_ID_LENGTH, REASON_NONE, REASON_UNKNOWN_SYMBOL, REASON_UNSUPPORTED, SIDE_BUY,
    SIDE_SELL,
)
from internaliser.model.event cimport (
    EVENT_TEXT_NOTE, EVENT_TEXT_SYMBOL, MASS_EVENT_HEAD, event_text,
)
from internaliser.model.record cimport (
    KIND_DISPUTE, KIND_MASS_CANCEL, KIND_MASS_STATUS,
)
from internaliser.model.types cimport *

cdef enum:
    BY_INSTRUMENT = 49          # MassCancelRequestType(530), MassStatusReqType(585) '1'
    ALL = 55                    # '7'
    TIME_DIGITS = 6             # TransactTime(60) in microseconds
    REQUEST_ID_MAX = 128        # bytes of a MassStatusReqID
    BODY_MAX = 8192             # as gateway/steps.pxd has it
    IS_DECODED = 1              # DecodeResult of gateway/orders.pxd
    IS_REFUSED = 2


# Receiving.


cdef inline int missing(const Message* message, const char* text, Writer* reject) noexcept nogil:
    cdef uint32_t size = 0
    while text[size] != 0:
        size += 1
    encode_business_reject(message, BUSINESS_FIELD_MISSING, text, size, reject)
    return IS_REFUSED


cdef inline uint32_t add_text(
    Command* command, uint32_t which, uint32_t used, const char* text, uint32_t size
) noexcept nogil:
    memcpy(&command.payload[used], text, size)
    command.text_size[which] = <uint8_t> size
    return used + size


cdef inline void finish(Command* command, uint32_t used) noexcept nogil:
    memset(&command.payload[used], 0, 8)
    command.head.size = COMMAND_HEAD + ((used + 7) & ~<uint32_t> 7)


cdef void read_scope(
    Core core, const Message* message, const Field* request_type, Command* command
) noexcept nogil:
    """Type, instrument and side; the first thing that is not offered becomes the reason."""
    cdef const Field* symbol = find(message, 55)
    cdef const Field* side = find(message, 54)
    command.action = b'0'
    if request_type != NULL and request_type.size == 1:
        command.action = <uint8_t> message.raw[request_type.offset]
    if command.action != BY_INSTRUMENT and command.action != ALL:
        command.reason = REASON_UNSUPPORTED
    elif command.action == BY_INSTRUMENT:
        command.instrument = core.instrument_of(message.raw + symbol.offset, symbol.size)
        if command.instrument == NONE16:
            command.reason = REASON_UNKNOWN_SYMBOL
    elif symbol != NULL:
        # To ignore it would be to cancel more than was meant.
        command.reason = REASON_UNSUPPORTED
    if side != NULL:
        if side.size == 1:
            command.side = <uint8_t> message.raw[side.offset]
        if command.side != SIDE_BUY and command.side != SIDE_SELL:
            command.side = 0
            if command.reason == REASON_NONE:
                command.reason = REASON_UNSUPPORTED


cdef uint32_t add_symbol(const Message* message, Command* command, uint32_t used) noexcept nogil:
    """As received, where it is unknown."""
    cdef const Field* symbol = find(message, 55)
    if symbol == NULL or command.instrument != NONE16:
        return used
    return add_text(
        command, TEXT_SYMBOL, used, message.raw + symbol.offset,
        min(symbol.size, <uint32_t> SYMBOL_MAX),
    )


cdef bint lacks_symbol(const Message* message, const Field* request_type) noexcept nogil:
    return (
        request_type != NULL and request_type.size == 1
        and message.raw[request_type.offset] == BY_INSTRUMENT and find(message, 55) == NULL
    )


cdef int decode_cancel(
    Core core, const Message* message, Command* command, Writer* reject
) noexcept nogil:
    cdef const Field* name = find(message, 11)
    cdef const Field* request_type = find(message, 530)
    cdef uint32_t used = 0
    if lacks_symbol(message, request_type):
        return missing(message, b"Symbol(55) is required with MassCancelRequestType(530)=1", reject)
    command.head.kind = KIND_MASS_CANCEL
    read_scope(core, message, request_type, command)
    if name == NULL or name.size == 0 or name.size > CL_ORD_ID_MAX:
        command.reason = REASON_CL_ORD_ID_LENGTH
    if name != NULL:
        used = add_text(
            command, TEXT_CL_ORD_ID, used, message.raw + name.offset,
            min(name.size, <uint32_t> CL_ORD_ID_MAX),
        )
    finish(command, add_symbol(message, command, used))
    return IS_DECODED


cdef int decode_status(
    Core core, const Message* message, Command* command, Writer* reject
) noexcept nogil:
    cdef const Field* request_id = find(message, 584)
    cdef const Field* request_type = find(message, 585)
    cdef uint32_t used
    if request_id == NULL or request_id.size == 0:
        return missing(message, b"MassStatusReqID(584) is required", reject)
    if request_id.size > REQUEST_ID_MAX:
        encode_business_reject(
            message, BUSINESS_OTHER, b"MassStatusReqID(584) takes 1 to 128 bytes", 41, reject
        )
        return IS_REFUSED
    if lacks_symbol(message, request_type):
        return missing(message, b"Symbol(55) is required with MassStatusReqType(585)=1", reject)
    command.head.kind = KIND_MASS_STATUS
    read_scope(core, message, request_type, command)
    used = add_symbol(message, command, 0)
    finish(command, add_text(
        command, TEXT_NOTE, used, message.raw + request_id.offset, request_id.size
    ))
    return IS_DECODED


cdef bint is_known(
    Core core, const Message* message, const Field* order_id, const Field* exec_id,
    Command* command,
) noexcept nogil:
    """The client's own order, and an ExecID that this node can have given since that began."""
    cdef uint16_t node = 0, index = 0
    cdef uint64_t step = 0
    if order_id == NULL or exec_id == NULL:
        return False
    if not read_id(message.raw + order_id.offset, order_id.size, &node, &command.target_id):
        return False
    if node != core.node_id or not core.owns(command.client, command.target_id):
        return False
    if not read_exec_id(message.raw + exec_id.offset, exec_id.size, &node, &step, &index):
        return False
    return node == core.node_id and command.target_id <= step <= core.latest_step()


cdef int decode_dispute(
    Core core, const Message* message, Command* command, Writer* reject
) noexcept nogil:
    cdef const Field* exec_id = find(message, 17)
    cdef const Field* why = find(message, 127)
    cdef const Field* words = find(message, 58)
    cdef uint32_t used, size
    if not is_known(core, message, find(message, 37), exec_id, command):
        encode_business_reject(
            message, BUSINESS_UNKNOWN_ID, b"no such execution of an order of yours", 38, reject
        )
        return IS_REFUSED
    command.head.kind = KIND_DISPUTE
    command.action = b'Z'
    if why != NULL and why.size == 1:
        command.action = <uint8_t> message.raw[why.offset]
    used = exec_id.size
    memcpy(command.payload, message.raw + exec_id.offset, used)
    if words != NULL and words.size > 0:
        command.payload[used] = b' '
        size = min(words.size, TEXT_MAX - used - 1)
        memcpy(&command.payload[used + 1], message.raw + words.offset, size)
        used += 1 + size
    command.text_size[<int> TEXT_NOTE] = <uint8_t> used
    finish(command, used)
    return IS_DECODED


cdef int decode_mass(
    Core core, const Message* message, Command* command, Writer* reject
) noexcept nogil:
    cdef char first = message.msg_type[0]
    cdef char second = message.msg_type[1]
    if first == b'q' and second == 0:
        return decode_cancel(core, message, command, reject)
    if first == b'A' and second == b'F' and message.msg_type[2] == 0:
        return decode_status(core, message, command, reject)
    if first == b'Q' and second == 0:
        return decode_dispute(core, message, command, reject)
    return 0


# Sending.


cdef inline int32_t mass_cancel_rej_reason(uint16_t reason) noexcept nogil:
    """MassCancelRejectReason(532)."""
    if reason == REASON_UNKNOWN_SYMBOL:
        return 1
    return 0 if reason == REASON_UNSUPPORTED else 99


cdef inline const char* mass_text(
    const MassEvent* event, uint32_t at, uint32_t size, int32_t tag, Writer* body
) noexcept nogil:
    if size > 0:
        put_text(body, tag, &event.text[at], size)
    return &event.text[at + size]


cdef void put_affected(
    Core core, const MassEvent* event, const char* at, uint8_t version, Writer* body
) noexcept nogil:
    """NoAffectedOrders(534): the ClOrdID and OrderID of each."""
    cdef uint64_t order_id
    cdef uint32_t _, size
    cdef char* to
    if event.listed == 0:
        return
    put_int(body, 534, event.listed)
    for _ in range(event.listed):
        memcpy(&order_id, at, 8)
        size = <uint8_t> at[8]
        put_text(body, 1824 if version == FIX50 else 41, at + 9, size)
        to = field_open(body, 535, ID_TEXT_MAX)
        if to != NULL:
            field_close(body, write_id(to, core.node_id, order_id))
        at += 9 + size


cdef void put_refusal(Core core, const MassEvent* event, Writer* body) noexcept nogil:
    """Text(58), in the words of an order's refusal."""
    cdef OrderEvent told
    cdef uint32_t at = event.cl_ord_id_size
    memset(&told, 0, sizeof(OrderEvent))
    told.instrument = NONE16
    told.reason = event.reason
    if event.reason == REASON_UNSUPPORTED:
        told.text_size[<int> EVENT_TEXT_NOTE] = 5
        memcpy(told.text, b"530=", 4)
        told.text[4] = <char> event.request_type
    else:
        told.text_size[<int> EVENT_TEXT_SYMBOL] = event.symbol_size
        memcpy(told.text, &event.text[at], event.symbol_size)
    put_reason(core, &told, body)


cdef void encode_mass_cancel(
    Core core, const MassEvent* event, uint8_t version, Writer* body
) noexcept nogil:
    cdef uint32_t size = 0
    cdef const char* symbol
    cdef const char* at
    cdef char* to
    at = mass_text(event, 0, event.cl_ord_id_size, 11, body)
    to = field_open(body, 37, ID_TEXT_MAX)
    if to != NULL:
        field_close(body, write_id(to, core.node_id, <uint64_t> event.epoch << 44 | event.head.seq))
    if version == FIX50:
        to = field_open(body, 1369, ID_TEXT_MAX)
        if to != NULL:
            field_close(body, write_exec_id(
                to, core.node_id, event.epoch, event.head.seq, event.head.index
            ))
    put_char(body, 530, <char> event.request_type)
    put_char(body, 531, <char> event.request_type if event.reason == REASON_NONE else b'0')
    if event.reason != REASON_NONE:
        put_int(body, 532, mass_cancel_rej_reason(event.reason))
    put_int(body, 533, event.affected)
    put_affected(core, event, at + event.symbol_size, version, body)
    if event.instrument != NONE16:
        symbol = core.symbol(event.instrument, &size)
        put_text(body, 55, symbol, size)
    elif event.symbol_size > 0:
        put_text(body, 55, at, event.symbol_size)
    if event.side != 0:
        put_char(body, 54, <char> event.side)
    put_time(body, 60, event.time_ns, TIME_DIGITS)
    put_refusal(core, event, body)


cdef void put_mass_status(const OrderEvent* event, Writer* body) noexcept nogil:
    cdef uint32_t size = 0
    cdef const char* request_id = event_text(event, EVENT_TEXT_NOTE, &size)
    put_text(body, 584, request_id, size)
    if event.number > 0 or event.order_id == 0:
        put_int(body, 911, event.number)
    if event.detail:
        put_char(body, 912, b'Y')


@cython.binding(True)    # inspect.signature cannot read a default that has a name otherwise
def mass_report(core: Core, event: bytes, version: int = FIX44) -> bytes:
    """The body of the OrderMassCancelReport a mass event record becomes."""
    cdef MassEvent held
    cdef char data[BODY_MAX]
    cdef Writer body = writer_on(data, BODY_MAX)
    if not MASS_EVENT_HEAD <= len(event) <= sizeof(MassEvent):
        raise ValueError(f"a mass event has {MASS_EVENT_HEAD} to {sizeof(MassEvent)} bytes, "
                         f"not {len(event)}")
    memset(&held, 0, sizeof(MassEvent))
    memcpy(&held, <const char*> event, len(event))
    encode_mass_cancel(core, &held, version, &body)
    return data[:body.used]
