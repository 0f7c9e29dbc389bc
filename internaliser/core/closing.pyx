"""Canceling and expiring."""

from internaliser.core.children cimport children_cancel
from internaliser.core.credit cimport order_reserve_anyway
from internaliser.core.emit cimport answer_event, late_answer_event, order_event
from internaliser.core.orders cimport name_drop, name_keep, order_close, order_list_ending
from internaliser.core.state cimport (
    PENDING_CANCEL, PENDING_EXPIRY, PENDING_REPLACE, Pending, instrument_at, must, order_at,
    pending_at,
)
from internaliser.matching.book cimport book_remove
from internaliser.model.enums cimport (
    EXEC_CANCELED, EXEC_EXPIRED, EXEC_PENDING_CANCEL, REASON_CLIENT_REQUEST, REASON_TOO_LATE,
    STATUS_CANCELED, STATUS_EXPIRED, STATUS_FILLED,
)
from internaliser.model.event cimport (
    EVENT_CANCEL_PENDING, EVENT_CANCEL_REFUSED, EVENT_CANCELED, EVENT_EXPIRED,
    EVENT_REPLACE_REFUSED,
)
from internaliser.model.slab cimport slab_give, slab_take
from internaliser.model.types cimport *


cdef void leave_book(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    if order.local_qty > 0:
        book_remove(
            &state.pool, &instrument_at(state, order.instrument).book, slot, order.side
        )
        order.local_qty = 0


cdef uint32_t pending_add(
    CoreState* state, uint32_t slot, uint8_t kind, uint32_t name, uint16_t session, uint16_t reason
) noexcept nogil:
    cdef uint32_t at = slab_take(&state.pendings)
    cdef Pending* pending
    if at == <uint32_t> NONE32:
        return at
    pending = pending_at(state, at)
    pending.order = slot
    pending.kind = kind
    pending.name = name
    pending.session = session
    pending.reason = reason
    must(state, order_at(state, slot).pending == <uint32_t> NONE32, "one request waits at a time")
    order_at(state, slot).pending = at
    return at


cdef void pending_drop(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    slab_give(&state.pendings, order.pending)
    order.pending = <uint32_t> NONE32


cdef void end(CoreState* state, uint32_t slot, uint8_t status, uint16_t reason) noexcept nogil:
    """The order is closed, with everything that was set aside for it; its event comes next, then
    order_close."""
    cdef Order* order = order_at(state, slot)
    must(state, order.children == <uint32_t> NONE32, "children are final before their parent")
    leave_book(state, slot)
    order.closed_as = status
    order.reason = reason
    order_reserve_anyway(state, order)


cdef void wait_for_children(
    CoreState* state, uint32_t slot, uint8_t kind, uint32_t name, uint16_t session, uint16_t reason
) noexcept nogil:
    """Nothing new is done for the order; what is at sources comes to an end."""
    leave_book(state, slot)
    order_list_ending(state, slot)
    must(
        state,
        pending_add(state, slot, kind, name, session, reason) != <uint32_t> NONE32,
        "there are no more waiting requests than live children",
    )
    order_reserve_anyway(state, order_at(state, slot))


cdef void cancel_requested(CoreState* state, uint32_t slot, uint32_t name) noexcept nogil:
    name_keep(state, name)
    if order_at(state, slot).children == <uint32_t> NONE32:
        end(state, slot, STATUS_CANCELED, REASON_CLIENT_REQUEST)
        answer_event(state, slot, EVENT_CANCELED, EXEC_CANCELED, REASON_CLIENT_REQUEST)
        order_close(state, slot)
        return
    wait_for_children(
        state, slot, PENDING_CANCEL, name, state.command.session, REASON_CLIENT_REQUEST
    )
    answer_event(
        state, slot, EVENT_CANCEL_PENDING, EXEC_PENDING_CANCEL, REASON_CLIENT_REQUEST
    )
    children_cancel(state, slot)


cdef int set_pending_aside(CoreState* state, uint32_t slot, uint16_t reason) noexcept nogil:
    """An unasked end overrides a replace that waits. 0 when the order already waits for an end."""
    cdef Order* order = order_at(state, slot)
    cdef Pending* pending
    cdef Pending given_up
    if order.pending == <uint32_t> NONE32:
        return 1
    pending = pending_at(state, order.pending)
    if pending.kind != PENDING_REPLACE:
        return 0
    given_up = pending[0]
    pending_drop(state, slot)
    late_answer_event(
        state, slot, given_up.name, EVENT_REPLACE_REFUSED, 0, reason, given_up.session
    )
    name_drop(state, given_up.name)
    return 1


cdef void cancel_unasked(CoreState* state, uint32_t slot, uint16_t reason) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    if not set_pending_aside(state, slot, reason):
        return
    if order.children == <uint32_t> NONE32:
        end(state, slot, STATUS_CANCELED, reason)
        order_event(state, slot, EVENT_CANCELED, EXEC_CANCELED, reason, order.session)
        order_close(state, slot)
        return
    wait_for_children(state, slot, PENDING_CANCEL, <uint32_t> NONE32, order.session, reason)
    order_event(state, slot, EVENT_CANCEL_PENDING, EXEC_PENDING_CANCEL, reason, order.session)
    children_cancel(state, slot)


cdef void expire(CoreState* state, uint32_t slot, uint16_t reason) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    if not set_pending_aside(state, slot, reason):
        return
    if order.children == <uint32_t> NONE32:
        end(state, slot, STATUS_EXPIRED, reason)
        order_event(state, slot, EVENT_EXPIRED, EXEC_EXPIRED, reason, order.session)
        order_close(state, slot)
        return
    wait_for_children(state, slot, PENDING_EXPIRY, <uint32_t> NONE32, order.session, reason)
    # Nobody asked, so nobody is answered; who follows the events must see it leave the book.
    order_event(state, slot, EVENT_CANCEL_PENDING, EXEC_PENDING_CANCEL, reason, NONE16)
    children_cancel(state, slot)


cdef void finish_filled(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    must(state, order.cum_qty == order.qty, "a filled order has executed its quantity")
    order.closed_as = STATUS_FILLED
    order_reserve_anyway(state, order)
    order_close(state, slot)


cdef void refuse_late(CoreState* state, uint32_t slot, const Pending* pending) noexcept nogil:
    """The order was executed whole while its cancel waited (matrix D5: the cancel has lost the
    race)."""
    order_at(state, slot).closed_as = STATUS_FILLED
    if pending.name != <uint32_t> NONE32:
        late_answer_event(
            state, slot, pending.name, EVENT_CANCEL_REFUSED, 0, REASON_TOO_LATE, pending.session
        )
    finish_filled(state, slot)


cdef void closing_finish(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    cdef Pending pending = pending_at(state, order.pending)[0]
    pending_drop(state, slot)
    if order.cum_qty == order.qty:
        refuse_late(state, slot, &pending)
        return
    if pending.kind == PENDING_EXPIRY:
        end(state, slot, STATUS_EXPIRED, pending.reason)
        order_event(state, slot, EVENT_EXPIRED, EXEC_EXPIRED, pending.reason, order.session)
    else:
        end(state, slot, STATUS_CANCELED, pending.reason)
        if pending.name == <uint32_t> NONE32:
            order_event(state, slot, EVENT_CANCELED, EXEC_CANCELED, pending.reason, order.session)
        else:
            late_answer_event(
                state, slot, pending.name, EVENT_CANCELED, EXEC_CANCELED, pending.reason,
                pending.session,
            )
    order_close(state, slot)
