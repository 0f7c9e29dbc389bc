"""The incoming side in the local book."""

from internaliser.core.accounts cimport account_at, account_available
from internaliser.core.closing cimport cancel_unasked
from internaliser.core.credit cimport affordable_lots, fee_of, quote_amount
from internaliser.core.state cimport (
    Client, Instrument, client_at, instrument_at, opposite, order_at,
)
from internaliser.core.trade cimport execute_local
from internaliser.matching.book cimport BookNode, book_after, book_front, book_match
from internaliser.model.enums cimport (
    ORD_MARKET, REASON_CAPACITY, REASON_CREDIT, REASON_FOK_UNFILLABLE, REASON_NONE,
    REASON_SELF_MATCH, SIDE_BUY,
)
from internaliser.model.types cimport *

cdef enum SelfMatch:            # ConfigClient.self_match of the incoming side decides
    SELF_MATCH_ALLOWED = 0
    SELF_MATCH_CANCEL_INCOMING = 1
    SELF_MATCH_CANCEL_RESTING = 2
    SELF_MATCH_CANCEL_BOTH = 3


cdef inline bint reaches(uint8_t side, int64_t limit, int64_t price) noexcept nogil:
    return price <= limit if side == SIDE_BUY else price >= limit


cdef inline bint pays_as_it_goes(const CoreState* state, const Order* order) noexcept nogil:
    """A market buy of a client with limited credit: nothing was reserved, each execution is
    checked."""
    if order.ord_type != ORD_MARKET or order.side != SIDE_BUY:
        return False
    return not account_at(&state.accounts, order.quote_account).has_unlimited_credit


cdef uint16_t take_in_bulk(
    CoreState* state, uint32_t slot, int64_t limit, int64_t qty, uint32_t* fills_left
) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    cdef Instrument* instrument = instrument_at(state, order.instrument)
    cdef uint32_t front
    cdef uint32_t i, count = book_match(
        &state.pool, &instrument.book, order.side, limit, qty, state.fills, fills_left[0]
    )
    for i in range(count):
        qty -= state.fills[i].qty
        execute_local(state, state.fills[i].slot, slot, state.fills[i].price, state.fills[i].qty)
    fills_left[0] -= count
    if qty == 0 or fills_left[0] > 0:
        return REASON_NONE
    front = book_front(&state.pool, &instrument.book, opposite(order.side))
    if front == <uint32_t> NONE32 or not reaches(order.side, limit, state.pool.nodes[front].price):
        return REASON_NONE
    return REASON_CAPACITY


cdef uint16_t meet_self(CoreState* state, uint32_t resting, uint8_t rule) noexcept nogil:
    """The incoming order meets one of its own client's: who goes? REASON_NONE = the incoming one
    goes on."""
    if rule != SELF_MATCH_CANCEL_INCOMING:
        cancel_unasked(state, resting, REASON_SELF_MATCH)
    return REASON_NONE if rule == SELF_MATCH_CANCEL_RESTING else REASON_SELF_MATCH


cdef uint16_t take_one(
    CoreState* state, uint32_t slot, uint32_t front, int64_t* qty
) noexcept nogil:
    """One execution with the first resting order, as far as it can be paid."""
    cdef Order* order = order_at(state, slot)
    cdef Instrument* instrument = instrument_at(state, order.instrument)
    cdef const BookNode* node = &state.pool.nodes[front]
    cdef int64_t price = node.price
    cdef int64_t lots = min(qty[0], node.leaves_qty)
    if pays_as_it_goes(state, order):
        lots = min(lots, affordable_lots(
            state, order.quote_account, quote_amount(&instrument.terms, price, 1),
            client_at(state, order.client).terms.taker_fee,
        ))
        if lots == 0:
            return REASON_CREDIT
    book_match(&state.pool, &instrument.book, order.side, price, lots, state.fills, 1)
    execute_local(state, front, slot, price, lots)
    qty[0] -= lots
    return REASON_NONE


cdef uint16_t take_one_by_one(
    CoreState* state, uint32_t slot, int64_t limit, int64_t qty, uint32_t* fills_left
) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    cdef Instrument* instrument = instrument_at(state, order.instrument)
    cdef const Client* client = client_at(state, order.client)
    cdef uint16_t reason = REASON_NONE
    cdef uint32_t front
    while qty > 0 and reason == REASON_NONE:
        front = book_front(&state.pool, &instrument.book, opposite(order.side))
        if front == <uint32_t> NONE32:
            return REASON_NONE
        if not reaches(order.side, limit, state.pool.nodes[front].price):
            return REASON_NONE
        if fills_left[0] == 0:
            return REASON_CAPACITY
        fills_left[0] -= 1
        if client.terms.self_match != SELF_MATCH_ALLOWED and (
            order_at(state, front).client == order.client
        ):
            reason = meet_self(state, front, client.terms.self_match)
        else:
            reason = take_one(state, slot, front, &qty)
    return reason


cdef uint16_t take_local(
    CoreState* state, uint32_t slot, int64_t limit, int64_t qty, uint32_t* fills_left
) noexcept nogil:
    cdef const Order* order = order_at(state, slot)
    if client_at(state, order.client).terms.self_match == SELF_MATCH_ALLOWED:
        if not pays_as_it_goes(state, order):
            return take_in_bulk(state, slot, limit, qty, fills_left)
    return take_one_by_one(state, slot, limit, qty, fills_left)


cdef uint16_t fok_fault(CoreState* state, uint32_t slot, int64_t limit) noexcept nogil:
    cdef const Order* order = order_at(state, slot)
    cdef const Instrument* instrument = instrument_at(state, order.instrument)
    cdef const Client* client = client_at(state, order.client)
    cdef uint32_t front = book_front(&state.pool, &instrument.book, opposite(order.side))
    cdef uint32_t fills_left = state.header.limits.fills_per_step_max
    cdef int64_t left = order.qty
    cdef int64_t lots
    cdef int128_t amount, cost = 0
    cdef const BookNode* node
    while left > 0:
        if front == <uint32_t> NONE32:
            return REASON_FOK_UNFILLABLE
        node = &state.pool.nodes[front]
        if not reaches(order.side, limit, node.price):
            return REASON_FOK_UNFILLABLE
        if fills_left == 0:
            return REASON_CAPACITY
        fills_left -= 1
        lots = min(left, node.leaves_qty)
        if client.terms.self_match != SELF_MATCH_ALLOWED and (
            order_at(state, front).client == order.client
        ):
            if client.terms.self_match != SELF_MATCH_CANCEL_RESTING:
                return REASON_SELF_MATCH
            lots = 0
        amount = quote_amount(&instrument.terms, node.price, lots)
        cost += amount + fee_of(amount, max(client.terms.taker_fee, <int64_t> 0))
        left -= lots
        front = book_after(&state.pool, front)
    if pays_as_it_goes(state, order):
        if cost > account_available(account_at(&state.accounts, order.quote_account)):
            return REASON_CREDIT
    return REASON_NONE
