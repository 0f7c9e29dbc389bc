"""Reasons in the words and values of each version, functions of the event alone."""

cimport cython

from internaliser.core.core cimport Core
from internaliser.fix.codec cimport put_text
from internaliser.fix.version cimport FIX42, FIX44, FIX50
from internaliser.gateway.amounts cimport add_price, add_qty
from internaliser.gateway.text cimport Text, add, add_number, add_words, text_on
from internaliser.model.command cimport CL_ORD_ID_MAX, ConfigInstrument
from internaliser.model.enums cimport *
from internaliser.model.event cimport *

cdef enum:
    REASON_TEXT_MAX = 240       # bytes of Text(58)


cdef enum:
    FIELD_ORD_REJ = 0           # columns of the table below, each per version
    FIELD_CXL_REJ = 1
    FIELD_RESTATEMENT = 2

cdef extern from * nogil:
    """
    /* One row per RejectReason: its code; then 103, 102 and 378, each in 4.2, 4.4 and 5.0SP2.
       -1 = not told. A value that a version lacks is its nearest one: Text(58) has the code. */
    typedef struct { const char *code; signed char values[3][3]; } internaliser_reason_row;
    static const internaliser_reason_row internaliser_reason_rows[] = {
        {"OTHER",                {{ 0, 99, 99}, { 2, 99, 99}, {-1, -1, -1}}},
        {"UNKNOWN_SYMBOL",       {{ 1,  1,  1}, { 1,  1,  1}, {-1, 99, 99}}},
        {"HALTED",               {{ 2,  2,  2}, { 2,  2,  2}, {-1,  6,  6}}},
        {"REDUCING_ONLY",        {{ 0,  0,  0}, { 2,  2,  2}, {-1, 99, 99}}},
        {"PRICE_OFF_TICK",       {{ 0, 99, 18}, { 2, 99, 18}, {-1, 99, 99}}},
        {"PRICE_OUT_OF_RANGE",   {{ 0, 99, 99}, { 2, 99, 99}, {-1, 99, 99}}},
        {"PRICE_BAND",           {{ 0, 99, 16}, { 2, 99,  8}, {-1, 99, 99}}},
        {"QTY_OFF_LOT",          {{ 0, 13, 13}, { 2, 99, 99}, {-1, 99, 99}}},
        {"QTY_OUT_OF_RANGE",     {{ 0, 13, 13}, { 2, 99, 99}, {-1, 99, 99}}},
        {"QTY_MISSING",          {{ 0, 13, 13}, { 2, 99, 99}, {-1, 99, 99}}},
        {"PRICE_MISSING",        {{ 0, 99, 99}, { 2, 99, 99}, {-1, 99, 99}}},
        {"UNSUPPORTED",          {{ 0, 11, 11}, { 2, 99, 99}, {-1, 99, 99}}},
        {"DUPLICATE_CL_ORD_ID",  {{ 6,  6,  6}, { 2,  6,  6}, {-1, 99, 99}}},
        {"CL_ORD_ID_LENGTH",     {{ 0, 99, 99}, { 2, 99, 99}, {-1, 99, 99}}},
        {"UNKNOWN_ORDER",        {{ 5,  5,  5}, { 1,  1,  1}, {-1, 99, 99}}},
        {"TOO_LATE",             {{ 4,  4,  4}, { 0,  0,  0}, {-1, 99, 99}}},
        {"ALREADY_PENDING",      {{ 0, 99, 99}, { 3,  3,  3}, {-1, 99, 99}}},
        {"CREDIT",               {{ 0,  0, 25}, { 2,  2,  2}, {-1, 99, 99}}},
        {"LIMIT_OPEN_ORDERS",    {{ 3,  3,  3}, { 2, 99, 99}, {-1, 99, 99}}},
        {"LIMIT_NOTIONAL",       {{ 3,  3, 27}, { 2, 99, 99}, {-1, 99, 99}}},
        {"CAPACITY",             {{ 3,  3,  3}, { 2, 99, 99}, {-1, 99, 99}}},
        {"FOK_UNFILLABLE",       {{ 0, 99, 99}, { 2, 99, 99}, {-1, -1, -1}}},
        {"NO_LIQUIDITY",         {{ 0, 99, 99}, { 2, 99, 99}, {-1, -1, -1}}},
        {"SIDE_CHANGED",         {{ 0, 99, 99}, { 2, 99, 99}, {-1, 99, 99}}},
        {"CLIENT_REQUEST",       {{ 0, 99, 99}, { 2, 99, 99}, {-1, -1, -1}}},
        {"OPERATOR",             {{ 0, 99, 99}, { 2, 99, 99}, { 4,  8,  8}}},
        {"DAY_END",              {{ 0, 99, 99}, { 2, 99, 99}, {-1, -1, -1}}},
        {"DISCONNECT",           {{ 0, 99, 99}, { 2, 99, 99}, {-1, 99, 12}}},
        {"VENUE",                {{ 0, 99, 99}, { 2, 99, 99}, {-1, 99, 99}}},
        {"STALE_COMMAND",        {{ 0, 99, 99}, { 2, 99, 99}, {-1, 99, 99}}},
        {"UNKNOWN_ACCOUNT",      {{ 0, 15, 15}, { 2, 99, 99}, {-1, 99, 99}}},
        {"SELF_MATCH",           {{ 0, 99, 99}, { 2, 99, 99}, {-1, 99, 17}}},
        {"QTY_BELOW_CUM",        {{ 0, 99, 99}, { 0,  0,  0}, {-1, 99, 99}}},
        {"LOGOUT",               {{ 0, 99, 99}, { 2, 99, 99}, {-1, 99, 13}}},
        {"OTHER",                {{ 0, 99, 99}, { 2, 99, 99}, {-1, 99, 99}}},
    };
    enum { internaliser_reason_last =
        sizeof(internaliser_reason_rows) / sizeof(internaliser_reason_rows[0]) - 1 };
    """
    ctypedef struct ReasonRow "internaliser_reason_row":
        const char* code
        signed char values[3][3]
    const ReasonRow* reason_rows "internaliser_reason_rows"
    const uint32_t REASON_LAST "internaliser_reason_last"   # the row of what has none of its own


cdef inline const ReasonRow* reason_row_of(uint16_t reason) noexcept nogil:
    return &reason_rows[reason if reason < REASON_LAST else REASON_LAST]


cdef const char* reason_code(uint16_t reason) noexcept nogil:
    return reason_row_of(reason).code


cdef inline int32_t value_of(uint16_t reason, uint32_t field, uint8_t version) noexcept nogil:
    cdef uint32_t column = version - 1 if FIX42 <= version <= FIX50 else FIX44 - 1
    return reason_row_of(reason).values[field][column]


cdef int32_t ord_rej_reason(uint16_t reason, uint8_t version) noexcept nogil:
    return value_of(reason, FIELD_ORD_REJ, version)


cdef int32_t cxl_rej_reason(uint16_t reason, uint8_t version) noexcept nogil:
    return value_of(reason, FIELD_CXL_REJ, version)


cdef int32_t restatement_reason(uint16_t reason, uint8_t version) noexcept nogil:
    return value_of(reason, FIELD_RESTATEMENT, version)


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
    elif event.reason == REASON_UNSUPPORTED and event.type == EVENT_MASS_STATUS:
        add_words(text, b"MassStatusReqType(585) is 1 with a Symbol(55) or 7 without one")
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
    elif reason == REASON_LOGOUT:
        add_words(text, b"the session ended")
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


@cython.binding(True)    # inspect.signature cannot read a default that has a name otherwise
def reason_row(reason: int, version: int = FIX44) -> tuple[str, int, int, int]:
    """(code, 103, 102, 378) of a RejectReason in a FixVersion; 378 is -1 where it is not told."""
    cdef uint16_t number = reason
    cdef uint8_t column = version
    return (
        reason_code(number).decode(),
        ord_rej_reason(number, column),
        cxl_rej_reason(number, column),
        restatement_reason(number, column),
    )
