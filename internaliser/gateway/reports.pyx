"""What order events become: the bodies of ExecutionReport(8) and OrderCancelReject(9).

Nothing is read but the event and the instruments' configuration, and the version of the session it
goes to; so the same event is the same bytes for ever.
"""

cimport cython
from libc.string cimport memcpy, memset

from internaliser.core.core cimport Core
from internaliser.fix.codec cimport Writer, put_char, put_int, put_text, put_time
from internaliser.fix.values cimport (
    field_close, field_open, write_char, write_tag, write_text, writer_on,
)
from internaliser.fix.version cimport FIX44
from internaliser.gateway.amounts cimport *
from internaliser.gateway.ids cimport ID_TEXT_MAX, write_exec_id, write_id
from internaliser.gateway.mass cimport put_mass_status
from internaliser.gateway.reasons cimport (
    cxl_rej_reason, ord_rej_reason, put_reason, restatement_reason,
)
from internaliser.gateway.versions cimport VersionRow, row_of
from internaliser.model.command cimport *
from internaliser.model.enums cimport *
from internaliser.model.event cimport *
from internaliser.model.money cimport join

cdef enum:
    TIME_DIGITS = 6             # TransactTime(60) in microseconds
    BODY_MAX = 1024             # bytes of the longest body built here, with room
    # What an execution report may need before its reason: four ids, a symbol, a source, amounts.
    REPORT_ROOM = 960
    SOH = 1


cdef inline void put_order_id(Core core, uint64_t id, Writer* body) noexcept nogil:
    cdef char* to
    if id == 0:
        put_text(body, 37, b"NONE", 4)
        return
    to = field_open(body, 37, ID_TEXT_MAX)
    if to != NULL:
        field_close(body, write_id(to, core.node_id, id))


cdef inline uint32_t put_event_text(
    const OrderEvent* event, uint32_t which, int32_t tag, Writer* body
) noexcept nogil:
    """That text of the event as a field, left out when empty; its size."""
    cdef uint32_t size = 0
    cdef const char* data = event_text(event, which, &size)
    if size > 0:
        put_text(body, tag, data, size)
    return size


cdef void encode_refusal(
    Core core, const OrderEvent* event, uint8_t version, Writer* body
) noexcept nogil:
    """The body of an OrderCancelReject(9)."""
    put_order_id(core, event.order_id, body)
    put_event_text(event, EVENT_TEXT_CL_ORD_ID, 11, body)
    if put_event_text(event, EVENT_TEXT_ORIG_CL_ORD_ID, 41, body) == 0:
        # The request named the order by OrderID(37) alone.
        if row_of(version).requires_orig:
            put_text(body, 41, b"NONE", 4)
    put_char(body, 39, <char> (event.ord_status if event.order_id != 0 else STATUS_REJECTED))
    put_char(body, 434, b'1' if event.type == EVENT_CANCEL_REFUSED else b'2')
    put_int(body, 102, cxl_rej_reason(event.reason, version))
    put_time(body, 60, event.time_ns, TIME_DIGITS)
    put_reason(core, event, body)


cdef inline void put_fee(Writer* body, int128_t fee, uint32_t decimals) noexcept nogil:
    cdef char* to = field_open(body, 12, AMOUNT_TEXT_MAX)
    if to != NULL:
        field_close(body, write_wide(to, fee, decimals))
    put_char(body, 13, b'3')            # absolute amount


cdef void put_match(Core core, const OrderEvent* event, Writer* body) noexcept nogil:
    """Which execution of the book this is a side of, and whose order came last."""
    cdef char* to = field_open(body, 880, ID_TEXT_MAX)
    if to != NULL:
        field_close(body, write_exec_id(
            to, core.node_id, event.epoch, event.trade_id >> 16, event.trade_id & 0xFFFF
        ))
    put_char(body, 574, b'4')           # automatic match
    put_char(body, 1057, b'Y' if event.liquidity == LIQUIDITY_REMOVED else b'N')
    put_char(body, 1115, b'1')          # an order


cdef void put_execution(
    Core core, const OrderEvent* event, const ConfigInstrument* instrument,
    const VersionRow* row, Writer* body
) noexcept nogil:
    """LastQty, LastPx, LastMkt, LastLiquidityInd and the commission of one fill."""
    cdef uint32_t size = 0
    cdef const char* name
    cdef const ConfigAsset* quote
    cdef int128_t fee = join(event.fee_lo, event.fee_hi)
    cdef char local[4]
    put_qty(body, 32, instrument, event.last_qty)
    put_price(body, 31, instrument, event.last_px)
    if event.source == NONE16:
        # Four characters, like an ISO 10383 code: N and the node's number.
        local[0] = b'N'
        local[1] = <char> (48 + core.node_id // 100 % 10)
        local[2] = <char> (48 + core.node_id // 10 % 10)
        local[3] = <char> (48 + core.node_id % 10)
        put_text(body, 30, local, 4)
    else:
        name = core.source_name(event.source, &size)
        if size > 0:
            put_text(body, 30, name, size)
    if event.liquidity != LIQUIDITY_NONE and row.has_liquidity:
        put_char(body, 851, <char> (48 + event.liquidity))
    quote = core.asset(instrument.quote)
    if fee != 0 and quote != NULL:
        put_fee(body, fee, quote.decimals)
        if row.has_comm_currency:
            name = core.asset_name(instrument.quote, &size)
            put_text(body, 479, name, size)
    if row.has_match and event.source == NONE16:
        put_match(core, event, body)


cdef inline char exec_type_in(const VersionRow* row, const OrderEvent* event) noexcept nogil:
    """ExecType(150). Where it has no Trade it tells how much is filled, whatever OrdStatus says."""
    if event.exec_type == EXEC_TRADE and not row.has_trade:
        return <char> (STATUS_FILLED if event.cum_qty >= event.qty else STATUS_PARTIALLY_FILLED)
    if event.exec_type == EXEC_ORDER_STATUS and not row.has_order_status:
        return <char> event.ord_status
    return <char> event.exec_type


cdef inline char ord_status_in(const VersionRow* row, const OrderEvent* event) noexcept nogil:
    """OrdStatus(39). Where there is a Replaced, only New gives way to it."""
    if row.has_replaced and event.exec_type == EXEC_REPLACED and event.ord_status == STATUS_NEW:
        return <char> EXEC_REPLACED
    return <char> event.ord_status


cdef inline char trans_type(const OrderEvent* event) noexcept nogil:
    """ExecTransType(20): 0 new, 1 cancel, 3 status."""
    if event.exec_type == EXEC_ORDER_STATUS:
        return b'3'
    return b'1' if event.exec_type == EXEC_TRADE_CANCEL else b'0'


cdef inline char* write_names(
    Core core, const OrderEvent* event, const VersionRow* row, char* to
) noexcept nogil:
    """OrderID, ClOrdID, OrigClOrdID, ExecID, ExecTransType, ExecType and OrdStatus."""
    cdef uint32_t size = event.text_size[<int> EVENT_TEXT_CL_ORD_ID]
    if event.order_id == 0:
        to = write_text(to, 37, b"NONE", 4)
    else:
        to = write_id(write_tag(to, 37), core.node_id, event.order_id)
        to[0] = SOH
        to += 1
    if size > 0:
        to = write_text(to, 11, event.text, size)
    if event.text_size[<int> EVENT_TEXT_ORIG_CL_ORD_ID] > 0:
        to = write_text(to, 41, event.text + size, event.text_size[<int> EVENT_TEXT_ORIG_CL_ORD_ID])
    to = write_exec_id(
        write_tag(to, 17), core.node_id, event.epoch, event.head.seq, event.head.index
    )
    to[0] = SOH
    to += 1
    if row.has_trans_type:
        to = write_char(to, 20, trans_type(event))
    to = write_char(to, 150, exec_type_in(row, event))
    return write_char(to, 39, ord_status_in(row, event))


cdef inline char* write_terms(
    const OrderEvent* event, const ConfigInstrument* instrument, char* to
) noexcept nogil:
    if event.side != 0:
        to = write_char(to, 54, <char> event.side)
    elif event.type == EVENT_MASS_STATUS:
        to = write_char(to, 54, b'7')       # undisclosed: required, and there is no order
    if instrument != NULL and event.qty > 0:
        to = write_qty(write_tag(to, 38), instrument, event.qty)
        to[0] = SOH
        to += 1
    if event.ord_type != 0:
        to = write_char(to, 40, <char> event.ord_type)
    if instrument != NULL and event.ord_type == ORD_LIMIT and event.price != 0:
        to = write_price(write_tag(to, 44), instrument, event.price)
        to[0] = SOH
        to += 1
    if event.tif != 0:
        to = write_char(to, 59, <char> event.tif)
    return to


cdef inline char* write_progress(
    const OrderEvent* event, const ConfigInstrument* instrument, char* to
) noexcept nogil:
    """LeavesQty, CumQty and AvgPx, required in every report: zero without an instrument."""
    if instrument == NULL:
        to = write_char(to, 151, b'0')
        to = write_char(to, 14, b'0')
        return write_char(to, 6, b'0')
    to = write_qty(write_tag(to, 151), instrument, event.leaves_qty)
    to[0] = SOH
    to = write_qty(write_tag(to + 1, 14), instrument, event.cum_qty)
    to[0] = SOH
    to = write_tag(to + 1, 6)
    if event.cum_qty == 0:
        to[0] = b'0'
        to += 1
    else:
        to = write_average(
            to, instrument, join(event.cum_notional_lo, event.cum_notional_hi), event.cum_qty
        )
    to[0] = SOH
    return to + 1


cdef inline char* write_symbol(
    Core core, const OrderEvent* event, const VersionRow* row, char* to
) noexcept nogil:
    cdef uint32_t size = 0
    cdef const char* symbol
    if event.instrument == NONE16:
        symbol = event_text(event, EVENT_TEXT_SYMBOL, &size)
        if size == 0:
            return to if row.requires_symbol == 0 and event.type != EVENT_MASS_STATUS else (
                write_text(to, 55, b"[N/A]", 5)
            )
        return write_text(to, 55, symbol, size)
    symbol = core.symbol(event.instrument, &size)
    return write_text(to, 55, symbol, size)


cdef inline void end_at(Writer* body, const char* to) noexcept nogil:
    body.used = <uint32_t> (to - body.data)


cdef inline void put_why(const OrderEvent* event, uint8_t version, Writer* body) noexcept nogil:
    """OrdRejReason, or ExecRestatementReason of an end that nobody asked for."""
    cdef int32_t restatement
    cdef bint is_answer = event.type == EVENT_STATUS or event.type == EVENT_MASS_STATUS
    if event.type == EVENT_REJECTED or (is_answer and event.order_id == 0):
        put_int(body, 103, ord_rej_reason(event.reason, version))
    elif event.type == EVENT_CANCELED or event.type == EVENT_EXPIRED:
        restatement = restatement_reason(event.reason, version)
        if restatement >= 0:
            put_int(body, 378, restatement)


cdef void encode_execution_report(
    Core core, const OrderEvent* event, uint8_t version, Writer* body
) noexcept nogil:
    cdef const ConfigInstrument* instrument = NULL
    cdef const VersionRow* row = row_of(version)
    if body.capacity - body.used < REPORT_ROOM:
        body.overflowed = 1
        return
    if event.instrument != NONE16:
        instrument = core.instrument(event.instrument)
    end_at(body, write_names(core, event, row, body.data + body.used))
    put_why(event, version, body)
    end_at(body, write_terms(
        event, instrument, write_symbol(core, event, row, body.data + body.used)
    ))
    if event.type == EVENT_EXECUTED and instrument != NULL:
        put_execution(core, event, instrument, row, body)
    end_at(body, write_progress(event, instrument, body.data + body.used))
    put_time(body, 60, event.time_ns, TIME_DIGITS)
    put_reason(core, event, body)
    if event.type == EVENT_MASS_STATUS:
        put_mass_status(event, body)
    elif event.type == EVENT_STATUS and event.reason != REASON_UNSUPPORTED:
        put_event_text(event, EVENT_TEXT_NOTE, 790, body)


cdef int encode_report(
    Core core, const OrderEvent* event, uint8_t version, Writer* body, char* msg_type
) noexcept nogil:
    if event.session == NONE16:
        return 0
    msg_type[1] = 0
    if event.type == EVENT_CANCEL_REFUSED or event.type == EVENT_REPLACE_REFUSED:
        msg_type[0] = b'9'
        encode_refusal(core, event, version, body)
    else:
        msg_type[0] = b'8'
        encode_execution_report(core, event, version, body)
    return 1


@cython.binding(True)    # inspect.signature cannot read a default that has a name otherwise
def report(core: Core, event: bytes, version: int = FIX44) -> tuple[str, bytes] | None:
    """(MsgType, body) of the report an order event record becomes; None when it goes nowhere."""
    cdef OrderEvent held
    cdef char data[BODY_MAX]
    cdef char msg_type[8]
    cdef Writer body = writer_on(data, BODY_MAX)
    if not ORDER_EVENT_HEAD <= len(event) <= sizeof(OrderEvent):
        raise ValueError(f"an order event has {ORDER_EVENT_HEAD} to {sizeof(OrderEvent)} bytes, "
                         f"not {len(event)}")
    memset(&held, 0, sizeof(OrderEvent))
    memcpy(&held, <const char*> event, len(event))
    if not encode_report(core, &held, version, &body, msg_type):
        return None
    return msg_type[:1].decode(), data[:body.used]
