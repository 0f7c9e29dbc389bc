"""Rows: one dict per thing, names instead of indexes where there are names, ids and sides as FIX
shows them."""

from internaliser.core.accounts cimport (
    OWNER_CLIENT, OWNER_HOUSE, OWNER_OUTSIDE, OWNER_SOURCE, Account, account_at,
    account_available,
)
from internaliser.core.orders cimport name_text, status_of
from internaliser.core.state cimport (
    Child, Client, Instrument, Label, Listing, Order, Source, StatedBalance, View, asset_at,
    child_at, client_at, instrument_at, listing_at, order_at, session_at, source_at, stated_at,
    view_at,
)
from internaliser.matching.book cimport book_depth
from internaliser.model.command cimport VIEW_DEPTH_MAX
from internaliser.model.enums cimport SIDE_BUY, SIDE_SELL
from internaliser.model.money cimport join
from internaliser.model.types cimport *

cdef enum:
    DEPTH_ROWS_MAX = 1000

cdef dict OWNER_NAMES = {
    OWNER_CLIENT: "client", OWNER_SOURCE: "source", OWNER_HOUSE: "house", OWNER_OUTSIDE: "outside",
}
cdef dict CHILD_STATES = {1: "pending", 2: "working", 3: "unknown", 4: "done"}
cdef dict TRADING_STATES = {0: "active", 1: "reducing", 2: "halted"}
cdef dict LINKS = {1: "up", 2: "down", 3: "stale"}
cdef dict CANCELS = {0: "none", 1: "session", 2: "account"}


cdef str label_text(const Label* label):
    return label.text[:label.size].decode("utf-8", "replace")


cdef str name_of_slot(const CoreState* state, uint32_t name):
    cdef uint32_t size
    cdef const char* text = name_text(state, name, &size)
    return text[:size].decode("utf-8", "replace")


cdef object optional(uint16_t index):
    return None if index == NONE16 else index


cdef dict order_row(const CoreState* state, uint32_t slot):
    cdef const Order* order = order_at(state, slot)
    return {
        "order_id": order.order_id,
        "cl_ord_id": name_of_slot(state, order.name),
        "client": label_text(&client_at(state, order.client).name),
        "symbol": label_text(&instrument_at(state, order.instrument).name),
        "session": optional(order.session),
        "side": chr(order.side),
        "ord_type": chr(order.ord_type),
        "tif": chr(order.tif),
        "ord_status": chr(status_of(state, order)),
        "reason": order.reason,
        "price": order.price,
        "qty": order.qty,
        "cum_qty": order.cum_qty,
        "leaves_qty": 0 if order.closed_as != 0 else order.qty - order.cum_qty,
        "local_qty": order.local_qty,
        "away_qty": order.away_qty,
        "cum_notional": as_int(order.notional),
        "reserved": as_int(order.reserved),
        "is_open": order.closed_as == 0,
    }


cdef list order_rows(const CoreState* state, bint is_open_only):
    cdef uint32_t slot
    cdef list rows = []
    for slot in range(state.orders.used):
        if order_at(state, slot).order_id == 0:
            continue
        if is_open_only and order_at(state, slot).closed_as != 0:
            continue
        rows.append(order_row(state, slot))
    rows.sort(key=lambda row: row["order_id"])
    return rows


cdef str owner_name(const CoreState* state, const Account* account):
    if account.owner_kind == OWNER_CLIENT:
        return label_text(&client_at(state, account.owner).name)
    if account.owner_kind == OWNER_SOURCE:
        return label_text(&source_at(state, account.owner).name)
    return OWNER_NAMES[account.owner_kind]


cdef list account_rows(const CoreState* state):
    cdef uint32_t slot
    cdef const Account* account
    cdef list rows = []
    for slot in range(state.accounts.slab.used):
        account = account_at(&state.accounts, slot)
        rows.append({
            "account": slot,
            "owner_kind": OWNER_NAMES[account.owner_kind],
            "owner": owner_name(state, account),
            "asset": label_text(&asset_at(state, account.asset).name),
            "balance": as_int(account.balance),
            "reserved": as_int(account.reserved),
            "credit_limit": as_int(account.credit_limit),
            "funded": as_int(account.funded),
            "available": as_int(account_available(account)),
            "has_unlimited_credit": bool(account.has_unlimited_credit),
        })
    return rows


cdef list child_rows(const CoreState* state, bint is_live_only):
    cdef uint32_t slot
    cdef const Child* child
    cdef list rows = []
    for slot in range(state.children.used):
        child = child_at(state, slot)
        if child.child_id == 0 or (is_live_only and child.outcome_ns != 0):
            continue
        rows.append({
            "child_id": child.child_id,
            "parent_id": child.parent_id,
            "source": label_text(&source_at(state, child.source).name),
            "symbol": label_text(&instrument_at(state, child.instrument).name),
            "side": chr(child.side),
            "state": CHILD_STATES[child.state],
            "price": child.price,
            "qty": child.qty,
            "cum_qty": child.cum_qty,
            "reason": child.reason,
            "asked": child.asked,
            "deadline_ns": child.deadline_ns,
            "outcome_ns": child.outcome_ns,
        })
    rows.sort(key=lambda row: row["child_id"])
    return rows


cdef list asset_rows(const CoreState* state):
    cdef uint32_t slot
    return [
        {
            "index": slot,
            "name": label_text(&asset_at(state, slot).name),
            "decimals": asset_at(state, slot).terms.decimals,
        }
        for slot in range(state.assets.used)
    ]


cdef dict instrument_row(const CoreState* state, uint32_t slot):
    cdef const Instrument* instrument = instrument_at(state, slot)
    return {
        "index": slot,
        "symbol": label_text(&instrument.name),
        "base": label_text(&asset_at(state, instrument.terms.base).name),
        "quote": label_text(&asset_at(state, instrument.terms.quote).name),
        "is_open": bool(instrument.terms.is_open),
        "tick_mantissa": instrument.terms.tick_mantissa,
        "price_decimals": instrument.terms.price_decimals,
        "lot_mantissa": instrument.terms.lot_mantissa,
        "qty_decimals": instrument.terms.qty_decimals,
        "price_min": instrument.terms.price_min,
        "price_max": instrument.terms.price_max,
        "qty_min": instrument.terms.qty_min,
        "qty_max": instrument.terms.qty_max,
        "lot_base_units": instrument.terms.lot_base_units,
        "tick_lot_quote_units": instrument.terms.tick_lot_quote_units,
        "band_bp": instrument.terms.band_bp,
        "last_price": instrument.last_price,
    }


cdef list instrument_rows(const CoreState* state):
    cdef uint32_t slot
    return [instrument_row(state, slot) for slot in range(state.instruments.used)]


cdef dict client_row(const CoreState* state, uint32_t slot):
    cdef const Client* client = client_at(state, slot)
    return {
        "index": slot,
        "name": label_text(&client.name),
        "state": TRADING_STATES[client.state],
        "maker_fee": client.terms.maker_fee,
        "taker_fee": client.terms.taker_fee,
        "routed_fee": client.terms.routed_fee,
        "open_orders_max": client.terms.open_orders_max,
        "has_unlimited_credit": bool(client.terms.has_unlimited_credit),
        "self_match": client.terms.self_match,
        "scope": client.terms.scope,
        "never_worse_gross": bool(client.terms.never_worse_gross),
        "open_count": client.open_count,
    }


cdef list client_rows(const CoreState* state):
    cdef uint32_t slot
    return [client_row(state, slot) for slot in range(state.clients.used)]


cdef dict source_row(const CoreState* state, uint32_t slot):
    cdef const Source* source = source_at(state, slot)
    return {
        "index": slot,
        "name": label_text(&source.name),
        "kind": source.terms.kind,
        "state": TRADING_STATES[source.state],
        "link": LINKS[source.link],
        "session": optional(source.session),
        "unanswered_ns": source.unanswered_ns,
        "taker_fee": source.terms.taker_fee,
        "credit_adj": source.terms.credit_adj,
        "stale_after_ns": source.terms.stale_after_ns,
        "answer_after_ns": source.terms.answer_after_ns,
        "child_rounds_max": source.terms.child_rounds_max,
        "has_unlimited_credit": bool(source.terms.has_unlimited_credit),
    }


cdef list source_rows(const CoreState* state):
    cdef uint32_t slot
    return [source_row(state, slot) for slot in range(state.sources.used)]


cdef list stated_rows(const CoreState* state):
    cdef uint32_t slot
    cdef const StatedBalance* balance
    cdef list rows = []
    for slot in range(state.stated.used):
        balance = stated_at(state, slot)
        rows.append({
            "source": label_text(&source_at(state, balance.source).name),
            "asset": label_text(&asset_at(state, balance.asset).name),
            "free": as_int(balance.free),
            "locked": as_int(balance.locked),
            "stated_ns": balance.stated_ns,
        })
    return rows


cdef list mark_rows(const CoreState* state):
    cdef uint32_t slot
    return [
        {
            "symbol": label_text(&instrument_at(state, slot).name),
            "mark_twice": instrument_at(state, slot).mark_twice,
            "mark_ns": instrument_at(state, slot).mark_ns,
        }
        for slot in range(state.instruments.used)
        if instrument_at(state, slot).mark_twice != 0
    ]


cdef list session_rows(const CoreState* state):
    cdef uint32_t slot
    return [
        {
            "index": slot,
            "begin_string": label_text(&session_at(state, slot).begin_string),
            "comp_ids": label_text(&session_at(state, slot).comp_ids),
            "client": optional(session_at(state, slot).terms.client),
            "source": optional(session_at(state, slot).terms.source),
            "is_followed": bool(session_at(state, slot).is_up),
            "cancels": CANCELS[session_at(state, slot).cancels],
            "cancel_due_ns": session_at(state, slot).due_ns,
        }
        for slot in range(state.sessions.used)
    ]


cdef dict view_row(const CoreState* state, uint32_t slot):
    cdef const View* view = view_at(state, slot)
    cdef uint32_t i
    return {
        "source": label_text(&source_at(state, view.source).name),
        "symbol": label_text(&instrument_at(state, view.instrument).name),
        "version": view.head.version,
        "received_ns": view.head.received_ns,
        "is_fresh": bool(view.head.is_fresh),
        "bids": [
            (view.levels[i].price, view.levels[i].qty) for i in range(view.head.bid_count)
        ],
        "asks": [
            (view.levels[VIEW_DEPTH_MAX + i].price, view.levels[VIEW_DEPTH_MAX + i].qty)
            for i in range(view.head.ask_count)
        ],
    }


cdef list view_rows(const CoreState* state):
    cdef uint32_t slot
    return [view_row(state, slot) for slot in range(state.views.used)]


cdef dict listing_row(const CoreState* state, uint32_t slot):
    cdef const Listing* listing = listing_at(state, slot)
    return {
        "index": slot,
        "source": listing.terms.source,
        "instrument": listing.terms.instrument,
        "symbol": label_text(&instrument_at(state, listing.terms.instrument).name),
        "source_symbol": label_text(&listing.symbol),
        "is_listed": bool(listing.terms.is_listed),
        "price_step": listing.terms.price_step,
        "qty_step": listing.terms.qty_step,
        "qty_min": listing.terms.qty_min,
        "qty_max": listing.terms.qty_max,
        "notional_min": as_int(join(listing.terms.notional_min_lo, listing.terms.notional_min_hi)),
        "price_min": listing.terms.price_min,
        "price_max": listing.terms.price_max,
    }


cdef list listing_rows(const CoreState* state):
    cdef uint32_t slot
    return [listing_row(state, slot) for slot in range(state.listings.used)]


cdef dict limits_row(const CoreState* state):
    return {
        "orders_max": state.header.limits.orders_max,
        "closed_orders_max": state.header.limits.closed_orders_max,
        "children_max": state.header.limits.children_max,
        "expiry_chunk": state.header.limits.expiry_chunk,
        "fills_per_step_max": state.header.limits.fills_per_step_max,
        "levels_max": state.header.limits.levels_max,
    }


cdef list half_rows(const CoreState* state, uint16_t instrument, uint8_t side, uint32_t depth_max):
    cdef int64_t[DEPTH_ROWS_MAX] prices
    cdef int64_t[DEPTH_ROWS_MAX] qtys
    cdef uint32_t[DEPTH_ROWS_MAX] counts
    cdef uint32_t i, depth = book_depth(
        &state.pool, &instrument_at(state, instrument).book, side, prices, qtys, counts,
        min(depth_max, <uint32_t> DEPTH_ROWS_MAX),
    )
    return [(prices[i], qtys[i], counts[i]) for i in range(depth)]


cdef tuple depth_rows(const CoreState* state, uint16_t instrument, uint32_t depth_max):
    if instrument >= state.instruments.used:
        raise IndexError(f"no instrument {instrument}")
    return (
        half_rows(state, instrument, SIDE_BUY, depth_max),
        half_rows(state, instrument, SIDE_SELL, depth_max),
    )
