"""The merged ladder."""

from internaliser.core.children cimport REFUSED_BY_CREDIT, child_request
from internaliser.core.closing cimport leave_book
from internaliser.core.listings cimport sendable_at
from internaliser.core.local cimport idle_qty, take_local
from internaliser.core.planner cimport Rung, Slice, is_worse_than_outside, plan
from internaliser.core.state cimport (
    LOCAL_DEPTH_MAX, RUNGS_MAX, Instrument, Order, client_at, instrument_at, must, opposite,
    order_at,
)
from internaliser.core.views cimport may_route, outside_rungs
from internaliser.matching.book cimport book_after, book_depth, book_front, book_reduce
from internaliser.model.command cimport FLAG_NEVER_WORSE_GROSS
from internaliser.model.enums cimport REASON_CREDIT, REASON_NONE, SIDE_BUY, SOURCE_LOCAL
from internaliser.model.types cimport *


cdef inline bint wants_gross(const CoreState* state, const Order* order) noexcept nogil:
    if order.flags & FLAG_NEVER_WORSE_GROSS:
        return True
    return client_at(state, order.client).terms.never_worse_gross != 0


cdef uint32_t local_rungs(CoreState* state, const Order* order, Rung* rungs) noexcept nogil:
    cdef int64_t[LOCAL_DEPTH_MAX] prices
    cdef int64_t[LOCAL_DEPTH_MAX] qtys
    cdef uint32_t[LOCAL_DEPTH_MAX] counts
    cdef const Instrument* instrument = instrument_at(state, order.instrument)
    cdef uint32_t i, depth = book_depth(
        &state.pool, &instrument.book, opposite(order.side), prices, qtys, counts, LOCAL_DEPTH_MAX
    )
    for i in range(depth):
        rungs[i].price = prices[i]
        rungs[i].qty = qtys[i]
        rungs[i].rate = client_at(state, order.client).terms.taker_fee
        rungs[i].source = NONE16
        rungs[i].tier = SOURCE_LOCAL
        rungs[i].is_usable = 1
        rungs[i].reserved = 0
        rungs[i].qty_step = 1
        rungs[i].qty_least = 1
    return depth


cdef uint32_t best_gross(
    CoreState* state, const Order* order, int64_t price, int64_t qty, uint64_t blocked
) noexcept nogil:
    """The rung (in state.rungs) with the best price outside for some of `qty` lots if that is
    better than `price`; NONE32 = none."""
    cdef int64_t better = price - 1 if order.side == SIDE_BUY else price + 1
    cdef uint32_t count = outside_rungs(state, order, qty, better, True, blocked, state.rungs)
    cdef uint32_t i, best = <uint32_t> NONE32
    for i in range(count):
        if not state.rungs[i].is_usable:
            continue
        if best == <uint32_t> NONE32:
            best = i
        elif order.side == SIDE_BUY and state.rungs[i].price < state.rungs[best].price:
            best = i
        elif order.side != SIDE_BUY and state.rungs[i].price > state.rungs[best].price:
            best = i
    return best


cdef int take_outside(
    CoreState* state, uint32_t slot, uint16_t source, int64_t price, int64_t qty,
    uint64_t* blocked, uint16_t* reason
) noexcept nogil:
    """Children for what the source can take of the slice. 1 = for all of it; 0 = not, and `blocked`
    or `reason` says why, or what is left of the order is now planned anew."""
    cdef int64_t sent = sendable_at(state, source, order_at(state, slot).instrument, price, qty)
    cdef int64_t taken = child_request(state, slot, source, price, sent) if sent > 0 else 0
    if taken == sent:
        return sent == qty
    if taken == REFUSED_BY_CREDIT:
        reason[0] = REASON_CREDIT
    else:
        blocked[0] |= <uint64_t> 1 << source
    return 0


cdef uint16_t take_slices(
    CoreState* state, uint32_t slot, uint32_t slice_count, uint64_t* blocked, uint32_t* fills_left
) noexcept nogil:
    """Slices in order until one turns out otherwise than planned; the rest is then planned anew."""
    cdef const Order* order = order_at(state, slot)
    cdef bint is_gross = wants_gross(state, order)
    cdef uint16_t reason = REASON_NONE
    cdef int64_t wanted
    cdef uint32_t i, rung
    cdef const Slice* part
    for i in range(slice_count):
        part = &state.slices[i]
        if part.source != NONE16:
            if not take_outside(state, slot, part.source, part.price, part.qty, blocked, &reason):
                return reason
            continue
        if is_gross:
            rung = best_gross(state, order, part.price, part.qty, blocked[0])
            if rung != <uint32_t> NONE32:
                take_outside(
                    state, slot, state.rungs[rung].source, state.rungs[rung].price,
                    min(part.qty, state.rungs[rung].qty), blocked, &reason,
                )
                return reason
        wanted = idle_qty(order) - part.qty
        reason = take_local(state, slot, part.price, part.qty, fills_left)
        if reason != REASON_NONE or idle_qty(order) != wanted:
            return reason
    return REASON_NONE


cdef uint16_t climb(CoreState* state, uint32_t slot, int64_t limit) noexcept nogil:
    cdef const Order* order = order_at(state, slot)
    cdef uint32_t fills_left = state.header.limits.fills_per_step_max
    cdef uint64_t blocked = 0, blocked_before
    cdef uint32_t outside, rungs, slices
    cdef uint16_t reason = REASON_NONE
    cdef uint16_t told
    clear_the_way(state, slot, limit, idle_qty(order))
    while reason == REASON_NONE and idle_qty(order) > 0:
        outside = outside_rungs(
            state, order, idle_qty(order), limit, False, blocked, state.rungs
        )
        if outside == 0:
            return take_local(state, slot, limit, idle_qty(order), &fills_left)
        rungs = outside + local_rungs(state, order, state.rungs + outside)
        slices = plan(
            order.side, limit, idle_qty(order), state.rungs, rungs, state.slices, RUNGS_MAX
        )
        told = state.record_index
        blocked_before = blocked
        reason = take_slices(state, slot, slices, &blocked, &fills_left)
        if told == state.record_index and blocked == blocked_before:
            break               # nothing is left that could be taken
    return reason


cdef bint does_better_outside(CoreState* state, const Order* order, int64_t qty) noexcept nogil:
    """Would a resting order do better for `qty` outside than at its own price inside?"""
    cdef int64_t rate = client_at(state, order.client).terms.maker_fee
    cdef uint32_t count = outside_rungs(state, order, qty, order.price, False, 0, state.rungs)
    if count == 0:
        return False
    if is_worse_than_outside(order.side, order.price, rate, qty, state.rungs, count):
        return True
    return wants_gross(state, order) and (
        best_gross(state, order, order.price, qty, 0) != <uint32_t> NONE32
    )


cdef void clear_the_way(CoreState* state, uint32_t slot, int64_t limit, int64_t qty) noexcept nogil:
    cdef const Order* order = order_at(state, slot)
    cdef const Instrument* instrument = instrument_at(state, order.instrument)
    cdef uint32_t looks_left = state.header.limits.fills_per_step_max
    cdef uint32_t at = book_front(&state.pool, &instrument.book, opposite(order.side))
    cdef uint32_t following
    cdef const Order* resting
    while at != <uint32_t> NONE32 and qty > 0 and looks_left > 0:
        resting = order_at(state, at)
        if (resting.price > limit) == (order.side == SIDE_BUY) and resting.price != limit:
            return
        following = book_after(&state.pool, at)
        if may_route(state, resting):
            if does_better_outside(state, resting, min(qty, resting.local_qty)):
                route_resting(state, at)
        qty -= resting.local_qty
        looks_left -= 1
        at = following


cdef void shrink_local(CoreState* state, uint32_t slot, int64_t qty) noexcept nogil:
    """`qty` resting lots have gone to a source; the others keep their place."""
    cdef Order* order = order_at(state, slot)
    if qty == order.local_qty:
        leave_book(state, slot)
        return
    order.local_qty -= qty
    book_reduce(
        &state.pool, &instrument_at(state, order.instrument).book, slot, order.side,
        order.local_qty,
    )


cdef int route_resting(CoreState* state, uint32_t slot) noexcept nogil:
    cdef const Order* order = order_at(state, slot)
    cdef uint64_t blocked = 0
    cdef uint32_t count, slices, i
    cdef int64_t sent, taken
    cdef int went = 0
    cdef const Slice* part
    cdef bint is_changed = True
    while is_changed and order.local_qty > 0:
        is_changed = False
        count = outside_rungs(
            state, order, order.local_qty, order.price, False, blocked, state.rungs
        )
        slices = plan(
            order.side, order.price, order.local_qty, state.rungs, count, state.slices, RUNGS_MAX
        )
        for i in range(slices):
            part = &state.slices[i]
            sent = sendable_at(state, part.source, order.instrument, part.price, part.qty)
            taken = 0
            if sent > 0:
                taken = child_request(state, slot, part.source, part.price, sent)
            if taken > 0:
                shrink_local(state, slot, taken)
                went = 1
            if taken != sent:
                blocked |= <uint64_t> 1 << part.source
            if taken != part.qty:
                is_changed = True
                break
    must(state, idle_qty(order) >= 0, "no order works more than its quantity")
    return went
