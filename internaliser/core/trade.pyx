"""Executions inside and at sources."""

from internaliser.core.accounts cimport account_post
from internaliser.core.credit cimport (
    base_amount, client_account, fee_of, house_account, order_reserve_anyway, quote_amount,
    source_account,
)
from internaliser.core.emit cimport noted_event, order_event, posting_event
from internaliser.core.orders cimport order_close
from internaliser.core.state cimport (
    Child, Instrument, Order, child_at, client_at, instrument_at, must, order_at,
)
from internaliser.model.enums cimport (
    EXEC_TRADE, LIQUIDITY_ADDED, LIQUIDITY_REMOVED, LIQUIDITY_ROUTED, REASON_NONE, SIDE_BUY,
    STATUS_FILLED,
)
from internaliser.model.event cimport (
    EVENT_EXECUTED, POSTING_BASE, POSTING_FEE, POSTING_QUOTE, POSTING_VENUE_FEE, OrderEvent,
)
from internaliser.model.money cimport high_half, low_half, product
from internaliser.model.types cimport *


cdef inline uint64_t next_trade_id(const CoreState* state) noexcept nogil:
    return state.header.seq << 16 | <uint64_t> (state.record_index + 1)


cdef void post(
    CoreState* state, uint64_t trade_id, uint32_t debit, uint32_t credit, uint16_t asset,
    uint16_t purpose, int128_t amount
) noexcept nogil:
    cdef uint32_t swap
    if amount == 0:
        return
    if amount < 0:
        swap = debit
        debit = credit
        credit = swap
        amount = -amount
    account_post(&state.accounts, debit, credit, amount)
    posting_event(state, trade_id, debit, credit, asset, purpose, amount)


cdef inline void add_execution(
    CoreState* state, Order* order, int64_t price, int64_t qty
) noexcept nogil:
    order.cum_qty += qty
    order.notional += product(price, qty)
    must(
        state, order.cum_qty + order.away_qty + order.local_qty <= order.qty,
        "executed, working and resting quantity exceed the order's",
    )
    if order.cum_qty == order.qty and order.pending == <uint32_t> NONE32:
        order.closed_as = STATUS_FILLED


cdef inline void tell_execution(
    OrderEvent* event, uint8_t liquidity, uint64_t contra_id, uint64_t trade_id, int64_t price,
    int64_t qty, int128_t fee
) noexcept nogil:
    event.liquidity = liquidity
    event.contra_id = contra_id
    event.trade_id = trade_id
    event.last_px = price
    event.last_qty = qty
    event.fee_lo = low_half(fee)
    event.fee_hi = high_half(fee)


cdef void execute_local(
    CoreState* state, uint32_t resting, uint32_t incoming, int64_t price, int64_t qty
) noexcept nogil:
    cdef Order* maker = order_at(state, resting)
    cdef Order* taker = order_at(state, incoming)
    cdef Order* buyer = maker if maker.side == SIDE_BUY else taker
    cdef Order* seller = taker if maker.side == SIDE_BUY else maker
    cdef Instrument* instrument = instrument_at(state, maker.instrument)
    cdef int128_t amount = quote_amount(&instrument.terms, price, qty)
    cdef int128_t maker_fee = fee_of(amount, client_at(state, maker.client).terms.maker_fee)
    cdef int128_t taker_fee = fee_of(amount, client_at(state, taker.client).terms.taker_fee)
    cdef uint64_t trade_id = next_trade_id(state)
    cdef uint32_t house
    must(state, maker.side != taker.side, "a trade has two sides")
    instrument.last_price = price
    maker.local_qty -= qty
    add_execution(state, maker, price, qty)
    add_execution(state, taker, price, qty)
    tell_execution(
        order_event(state, resting, EVENT_EXECUTED, EXEC_TRADE, REASON_NONE, maker.session),
        LIQUIDITY_ADDED, taker.order_id, trade_id, price, qty, maker_fee,
    )
    tell_execution(
        order_event(state, incoming, EVENT_EXECUTED, EXEC_TRADE, REASON_NONE, taker.session),
        LIQUIDITY_REMOVED, maker.order_id, trade_id, price, qty, taker_fee,
    )
    post(
        state, trade_id, seller.base_account, buyer.base_account, instrument.terms.base,
        POSTING_BASE, base_amount(&instrument.terms, qty),
    )
    post(
        state, trade_id, buyer.quote_account, seller.quote_account, instrument.terms.quote,
        POSTING_QUOTE, amount,
    )
    if maker_fee != 0 or taker_fee != 0:
        house = house_account(state, instrument.terms.quote)
        must(state, house != <uint32_t> NONE32, "no account for the house")
        post(
            state, trade_id, maker.quote_account, house, instrument.terms.quote, POSTING_FEE,
            maker_fee,
        )
        post(
            state, trade_id, taker.quote_account, house, instrument.terms.quote, POSTING_FEE,
            taker_fee,
        )
    order_reserve_anyway(state, maker)
    order_reserve_anyway(state, taker)
    if maker.closed_as != 0:
        order_close(state, resting)


cdef void post_routed(
    CoreState* state, const Child* child, uint32_t base, uint32_t quote, uint64_t trade_id,
    int64_t price, int64_t qty, const SourceFee* fee, uint32_t fee_payer
) noexcept nogil:
    """Base, quote and the source's fee between an owner's accounts and the source's."""
    cdef const Instrument* instrument = instrument_at(state, child.instrument)
    cdef uint32_t source_base = source_account(state, child.source, instrument.terms.base)
    cdef uint32_t source_quote = source_account(state, child.source, instrument.terms.quote)
    cdef uint32_t source_fee = source_account(state, child.source, fee.asset)
    cdef int128_t lots = base_amount(&instrument.terms, qty)
    cdef int128_t amount = quote_amount(&instrument.terms, price, qty)
    must(
        state,
        source_base != <uint32_t> NONE32 and source_quote != <uint32_t> NONE32
        and source_fee != <uint32_t> NONE32 and fee_payer != <uint32_t> NONE32,
        "no account for a source",
    )
    if state.fault != NULL:
        return
    if child.side != SIDE_BUY:
        lots = -lots
        amount = -amount
    post(state, trade_id, source_base, base, instrument.terms.base, POSTING_BASE, lots)
    post(state, trade_id, quote, source_quote, instrument.terms.quote, POSTING_QUOTE, amount)
    post(state, trade_id, fee_payer, source_fee, fee.asset, POSTING_VENUE_FEE, fee.amount)


cdef void execute_routed(
    CoreState* state, uint32_t slot, uint32_t parent, int64_t price, int64_t qty,
    const SourceFee* fee, const char* exec_id, uint32_t exec_id_size
) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    cdef Order* order = order_at(state, parent)
    cdef Instrument* instrument = instrument_at(state, order.instrument)
    cdef int128_t amount = quote_amount(&instrument.terms, price, qty)
    cdef int128_t ours = fee_of(amount, client_at(state, order.client).terms.routed_fee)
    cdef int128_t told = ours
    cdef uint64_t trade_id = next_trade_id(state)
    cdef uint32_t payer = order.quote_account
    cdef uint32_t house
    cdef OrderEvent* event
    instrument.last_price = price
    add_execution(state, order, price, qty)
    if fee.asset == instrument.terms.quote:
        told += fee.amount
    elif fee.asset == instrument.terms.base:
        payer = order.base_account
    else:
        payer = client_account(state, order.client, fee.asset)
    event = noted_event(
        state, parent, EVENT_EXECUTED, EXEC_TRADE, REASON_NONE, order.session, exec_id,
        exec_id_size,
    )
    event.source = child.source
    tell_execution(event, LIQUIDITY_ROUTED, child.child_id, trade_id, price, qty, told)
    post_routed(
        state, child, order.base_account, order.quote_account, trade_id, price, qty, fee, payer
    )
    if ours != 0:
        house = house_account(state, instrument.terms.quote)
        must(state, house != <uint32_t> NONE32, "no account for the house")
        post(
            state, trade_id, order.quote_account, house, instrument.terms.quote, POSTING_FEE, ours
        )
    if order.reserved != 0:
        order_reserve_anyway(state, order)


cdef void execute_for_house(
    CoreState* state, uint32_t slot, int64_t price, int64_t qty, const SourceFee* fee
) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    cdef const Instrument* instrument = instrument_at(state, child.instrument)
    cdef uint32_t base = house_account(state, instrument.terms.base)
    cdef uint32_t quote = house_account(state, instrument.terms.quote)
    cdef uint32_t payer = house_account(state, fee.asset)
    must(
        state, base != <uint32_t> NONE32 and quote != <uint32_t> NONE32, "no account for the house"
    )
    if state.fault == NULL:
        post_routed(state, child, base, quote, next_trade_id(state), price, qty, fee, payer)
