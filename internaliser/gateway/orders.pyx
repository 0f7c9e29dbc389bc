"""Client orders: D, F, G, H become Commands; q, AF and Q by way of gateway/mass.pyx.

A bad value never raises and is never dropped here: it becomes the command's `reason`, so that the
core refuses it and the refusal stands in the journal. Nothing is read but the message and the
instruments' configuration.
"""

from libc.string cimport memcpy, memset

from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Field, Message, Writer, parse
from internaliser.fix.values cimport writer_on
from internaliser.gateway.amounts cimport *
from internaliser.gateway.business cimport BUSINESS_FIELD_MISSING, encode_business_reject
from internaliser.gateway.ids cimport read_id
from internaliser.gateway.mass cimport decode_mass
from internaliser.model.command cimport *
from internaliser.model.enums cimport *
from internaliser.model.record cimport *

cdef enum:
    NOTE_MAX = 48               # bytes of a refused value that its refusal repeats
    BODY_MAX = 1024             # bytes of the longest body built here, with room


cdef struct Asked:              # the fields of one order message that count here, NULL where absent
    const Field* cl_ord_id
    const Field* orig_cl_ord_id
    const Field* order_id
    const Field* symbol
    const Field* side
    const Field* ord_type
    const Field* tif
    const Field* price
    const Field* qty
    const Field* exec_inst
    const Field* request_id     # OrdStatusReqID
    const Field* unsupported    # one that changes what the order means, and that we do not offer
    const Field* refused        # the value that `reason` is about


# Receiving.


cdef inline void collect_field(Asked* asked, const Field* field) noexcept nogil:
    cdef int32_t tag = field.tag
    if tag == 11:
        asked.cl_ord_id = field
    elif tag == 38:
        asked.qty = field
    elif tag == 40:
        asked.ord_type = field
    elif tag == 44:
        asked.price = field
    elif tag == 54:
        asked.side = field
    elif tag == 55:
        asked.symbol = field
    elif tag == 59:
        asked.tif = field
    elif tag == 41:
        asked.orig_cl_ord_id = field
    elif tag == 37:
        asked.order_id = field
    elif tag == 18:
        asked.exec_inst = field
    elif tag == 790:
        asked.request_id = field
    elif (
        # MinQty, MaxFloor, CashOrderQty, StopPx, PegOffsetValue, DisplayQty: ignoring one would
        # do what the client did not ask for.
        tag == 110 or tag == 111 or tag == 152 or tag == 99 or tag == 211 or tag == 1138
    ):
        asked.unsupported = field


cdef inline void collect(const Message* message, Asked* asked) noexcept nogil:
    cdef uint32_t i
    # One by one: a memset of this size is a slow instruction with a long start.
    asked.cl_ord_id = asked.orig_cl_ord_id = asked.order_id = asked.symbol = asked.side = NULL
    asked.ord_type = asked.tif = asked.price = asked.qty = asked.exec_inst = NULL
    asked.request_id = asked.unsupported = asked.refused = NULL
    for i in range(message.body_first, message.field_count):
        collect_field(asked, &message.fields[i])


cdef inline void refuse(
    Command* command, Asked* asked, uint8_t reason, const Field* refused
) noexcept nogil:
    """The first thing wrong is the one that is told."""
    if command.reason == REASON_NONE:
        command.reason = reason
        asked.refused = refused


cdef inline uint32_t add_command_text(
    Command* command, uint32_t which, uint32_t used, const char* text, uint32_t size
) noexcept nogil:
    memcpy(&command.payload[used], text, size)
    command.text_size[which] = <uint8_t> size
    return used + size


cdef void finish_command(const Message* message, Asked* asked, Command* command) noexcept nogil:
    """The texts, in their order, and the size."""
    cdef uint32_t used = 0
    cdef const Field* field = asked.cl_ord_id
    cdef uint32_t size, first
    if field != NULL:
        size = min(field.size, <uint32_t> CL_ORD_ID_MAX)
        used = add_command_text(command, TEXT_CL_ORD_ID, used, message.raw + field.offset, size)
    field = asked.orig_cl_ord_id
    if field != NULL:
        size = min(field.size, <uint32_t> CL_ORD_ID_MAX)
        used = add_command_text(
            command, TEXT_ORIG_CL_ORD_ID, used, message.raw + field.offset, size
        )
    field = asked.symbol
    if field != NULL and command.instrument == NONE16:
        size = min(field.size, <uint32_t> SYMBOL_MAX)
        used = add_command_text(command, TEXT_SYMBOL, used, message.raw + field.offset, size)
    field = asked.refused
    if field != NULL:
        first = field.offset
        if command.reason == REASON_UNSUPPORTED:
            # With its tag: "40=3" says more than "3".
            first -= 1
            while first > 0 and message.raw[first - 1] != 1:
                first -= 1
        size = min(field.offset + field.size - first, <uint32_t> NOTE_MAX)
        used = add_command_text(command, TEXT_NOTE, used, message.raw + first, size)
    elif command.head.kind == KIND_STATUS and asked.request_id != NULL:
        size = min(asked.request_id.size, <uint32_t> TEXT_MAX)
        used = add_command_text(
            command, TEXT_NOTE, used, message.raw + asked.request_id.offset, size
        )
    memset(&command.payload[used], 0, 8)
    command.head.size = COMMAND_HEAD + ((used + 7) & ~<uint32_t> 7)


cdef inline void read_identity(
    Core core, const Message* message, Asked* asked, Command* command, int is_symbol_required
) noexcept nogil:
    """ClOrdID, OrigClOrdID, OrderID, Symbol and Side: what every order message names."""
    cdef const Field* field = asked.cl_ord_id
    cdef uint16_t node = 0
    if field == NULL:
        # A status may be asked for by OrderID alone.
        if command.head.kind != KIND_STATUS:
            refuse(command, asked, REASON_CL_ORD_ID_LENGTH, NULL)
    elif field.size == 0 or field.size > CL_ORD_ID_MAX:
        refuse(command, asked, REASON_CL_ORD_ID_LENGTH, NULL)
    else:
        core.foresee(command.client, message.raw + field.offset, field.size)
    field = asked.orig_cl_ord_id
    if field != NULL:
        if field.size == 0 or field.size > CL_ORD_ID_MAX:
            refuse(command, asked, REASON_CL_ORD_ID_LENGTH, NULL)
        else:
            core.foresee(command.client, message.raw + field.offset, field.size)
    field = asked.symbol
    if field != NULL:
        command.instrument = core.instrument_of(message.raw + field.offset, field.size)
    if command.instrument == NONE16 and (field != NULL or is_symbol_required):
        refuse(command, asked, REASON_UNKNOWN_SYMBOL, NULL)
    field = asked.order_id
    if field != NULL and command.head.kind != KIND_NEW_ORDER:
        if (
            not read_id(message.raw + field.offset, field.size, &node, &command.target_id)
            or node != core.node_id
        ):
            # Also an id of another node: which ids exist is nobody's business.
            command.target_id = 0
            refuse(command, asked, REASON_UNKNOWN_ORDER, NULL)
    field = asked.side
    if field != NULL and field.size == 1:
        command.side = <uint8_t> message.raw[field.offset]
    if command.side != SIDE_BUY and command.side != SIDE_SELL:
        refuse(command, asked, REASON_UNSUPPORTED, field)


cdef inline void read_exec_inst(
    const Message* message, Asked* asked, Command* command
) noexcept nogil:
    """ExecInst(18): routing allowed (g) or not (h); held, not held and work change nothing."""
    cdef const Field* field = asked.exec_inst
    cdef uint32_t i
    cdef char letter
    for i in range(field.size):
        letter = message.raw[field.offset + i]
        if letter == b'h':
            command.flags |= FLAG_LOCAL_ONLY
        elif not (letter == b'g' or letter == b' ' or letter == b'1' or letter == b'2'
                  or letter == b'5'):
            refuse(command, asked, REASON_UNSUPPORTED, field)
            return


cdef inline void read_terms(const Message* message, Asked* asked, Command* command) noexcept nogil:
    """OrdType, TimeInForce (absent = DAY), ExecInst. One not offered is kept for the refusal."""
    cdef const Field* field = asked.ord_type
    if field != NULL and field.size == 1:
        command.ord_type = <uint8_t> message.raw[field.offset]
    if command.ord_type != ORD_LIMIT and command.ord_type != ORD_MARKET:
        refuse(command, asked, REASON_UNSUPPORTED, field)
    field = asked.tif
    if field == NULL:
        command.tif = TIF_DAY
    else:
        if field.size == 1:
            command.tif = <uint8_t> message.raw[field.offset]
        if not (command.tif == TIF_DAY or command.tif == TIF_GTC or command.tif == TIF_IOC
                or command.tif == TIF_FOK):
            refuse(command, asked, REASON_UNSUPPORTED, field)
    if asked.exec_inst != NULL:
        read_exec_inst(message, asked, command)
    if asked.unsupported != NULL:
        refuse(command, asked, REASON_UNSUPPORTED, asked.unsupported)


cdef inline void read_amounts(
    Core core, const Message* message, Asked* asked, Command* command
) noexcept nogil:
    """OrderQty in lots, Price in ticks (limit orders only)."""
    cdef const ConfigInstrument* instrument = core.instrument(command.instrument)
    cdef int result
    if asked.qty == NULL:
        refuse(command, asked, REASON_QTY_MISSING, NULL)
    else:
        result = read_lots(instrument, message, asked.qty, &command.qty)
        if result == AMOUNT_GOOD:
            if command.qty <= 0:
                command.qty = 0
                refuse(command, asked, REASON_QTY_OUT_OF_RANGE, asked.qty)
        elif result == AMOUNT_TOO_LARGE:
            refuse(command, asked, REASON_QTY_OUT_OF_RANGE, asked.qty)
        else:
            refuse(command, asked, REASON_QTY_OFF_LOT, asked.qty)
    if command.ord_type != ORD_LIMIT:
        return
    if asked.price == NULL:
        refuse(command, asked, REASON_PRICE_MISSING, NULL)
        return
    result = read_ticks(instrument, message, asked.price, &command.price)
    if result == AMOUNT_TOO_LARGE:
        refuse(command, asked, REASON_PRICE_OUT_OF_RANGE, asked.price)
    elif result != AMOUNT_GOOD:
        refuse(command, asked, REASON_PRICE_OFF_TICK, asked.price)


cdef inline bint lacks_order(const Command* command, const Asked* asked) noexcept nogil:
    """Versions that ask for neither name ask for one of the two."""
    if asked.order_id != NULL or command.head.kind == KIND_NEW_ORDER:
        return False
    if command.head.kind == KIND_STATUS:
        return asked.cl_ord_id == NULL
    return asked.orig_cl_ord_id == NULL


cdef int decode_order(
    Core core, const Message* message, Command* command, Writer* reject
) noexcept nogil:
    cdef Asked asked
    cdef int result
    cdef char msg_type = message.msg_type[0] if message.msg_type[1] == 0 else 0
    if msg_type == b'D':
        begin_command(command, KIND_NEW_ORDER)
    elif msg_type == b'F':
        begin_command(command, KIND_CANCEL)
    elif msg_type == b'G':
        begin_command(command, KIND_REPLACE)
    elif msg_type == b'H':
        begin_command(command, KIND_STATUS)
    elif msg_type == b'j' or msg_type == b'3' or b'0' <= msg_type <= b'5' or msg_type == b'A':
        # Refusing a refusal would start a conversation of refusals.
        return DECODE_IGNORED
    else:
        begin_command(command, 0)
        result = decode_mass(core, message, command, reject)
        if result != 0:
            return result
        return DECODE_COLD
    collect(message, &asked)
    if lacks_order(command, &asked):
        encode_business_reject(
            message, BUSINESS_FIELD_MISSING, b"OrderID(37) or the order's ClOrdID is required", 45,
            reject,
        )
        return DECODE_BUSINESS_REJECT
    if message.poss_resend:
        command.flags |= FLAG_POSS_RESEND
    read_identity(core, message, &asked, command,
                  command.head.kind == KIND_NEW_ORDER or command.head.kind == KIND_REPLACE)
    if command.head.kind == KIND_NEW_ORDER or command.head.kind == KIND_REPLACE:
        read_terms(message, &asked, command)
        if command.instrument != NONE16:
            read_amounts(core, message, &asked, command)
    finish_command(message, &asked, command)
    return DECODED


def decode(core: Core, message: bytes, *, session: int = 0, client: int = 0) -> tuple[int, bytes]:
    """One whole FIX message of a client -> (DecodeResult, Command record or body of the 35=j).

    Empty bytes when there is nothing to do. Raises ValueError when the bytes have no fields.
    """
    cdef Message parsed
    cdef Command command
    cdef char data[BODY_MAX]
    cdef Writer reject = writer_on(data, BODY_MAX)
    if parse(&parsed, message, <uint32_t> len(message)) < 0:
        raise ValueError("not a FIX message")
    command.session = session
    command.client = client
    command.msg_seq_num = parsed.msg_seq_num
    command.time_ns = 0
    result = decode_order(core, &parsed, &command, &reject)
    if result == DECODED:
        return result, (<char*> &command)[:command.head.size]
    return result, data[:reject.used]
