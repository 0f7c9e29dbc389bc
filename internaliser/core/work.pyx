"""One order's way through match, route and rest."""

from internaliser.core.closing cimport cancel_unasked, finish_filled, leave_book
from internaliser.core.ladder cimport clear_the_way, climb, route_resting
from internaliser.core.local cimport fok_fault, idle_qty, take_local
from internaliser.core.state cimport (
    Instrument, Order, View, instrument_at, must, opposite, order_at, view_at,
)
from internaliser.core.validate cimport collar
from internaliser.core.views cimport has_outside, may_route, view_best
from internaliser.matching.book cimport book_add, book_after, book_best, book_front
from internaliser.model.enums cimport (
    ORD_LIMIT, REASON_CAPACITY, REASON_CREDIT, REASON_NO_LIQUIDITY, REASON_NONE, SIDE_BUY,
    SIDE_SELL, TIF_DAY, TIF_FOK, TIF_GTC,
)
from internaliser.model.types cimport *

cdef enum:
    # resting orders looked at on one view; the next view or taker sees the rest
    REPLANS_MAX = 64


cdef inline bint may_rest(const Order* order) noexcept nogil:
    return order.ord_type == ORD_LIMIT and (order.tif == TIF_DAY or order.tif == TIF_GTC)


cdef bint crosses(const CoreState* state, const Order* order) noexcept nogil:
    cdef const Instrument* instrument = instrument_at(state, order.instrument)
    cdef int64_t price = 0, qty = 0
    if not book_best(&state.pool, &instrument.book, opposite(order.side), &price, &qty):
        return False
    return price <= order.price if order.side == SIDE_BUY else price >= order.price


cdef void rest(CoreState* state, uint32_t slot) noexcept nogil:
    """Idle quantity joins the queue at its price; what already rests moves there with it."""
    cdef Order* order = order_at(state, slot)
    cdef Instrument* instrument = instrument_at(state, order.instrument)
    must(state, not crosses(state, order), "what rests does not cross the book")
    leave_book(state, slot)
    # The slab of levels keeps slot 0 for itself.
    if state.pool.levels.levels.live > state.header.limits.levels_max:
        cancel_unasked(state, slot, REASON_CAPACITY)
        return
    order.local_qty = idle_qty(order)
    if book_add(
        &state.pool, &instrument.book, slot, order.side, order.price, order.local_qty, order.client
    ) < 0:
        order.local_qty = 0
        cancel_unasked(state, slot, REASON_CAPACITY)


cdef void settle(CoreState* state, uint32_t slot, uint16_t reason) noexcept nogil:
    """What remains after matching and routing rests, waits for children, or is canceled for
    `reason`."""
    cdef Order* order = order_at(state, slot)
    must(state, idle_qty(order) >= 0, "no order works more than its quantity")
    if reason == REASON_CREDIT and order.children != <uint32_t> NONE32:
        # What the children leave over may pay for more.
        reason = REASON_NONE
    if order.closed_as != 0:
        finish_filled(state, slot)
    elif idle_qty(order) == 0:
        pass
    elif reason != REASON_NONE:
        cancel_unasked(state, slot, reason)
    elif may_rest(order):
        rest(state, slot)
    elif order.children == <uint32_t> NONE32:
        cancel_unasked(state, slot, REASON_NO_LIQUIDITY)


cdef void work(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    cdef int64_t limit = order.price
    cdef uint32_t fills_left = state.header.limits.fills_per_step_max
    cdef uint16_t reason = REASON_NONE
    if order.ord_type != ORD_LIMIT:
        limit = collar(state, order.instrument, order.side)
    if order.tif == TIF_FOK:
        if has_outside(state, order.instrument):
            clear_the_way(state, slot, limit, order.qty)
        reason = fok_fault(state, slot, limit)
        if reason == REASON_NONE:
            reason = take_local(state, slot, limit, order.qty, &fills_left)
    elif has_outside(state, order.instrument):
        reason = climb(state, slot, limit)
    elif order.ord_type != ORD_LIMIT or crosses(state, order):
        reason = take_local(state, slot, limit, idle_qty(order), &fills_left)
    settle(state, slot, reason)


cdef void work_side(CoreState* state, uint32_t view_slot, uint8_t side) noexcept nogil:
    """Resting orders of `side`, best first, as long as the view's best price is within their
    limit."""
    cdef const View* view = view_at(state, view_slot)
    cdef Instrument* instrument = instrument_at(state, view.instrument)
    cdef int64_t outside = view_best(state, view_slot, side)
    cdef uint32_t slot, following, looked_at = 0
    if outside == 0:
        return
    slot = book_front(&state.pool, &instrument.book, side)
    while slot != <uint32_t> NONE32 and looked_at < REPLANS_MAX:
        if (outside > order_at(state, slot).price) == (side == SIDE_BUY) and (
            outside != order_at(state, slot).price
        ):
            return
        following = book_after(&state.pool, slot)
        if may_route(state, order_at(state, slot)):
            route_resting(state, slot)
        slot = following
        looked_at += 1


cdef void work_view(CoreState* state, uint32_t view) noexcept nogil:
    work_side(state, view, SIDE_BUY)
    work_side(state, view, SIDE_SELL)
