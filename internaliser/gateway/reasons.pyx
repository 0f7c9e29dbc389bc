"""Reason tables of FIX 4.4 and the sentences clients read, functions of the event alone."""

from internaliser.core.core cimport Core
from internaliser.fix.codec cimport put_text
from internaliser.gateway.amounts cimport add_price, add_qty
from internaliser.gateway.text cimport Text, add, add_number, add_words, text_on
from internaliser.model.command cimport CL_ORD_ID_MAX, ConfigInstrument
from internaliser.model.enums cimport *
from internaliser.model.event cimport *

cdef enum:
    REASON_TEXT_MAX = 240       # bytes of Text(58)


cdef const char* reason_code(uint16_t reason) noexcept nogil:
    if reason == REASON_UNKNOWN_SYMBOL:
        return b"UNKNOWN_SYMBOL"
    elif reason == REASON_HALTED:
        return b"HALTED"
    elif reason == REASON_REDUCING_ONLY:
        return b"REDUCING_ONLY"
    elif reason == REASON_PRICE_OFF_TICK:
        return b"PRICE_OFF_TICK"
    elif reason == REASON_PRICE_OUT_OF_RANGE:
        return b"PRICE_OUT_OF_RANGE"
    elif reason == REASON_PRICE_BAND:
        return b"PRICE_BAND"
    elif reason == REASON_QTY_OFF_LOT:
        return b"QTY_OFF_LOT"
    elif reason == REASON_QTY_OUT_OF_RANGE:
        return b"QTY_OUT_OF_RANGE"
    elif reason == REASON_QTY_MISSING:
        return b"QTY_MISSING"
    elif reason == REASON_PRICE_MISSING:
        return b"PRICE_MISSING"
    elif reason == REASON_UNSUPPORTED:
        return b"UNSUPPORTED"
    elif reason == REASON_DUPLICATE_CL_ORD_ID:
        return b"DUPLICATE_CL_ORD_ID"
    elif reason == REASON_CL_ORD_ID_LENGTH:
        return b"CL_ORD_ID_LENGTH"
    elif reason == REASON_UNKNOWN_ORDER:
        return b"UNKNOWN_ORDER"
    elif reason == REASON_TOO_LATE:
        return b"TOO_LATE"
    elif reason == REASON_ALREADY_PENDING:
        return b"ALREADY_PENDING"
    return later_reason_code(reason)


cdef const char* later_reason_code(uint16_t reason) noexcept nogil:
    if reason == REASON_CREDIT:
        return b"CREDIT"
    elif reason == REASON_LIMIT_OPEN_ORDERS:
        return b"LIMIT_OPEN_ORDERS"
    elif reason == REASON_LIMIT_NOTIONAL:
        return b"LIMIT_NOTIONAL"
    elif reason == REASON_CAPACITY:
        return b"CAPACITY"
    elif reason == REASON_FOK_UNFILLABLE:
        return b"FOK_UNFILLABLE"
    elif reason == REASON_NO_LIQUIDITY:
        return b"NO_LIQUIDITY"
    elif reason == REASON_SIDE_CHANGED:
        return b"SIDE_CHANGED"
    elif reason == REASON_CLIENT_REQUEST:
        return b"CLIENT_REQUEST"
    elif reason == REASON_OPERATOR:
        return b"OPERATOR"
    elif reason == REASON_DAY_END:
        return b"DAY_END"
    elif reason == REASON_DISCONNECT:
        return b"DISCONNECT"
    elif reason == REASON_VENUE:
        return b"VENUE"
    elif reason == REASON_STALE_COMMAND:
        return b"STALE_COMMAND"
    elif reason == REASON_UNKNOWN_ACCOUNT:
        return b"UNKNOWN_ACCOUNT"
    elif reason == REASON_SELF_MATCH:
        return b"SELF_MATCH"
    elif reason == REASON_QTY_BELOW_CUM:
        return b"QTY_BELOW_CUM"
    return b"OTHER"


cdef int32_t ord_rej_reason(uint16_t reason) noexcept nogil:
    if reason == REASON_CREDIT or reason == REASON_REDUCING_ONLY:
        return 0        # broker / exchange option
    elif reason == REASON_UNKNOWN_SYMBOL:
        return 1
    elif reason == REASON_HALTED:
        return 2        # exchange closed
    elif (
        reason == REASON_LIMIT_OPEN_ORDERS
        or reason == REASON_LIMIT_NOTIONAL
        or reason == REASON_CAPACITY
    ):
        return 3        # order exceeds limit
    elif reason == REASON_TOO_LATE:
        return 4
    elif reason == REASON_UNKNOWN_ORDER:
        return 5
    elif reason == REASON_DUPLICATE_CL_ORD_ID:
        return 6
    elif reason == REASON_UNSUPPORTED:
        return 11       # unsupported order characteristic
    elif (
        reason == REASON_QTY_OFF_LOT
        or reason == REASON_QTY_OUT_OF_RANGE
        or reason == REASON_QTY_MISSING
    ):
        return 13       # incorrect quantity
    elif reason == REASON_UNKNOWN_ACCOUNT:
        return 15
    return 99


cdef int32_t cxl_rej_reason(uint16_t reason) noexcept nogil:
    if reason == REASON_TOO_LATE or reason == REASON_QTY_BELOW_CUM:
        return 0
    elif reason == REASON_UNKNOWN_ORDER or reason == REASON_UNKNOWN_SYMBOL:
        return 1
    elif reason == REASON_HALTED or reason == REASON_REDUCING_ONLY or reason == REASON_CREDIT:
        return 2        # broker / exchange option
    elif reason == REASON_ALREADY_PENDING:
        return 3
    elif reason == REASON_DUPLICATE_CL_ORD_ID:
        return 6
    return 99


cdef int32_t restatement_reason(uint16_t reason) noexcept nogil:
    if (
        reason == REASON_NONE
        or reason == REASON_CLIENT_REQUEST
        or reason == REASON_NO_LIQUIDITY
        or reason == REASON_FOK_UNFILLABLE
        or reason == REASON_DAY_END
    ):
        return -1
    elif reason == REASON_HALTED:
        return 6        # cancel on trading halt
    elif reason == REASON_OPERATOR:
        return 8        # market (exchange) option
    # Connection loss (12) and self-match prevention (17) are values of 5.0: Text tells them.
    return 99


cdef void put_reason(Core core, const OrderEvent* event, Writer* body) noexcept nogil:
    cdef char data[REASON_TEXT_MAX]
    cdef Text text
    cdef const ConfigInstrument* instrument
    if event.reason == REASON_NONE or event.reason == REASON_CLIENT_REQUEST:
        return
    text = text_on(data, REASON_TEXT_MAX)
    add_words(&text, reason_code(event.reason))
    add_words(&text, b": ")
    instrument = core.instrument(event.instrument) if event.instrument != NONE16 else NULL
    if not add_price_sentence(&text, event, instrument):
        if not add_qty_sentence(&text, event, instrument):
            if not add_order_sentence(&text, event):
                add_house_sentence(&text, event.reason)
    put_text(body, 58, data, text.used)


cdef uint32_t add_event_text(Text* text, const OrderEvent* event, uint32_t which) noexcept nogil:
    """Appends that text of the event; its size, 0 when the event has none."""
    cdef uint32_t size = 0
    cdef const char* data = event_text(event, which, &size)
    add(text, data, size)
    return size


cdef void add_subject(
    Text* text, const char* noun, const OrderEvent* event, const ConfigInstrument* instrument,
    int is_price,
) noexcept nogil:
    """The noun and its value: as received where the refusal kept it, else from the order."""
    add_words(text, noun)
    add(text, b" ", 1)
    if add_event_text(text, event, EVENT_TEXT_NOTE) > 0:
        return
    if instrument != NULL and is_price and event.price != 0:
        add_price(text, instrument, event.price)
    elif instrument != NULL and not is_price and event.qty != 0:
        add_qty(text, instrument, event.qty)
    else:
        text.used -= 1


cdef int add_price_sentence(
    Text* text, const OrderEvent* event, const ConfigInstrument* instrument
) noexcept nogil:
    if event.reason == REASON_PRICE_OFF_TICK:
        add_subject(text, b"price", event, instrument, 1)
        add_words(text, b" is not a multiple of tick")
        if instrument != NULL:
            add(text, b" ", 1)
            add_price(text, instrument, 1)
    elif event.reason == REASON_PRICE_OUT_OF_RANGE:
        add_subject(text, b"price", event, instrument, 1)
        add_words(text, b" is outside ")
        if instrument != NULL:
            add_price(text, instrument, instrument.price_min)
            add_words(text, b" to ")
            add_price(text, instrument, instrument.price_max)
        else:
            add_words(text, b"the range")
    elif event.reason == REASON_PRICE_BAND:
        add_subject(text, b"price", event, instrument, 1)
        add_words(text, b" is further from the reference price than ")
        if instrument != NULL:
            add_number(text, instrument.band_bp)
            add_words(text, b" bp")
        else:
            add_words(text, b"the band")
    elif event.reason == REASON_PRICE_MISSING:
        add_words(text, b"Price(44) is required for a limit order")
    else:
        return 0
    return 1


cdef int add_qty_sentence(
    Text* text, const OrderEvent* event, const ConfigInstrument* instrument
) noexcept nogil:
    if event.reason == REASON_QTY_OFF_LOT:
        add_subject(text, b"quantity", event, instrument, 0)
        add_words(text, b" is not a multiple of lot")
        if instrument != NULL:
            add(text, b" ", 1)
            add_qty(text, instrument, 1)
    elif event.reason == REASON_QTY_OUT_OF_RANGE:
        add_subject(text, b"quantity", event, instrument, 0)
        add_words(text, b" is outside ")
        if instrument != NULL:
            add_qty(text, instrument, instrument.qty_min)
            add_words(text, b" to ")
            add_qty(text, instrument, instrument.qty_max)
        else:
            add_words(text, b"the range")
    elif event.reason == REASON_QTY_MISSING:
        add_words(text, b"OrderQty(38) is required")
    elif event.reason == REASON_QTY_BELOW_CUM:
        add_words(text, b"the quantity asked for is already executed")
        if instrument != NULL:
            add_words(text, b": ")
            add_qty(text, instrument, event.cum_qty)
    else:
        return 0
    return 1


cdef int add_order_sentence(Text* text, const OrderEvent* event) noexcept nogil:
    if event.reason == REASON_UNKNOWN_SYMBOL:
        add_words(text, b"no instrument ")
        if add_event_text(text, event, EVENT_TEXT_SYMBOL) == 0:
            add_words(text, b"is named: Symbol(55) is required")
    elif event.reason == REASON_UNSUPPORTED:
        if add_event_text(text, event, EVENT_TEXT_NOTE) == 0:
            add_words(text, b"this combination of OrdType(40) and TimeInForce(59)")
        add_words(text, b" is not offered")
    elif event.reason == REASON_DUPLICATE_CL_ORD_ID:
        add_words(text, b"ClOrdID ")
        add_event_text(text, event, EVENT_TEXT_CL_ORD_ID)
        add_words(text, b" is already used")
    elif event.reason == REASON_CL_ORD_ID_LENGTH:
        add_words(text, b"ClOrdID(11) and OrigClOrdID(41) take 1 to ")
        add_number(text, CL_ORD_ID_MAX)
        add_words(text, b" bytes")
    elif event.reason == REASON_TOO_LATE:
        if event.ord_status == STATUS_FILLED:
            add_words(text, b"the order is filled")
        else:
            add_words(text, b"the order is no longer open")
    else:
        return 0
    return 1


cdef void add_house_sentence(Text* text, uint16_t reason) noexcept nogil:
    if reason == REASON_HALTED:
        add_words(text, b"trading is halted")
    elif reason == REASON_REDUCING_ONLY:
        add_words(text, b"only cancels and orders that reduce a position are taken")
    elif reason == REASON_UNKNOWN_ORDER:
        add_words(text, b"no such order")
    elif reason == REASON_ALREADY_PENDING:
        add_words(text, b"a cancel or replace of the order is already pending")
    elif reason == REASON_CREDIT:
        add_words(text, b"available credit does not cover the order")
    elif reason == REASON_LIMIT_OPEN_ORDERS:
        add_words(text, b"too many open orders")
    elif reason == REASON_LIMIT_NOTIONAL:
        add_words(text, b"the order's value is over the limit")
    elif reason == REASON_CAPACITY:
        add_words(text, b"a limit of the node is reached")
    elif reason == REASON_FOK_UNFILLABLE:
        add_words(text, b"the whole quantity cannot be executed at once")
    elif reason == REASON_NO_LIQUIDITY:
        add_words(text, b"nothing more to execute with at this price")
    elif reason == REASON_SIDE_CHANGED:
        add_words(text, b"Side(54) or Symbol(55) contradicts the order")
    elif reason == REASON_OPERATOR:
        add_words(text, b"by the operator")
    elif reason == REASON_DAY_END:
        add_words(text, b"the trading day ended")
    elif reason == REASON_DISCONNECT:
        add_words(text, b"the connection was lost")
    elif reason == REASON_VENUE:
        add_words(text, b"the outside market refused and no other remained")
    elif reason == REASON_STALE_COMMAND:
        add_words(text, b"the request came after the fact")
    elif reason == REASON_UNKNOWN_ACCOUNT:
        add_words(text, b"no such account")
    elif reason == REASON_SELF_MATCH:
        add_words(text, b"it would have traded with an order of the same client")
    else:
        add_words(text, b"refused")


def reason_row(reason: int) -> tuple[str, int, int, int]:
    """(code, 103, 102, 378) of a RejectReason in FIX 4.4; 378 is -1 where it is not due."""
    cdef uint16_t number = reason
    return (
        reason_code(number).decode(),
        ord_rej_reason(number),
        cxl_rej_reason(number),
        restatement_reason(number),
    )
