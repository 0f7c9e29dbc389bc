"""Replacing an order's terms."""

from internaliser.core.children cimport children_cancel
from internaliser.core.closing cimport (
    closing_finish, finish_filled, leave_book, pending_add, pending_drop,
)
from internaliser.core.credit cimport order_reserve
from internaliser.core.emit cimport answer_event, late_answer_event
from internaliser.core.local cimport idle_qty
from internaliser.core.orders cimport (
    ClOrdId, cl_ord_id_of, name_accept, name_add, name_drop, order_list_anew,
)
from internaliser.core.state cimport (
    PENDING_REPLACE, Instrument, Order, Pending, instrument_at, order_at, pending_at,
)
from internaliser.core.work cimport work
from internaliser.matching.book cimport book_reduce
from internaliser.model.command cimport TEXT_CL_ORD_ID, Command, command_text
from internaliser.model.enums cimport (
    EXEC_PENDING_REPLACE, EXEC_REPLACED, ORD_MARKET, REASON_CAPACITY, REASON_CREDIT,
    REASON_NONE, REASON_TOO_LATE, STATUS_FILLED, TIF_IOC,
)
from internaliser.model.event cimport EVENT_REPLACE_PENDING, EVENT_REPLACE_REFUSED, EVENT_REPLACED
from internaliser.model.types cimport *

cdef struct Terms:              # what a replace asks for
    int64_t price
    int64_t qty
    uint8_t tif


cdef int take_terms(CoreState* state, Order* order, const Terms* terms) noexcept nogil:
    """Price, quantity and reservation of the order are the new ones; 0 and nothing changed: credit
    is lacking."""
    cdef int64_t old_price = order.price, old_qty = order.qty
    order.price = terms.price
    order.qty = max(terms.qty, order.cum_qty)
    if order.qty == order.cum_qty:
        # Replace to no more than what is executed: cancel the rest, the order counts as filled
        # (rule 4).
        order.closed_as = STATUS_FILLED
    if order_reserve(state, order):
        return 1
    order.price = old_price
    order.qty = old_qty
    return 0


cdef void take_place(CoreState* state, uint32_t slot, int64_t old_price) noexcept nogil:
    """Less at the same price keeps its place in the queue; anything else gives it up."""
    cdef Order* order = order_at(state, slot)
    cdef Instrument* instrument = instrument_at(state, order.instrument)
    cdef int64_t resting = order.qty - order.cum_qty - order.away_qty
    if order.closed_as == 0 and order.price == old_price and 0 < resting <= order.local_qty:
        order.local_qty = resting
        book_reduce(&state.pool, &instrument.book, slot, order.side, resting)
    else:
        leave_book(state, slot)


cdef void take_tif(CoreState* state, uint32_t slot, uint8_t tif) noexcept nogil:
    if tif != order_at(state, slot).tif:
        order_list_anew(state, slot, tif)


cdef void go_on(CoreState* state, uint32_t slot) noexcept nogil:
    """After the answer: an order replaced to what it had ends, any other is worked on its new
    terms."""
    if order_at(state, slot).closed_as != 0:
        finish_filled(state, slot)
    else:
        order_at(state, slot).rounds = 0
        work(state, slot)


cdef void replace_now(
    CoreState* state, uint32_t slot, uint32_t name, const Terms* terms
) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    cdef int64_t old_price = order.price
    if not take_terms(state, order, terms):
        name_drop(state, name)
        answer_event(state, slot, EVENT_REPLACE_REFUSED, 0, REASON_CREDIT)
        return
    take_place(state, slot, old_price)
    take_tif(state, slot, terms.tif)
    name_accept(state, name)
    order.session = state.command.session
    answer_event(state, slot, EVENT_REPLACED, EXEC_REPLACED, REASON_NONE)
    go_on(state, slot)


cdef void replace_later(
    CoreState* state, uint32_t slot, uint32_t name, const Terms* terms
) noexcept nogil:
    """Children at other terms are out: they come to an end first. Until then nothing rests: the
    client no longer wants the old terms, and the order may not follow a better price outside."""
    cdef uint32_t at = pending_add(
        state, slot, PENDING_REPLACE, name, state.command.session, REASON_NONE
    )
    if at == <uint32_t> NONE32:
        name_drop(state, name)
        answer_event(state, slot, EVENT_REPLACE_REFUSED, 0, REASON_CAPACITY)
        return
    pending_at(state, at).price = terms.price
    pending_at(state, at).qty = terms.qty
    pending_at(state, at).tif = terms.tif
    leave_book(state, slot)
    answer_event(state, slot, EVENT_REPLACE_PENDING, EXEC_PENDING_REPLACE, REASON_NONE)
    children_cancel(state, slot)


cdef void replace_finish(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    cdef Pending pending = pending_at(state, order.pending)[0]
    cdef int64_t old_price = order.price
    cdef Terms terms
    cdef uint16_t reason = REASON_NONE
    pending_drop(state, slot)
    terms.price = pending.price
    terms.qty = pending.qty
    terms.tif = pending.tif
    if order.cum_qty == order.qty:
        order.closed_as = STATUS_FILLED
        reason = REASON_TOO_LATE
    elif not take_terms(state, order, &terms):
        reason = REASON_CREDIT
    if reason != REASON_NONE:
        late_answer_event(
            state, slot, pending.name, EVENT_REPLACE_REFUSED, 0, reason, pending.session
        )
        name_drop(state, pending.name)
    else:
        take_place(state, slot, old_price)
        take_tif(state, slot, terms.tif)
        order.session = pending.session
        late_answer_event(
            state, slot, pending.name, EVENT_REPLACED, EXEC_REPLACED, REASON_NONE, pending.session
        )
        name_accept(state, pending.name)
    go_on(state, slot)


cdef void replace_requested(CoreState* state, uint32_t slot) noexcept nogil:
    cdef const Command* command = state.command
    cdef Order* order = order_at(state, slot)
    cdef Terms terms
    cdef uint32_t size, name
    cdef const char* text = command_text(command, 0, TEXT_CL_ORD_ID, &size)
    cdef ClOrdId told = cl_ord_id_of(command.client, text, size)
    if order.tif == TIF_IOC or order.ord_type == ORD_MARKET:
        # Only their children keep them open: nothing is left to be changed.
        answer_event(state, slot, EVENT_REPLACE_REFUSED, 0, REASON_TOO_LATE)
        return
    name = name_add(state, slot, &told)
    if name == <uint32_t> NONE32:
        answer_event(state, slot, EVENT_REPLACE_REFUSED, 0, REASON_CAPACITY)
        return
    terms.price = command.price
    terms.qty = command.qty
    terms.tif = command.tif if command.tif != 0 else order.tif
    if order.away_qty > 0 and (
        terms.price != order.price or terms.qty < order.cum_qty + order.away_qty
    ):
        replace_later(state, slot, name, &terms)
    else:
        replace_now(state, slot, name, &terms)


cdef void after_child(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    if order.pending != <uint32_t> NONE32:
        if order.children != <uint32_t> NONE32:
            return
        if pending_at(state, order.pending).kind == PENDING_REPLACE:
            replace_finish(state, slot)
        else:
            closing_finish(state, slot)
    elif order.closed_as != 0:
        finish_filled(state, slot)
    elif idle_qty(order) > 0:
        work(state, slot)
