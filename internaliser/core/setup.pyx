"""CONFIG commands. A name that is known changes that entry, a new one takes the next index."""

from internaliser.core.accounts cimport (
    OWNER_CLIENT, OWNER_HOUSE, OWNER_OUTSIDE, OWNER_SOURCE, Account, account_at, account_of,
)
from internaliser.core.credit cimport client_account, refresh_rates, reserve_anew, source_account
from internaliser.core.emit cimport state_event
from internaliser.core.listings cimport configure_listing
from internaliser.core.planner cimport RATE_ONE
from internaliser.core.state cimport (
    CHILDREN_MAX, FILLS_MAX, asset_at, client_at, has_label, instrument_at, label_set, session_at,
    source_at,
)
from internaliser.core.trade cimport post
from internaliser.matching.book cimport book_open
from internaliser.model.command cimport (
    CONFIG_ASSET, CONFIG_CLIENT, CONFIG_CREDIT, CONFIG_FUNDING, CONFIG_INSTRUMENT,
    CONFIG_LIMITS, CONFIG_LISTING, CONFIG_REFERENCE, CONFIG_SESSION, CONFIG_SOURCE, SOURCE_DOWN,
    TEXT_NOTE, TEXT_SYMBOL, Command, ConfigAsset, ConfigClient, ConfigInstrument, ConfigLimits,
    ConfigMoney, ConfigReference, ConfigSession, ConfigSource, command_text,
)
from internaliser.model.enums cimport (
    REASON_CAPACITY, REASON_NONE, REASON_STALE_COMMAND, REASON_UNKNOWN_ACCOUNT,
    REASON_UNSUPPORTED, STATE_ACTIVE,
)
from internaliser.model.event cimport POSTING_FUNDING
from internaliser.model.index cimport hash_text, index_put
from internaliser.model.money cimport join, product
from internaliser.model.slab cimport slab_take
from internaliser.model.types cimport *

cdef enum:
    COST_BITS = 99              # credit.pyx counts on no order costing more
    QTY_BITS = 40               # a million orders of one level then sum below 2**63


cdef inline const char* name_in(
    const Command* command, uint32_t head, uint32_t* size
) noexcept nogil:
    return command_text(command, head, TEXT_SYMBOL, size)


cdef uint16_t configure_asset(CoreState* state, const Command* command) noexcept nogil:
    cdef const ConfigAsset* terms = <const ConfigAsset*> command.payload
    cdef uint32_t size, slot
    cdef const char* name = name_in(command, sizeof(ConfigAsset), &size)
    if terms.decimals > 30:
        return REASON_UNSUPPORTED
    for slot in range(state.assets.used):
        if has_label(&asset_at(state, slot).name, name, size):
            return REASON_NONE if asset_at(state, slot).terms.decimals == terms.decimals else (
                <uint16_t> REASON_STALE_COMMAND
            )
    slot = slab_take(&state.assets)
    if slot == <uint32_t> NONE32:
        return REASON_CAPACITY
    asset_at(state, slot).terms = terms[0]
    label_set(&asset_at(state, slot).name, name, size)
    return REASON_NONE


cdef uint16_t instrument_fault(
    const CoreState* state, const ConfigInstrument* terms
) noexcept nogil:
    if terms.base >= state.assets.used or terms.quote >= state.assets.used:
        return REASON_UNSUPPORTED
    if terms.base == terms.quote or terms.tick_mantissa < 1 or terms.lot_mantissa < 1:
        return REASON_UNSUPPORTED
    if terms.lot_base_units < 1 or terms.tick_lot_quote_units < 1 or terms.band_bp < 0:
        return REASON_UNSUPPORTED
    if terms.price_min < 1 or terms.price_max < terms.price_min:
        return REASON_UNSUPPORTED
    if terms.qty_min < 1 or terms.qty_max < terms.qty_min or terms.qty_max >> QTY_BITS != 0:
        return REASON_UNSUPPORTED
    if terms.price_max >> 48 != 0:
        return REASON_UNSUPPORTED
    # 48 + 40 + 63 bits would not fit: the product of the three is what counts.
    if product(terms.price_max, terms.qty_max) > (
        <int128_t> 1 << COST_BITS
    ) / terms.tick_lot_quote_units:
        return REASON_CAPACITY
    return REASON_NONE


cdef bint is_same_thing(const ConfigInstrument* one, const ConfigInstrument* other) noexcept nogil:
    """Do prices and quantities in ticks and lots mean the same under both?"""
    return (
        one.base == other.base and one.quote == other.quote
        and one.price_decimals == other.price_decimals
        and one.tick_mantissa == other.tick_mantissa and one.lot_mantissa == other.lot_mantissa
        and one.qty_decimals == other.qty_decimals
        and one.lot_base_units == other.lot_base_units
        and one.tick_lot_quote_units == other.tick_lot_quote_units
    )


cdef uint16_t configure_instrument(CoreState* state, const Command* command) noexcept nogil:
    cdef const ConfigInstrument* terms = <const ConfigInstrument*> command.payload
    cdef uint32_t size, slot
    cdef const char* name = name_in(command, sizeof(ConfigInstrument), &size)
    cdef uint16_t reason = instrument_fault(state, terms)
    if reason != REASON_NONE:
        return reason
    for slot in range(state.instruments.used):
        if has_label(&instrument_at(state, slot).name, name, size):
            if not is_same_thing(&instrument_at(state, slot).terms, terms):
                return REASON_STALE_COMMAND
            instrument_at(state, slot).terms = terms[0]
            return REASON_NONE
    slot = slab_take(&state.instruments)
    if slot == <uint32_t> NONE32:
        return REASON_CAPACITY
    instrument_at(state, slot).terms = terms[0]
    book_open(&instrument_at(state, slot).book)
    label_set(&instrument_at(state, slot).name, name, size)
    if index_put(&state.symbols, hash_text(0, name, size), slot) < 0:
        return REASON_CAPACITY
    return REASON_NONE


cdef bint is_fee(int64_t rate) noexcept nogil:
    return -RATE_ONE < rate < RATE_ONE


cdef void spread_credit_kind(
    CoreState* state, uint8_t owner_kind, uint16_t owner, uint8_t is_unlimited
) noexcept nogil:
    cdef uint32_t slot
    cdef Account* account
    for slot in range(state.accounts.slab.used):
        account = account_at(&state.accounts, slot)
        if account.owner_kind == owner_kind and account.owner == owner:
            account.has_unlimited_credit = is_unlimited


cdef uint16_t configure_client(CoreState* state, const Command* command) noexcept nogil:
    cdef const ConfigClient* terms = <const ConfigClient*> command.payload
    cdef uint32_t size, slot
    cdef const char* name = name_in(command, sizeof(ConfigClient), &size)
    if not (is_fee(terms.maker_fee) and is_fee(terms.taker_fee) and is_fee(terms.routed_fee)):
        return REASON_UNSUPPORTED
    if terms.self_match > 3:
        return REASON_UNSUPPORTED
    slot = 0
    while slot < state.clients.used and not has_label(&client_at(state, slot).name, name, size):
        slot += 1
    if slot == state.clients.used:
        slot = slab_take(&state.clients)
        if slot == <uint32_t> NONE32:
            return REASON_CAPACITY
        label_set(&client_at(state, slot).name, name, size)
        client_at(state, slot).day.first = <uint32_t> NONE32
        client_at(state, slot).day.last = <uint32_t> NONE32
        client_at(state, slot).other.first = <uint32_t> NONE32
        client_at(state, slot).other.last = <uint32_t> NONE32
        client_at(state, slot).ending.first = <uint32_t> NONE32
        client_at(state, slot).ending.last = <uint32_t> NONE32
        client_at(state, slot).state = STATE_ACTIVE
    client_at(state, slot).terms = terms[0]
    spread_credit_kind(state, OWNER_CLIENT, <uint16_t> slot, terms.has_unlimited_credit)
    refresh_rates(state)
    reserve_anew(state)
    return REASON_NONE


cdef uint16_t configure_source(CoreState* state, const Command* command) noexcept nogil:
    cdef const ConfigSource* terms = <const ConfigSource*> command.payload
    cdef uint32_t size, slot
    cdef const char* name = name_in(command, sizeof(ConfigSource), &size)
    if not is_fee(terms.taker_fee) or not is_fee(terms.credit_adj):
        return REASON_UNSUPPORTED
    slot = 0
    while slot < state.sources.used and not has_label(&source_at(state, slot).name, name, size):
        slot += 1
    if slot == state.sources.used:
        slot = slab_take(&state.sources)
        if slot == <uint32_t> NONE32:
            return REASON_CAPACITY
        label_set(&source_at(state, slot).name, name, size)
        source_at(state, slot).link = SOURCE_DOWN
        source_at(state, slot).state = STATE_ACTIVE
        source_at(state, slot).session = NONE16
    source_at(state, slot).terms = terms[0]
    spread_credit_kind(state, OWNER_SOURCE, <uint16_t> slot, terms.has_unlimited_credit)
    refresh_rates(state)
    reserve_anew(state)
    return REASON_NONE


cdef uint16_t configure_session(CoreState* state, const Command* command) noexcept nogil:
    cdef const ConfigSession* terms = <const ConfigSession*> command.payload
    cdef uint32_t begin_size, ids_size, slot = 0
    cdef const char* begin = name_in(command, sizeof(ConfigSession), &begin_size)
    cdef const char* ids = command_text(command, sizeof(ConfigSession), TEXT_NOTE, &ids_size)
    if terms.client != NONE16 and terms.client >= state.clients.used:
        return REASON_UNKNOWN_ACCOUNT
    if terms.source != NONE16 and terms.source >= state.sources.used:
        return REASON_UNKNOWN_ACCOUNT
    while slot < state.sessions.used:
        if has_label(&session_at(state, slot).begin_string, begin, begin_size):
            if has_label(&session_at(state, slot).comp_ids, ids, ids_size):
                break
        slot += 1
    if slot == state.sessions.used:
        slot = slab_take(&state.sessions)
        if slot == <uint32_t> NONE32:
            return REASON_CAPACITY
        label_set(&session_at(state, slot).begin_string, begin, begin_size)
        label_set(&session_at(state, slot).comp_ids, ids, ids_size)
        session_at(state, slot).job = <uint32_t> NONE32
    session_at(state, slot).terms = terms[0]
    if terms.source != NONE16:
        source_at(state, terms.source).session = <uint16_t> slot
    return REASON_NONE


cdef uint32_t account_named(CoreState* state, const ConfigMoney* money) noexcept nogil:
    if money.asset >= state.assets.used:
        return <uint32_t> NONE32
    if money.owner_kind == OWNER_CLIENT and money.owner < state.clients.used:
        return client_account(state, money.owner, money.asset)
    if money.owner_kind == OWNER_SOURCE and money.owner < state.sources.used:
        return source_account(state, money.owner, money.asset)
    if money.owner_kind == OWNER_HOUSE and money.owner == 0:
        return account_of(&state.accounts, OWNER_HOUSE, 0, money.asset)
    return <uint32_t> NONE32


cdef uint16_t configure_funding(CoreState* state, const Command* command) noexcept nogil:
    """The funded amount becomes the one given; the difference comes from or goes to the outside."""
    cdef const ConfigMoney* money = <const ConfigMoney*> command.payload
    cdef uint32_t slot = account_named(state, money)
    cdef uint32_t outside
    cdef Account* account
    cdef int128_t change
    if slot == <uint32_t> NONE32:
        return REASON_UNKNOWN_ACCOUNT
    outside = account_of(&state.accounts, OWNER_OUTSIDE, 0, money.asset)
    if outside == <uint32_t> NONE32:
        return REASON_CAPACITY
    account = account_at(&state.accounts, slot)
    change = join(money.amount_lo, money.amount_hi) - account.funded
    account.funded += change
    if account.owner_kind == OWNER_SOURCE:
        # What we hold at a source is what it owes us: see the sign in accounts.pxd.
        change = -change
    post(state, 0, outside, slot, money.asset, POSTING_FUNDING, change)
    return REASON_NONE


cdef uint16_t configure_credit(CoreState* state, const Command* command) noexcept nogil:
    cdef const ConfigMoney* money = <const ConfigMoney*> command.payload
    cdef uint32_t slot = account_named(state, money)
    if slot == <uint32_t> NONE32:
        return REASON_UNKNOWN_ACCOUNT
    account_at(&state.accounts, slot).credit_limit = join(money.amount_lo, money.amount_hi)
    return REASON_NONE


cdef uint16_t configure_limits(CoreState* state, const Command* command) noexcept nogil:
    cdef const ConfigLimits* limits = <const ConfigLimits*> command.payload
    cdef uint64_t orders = <uint64_t> limits.orders_max + limits.closed_orders_max + 1
    if orders > state.orders.limit or limits.levels_max > state.pool.levels.levels.limit:
        return REASON_CAPACITY
    if limits.children_max > CHILDREN_MAX or limits.fills_per_step_max > FILLS_MAX:
        return REASON_CAPACITY
    if limits.orders_max < 1 or limits.expiry_chunk < 1 or limits.fills_per_step_max < 1:
        return REASON_UNSUPPORTED
    if limits.expiry_chunk > FILLS_MAX:
        return REASON_CAPACITY
    state.header.limits = limits[0]
    return REASON_NONE


cdef uint16_t configure_reference(CoreState* state, const Command* command) noexcept nogil:
    cdef uint16_t asset = (<const ConfigReference*> command.payload).asset
    if asset != NONE16 and asset >= state.assets.used:
        return REASON_UNKNOWN_ACCOUNT
    state.header.reference = 0 if asset == NONE16 else asset + 1
    return REASON_NONE


cdef void configure(CoreState* state) noexcept nogil:
    cdef const Command* command = state.command
    cdef uint16_t reason = REASON_UNSUPPORTED
    if command.action == CONFIG_ASSET:
        reason = configure_asset(state, command)
    elif command.action == CONFIG_INSTRUMENT:
        reason = configure_instrument(state, command)
    elif command.action == CONFIG_CLIENT:
        reason = configure_client(state, command)
    elif command.action == CONFIG_SOURCE:
        reason = configure_source(state, command)
    elif command.action == CONFIG_SESSION:
        reason = configure_session(state, command)
    elif command.action == CONFIG_FUNDING:
        reason = configure_funding(state, command)
    elif command.action == CONFIG_CREDIT:
        reason = configure_credit(state, command)
    elif command.action == CONFIG_LIMITS:
        reason = configure_limits(state, command)
    elif command.action == CONFIG_REFERENCE:
        reason = configure_reference(state, command)
    elif command.action == CONFIG_LISTING:
        reason = configure_listing(state, command)
    state_event(state, reason, 0, 0)
