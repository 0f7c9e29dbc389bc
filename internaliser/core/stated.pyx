"""Stated balances and marks."""

from internaliser.core.emit cimport state_event
from internaliser.core.state cimport (
    Instrument, StatedBalance, instrument_at, source_at, stated_at,
)
from internaliser.core.views cimport outside_mid_twice
from internaliser.model.command cimport BALANCE_STATED, BALANCE_UNANSWERED, VenueBalance
from internaliser.model.enums cimport (
    REASON_CAPACITY, REASON_NO_LIQUIDITY, REASON_NONE, REASON_PRICE_OUT_OF_RANGE,
    REASON_UNKNOWN_ACCOUNT, REASON_UNKNOWN_SYMBOL, REASON_UNSUPPORTED,
)
from internaliser.model.money cimport join
from internaliser.model.slab cimport slab_take
from internaliser.model.types cimport *

cdef enum:
    MARK_BITS = 49              # a price has 48


cdef uint32_t stated_of(CoreState* state, uint16_t source, uint16_t asset) noexcept nogil:
    """The slot of (source, asset), taken if it is new; NONE32 at the limit."""
    cdef uint32_t slot
    cdef StatedBalance* balance
    for slot in range(state.stated.used):
        balance = stated_at(state, slot)
        if balance.source == source and balance.asset == asset:
            return slot
    slot = slab_take(&state.stated)
    if slot != <uint32_t> NONE32:
        stated_at(state, slot).source = source
        stated_at(state, slot).asset = asset
    return slot


cdef uint16_t keep_balance(CoreState* state, const VenueBalance* told) noexcept nogil:
    cdef int128_t free = join(told.free_lo, told.free_hi)
    cdef int128_t locked = join(told.locked_lo, told.locked_hi)
    cdef uint32_t slot
    cdef StatedBalance* balance
    if told.asset >= state.assets.used:
        return REASON_UNKNOWN_ACCOUNT
    if free < 0 or locked < 0:
        return REASON_UNSUPPORTED
    slot = stated_of(state, state.command.source, told.asset)
    if slot == <uint32_t> NONE32:
        return REASON_CAPACITY
    balance = stated_at(state, slot)
    balance.free = free
    balance.locked = locked
    balance.stated_ns = told.stated_ns
    source_at(state, state.command.source).unanswered_ns = 0
    return REASON_NONE


cdef void venue_balance(CoreState* state) noexcept nogil:
    cdef uint16_t reason = REASON_UNSUPPORTED
    if state.command.source >= state.sources.used:
        reason = REASON_UNKNOWN_ACCOUNT
    elif state.command.action == BALANCE_STATED:
        reason = keep_balance(state, <const VenueBalance*> state.command.payload)
    elif state.command.action == BALANCE_UNANSWERED:
        # The first silence counts: it says how old the figures are at least.
        if source_at(state, state.command.source).unanswered_ns == 0:
            source_at(state, state.command.source).unanswered_ns = state.header.now_ns
        reason = REASON_NONE
    state_event(state, reason, 0, 0)


cdef void complete_mark(CoreState* state, Command* command) noexcept nogil:
    if command.price == 0 and command.instrument < state.instruments.used:
        command.price = outside_mid_twice(state, command.instrument)


cdef void mark(CoreState* state) noexcept nogil:
    cdef int64_t price = state.command.price
    cdef Instrument* instrument
    if state.command.instrument >= state.instruments.used:
        state_event(state, REASON_UNKNOWN_SYMBOL, 0, 0)
    elif price == 0:
        state_event(state, REASON_NO_LIQUIDITY, 0, 0)
    elif price >> MARK_BITS != 0:
        state_event(state, REASON_PRICE_OUT_OF_RANGE, 0, 0)
    else:
        instrument = instrument_at(state, state.command.instrument)
        instrument.mark_twice = price
        instrument.mark_ns = state.header.now_ns
        state_event(state, REASON_NONE, 0, 0)


cdef int stated_fault(const CoreState* state) noexcept nogil:
    cdef uint32_t slot
    for slot in range(state.stated.used):
        if stated_at(state, slot).source >= state.sources.used:
            return -1
        if stated_at(state, slot).asset >= state.assets.used:
            return -1
    return 0
