"""Amounts, fees and reservations."""

from libc.stdint cimport INT64_MAX

from internaliser.core.accounts cimport (
    OWNER_CLIENT, OWNER_HOUSE, OWNER_SOURCE, Account, account_at, account_available,
    account_find, account_of, account_release, account_reserve,
)
from internaliser.core.planner cimport RATE_ONE
from internaliser.core.state cimport (
    ASSETS_MAX, PENDING_REPLACE, Client, Instrument, client_at, instrument_at, order_at,
    pending_at, source_at,
)
from internaliser.model.enums cimport ORD_MARKET, SIDE_BUY
from internaliser.model.types cimport *

cdef enum:
    MONEY_BITS = 99             # no order can cost more: CONFIG_INSTRUMENT sees to it

cdef extern from *:
    """
    /* Toward zero, exact for every amount below 2**127 / RATE: whole parts first, then the rest. */
    static inline __int128 internaliser_share(__int128 amount, int64_t rate, int64_t one) {
        if (amount >> 62 == 0) {
            __int128 wide = amount * rate;
            if (wide >> 62 == 0) return (int64_t)wide / one;
            return wide / one;
        }
        return amount / one * rate + amount % one * rate / one;
    }
    """
    int128_t share_of "internaliser_share"(int128_t amount, int64_t rate, int64_t one) nogil


cdef int128_t fee_of(int128_t amount, int64_t rate) noexcept nogil:
    if rate == 0:
        return 0
    if rate < 0:
        return -share_of(amount, -rate, RATE_ONE)
    return share_of(amount, rate, RATE_ONE)


cdef int128_t worst_case(const CoreState* state, const Order* order, int64_t leaves) noexcept nogil:
    cdef const Instrument* instrument = instrument_at(state, order.instrument)
    cdef int128_t amount
    if order.side != SIDE_BUY:
        return base_amount(&instrument.terms, leaves)
    if order.ord_type == ORD_MARKET:
        return 0
    amount = quote_amount(&instrument.terms, order.price, leaves)
    return amount + fee_of(amount, client_at(state, order.client).worst_rate)


cdef int64_t open_qty(const CoreState* state, const Order* order) noexcept nogil:
    if order.closed_as != 0:
        return 0
    if order.pending != <uint32_t> NONE32:
        if pending_at(state, order.pending).kind != PENDING_REPLACE:
            return order.away_qty
    return order.qty - order.cum_qty


cdef int order_reserve(CoreState* state, Order* order) noexcept nogil:
    cdef int128_t wanted = worst_case(state, order, open_qty(state, order))
    cdef int128_t more = wanted - order.reserved
    if more > 0:
        if not account_reserve(&state.accounts, reserving_account(order), more):
            return 0
    elif more < 0:
        account_release(&state.accounts, reserving_account(order), -more)
    order.reserved = wanted
    return 1


cdef void order_reserve_anyway(CoreState* state, Order* order) noexcept nogil:
    cdef int128_t wanted = worst_case(state, order, open_qty(state, order))
    account_release(&state.accounts, reserving_account(order), order.reserved - wanted)
    order.reserved = wanted


cdef int64_t affordable_lots(
    const CoreState* state, uint32_t slot, int128_t unit, int64_t rate
) noexcept nogil:
    cdef const Account* account = account_at(&state.accounts, slot)
    cdef int128_t available = account_available(account)
    cdef int128_t lots
    if account.has_unlimited_credit or available >> MONEY_BITS > 0:
        return INT64_MAX
    if available <= 0:
        return 0
    # Rounded down, as the fee is: what this says can be paid, can be paid.
    lots = available * RATE_ONE / (unit * (RATE_ONE + max(rate, <int64_t> 0)))
    return <int64_t> lots if lots < <int128_t> INT64_MAX else INT64_MAX


cdef int64_t worst_rate(const CoreState* state, const Client* client) noexcept nogil:
    cdef int64_t rate = max(client.terms.maker_fee, client.terms.taker_fee)
    cdef uint32_t source
    if client.terms.scope >= 2:
        for source in range(state.sources.used):
            rate = max(rate, client.terms.routed_fee + source_at(state, source).terms.taker_fee)
    return max(rate, <int64_t> 0)


cdef void refresh_rates(CoreState* state) noexcept nogil:
    cdef uint32_t slot
    for slot in range(state.clients.used):
        client_at(state, slot).worst_rate = worst_rate(state, client_at(state, slot))


cdef void reserve_anew(CoreState* state) noexcept nogil:
    cdef uint32_t slot
    cdef Order* order
    if state.header.open_count == 0:
        return
    for slot in range(state.orders.used):
        order = order_at(state, slot)
        if order.order_id != 0 and order.closed_as == 0:
            order_reserve_anyway(state, order)


cdef uint32_t make_client_account(CoreState* state, uint16_t client, uint16_t asset) noexcept nogil:
    cdef uint32_t slot = account_of(&state.accounts, OWNER_CLIENT, client, asset)
    if slot != <uint32_t> NONE32:
        account_at(&state.accounts, slot).has_unlimited_credit = (
            client_at(state, client).terms.has_unlimited_credit
        )
        state.client_accounts[<uint32_t> client * ASSETS_MAX + asset] = slot + 1
    return slot


cdef uint32_t source_account(CoreState* state, uint16_t source, uint16_t asset) noexcept nogil:
    cdef uint32_t slot = account_find(&state.accounts, OWNER_SOURCE, source, asset)
    if slot == <uint32_t> NONE32:
        slot = account_of(&state.accounts, OWNER_SOURCE, source, asset)
        if slot != <uint32_t> NONE32:
            account_at(&state.accounts, slot).has_unlimited_credit = (
                source_at(state, source).terms.has_unlimited_credit
            )
    return slot


cdef uint32_t house_account(CoreState* state, uint16_t asset) noexcept nogil:
    return account_of(&state.accounts, OWNER_HOUSE, 0, asset)
