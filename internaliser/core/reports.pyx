"""Evidence from outside."""

from internaliser.core.children cimport (
    child_answered, child_end, child_executed, child_lost, child_of_id, child_query,
    exec_is_new, parent_of,
)
from internaliser.core.closing cimport leave_book
from internaliser.core.credit cimport fee_of, order_reserve_anyway, quote_amount
from internaliser.core.emit cimport child_event, state_event
from internaliser.core.replace cimport after_child
from internaliser.core.state cimport (
    MARK_LISTED, Child, Instrument, Order, Source, child_at, instrument_at, order_at, source_at,
)
from internaliser.core.trade cimport SourceFee, execute_for_house, execute_routed
from internaliser.core.views cimport views_clear
from internaliser.matching.book cimport book_reduce
from internaliser.model.command cimport (
    NOT_FOUND_HERE, SOURCE_DOWN, SOURCE_STALE, SOURCE_UP, TEXT_NOTE, Command, VenueReport,
    command_text,
)
from internaliser.model.enums cimport (
    CHILD_DONE, CHILD_UNKNOWN, EXEC_REJECTED, EXEC_TRADE_CANCEL, REASON_DISCONNECT, REASON_NONE,
    REASON_PRICE_MISSING, REASON_PRICE_OUT_OF_RANGE, REASON_QTY_OUT_OF_RANGE, REASON_STALE_COMMAND,
    REASON_TOO_LATE, REASON_UNKNOWN_ACCOUNT, REASON_UNKNOWN_ORDER, REASON_UNSUPPORTED, REASON_VENUE,
)
from internaliser.model.event cimport CHILD_FILLED, ChildEvent
from internaliser.model.money cimport join, product
from internaliser.model.types cimport *

cdef struct Evidence:           # a report, brought into one shape
    int64_t price
    int64_t qty                 # lots not booked yet
    const char* exec_id
    uint32_t exec_id_size
    SourceFee fee
    bint is_final
    bint is_rejected


cdef void read_fee(
    CoreState* state, const Child* child, const VenueReport* report, Evidence* evidence
) noexcept nogil:
    cdef const Instrument* instrument = instrument_at(state, child.instrument)
    if report != NULL and report.fee_asset != NONE16 and report.fee_asset < state.assets.used:
        evidence.fee.amount = join(report.fee_lo, report.fee_hi)
        evidence.fee.asset = report.fee_asset
        return
    evidence.fee.amount = fee_of(
        quote_amount(&instrument.terms, evidence.price, evidence.qty),
        source_at(state, child.source).terms.taker_fee,
    )
    evidence.fee.asset = instrument.terms.quote


cdef int64_t new_qty(
    CoreState* state, uint32_t slot, const VenueReport* report, Evidence* evidence
) noexcept nogil:
    """How many lots the report adds to what is booked (see the module's contract)."""
    cdef Child* child = child_at(state, slot)
    cdef int64_t known
    if report.cum_qty > child.cum_qty:
        exec_is_new(state, slot, evidence.exec_id, evidence.exec_id_size)
        return report.cum_qty - child.cum_qty
    if report.last_qty <= 0 or not exec_is_new(
        state, slot, evidence.exec_id, evidence.exec_id_size
    ):
        return 0
    if evidence.exec_id_size == 0:
        return report.last_qty if report.cum_qty < 0 else 0
    known = min(report.last_qty, child.unnamed_qty)
    child.unnamed_qty -= known
    return report.last_qty - known if report.cum_qty < 0 else 0


cdef void note_unnamed(
    CoreState* state, uint32_t slot, const VenueReport* report, const Evidence* evidence
) noexcept nogil:
    """What the report's sum adds beyond the execution it names is still to be told by name."""
    cdef int64_t named = report.last_qty if evidence.exec_id_size != 0 else 0
    if report.cum_qty >= 0 and evidence.qty > named:
        child_at(state, slot).unnamed_qty += evidence.qty - named


cdef void tell_fill(
    CoreState* state, uint32_t slot, const Evidence* evidence, uint16_t reason
) noexcept nogil:
    cdef ChildEvent* event = child_event(
        state, slot, CHILD_FILLED, reason, evidence.exec_id, evidence.exec_id_size
    )
    event.last_px = evidence.price
    event.last_qty = evidence.qty
    child_at(state, slot).notional += product(evidence.price, evidence.qty)


cdef void book_excess(
    CoreState* state, uint32_t slot, Evidence* evidence, int64_t qty
) noexcept nogil:
    """Quantity its order has no room for: the source has filled what it had declared dead, and it
    was done elsewhere since. It is ours, not the client's; the reason on the event shows it to the
    operator."""
    execute_for_house(state, slot, evidence.price, qty, &evidence.fee)


cdef SourceFee split_fee(SourceFee* whole, int64_t part, int64_t qty) noexcept nogil:
    """The fee of `part` of `qty` lots; `whole` keeps the rest."""
    cdef SourceFee first = whole[0]
    first.amount = whole.amount * part / qty
    whole.amount -= first.amount
    return first


cdef void book_live_fill(CoreState* state, uint32_t slot, Evidence* evidence) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    cdef int64_t excess = evidence.qty - (child.qty - child.cum_qty)
    cdef SourceFee fee = evidence.fee
    cdef SourceFee part
    if excess > 0:
        # More than was asked for: the client gets no more than it ordered.
        evidence.qty -= excess
    if evidence.qty > 0:
        child_executed(state, slot, evidence.qty)
        tell_fill(state, slot, evidence, REASON_NONE)
        part = split_fee(&fee, evidence.qty, evidence.qty + max(excess, <int64_t> 0))
        execute_routed(
            state, slot, child.parent, evidence.price, evidence.qty, &part, evidence.exec_id,
            evidence.exec_id_size,
        )
    if excess > 0:
        child.cum_qty += excess
        evidence.qty = excess
        evidence.fee = fee
        tell_fill(state, slot, evidence, REASON_QTY_OUT_OF_RANGE)
        book_excess(state, slot, evidence, excess)


cdef int64_t make_room(CoreState* state, uint32_t parent, int64_t qty) noexcept nogil:
    """How many of `qty` late lots the order can still take; what rests in the book gives way for
    them."""
    cdef Order* order = order_at(state, parent)
    cdef int64_t room = order.qty - order.cum_qty - order.away_qty
    cdef int64_t rest
    qty = min(qty, room)
    rest = min(order.local_qty, room - qty)
    if rest == 0:
        leave_book(state, parent)
    elif rest < order.local_qty:
        order.local_qty = rest
        book_reduce(
            &state.pool, &instrument_at(state, order.instrument).book, parent, order.side, rest
        )
    return qty


cdef void book_late_fill(CoreState* state, uint32_t slot, Evidence* evidence) noexcept nogil:
    """A fill of a child that was final: booked and reported, never dropped."""
    cdef Child* child = child_at(state, slot)
    cdef uint32_t parent = parent_of(state, slot)
    cdef int64_t qty = 0
    cdef SourceFee fee = evidence.fee
    cdef SourceFee part
    child.cum_qty += evidence.qty
    tell_fill(state, slot, evidence, REASON_TOO_LATE)
    if parent != <uint32_t> NONE32:
        qty = make_room(state, parent, evidence.qty)
    part = split_fee(&fee, qty, evidence.qty)
    if qty > 0:
        execute_routed(
            state, slot, parent, evidence.price, qty, &part, evidence.exec_id,
            evidence.exec_id_size,
        )
    if evidence.qty > qty:
        evidence.fee = fee
        book_excess(state, slot, evidence, evidence.qty - qty)
    if qty > 0:
        after_late_fill(state, parent)


cdef void after_late_fill(CoreState* state, uint32_t parent) noexcept nogil:
    cdef Order* order = order_at(state, parent)
    if not order.marks & MARK_LISTED and order.pending == <uint32_t> NONE32:
        return                      # it had ended before
    if order.closed_as != 0:
        after_child(state, parent)
    else:
        order_reserve_anyway(state, order)


cdef void book(CoreState* state, uint32_t slot, Evidence* evidence) noexcept nogil:
    if evidence.qty <= 0:
        return
    if child_at(state, slot).state == CHILD_DONE:
        book_late_fill(state, slot, evidence)
    else:
        book_live_fill(state, slot, evidence)


cdef void book_missed(
    CoreState* state, uint32_t slot, const VenueReport* report, Evidence* evidence
) noexcept nogil:
    """Fills no report told of, only the source's sums: at the two prices next to their average, so
    that quantity and money come out right. What the report tells itself stays in `evidence`."""
    cdef int64_t told = min(report.last_qty, evidence.qty)
    cdef int64_t missed = evidence.qty - told
    cdef int128_t amount = join(report.notional_lo, report.notional_hi)
    cdef Evidence part
    cdef int64_t dearer
    if missed <= 0 or amount == 0:
        return
    amount -= child_at(state, slot).notional + product(report.last_px, told)
    if amount < missed or amount / missed >> 48 != 0:
        return                  # no price at all: the source contradicts itself
    part.exec_id = NULL
    part.exec_id_size = 0
    part.price = <int64_t> (amount / missed)
    dearer = <int64_t> (amount % missed)
    part.qty = missed - dearer
    read_fee(state, child_at(state, slot), NULL, &part)
    book(state, slot, &part)
    part.price += 1
    part.qty = dearer
    read_fee(state, child_at(state, slot), NULL, &part)
    book(state, slot, &part)
    evidence.qty = told


cdef void settle_child(CoreState* state, uint32_t slot, Evidence* evidence) noexcept nogil:
    """Book what is new, then end the child if it is over, then let the parent go on."""
    cdef Child* child = child_at(state, slot)
    cdef uint32_t parent = child.parent
    book(state, slot, evidence)
    if child.state == CHILD_DONE:
        return
    if evidence.is_final or child.cum_qty >= child.qty:
        if child.cum_qty > 0:
            order_at(state, parent).rounds = 0
        elif order_at(state, parent).rounds < 0xFFFF:
            order_at(state, parent).rounds += 1
        child_end(state, slot, <uint16_t> REASON_VENUE if evidence.is_rejected else REASON_NONE)
        after_child(state, parent)
    else:
        child_answered(state, slot)


cdef void priceless(CoreState* state, uint32_t slot) noexcept nogil:
    """Filled at a price not told: unknown until the source or the operator tells it."""
    if child_at(state, slot).state == CHILD_DONE or child_at(state, slot).state == CHILD_UNKNOWN:
        state_event(state, REASON_PRICE_MISSING, 0, 0)
    else:
        child_lost(state, slot, REASON_PRICE_MISSING)


cdef bint cannot_arrive(const CoreState* state, const Child* child) noexcept nogil:
    """Has the link the request went over been replaced by another? Our own orders are never
    replayed."""
    return child.link_no != source_at(state, child.source).link_no


cdef void venue_report(CoreState* state) noexcept nogil:
    cdef const Command* command = state.command
    cdef const VenueReport* report = <const VenueReport*> command.payload
    cdef uint32_t slot = child_of_id(state, command.target_id)
    cdef Child* child
    cdef Evidence evidence
    if slot == <uint32_t> NONE32 or child_at(state, slot).source != command.source:
        state_event(state, REASON_UNKNOWN_ORDER, 0, 0)
        return
    child = child_at(state, slot)
    if report.exec_type == EXEC_TRADE_CANCEL:
        # A bust is a break for the operator: nothing is undone behind a client's back.
        state_event(state, REASON_UNSUPPORTED, 0, 0)
        return
    if report.not_found == NOT_FOUND_HERE:
        if not report.is_final and not cannot_arrive(state, child):
            state_event(state, REASON_STALE_COMMAND, 0, 0)
            return
    evidence.exec_id = command_text(command, sizeof(VenueReport), TEXT_NOTE, &evidence.exec_id_size)
    evidence.price = report.last_px
    evidence.is_final = report.is_final or report.not_found != 0
    evidence.is_rejected = report.exec_type == EXEC_REJECTED or report.not_found != 0
    evidence.qty = 0 if report.not_found != 0 else new_qty(state, slot, report, &evidence)
    note_unnamed(state, slot, report, &evidence)
    book_missed(state, slot, report, &evidence)
    if evidence.qty > 0 and report.last_px <= 0:
        # So many lots, but nobody said at which price: that is not for us to guess.
        child.unnamed_qty -= evidence.qty
        priceless(state, slot)
        return
    read_fee(state, child, report, &evidence)
    if 0 < evidence.qty < report.last_qty:
        evidence.fee = split_fee(&evidence.fee, evidence.qty, report.last_qty)
    settle_child(state, slot, &evidence)


cdef void resolve_child(CoreState* state) noexcept nogil:
    cdef const Command* command = state.command
    cdef uint32_t slot = child_of_id(state, command.target_id)
    cdef Child* child
    cdef Evidence evidence
    if slot == <uint32_t> NONE32:
        state_event(state, REASON_UNKNOWN_ORDER, 0, 0)
        return
    child = child_at(state, slot)
    if child.state != CHILD_UNKNOWN:
        state_event(state, REASON_STALE_COMMAND, 0, 0)
        return
    if command.qty < child.cum_qty or command.qty > child.qty:
        state_event(state, REASON_QTY_OUT_OF_RANGE, 0, 0)
        return
    if command.qty > child.cum_qty and command.price < 1:
        state_event(state, REASON_PRICE_OUT_OF_RANGE, 0, 0)
        return
    state_event(state, REASON_NONE, 1, 0)
    evidence.exec_id = NULL
    evidence.exec_id_size = 0
    evidence.price = command.price
    evidence.qty = command.qty - child.cum_qty
    evidence.is_final = True
    evidence.is_rejected = False
    child.unnamed_qty += evidence.qty
    read_fee(state, child, NULL, &evidence)
    settle_child(state, slot, &evidence)


cdef void child_overdue(CoreState* state) noexcept nogil:
    cdef uint32_t slot = child_of_id(state, state.command.target_id)
    cdef Child* child
    if slot == <uint32_t> NONE32 or child_at(state, slot).state == CHILD_DONE:
        state_event(state, REASON_STALE_COMMAND, 0, 0)
        return
    child = child_at(state, slot)
    if child.deadline_ns == 0 or child.deadline_ns > state.header.now_ns:
        state_event(state, REASON_STALE_COMMAND, 0, 0)
        return
    child_lost(state, slot, REASON_NONE)
    child_query(state, slot)


cdef void lose_children(CoreState* state, uint16_t source) noexcept nogil:
    cdef uint32_t slot = state.header.live_first
    while slot != <uint32_t> NONE32:
        if source == NONE16 or child_at(state, slot).source == source:
            child_lost(state, slot, REASON_DISCONNECT)
            # No timer until the link is up again: then all are asked about.
            child_at(state, slot).deadline_ns = 0
        slot = child_at(state, slot).next


cdef void ask_after_unknown(CoreState* state, uint16_t source) noexcept nogil:
    cdef uint32_t slot = state.header.live_first
    while slot != <uint32_t> NONE32:
        if child_at(state, slot).source == source and child_at(state, slot).state == CHILD_UNKNOWN:
            child_query(state, slot)
        slot = child_at(state, slot).next


cdef void source_state(CoreState* state) noexcept nogil:
    cdef const Command* command = state.command
    cdef Source* source
    if command.source >= state.sources.used:
        state_event(state, REASON_UNKNOWN_ACCOUNT, 0, 0)
        return
    source = source_at(state, command.source)
    if command.action == SOURCE_UP:
        state_event(state, REASON_NONE, 0, 0)
        if source.link == SOURCE_DOWN:
            source.link_no += 1
        source.link = SOURCE_UP
        ask_after_unknown(state, command.source)
    elif command.action == SOURCE_DOWN:
        state_event(state, REASON_NONE, 0, 0)
        source.link = SOURCE_DOWN
        views_clear(state, command.source)
        lose_children(state, command.source)
    elif command.action == SOURCE_STALE and source.link == SOURCE_UP:
        source.link = SOURCE_STALE
        state_event(state, REASON_NONE, 0, 0)
    else:
        state_event(state, REASON_STALE_COMMAND, 0, 0)
