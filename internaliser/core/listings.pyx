"""Listings: kept per (source, instrument), and the arithmetic of what can be sent there."""

from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from internaliser.core.planner cimport in_steps
from internaliser.core.state cimport (
    INSTRUMENTS_MAX, Child, child_at, has_label, instrument_at, label_set, listing_at, listing_slot,
)
from internaliser.model.command cimport (
    COMMAND_HEAD, SYMBOL_MAX, TEXT_NOTE, TEXT_SYMBOL, command_text,
)
from internaliser.model.enums cimport (
    REASON_CAPACITY, REASON_NONE, REASON_STALE_COMMAND, REASON_UNKNOWN_ACCOUNT,
    REASON_UNKNOWN_SYMBOL, REASON_UNSUPPORTED,
)
from internaliser.model.index cimport (
    hash_text, index_first, index_next, index_put, index_remove,
)
from internaliser.model.money cimport join
from internaliser.model.slab cimport slab_take
from internaliser.model.types cimport *

from internaliser.model.commands import config_command

cdef enum:
    PRICE_BITS = 48             # as of instruments: core/setup.pyx
    QTY_BITS = 40
    NOTIONAL_BITS = 88

cdef int64_t MANY = 1 << 56     # lots: more than any order asks for; 20 of it sum below 2**63
cdef int64_t TOO_MANY = 1 << 62
cdef int64_t NEVER = 0x7FFFFFFFFFFFFFFF


cdef Listing* listing_of(
    const CoreState* state, uint16_t source, uint16_t instrument
) noexcept nogil:
    cdef uint32_t slot = listing_slot(state, source, instrument)
    cdef Listing* listing
    if slot == <uint32_t> NONE32:
        return NULL
    listing = listing_at(state, slot)
    return listing if listing.terms.is_listed and listing.terms.qty_step > 0 else NULL


cdef int64_t lots_worth(int128_t notional, int64_t price) noexcept nogil:
    """The fewest lots that cost `notional` at `price`."""
    cdef int128_t lots
    if notional <= NEVER - price:
        return (<int64_t> notional + price - 1) // price    # an eighth of a 128-bit division
    lots = (notional + price - 1) / price
    return <int64_t> lots if lots < TOO_MANY else TOO_MANY


cdef int64_t least_at(const ConfigListing* terms, int64_t price) noexcept nogil:
    cdef int64_t least = max(terms.qty_min, terms.qty_step)
    cdef int128_t notional
    if price < 1 or price < terms.price_min or price > terms.price_max > 0:
        return NEVER
    if terms.price_step > 1 and price % terms.price_step != 0:
        return NEVER
    notional = join(terms.notional_min_lo, terms.notional_min_hi)
    if notional > 0:
        least = max(least, lots_worth(notional, price))
    if terms.qty_step > 1 and least % terms.qty_step != 0:
        least += terms.qty_step - least % terms.qty_step
    return least if terms.qty_max == 0 or least <= terms.qty_max // 2 else NEVER


cdef int64_t sendable_at(
    const CoreState* state, uint16_t source, uint16_t instrument, int64_t price, int64_t qty
) noexcept nogil:
    cdef const Listing* listing = listing_of(state, source, instrument)
    if listing == NULL:
        return 0
    return in_steps(qty, listing.terms.qty_step, least_at(&listing.terms, price))


cdef int64_t largest_at(
    const CoreState* state, uint16_t source, uint16_t instrument, int64_t price, int64_t qty
) noexcept nogil:
    cdef const Listing* listing = listing_of(state, source, instrument)
    cdef int64_t least, largest
    if listing == NULL:
        return 0
    if listing.terms.qty_max == 0 or qty <= listing.terms.qty_max:
        return qty
    largest = in_steps(listing.terms.qty_max, listing.terms.qty_step, 1)
    least = least_at(&listing.terms, price)
    # What is left must be enough for a child of its own: two of the least are never too large.
    return largest if qty - largest >= least else qty - least


cdef void offer(const ConfigListing* terms, Rung* rungs, uint32_t count) noexcept nogil:
    cdef int64_t dust = 0
    cdef uint32_t i
    cdef Rung* rung
    for i in range(count):
        rung = &rungs[i]
        rung.qty_step = terms.qty_step
        rung.qty_least = least_at(terms, rung.price)
        dust += min(max(rung.qty, <int64_t> 0), MANY)
        rung.qty = in_steps(dust, rung.qty_step, rung.qty_least)
        dust -= rung.qty


cdef bint has_sound_terms(const ConfigListing* terms) noexcept nogil:
    """Both steps, or neither of them nor anything counted in them yet. Limits that leave no room
    are a source's own affair: nothing is sent there then."""
    cdef int128_t notional = join(terms.notional_min_lo, terms.notional_min_hi)
    if terms.qty_min < 0 or terms.qty_min > TOO_MANY or terms.qty_max < 0:
        return False
    if notional < 0 or notional >> NOTIONAL_BITS != 0:
        return False
    if terms.price_min < 0 or terms.price_max < 0:
        return False
    if terms.price_step == 0 and terms.qty_step == 0:
        return (
            terms.qty_min == 0 and terms.qty_max == 0 and notional == 0 and terms.price_min == 0
            and terms.price_max == 0
        )
    if terms.price_step < 1 or terms.price_step >> PRICE_BITS != 0:
        return False
    return terms.qty_step >= 1 and terms.qty_step >> QTY_BITS == 0


cdef bint has_live_child(
    const CoreState* state, uint16_t source, uint16_t instrument
) noexcept nogil:
    cdef uint32_t slot = state.header.live_first
    cdef const Child* child
    while slot != <uint32_t> NONE32:
        child = child_at(state, slot)
        if child.source == source and child.instrument == instrument:
            return True
        slot = child.next
    return False


cdef inline uint64_t symbol_key(uint16_t source, const char* symbol, uint32_t size) noexcept nogil:
    return hash_text(<uint64_t> source + 1, symbol, size)


cdef uint16_t instrument_listed_as(
    const CoreState* state, uint16_t source, const char* symbol, uint32_t size
) noexcept nogil:
    cdef uint64_t key = symbol_key(source, symbol, size)
    cdef uint32_t cursor
    cdef uint32_t slot = index_first(&state.source_symbols, key, &cursor)
    cdef uint16_t found = NONE16
    cdef const Listing* listing
    while slot != <uint32_t> NONE32:
        listing = listing_at(state, slot)
        if listing.terms.source == source and has_label(&listing.symbol, symbol, size):
            found = listing.terms.instrument
            if listing.terms.is_listed:
                return found
        slot = index_next(&state.source_symbols, key, &cursor)
    return found


cdef bint is_taken(
    const CoreState* state, const ConfigListing* terms, const char* symbol, uint32_t size
) noexcept nogil:
    """Does the source mean another instrument by this symbol, or has something under way by it?"""
    cdef uint32_t slot
    cdef const Listing* listing
    for slot in range(state.listings.used):
        listing = listing_at(state, slot)
        if listing.terms.source != terms.source or listing.terms.instrument == terms.instrument:
            continue
        if not has_label(&listing.symbol, symbol, size):
            continue
        if listing.terms.is_listed and terms.is_listed:
            return True
        if has_live_child(state, listing.terms.source, listing.terms.instrument):
            return True
    return False


cdef uint16_t listing_fault(
    const CoreState* state, const ConfigListing* terms, const char* symbol, uint32_t size
) noexcept nogil:
    cdef uint32_t slot
    if not has_sound_terms(terms) or size == 0 or size > SYMBOL_MAX:
        return REASON_UNSUPPORTED
    slot = listing_slot(state, terms.source, terms.instrument)
    if slot != <uint32_t> NONE32 and not has_label(&listing_at(state, slot).symbol, symbol, size):
        # Reports of what is under way would name what nobody knows any more.
        if has_live_child(state, terms.source, terms.instrument):
            return REASON_STALE_COMMAND
    return REASON_STALE_COMMAND if is_taken(state, terms, symbol, size) else <uint16_t> REASON_NONE


cdef uint16_t configure_listing(CoreState* state, const Command* command) noexcept nogil:
    cdef const ConfigListing* terms = <const ConfigListing*> command.payload
    cdef uint32_t size, slot
    cdef const char* symbol = command_text(command, sizeof(ConfigListing), TEXT_SYMBOL, &size)
    cdef uint16_t reason
    cdef Listing* listing
    if terms.source >= state.sources.used:
        return REASON_UNKNOWN_ACCOUNT
    if terms.instrument >= state.instruments.used:
        return REASON_UNKNOWN_SYMBOL
    if not has_label(&instrument_at(state, terms.instrument).name, symbol, size):
        return REASON_UNKNOWN_SYMBOL
    symbol = command_text(command, sizeof(ConfigListing), TEXT_NOTE, &size)
    reason = listing_fault(state, terms, symbol, size)
    if reason != REASON_NONE:
        return reason
    slot = listing_slot(state, terms.source, terms.instrument)
    if slot == <uint32_t> NONE32:
        slot = slab_take(&state.listings)
        if slot == <uint32_t> NONE32:
            return REASON_CAPACITY
        listing = listing_at(state, slot)
        state.listing_table[<uint32_t> terms.source * INSTRUMENTS_MAX + terms.instrument] = slot + 1
    else:
        listing = listing_at(state, slot)
        index_remove(
            &state.source_symbols,
            symbol_key(terms.source, listing.symbol.text, listing.symbol.size), slot,
        )
    listing.terms = terms[0]
    listing.terms.reserved = 0
    label_set(&listing.symbol, symbol, size)
    if index_put(&state.source_symbols, symbol_key(terms.source, symbol, size), slot) < 0:
        return REASON_CAPACITY
    return REASON_NONE


cdef int listings_rebuild(CoreState* state) noexcept nogil:
    cdef uint32_t slot
    cdef const Listing* listing
    for slot in range(state.listings.used):
        listing = listing_at(state, slot)
        if listing.terms.source >= state.sources.used:
            return -1
        if listing.terms.instrument >= state.instruments.used:
            return -1
        state.listing_table[
            <uint32_t> listing.terms.source * INSTRUMENTS_MAX + listing.terms.instrument
        ] = slot + 1
        if index_put(
            &state.source_symbols,
            symbol_key(listing.terms.source, listing.symbol.text, listing.symbol.size), slot,
        ) < 0:
            return -1
    return 0


def offered(list levels not None, terms) -> list[tuple[int, int, int]]:
    """What a source offers of its levels (price, qty), best first: (price, qty, least quantity).

    `terms` by the fields of ConfigListing. A level the source has no price for, or of which nothing
    can be taken by itself, offers 0; its quantity stands at the next one.
    """
    cdef bytes record = config_command("listing", terms)
    cdef ConfigListing packed
    cdef Rung* rungs
    cdef uint32_t i, count = <uint32_t> len(levels)
    memcpy(&packed, (<const char*> record) + COMMAND_HEAD, sizeof(ConfigListing))
    if not has_sound_terms(&packed) or packed.qty_step == 0:
        raise ValueError(f"no source lists an instrument so: {terms}")
    rungs = <Rung*> malloc((<size_t> count + 1) * sizeof(Rung))
    if rungs == NULL:
        raise MemoryError(f"no memory for {count} levels")
    try:
        for i in range(count):
            rungs[i].price, rungs[i].qty = levels[i]
        offer(&packed, rungs, count)
        return [(rungs[i].price, rungs[i].qty, rungs[i].qty_least) for i in range(count)]
    finally:
        free(rungs)
