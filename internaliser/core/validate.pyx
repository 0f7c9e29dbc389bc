"""Checks of order entry, in the order in which they answer."""

from internaliser.core.accounts cimport Account, account_at, account_find, OWNER_CLIENT
from internaliser.core.credit cimport base_amount
from internaliser.core.state cimport Client, Instrument, client_at, instrument_at, order_at
from internaliser.core.views cimport outside_mid_twice
from internaliser.matching.book cimport book_best
from internaliser.model.command cimport (
    CL_ORD_ID_MAX, TEXT_CL_ORD_ID, ConfigInstrument, command_text,
)
from internaliser.model.enums cimport (
    ORD_LIMIT, ORD_MARKET, REASON_CL_ORD_ID_LENGTH, REASON_HALTED, REASON_LIMIT_OPEN_ORDERS,
    REASON_NONE, REASON_PRICE_BAND, REASON_PRICE_OUT_OF_RANGE, REASON_QTY_OUT_OF_RANGE,
    REASON_REDUCING_ONLY, REASON_UNKNOWN_SYMBOL, REASON_UNSUPPORTED, SIDE_BUY, SIDE_SELL,
    STATE_ACTIVE, STATE_HALTED, TIF_DAY, TIF_FOK, TIF_GTC, TIF_IOC,
)
from internaliser.model.types cimport *

cdef enum:
    BP_ONE = 10_000


cdef int64_t reference_twice(CoreState* state, uint16_t instrument) noexcept nogil:
    """Twice the price the band is drawn around: outside mid, else last price, else local mid; 0 =
    none."""
    cdef Instrument* entry = instrument_at(state, instrument)
    cdef int64_t twice = outside_mid_twice(state, instrument)
    cdef int64_t bid = 0, ask = 0, qty = 0
    if twice != 0:
        return twice
    if entry.last_price != 0:
        return 2 * entry.last_price
    if book_best(&state.pool, &entry.book, SIDE_BUY, &bid, &qty):
        if book_best(&state.pool, &entry.book, SIDE_SELL, &ask, &qty):
            return bid + ask
    return 0


cdef uint16_t price_fault(CoreState* state, uint16_t instrument, int64_t price) noexcept nogil:
    cdef const ConfigInstrument* terms = &instrument_at(state, instrument).terms
    cdef int64_t twice, distance
    if price < terms.price_min or price > terms.price_max:
        return REASON_PRICE_OUT_OF_RANGE
    if terms.band_bp > 0:
        twice = reference_twice(state, instrument)
        distance = 2 * price - twice if 2 * price > twice else twice - 2 * price
        if twice != 0 and <int128_t> distance * BP_ONE > <int128_t> twice * terms.band_bp:
            return REASON_PRICE_BAND
    return REASON_NONE


cdef int64_t collar(CoreState* state, uint16_t instrument, uint8_t side) noexcept nogil:
    cdef const ConfigInstrument* terms = &instrument_at(state, instrument).terms
    cdef int64_t worst = terms.price_max if side == SIDE_BUY else terms.price_min
    cdef int64_t twice, band, edge
    if terms.band_bp == 0:
        return worst
    twice = reference_twice(state, instrument)
    if twice == 0:
        return worst
    band = <int64_t> (<int128_t> twice * terms.band_bp / BP_ONE)
    if side == SIDE_BUY:
        edge = (twice + band) // 2
        return min(edge, worst)
    edge = (twice - band + 1) // 2
    return max(edge, worst)


cdef uint16_t switch_fault(
    CoreState* state, const Client* client, const Instrument* entry
) noexcept nogil:
    if state.header.state == STATE_HALTED or client.state == STATE_HALTED:
        return REASON_HALTED
    if not entry.terms.is_open:
        return REASON_HALTED
    return REASON_NONE


cdef int is_reducing(
    CoreState* state, uint16_t client, uint16_t instrument, uint8_t side, int64_t qty
) noexcept nogil:
    """Would `qty` more bring the client's position in the base asset towards zero, open orders
    counted?"""
    cdef const ConfigInstrument* terms = &instrument_at(state, instrument).terms
    cdef uint32_t slot = account_find(&state.accounts, OWNER_CLIENT, client, terms.base)
    cdef int128_t wanted = base_amount(terms, qty)
    cdef const Account* account
    if slot == <uint32_t> NONE32:
        return 0
    account = account_at(&state.accounts, slot)
    if side == SIDE_SELL:
        return account.balance - account.reserved >= wanted
    return -account.balance - open_buys(state, client, terms.base) >= wanted


cdef int128_t open_buys(CoreState* state, uint16_t client, uint16_t base) noexcept nogil:
    """Base units the client's open buys may still bring: walked, because only the rare REDUCING
    asks."""
    cdef int128_t total = 0
    cdef uint32_t slot
    cdef const ConfigInstrument* terms
    for slot in range(state.orders.used):
        if order_at(state, slot).order_id == 0 or order_at(state, slot).closed_as != 0:
            continue
        if order_at(state, slot).client != client or order_at(state, slot).side != SIDE_BUY:
            continue
        terms = &instrument_at(state, order_at(state, slot).instrument).terms
        if terms.base == base:
            total += base_amount(terms, order_at(state, slot).qty - order_at(state, slot).cum_qty)
    return total


cdef uint16_t reducing_fault(
    CoreState* state, uint16_t client, uint16_t instrument, uint8_t side, int64_t qty
) noexcept nogil:
    if state.header.state == STATE_ACTIVE and client_at(state, client).state == STATE_ACTIVE:
        return REASON_NONE
    if is_reducing(state, client, instrument, side, qty):
        return REASON_NONE
    return REASON_REDUCING_ONLY


cdef uint16_t terms_fault(const Command* command) noexcept nogil:
    if command.side != SIDE_BUY and command.side != SIDE_SELL:
        return REASON_UNSUPPORTED
    if command.ord_type != ORD_LIMIT and command.ord_type != ORD_MARKET:
        return REASON_UNSUPPORTED
    if (
        command.tif == TIF_DAY or command.tif == TIF_GTC or command.tif == TIF_IOC
        or command.tif == TIF_FOK
    ):
        return REASON_NONE
    return REASON_UNSUPPORTED


cdef uint16_t new_order_fault(CoreState* state, const Command* command) noexcept nogil:
    cdef const Client* client = client_at(state, command.client)
    cdef const Instrument* entry
    cdef uint32_t size
    cdef uint16_t fault
    command_text(command, 0, TEXT_CL_ORD_ID, &size)
    if size == 0 or size > CL_ORD_ID_MAX:
        return REASON_CL_ORD_ID_LENGTH
    if command.instrument >= state.instruments.used:
        return REASON_UNKNOWN_SYMBOL
    entry = instrument_at(state, command.instrument)
    fault = switch_fault(state, client, entry)
    if fault == REASON_NONE:
        fault = terms_fault(command)
    if fault != REASON_NONE:
        return fault
    if command.qty < entry.terms.qty_min or command.qty > entry.terms.qty_max:
        return REASON_QTY_OUT_OF_RANGE
    if command.ord_type == ORD_LIMIT:
        fault = price_fault(state, command.instrument, command.price)
        if fault != REASON_NONE:
            return fault
    if client.terms.open_orders_max != 0 and client.open_count >= client.terms.open_orders_max:
        return REASON_LIMIT_OPEN_ORDERS
    return reducing_fault(state, command.client, command.instrument, command.side, command.qty)


cdef uint16_t replace_fault(
    CoreState* state, const Command* command, const Order* order
) noexcept nogil:
    cdef const Instrument* entry = instrument_at(state, order.instrument)
    cdef uint16_t fault = switch_fault(state, client_at(state, order.client), entry)
    cdef int64_t increase = command.qty - order.qty
    if fault != REASON_NONE:
        return fault
    # IOC and FOK are for an order's entry; a limit order stays one.
    if command.ord_type != 0 and command.ord_type != order.ord_type:
        return REASON_UNSUPPORTED
    if command.tif != 0 and command.tif != order.tif:
        if order.tif != TIF_DAY and order.tif != TIF_GTC:
            return REASON_UNSUPPORTED
        if command.tif != TIF_DAY and command.tif != TIF_GTC:
            return REASON_UNSUPPORTED
    # A quantity no larger than what is executed asks to cancel the rest, however small it is.
    if command.qty < 1 or command.qty > entry.terms.qty_max:
        return REASON_QTY_OUT_OF_RANGE
    if command.qty > order.cum_qty and command.qty < entry.terms.qty_min:
        return REASON_QTY_OUT_OF_RANGE
    if order.ord_type == ORD_LIMIT and command.price != order.price:
        fault = price_fault(state, order.instrument, command.price)
        if fault != REASON_NONE:
            return fault
    if increase > 0:
        return reducing_fault(state, order.client, order.instrument, order.side, increase)
    return REASON_NONE
