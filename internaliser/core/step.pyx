"""One command after another: numbered, stamped, carried out."""

from internaliser.core.cases cimport dispute
from internaliser.core.entry cimport cancel, new_order, replace, status
from internaliser.core.mass cimport mass_cancel, mass_status
from internaliser.core.operator cimport admin, begin_epoch, timer
from internaliser.core.presence cimport link_state
from internaliser.core.reports cimport source_state, venue_report
from internaliser.core.setup cimport configure
from internaliser.core.state cimport RULES_VERSION, CoreState, must, view_at
from internaliser.core.stated cimport complete_mark, mark, venue_balance
from internaliser.core.views cimport (
    reads_forget, reads_journal, view_show, view_store, view_time, views_show,
)
from internaliser.core.work cimport work_view
from internaliser.model.command cimport VIEW_READ, MarketView
from internaliser.model.record cimport (
    KIND_ADMIN, KIND_CANCEL, KIND_CONFIG, KIND_DISPUTE, KIND_EPOCH, KIND_LINK, KIND_MARK,
    KIND_MARKET_VIEW, KIND_MASS_CANCEL, KIND_MASS_STATUS, KIND_NEW_ORDER, KIND_REPLACE,
    KIND_SOURCE_STATE, KIND_STATUS, KIND_TIMER, KIND_VENUE_BALANCE, KIND_VENUE_REPORT,
)
from internaliser.model.types cimport *


cdef void dispatch(CoreState* state) noexcept nogil:
    cdef uint16_t kind = state.command.head.kind
    if kind == KIND_NEW_ORDER:
        new_order(state)
    elif kind == KIND_CANCEL:
        cancel(state)
    elif kind == KIND_REPLACE:
        replace(state)
    elif kind == KIND_VENUE_REPORT:
        venue_report(state)
    elif kind == KIND_STATUS:
        status(state)
    elif kind == KIND_TIMER:
        timer(state)
    elif kind == KIND_SOURCE_STATE:
        source_state(state)
    elif kind == KIND_ADMIN:
        admin(state)
    elif kind == KIND_CONFIG:
        configure(state)
    elif kind == KIND_EPOCH:
        begin_epoch(state)
    elif kind == KIND_VENUE_BALANCE:
        venue_balance(state)
    elif kind == KIND_MARK:
        mark(state)
    elif kind == KIND_MASS_CANCEL:
        mass_cancel(state)
    elif kind == KIND_MASS_STATUS:
        mass_status(state)
    elif kind == KIND_DISPUTE:
        dispute(state)
    elif kind == KIND_LINK:
        link_state(state)
    else:
        must(state, False, "a command of no known kind")


cdef void begin_step(CoreState* state, Command* command) noexcept nogil:
    state.header.seq += 1
    if command.time_ns > state.header.now_ns:
        state.header.now_ns = command.time_ns
    command.time_ns = state.header.now_ns
    command.head.seq = state.header.seq
    command.head.index = 0
    state.command = command
    state.record_index = 0


cdef void complete_epoch(const CoreState* state, Command* command) noexcept nogil:
    """A start that leaves its number open takes the next one; the journal gets the complete
    command."""
    if command.target_id == 0:
        command.target_id = state.header.epoch + 1
    if command.qty == 0:
        command.qty = RULES_VERSION


cdef int take_view(CoreState* state, Command* command) noexcept nogil:
    """A view is kept; if it makes resting orders marketable it is a step, else it leaves no
    trace."""
    cdef uint64_t seq = state.header.seq
    cdef int64_t now_ns = state.header.now_ns
    cdef uint32_t view
    if command.action != VIEW_READ:
        command.time_ns = view_time(state, command)
    view = view_store(state, command)
    if view == <uint32_t> NONE32 or command.action == VIEW_READ:
        return APPLY_SILENT
    view_show(state, view)
    begin_step(state, command)
    (<MarketView*> command.payload).received_ns = command.time_ns
    work_view(state, view)
    if state.record_index == 0 and state.fault == NULL:
        reads_forget(state)
        state.header.seq = seq
        state.header.now_ns = now_ns
        return APPLY_SILENT
    view_is_told(state, view)
    return APPLY_DONE


cdef void view_is_told(CoreState* state, uint32_t view) noexcept nogil:
    """The command itself is the journal's copy of this view."""
    view_at(state, view).is_new = 0


cdef inline bint may_change_source(const Command* command) noexcept nogil:
    """Its link or its state, and with them whether its views count."""
    if command.head.kind != KIND_SOURCE_STATE and command.head.kind != KIND_ADMIN:
        return False
    return command.source != NONE16


cdef void take_command(CoreState* state, Command* command) noexcept nogil:
    begin_step(state, command)
    if command.head.kind == KIND_EPOCH:
        complete_epoch(state, command)
    elif command.head.kind == KIND_MARK:
        complete_mark(state, command)
    dispatch(state)
    if state.board != NULL and may_change_source(command):
        views_show(state, command.source)


cdef int step(CoreState* state, Command* command) noexcept nogil:
    cdef int result = APPLY_DONE
    if state.fault != NULL:
        return APPLY_FAULT          # nothing is built on a state that is known to be wrong
    if command.head.kind == KIND_MARKET_VIEW:
        result = take_view(state, command)
    else:
        take_command(state, command)
    if result == APPLY_DONE:
        reads_journal(state)
    return APPLY_FAULT if state.fault != NULL else result
