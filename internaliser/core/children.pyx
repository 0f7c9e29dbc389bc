"""The life of a child."""

from internaliser.core.accounts cimport account_release, account_reserve
from internaliser.core.credit cimport (
    affordable_lots, base_amount, fee_of, order_reserve_anyway, quote_amount, source_account,
)
from internaliser.core.emit cimport child_event
from internaliser.core.listings cimport largest_at, sendable_at
from internaliser.core.state cimport (
    Child, ExecSeen, Instrument, Order, child_at, client_at, instrument_at, must, order_at,
    source_at,
)
from internaliser.core.views cimport spend_add, spend_drop
from internaliser.model.command cimport SOURCE_DOWN
from internaliser.model.enums cimport (
    CHILD_DONE, CHILD_PENDING, CHILD_UNKNOWN, CHILD_WORKING, ORD_MARKET, REASON_NONE, SIDE_BUY,
)
from internaliser.model.event cimport (
    CHILD_ANSWERED, CHILD_CANCEL, CHILD_FINISHED, CHILD_LOST, CHILD_QUERY, CHILD_REQUESTED,
)
from internaliser.model.index cimport hash_text, index_first, index_put, index_remove
from internaliser.model.slab cimport slab_give, slab_take
from internaliser.model.types cimport *

cdef enum:
    ASKED_MAX = 6               # the waiting time doubles so often


cdef inline ExecSeen* exec_at(const CoreState* state, uint32_t slot) noexcept nogil:
    return (<ExecSeen*> state.execs.items) + slot


cdef int128_t source_cost(const CoreState* state, const Child* child, int64_t qty) noexcept nogil:
    """What `qty` lots can take from our account at the source."""
    cdef const Instrument* instrument = instrument_at(state, child.instrument)
    cdef int64_t rate = source_at(state, child.source).terms.taker_fee
    cdef int128_t amount
    if child.side != SIDE_BUY:
        return base_amount(&instrument.terms, qty)
    amount = quote_amount(&instrument.terms, child.price, qty)
    return amount + fee_of(amount, max(rate, <int64_t> 0))


cdef int64_t client_rate(const CoreState* state, const Child* child) noexcept nogil:
    cdef int64_t rate = source_at(state, child.source).terms.taker_fee
    rate += client_at(state, child.client).terms.routed_fee
    return max(rate, <int64_t> 0)


cdef int128_t client_cost(const CoreState* state, const Child* child, int64_t qty) noexcept nogil:
    """What `qty` lots can cost a client whose order has no limit price and so reserved nothing."""
    cdef int128_t amount
    if child.side != SIDE_BUY:
        return 0
    amount = quote_amount(&instrument_at(state, child.instrument).terms, child.price, qty)
    return amount + fee_of(amount, client_rate(state, child))


cdef uint32_t child_account(CoreState* state, const Child* child) noexcept nogil:
    """Where the child reserves: quote (buy) or base (sell) at its source."""
    cdef const Instrument* instrument = instrument_at(state, child.instrument)
    if child.side == SIDE_BUY:
        return source_account(state, child.source, instrument.terms.quote)
    return source_account(state, child.source, instrument.terms.base)


cdef inline bint has_no_limit(const CoreState* state, const Child* child) noexcept nogil:
    return order_at(state, child.parent).ord_type == ORD_MARKET


cdef int64_t payable(
    CoreState* state, const Child* draft, uint32_t account, int64_t qty
) noexcept nogil:
    """Lots of `qty` that our account at the source, and for market buys the client, can pay for."""
    cdef const Instrument* instrument = instrument_at(state, draft.instrument)
    cdef int128_t unit = quote_amount(&instrument.terms, draft.price, 1)
    cdef int64_t rate = source_at(state, draft.source).terms.taker_fee
    if draft.side != SIDE_BUY:
        return min(qty, affordable_lots(state, account, instrument.terms.lot_base_units, 0))
    qty = min(qty, affordable_lots(state, account, unit, rate))
    if qty > 0 and has_no_limit(state, draft):
        qty = min(qty, affordable_lots(state, draft.quote_account, unit, client_rate(state, draft)))
        if qty == 0:
            return REFUSED_BY_CREDIT
    return qty


cdef void link_child(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    cdef Order* order = order_at(state, child.parent)
    child.previous_sibling = <uint32_t> NONE32
    child.next_sibling = order.children
    if order.children != <uint32_t> NONE32:
        child_at(state, order.children).previous_sibling = slot
    order.children = slot
    child.next = <uint32_t> NONE32
    child.previous = state.header.live_last
    if child.previous != <uint32_t> NONE32:
        child_at(state, child.previous).next = slot
    else:
        state.header.live_first = slot
    state.header.live_last = slot
    state.header.live_count += 1


cdef void unlink_child(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    if child.previous_sibling != <uint32_t> NONE32:
        child_at(state, child.previous_sibling).next_sibling = child.next_sibling
    else:
        order_at(state, child.parent).children = child.next_sibling
    if child.next_sibling != <uint32_t> NONE32:
        child_at(state, child.next_sibling).previous_sibling = child.previous_sibling
    if child.previous != <uint32_t> NONE32:
        child_at(state, child.previous).next = child.next
    else:
        state.header.live_first = child.next
    if child.next != <uint32_t> NONE32:
        child_at(state, child.next).previous = child.previous
    else:
        state.header.live_last = child.previous
    state.header.live_count -= 1


cdef void set_deadline(CoreState* state, Child* child) noexcept nogil:
    cdef int64_t wait = source_at(state, child.source).terms.answer_after_ns
    if wait <= 0:
        child.deadline_ns = 0
        return
    child.deadline_ns = state.header.now_ns + (wait << min(child.asked, <uint8_t> ASKED_MAX))
    if state.next_deadline_ns == 0 or child.deadline_ns < state.next_deadline_ns:
        state.next_deadline_ns = child.deadline_ns


cdef int64_t child_request(
    CoreState* state, uint32_t parent, uint16_t source, int64_t price, int64_t qty
) noexcept nogil:
    cdef const Order* order = order_at(state, parent)
    cdef int64_t asked = 0
    cdef int64_t piece, taken
    while asked < qty:
        piece = largest_at(state, source, order.instrument, price, qty - asked)
        taken = request_one(state, parent, source, price, piece) if piece > 0 else 0
        if taken <= 0:
            return asked if asked > 0 else taken
        asked += taken
        if taken != piece:
            break
    return asked


cdef int64_t request_one(
    CoreState* state, uint32_t parent, uint16_t source, int64_t price, int64_t qty
) noexcept nogil:
    """One child, or one of the refusals."""
    cdef Order* order = order_at(state, parent)
    cdef Child draft
    cdef Child* child
    cdef uint32_t slot, account
    if state.header.live_count >= state.header.limits.children_max:
        return REFUSED_BY_SOURCE
    draft.parent = parent
    draft.price = price
    draft.source = source
    draft.instrument = order.instrument
    draft.client = order.client
    draft.side = order.side
    draft.quote_account = order.quote_account
    account = child_account(state, &draft)
    if account == <uint32_t> NONE32:
        return REFUSED_BY_SOURCE
    qty = payable(state, &draft, account, qty)
    if qty <= 0:
        return qty
    # Money for less than the source takes is of no use there.
    qty = sendable_at(state, source, order.instrument, price, qty)
    if qty == 0:
        return REFUSED_BY_SOURCE
    slot = slab_take(&state.children)
    if slot == <uint32_t> NONE32:
        return REFUSED_BY_SOURCE
    state.header.child_no += 1
    child = child_at(state, slot)
    child.parent = parent
    child.child_id = <uint64_t> state.header.epoch << ID_SEQ_BITS | state.header.child_no
    child.parent_id = order.order_id
    child.price = price
    child.qty = qty
    child.source = source
    child.instrument = order.instrument
    child.client = order.client
    child.side = order.side
    child.state = CHILD_PENDING
    child.link_no = source_at(state, source).link_no
    child.base_account = order.base_account
    child.quote_account = order.quote_account
    child.execs = <uint32_t> NONE32
    reserve_for(state, child, account)
    link_child(state, slot)
    order.away_qty += qty
    spend_add(state, slot)
    set_deadline(state, child)
    must(state, index_put(&state.child_ids, child.child_id, slot) == 0, "no memory for a child id")
    child_event(state, slot, CHILD_REQUESTED, REASON_NONE, NULL, 0)
    return qty


cdef void reserve_for(CoreState* state, Child* child, uint32_t account) noexcept nogil:
    child.reserved = source_cost(state, child, child.qty)
    must(
        state, account_reserve(&state.accounts, account, child.reserved) == 1,
        "what can be paid at a source can be reserved there",
    )
    if has_no_limit(state, child):
        child.client_reserved = client_cost(state, child, child.qty)
        must(
            state,
            account_reserve(&state.accounts, child.quote_account, child.client_reserved) == 1,
            "what a client can pay can be reserved",
        )


cdef void release_to(CoreState* state, Child* child, int64_t leaves) noexcept nogil:
    """Keep set aside what `leaves` lots can cost, release the rest."""
    cdef int128_t wanted = source_cost(state, child, leaves)
    account_release(&state.accounts, child_account(state, child), child.reserved - wanted)
    child.reserved = wanted
    if child.client_reserved != 0:
        wanted = client_cost(state, child, leaves)
        account_release(&state.accounts, child.quote_account, child.client_reserved - wanted)
        child.client_reserved = wanted


cdef uint32_t child_of_id(const CoreState* state, uint64_t child_id) noexcept nogil:
    cdef uint32_t cursor
    return index_first(&state.child_ids, child_id, &cursor)


cdef uint32_t parent_of(const CoreState* state, uint32_t slot) noexcept nogil:
    cdef const Child* child = child_at(state, slot)
    if order_at(state, child.parent).order_id == child.parent_id:
        return child.parent
    return <uint32_t> NONE32


cdef void child_answered(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    if child.state == CHILD_WORKING:
        return
    child.state = CHILD_WORKING
    child.asked = 0
    # An IOC ends at once: a working one that stays silent is asked about as well.
    set_deadline(state, child)
    child_event(state, slot, CHILD_ANSWERED, REASON_NONE, NULL, 0)


cdef void child_executed(CoreState* state, uint32_t slot, int64_t qty) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    must(state, child.cum_qty + qty <= child.qty, "a live child fills no more than its quantity")
    child.cum_qty += qty
    order_at(state, child.parent).away_qty -= qty
    release_to(state, child, child.qty - child.cum_qty)


cdef void child_end(CoreState* state, uint32_t slot, uint16_t reason) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    cdef Order* order = order_at(state, child.parent)
    must(state, child.state != CHILD_DONE, "a child ends once")
    must(state, order.order_id == child.parent_id, "a live child has its parent")
    # A source may have filled more than it was asked for; that was never the parent's.
    order.away_qty -= max(child.qty - child.cum_qty, <int64_t> 0)
    must(state, order.away_qty >= 0, "no more quantity comes back than went away")
    release_to(state, child, 0)
    child.state = CHILD_DONE
    child.reason = reason
    child.outcome_ns = state.header.now_ns
    child.deadline_ns = 0
    unlink_child(state, slot)
    order_reserve_anyway(state, order)
    into_ring(state, slot)
    child_event(state, slot, CHILD_FINISHED, reason, NULL, 0)


cdef void into_ring(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    if state.header.done_count >= state.header.limits.children_max and state.header.done_count > 0:
        forget(state, state.header.done_first)
    child.next = <uint32_t> NONE32
    child.previous = state.header.done_last
    if child.previous != <uint32_t> NONE32:
        child_at(state, child.previous).next = slot
    else:
        state.header.done_first = slot
    state.header.done_last = slot
    state.header.done_count += 1


cdef void forget(CoreState* state, uint32_t slot) noexcept nogil:
    """An ended child leaves memory: the oldest of the ring."""
    cdef Child* child = child_at(state, slot)
    cdef uint32_t seen = child.execs
    cdef uint32_t older
    while seen != <uint32_t> NONE32:
        older = exec_at(state, seen).next
        index_remove(&state.exec_keys, exec_at(state, seen).key, slot)
        slab_give(&state.execs, seen)
        seen = older
    spend_drop(state, slot)
    index_remove(&state.child_ids, child.child_id, slot)
    state.header.done_first = child.next
    if child.next != <uint32_t> NONE32:
        child_at(state, child.next).previous = <uint32_t> NONE32
    else:
        state.header.done_last = <uint32_t> NONE32
    state.header.done_count -= 1
    child.child_id = 0
    slab_give(&state.children, slot)


cdef void child_lost(CoreState* state, uint32_t slot, uint16_t reason) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    if child.state == CHILD_UNKNOWN or child.state == CHILD_DONE:
        return
    child.state = CHILD_UNKNOWN
    child.reason = reason
    child.asked = 0
    child_event(state, slot, CHILD_LOST, reason, NULL, 0)


cdef void child_query(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    if source_at(state, child.source).link == SOURCE_DOWN:
        return                      # nobody there to ask; asked when the link is up again
    if child.asked < 255:
        child.asked += 1
    set_deadline(state, child)
    child_event(state, slot, CHILD_QUERY, REASON_NONE, NULL, 0)


cdef void children_cancel(CoreState* state, uint32_t parent) noexcept nogil:
    cdef uint32_t slot = order_at(state, parent).children
    cdef Child* child
    while slot != <uint32_t> NONE32:
        child = child_at(state, slot)
        if child.state == CHILD_UNKNOWN:
            child_query(state, slot)
        elif not child.is_cancel_asked:
            child.is_cancel_asked = 1
            child_event(state, slot, CHILD_CANCEL, REASON_NONE, NULL, 0)
        slot = child.next_sibling


cdef int exec_is_new(
    CoreState* state, uint32_t slot, const char* exec_id, uint32_t size
) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    cdef uint64_t key
    cdef uint32_t cursor, seen
    if size == 0:
        return 1
    key = hash_text(child.child_id, exec_id, size)
    if index_first(&state.exec_keys, key, &cursor) != <uint32_t> NONE32:
        return 0
    seen = slab_take(&state.execs)
    if seen == <uint32_t> NONE32:
        return 1                # full: the source's own cumulative quantity still tells duplicates
    exec_at(state, seen).key = key
    exec_at(state, seen).next = child.execs
    child.execs = seen
    must(state, index_put(&state.exec_keys, key, slot) == 0, "no memory for an ExecID")
    return 1


cdef bint is_sound(const CoreState* state, const Child* child) noexcept nogil:
    """Do the child's links lead to things that exist?"""
    if child.parent >= state.orders.used or child.source >= state.sources.used:
        return False
    if child.client >= state.clients.used or child.instrument >= state.instruments.used:
        return False
    return child.view < state.views.used or child.view == <uint32_t> NONE32


cdef int children_rebuild(CoreState* state) noexcept nogil:
    cdef uint32_t slot, seen
    for slot in range(state.children.used):
        if child_at(state, slot).child_id == 0:
            continue
        if not is_sound(state, child_at(state, slot)):
            return -1
        if index_put(&state.child_ids, child_at(state, slot).child_id, slot) < 0:
            return -1
        seen = child_at(state, slot).execs
        while seen != <uint32_t> NONE32:
            if seen >= state.execs.used:
                return -1
            if index_put(&state.exec_keys, exec_at(state, seen).key, slot) < 0:
                return -1
            seen = exec_at(state, seen).next
    return 0
