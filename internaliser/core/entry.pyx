"""What clients ask for."""

from internaliser.core.closing cimport cancel_requested
from internaliser.core.credit cimport client_account, order_reserve, reserving_account
from internaliser.core.accounts cimport account_release
from internaliser.core.emit cimport answer_event, order_event
from internaliser.core.names cimport names_prefetch
from internaliser.core.orders cimport (
    ClOrdId, cl_ord_id_of, name_add, name_of, name_older, name_order, name_outlived, order_list,
    order_of_id, order_take, short_at,
)
from internaliser.core.replace cimport replace_requested
from internaliser.core.state cimport (
    Instrument, Order, client_at, id_of_step, instrument_at, order_at, pending_at,
)
from internaliser.core.validate cimport new_order_fault, replace_fault
from internaliser.core.work cimport work
from internaliser.model.command cimport (
    CL_ORD_ID_MAX, FLAG_LOCAL_ONLY, FLAG_NEVER_WORSE_GROSS, FLAG_POSS_RESEND, TEXT_CL_ORD_ID,
    TEXT_ORIG_CL_ORD_ID, Command, command_text,
)
from internaliser.model.enums cimport (
    EXEC_NEW, EXEC_ORDER_STATUS, EXEC_REJECTED, ORD_LIMIT, REASON_ALREADY_PENDING,
    REASON_CAPACITY, REASON_CL_ORD_ID_LENGTH, REASON_CREDIT, REASON_DUPLICATE_CL_ORD_ID,
    REASON_NONE, REASON_SIDE_CHANGED, REASON_TOO_LATE, REASON_UNKNOWN_ACCOUNT,
    REASON_UNKNOWN_ORDER,
)
from internaliser.model.event cimport (
    EVENT_ACCEPTED, EVENT_CANCEL_REFUSED, EVENT_REJECTED, EVENT_REPLACE_REFUSED, EVENT_STATUS,
    OrderEvent,
)
from internaliser.model.memory cimport prefetch
from internaliser.model.types cimport *


# All zero. Copied, because a memset of this size is a slow instruction with a long start.
cdef Order no_order


cdef inline ClOrdId text_told(const Command* command, uint32_t which) noexcept nogil:
    cdef uint32_t size
    cdef const char* text = command_text(command, 0, which, &size)
    return cl_ord_id_of(command.client, text, size)


cdef uint32_t known_name(CoreState* state, const ClOrdId* told) noexcept nogil:
    """The name slot of a ClOrdID if the command's client has used it; NONE32 = it is new."""
    cdef uint32_t name
    if told.size == 0:
        return <uint32_t> NONE32
    name = name_of(state, state.command.client, told)
    if name != <uint32_t> NONE32 and name_outlived(state, name):
        return <uint32_t> NONE32
    return name


cdef void reject_new(CoreState* state, uint16_t reason) noexcept nogil:
    cdef OrderEvent* event = answer_event(
        state, <uint32_t> NONE32, EVENT_REJECTED, EXEC_REJECTED, reason
    )
    event.order_id = id_of_step(state)


cdef bint has_same_terms(const CoreState* state, uint32_t name) noexcept nogil:
    """Does the command repeat the order that `name` belongs to? Quantity and price count until it
    was replaced."""
    cdef const Command* command = state.command
    cdef const Order* order = order_at(state, name_order(state, name))
    if order.side != command.side or order.instrument != command.instrument:
        return False
    if order.ord_type != command.ord_type:
        return False
    if order.name != name or name_older(state, name) != <uint32_t> NONE32:
        return True
    return order.qty == command.qty and (
        order.ord_type != ORD_LIMIT or order.price == command.price
    )


cdef void repeated_new(CoreState* state, uint32_t name) noexcept nogil:
    """A known ClOrdID: the state of its order for a PossResend of the same terms, else a refusal
    that shows it."""
    cdef uint32_t slot = name_order(state, name)
    if state.command.flags & FLAG_POSS_RESEND and has_same_terms(state, name):
        answer_event(state, slot, EVENT_STATUS, EXEC_ORDER_STATUS, REASON_NONE)
        return
    answer_event(state, slot, EVENT_REJECTED, EXEC_REJECTED, REASON_DUPLICATE_CL_ORD_ID)


cdef uint16_t draft_order(CoreState* state, Order* draft) noexcept nogil:
    """Terms and reservation of the new order, without a place in memory yet."""
    cdef const Command* command = state.command
    cdef const Instrument* instrument = instrument_at(state, command.instrument)
    draft[0] = no_order
    draft.pending = <uint32_t> NONE32
    draft.children = <uint32_t> NONE32
    draft.order_id = id_of_step(state)
    draft.price = command.price if command.ord_type == ORD_LIMIT else 0
    draft.qty = command.qty
    draft.client = command.client
    draft.instrument = command.instrument
    draft.session = command.session
    draft.side = command.side
    draft.ord_type = command.ord_type
    draft.tif = command.tif
    draft.flags = command.flags & (FLAG_LOCAL_ONLY | FLAG_NEVER_WORSE_GROSS)
    draft.base_account = client_account(state, command.client, instrument.terms.base)
    draft.quote_account = client_account(state, command.client, instrument.terms.quote)
    if draft.base_account == <uint32_t> NONE32 or draft.quote_account == <uint32_t> NONE32:
        return REASON_CAPACITY
    return REASON_NONE if order_reserve(state, draft) else REASON_CREDIT


cdef inline void expect_order(const CoreState* state, const ClOrdId* told) noexcept nogil:
    """Start loading the places a new order will be written to."""
    names_prefetch(&state.names, told.tag)
    if state.orders.free_head != <uint32_t> NONE32:
        prefetch(order_at(state, state.orders.free_head))
        prefetch(&state.links[state.orders.free_head])
        prefetch(&state.pool.nodes[state.orders.free_head])
    if state.short_names.free_head != <uint32_t> NONE32:
        prefetch(short_at(state, state.short_names.free_head))


cdef inline void expect_request(
    const CoreState* state, const ClOrdId* told, const ClOrdId* orig
) noexcept nogil:
    names_prefetch(&state.names, told.tag)
    names_prefetch(&state.names, orig.tag)
    if state.short_names.free_head != <uint32_t> NONE32:
        prefetch(short_at(state, state.short_names.free_head))


cdef void new_order(CoreState* state) noexcept nogil:
    cdef const Command* command = state.command
    cdef uint16_t reason = command.reason
    cdef ClOrdId told = text_told(command, TEXT_CL_ORD_ID)
    cdef uint32_t name, slot
    cdef Order draft
    if command.client >= state.clients.used:
        reject_new(state, REASON_UNKNOWN_ACCOUNT)
        return
    expect_order(state, &told)
    if reason == REASON_NONE:
        reason = new_order_fault(state, command)
    # What was asked before is answered as such, whatever else is wrong with it now.
    name = known_name(state, &told)
    if name != <uint32_t> NONE32:
        repeated_new(state, name)
        return
    if reason == REASON_NONE:
        reason = draft_order(state, &draft)
    if reason != REASON_NONE:
        reject_new(state, reason)
        return
    slot = order_take(state, draft.order_id, command.client, &told)
    if slot == <uint32_t> NONE32:
        account_release(&state.accounts, reserving_account(&draft), draft.reserved)
        reject_new(state, REASON_CAPACITY)
        return
    draft.name = order_at(state, slot).name
    order_at(state, slot)[0] = draft
    client_at(state, command.client).open_count += 1
    state.header.open_count += 1
    order_list(state, slot)
    order_event(state, slot, EVENT_ACCEPTED, EXEC_NEW, REASON_NONE, command.session)
    work(state, slot)


cdef bint is_pending_name(const CoreState* state, uint32_t slot, uint32_t name) noexcept nogil:
    """A request chained to one that is still pending means its order; it is refused as pending."""
    cdef uint32_t pending = order_at(state, slot).pending
    return pending != <uint32_t> NONE32 and pending_at(state, pending).name == name


cdef uint32_t order_meant(
    const CoreState* state, const Command* command, const ClOrdId* orig
) noexcept nogil:
    """The order a cancel or replace means: by OrigClOrdID, which must be the last accepted or the
    one that is pending, and OrderID where given; both must agree. A foreign order is as unknown as
    one that never was."""
    cdef uint32_t name, slot = <uint32_t> NONE32
    if orig.size != 0:
        name = name_of(state, command.client, orig)
        if name == <uint32_t> NONE32:
            return name
        slot = name_order(state, name)
        prefetch(&state.pool.nodes[slot])
        prefetch(&state.links[slot])
        if order_at(state, slot).name != name and not is_pending_name(state, slot, name):
            return <uint32_t> NONE32
    if command.target_id != 0:
        if orig.size == 0:
            slot = order_of_id(state, command.target_id)
        if slot == <uint32_t> NONE32 or order_at(state, slot).order_id != command.target_id:
            return <uint32_t> NONE32
    if slot != <uint32_t> NONE32 and order_at(state, slot).client != command.client:
        return <uint32_t> NONE32
    return slot


cdef inline uint32_t named_order(CoreState* state, const ClOrdId* orig) noexcept nogil:
    return order_meant(state, state.command, orig)


cdef bint is_reduction(const CoreState* state, const Command* command) noexcept nogil:
    cdef ClOrdId orig = text_told(command, TEXT_ORIG_CL_ORD_ID)
    cdef uint32_t slot
    cdef const Order* order
    if command.client >= state.clients.used or command.reason != REASON_NONE:
        return False
    slot = order_meant(state, command, &orig)
    if slot == <uint32_t> NONE32:
        return False
    order = order_at(state, slot)
    return (
        order.closed_as == 0 and order.price == command.price and order.tif == command.tif
        and command.qty < order.qty
    )


cdef uint16_t request_fault(CoreState* state, uint32_t slot, const ClOrdId* told) noexcept nogil:
    """What cancel and replace have in common, for an order that was found."""
    cdef const Command* command = state.command
    cdef const Order* order = order_at(state, slot)
    if command.reason != REASON_NONE:
        return command.reason
    if told.size == 0 or told.size > CL_ORD_ID_MAX:
        return REASON_CL_ORD_ID_LENGTH
    if known_name(state, told) != <uint32_t> NONE32:
        return REASON_DUPLICATE_CL_ORD_ID
    if command.side != 0 and command.side != order.side:
        return REASON_SIDE_CHANGED
    if command.instrument != NONE16 and command.instrument != order.instrument:
        return REASON_SIDE_CHANGED
    if order.closed_as != 0:
        return REASON_TOO_LATE
    if order.pending != <uint32_t> NONE32:
        return REASON_ALREADY_PENDING
    return REASON_NONE


cdef bint repeats_request(CoreState* state, const ClOrdId* told) noexcept nogil:
    """A PossResend of a request that took effect: answered with the state of its order."""
    cdef uint32_t name
    if not state.command.flags & FLAG_POSS_RESEND or state.command.client >= state.clients.used:
        return False
    name = known_name(state, told)
    if name == <uint32_t> NONE32:
        return False
    answer_event(state, name_order(state, name), EVENT_STATUS, EXEC_ORDER_STATUS, REASON_NONE)
    return True


cdef void cancel(CoreState* state) noexcept nogil:
    cdef ClOrdId told = text_told(state.command, TEXT_CL_ORD_ID)
    cdef ClOrdId orig = text_told(state.command, TEXT_ORIG_CL_ORD_ID)
    cdef uint32_t slot, name
    cdef uint16_t reason
    expect_request(state, &told, &orig)
    if repeats_request(state, &told):
        return
    slot = named_order(state, &orig)
    if slot == <uint32_t> NONE32:
        reason = state.command.reason
        answer_event(
            state, slot, EVENT_CANCEL_REFUSED, 0,
            reason if reason != REASON_NONE else <uint16_t> REASON_UNKNOWN_ORDER,
        )
        return
    reason = request_fault(state, slot, &told)
    if reason == REASON_NONE:
        name = name_add(state, slot, &told)
        if name != <uint32_t> NONE32:
            cancel_requested(state, slot, name)
            return
        reason = REASON_CAPACITY
    answer_event(state, slot, EVENT_CANCEL_REFUSED, 0, reason)


cdef void replace(CoreState* state) noexcept nogil:
    cdef ClOrdId told = text_told(state.command, TEXT_CL_ORD_ID)
    cdef ClOrdId orig = text_told(state.command, TEXT_ORIG_CL_ORD_ID)
    cdef uint32_t slot
    cdef uint16_t reason
    expect_request(state, &told, &orig)
    if repeats_request(state, &told):
        return
    slot = named_order(state, &orig)
    if slot == <uint32_t> NONE32:
        reason = state.command.reason
        answer_event(
            state, slot, EVENT_REPLACE_REFUSED, 0,
            reason if reason != REASON_NONE else <uint16_t> REASON_UNKNOWN_ORDER,
        )
        return
    reason = request_fault(state, slot, &told)
    if reason == REASON_NONE:
        reason = replace_fault(state, state.command, order_at(state, slot))
    if reason != REASON_NONE:
        answer_event(state, slot, EVENT_REPLACE_REFUSED, 0, reason)
        return
    replace_requested(state, slot)


cdef void status(CoreState* state) noexcept nogil:
    """By OrderID or by any ClOrdID of the order's chain."""
    cdef const Command* command = state.command
    cdef ClOrdId told = text_told(command, TEXT_CL_ORD_ID)
    cdef uint32_t slot = <uint32_t> NONE32
    cdef uint32_t name
    cdef uint16_t reason = command.reason
    if reason == REASON_NONE and command.client < state.clients.used:
        if command.target_id != 0:
            slot = order_of_id(state, command.target_id)
            if slot != <uint32_t> NONE32 and order_at(state, slot).client != command.client:
                slot = <uint32_t> NONE32
        else:
            name = known_name(state, &told)
            if name != <uint32_t> NONE32:
                slot = name_order(state, name)
    if slot == <uint32_t> NONE32:
        if reason == REASON_NONE:
            reason = REASON_UNKNOWN_ORDER
        answer_event(state, slot, EVENT_STATUS, EXEC_ORDER_STATUS, reason)
        return
    answer_event(state, slot, EVENT_STATUS, EXEC_ORDER_STATUS, order_at(state, slot).reason)
