"""Links of clients, as far as they matter to orders."""

from internaliser.core.emit cimport state_event
from internaliser.core.mass cimport disconnect_cancel
from internaliser.core.state cimport SessionEntry, session_at
from internaliser.model.command cimport CANCEL_ACCOUNT, CANCEL_NOTHING, LINK_DOWN, LINK_UP
from internaliser.model.enums cimport (
    REASON_DISCONNECT, REASON_NONE, REASON_STALE_COMMAND, REASON_UNKNOWN_ACCOUNT,
    REASON_UNSUPPORTED,
)
from internaliser.model.types cimport *


cdef void await_return(CoreState* state, SessionEntry* entry, uint16_t reason) noexcept nogil:
    entry.is_up = 0
    if entry.cancels == CANCEL_NOTHING:
        return
    entry.reason = reason
    entry.due_ns = state.header.now_ns + entry.grace_ns
    if state.next_grace_ns == 0 or entry.due_ns < state.next_grace_ns:
        state.next_grace_ns = entry.due_ns


cdef SessionEntry* entry_named(CoreState* state) noexcept nogil:
    cdef uint16_t session = state.command.session
    if session >= state.sessions.used or session_at(state, session).terms.client == NONE16:
        return NULL
    return session_at(state, session)


cdef void link_state(CoreState* state) noexcept nogil:
    cdef SessionEntry* entry = entry_named(state)
    cdef uint16_t reason = REASON_NONE
    if entry == NULL:
        reason = REASON_UNKNOWN_ACCOUNT
    elif state.command.action == LINK_UP:
        if state.command.flags > CANCEL_ACCOUNT or state.command.qty < 0:
            reason = REASON_UNSUPPORTED
        else:
            entry.is_up = 1
            entry.cancels = state.command.flags
            entry.grace_ns = state.command.qty
            entry.due_ns = 0
    elif state.command.action == LINK_DOWN and entry.is_up:
        await_return(state, entry, state.command.reason)
    else:
        reason = REASON_STALE_COMMAND
    state_event(state, reason, 0, 0)


cdef void grace_over(CoreState* state) noexcept nogil:
    cdef SessionEntry* entry = entry_named(state)
    cdef uint32_t count
    if entry == NULL or entry.due_ns == 0 or entry.due_ns > state.header.now_ns:
        state_event(state, REASON_STALE_COMMAND, 0, 0)
        return
    entry.due_ns = 0
    count = disconnect_cancel(state, state.command.session)
    state_event(state, REASON_NONE, <uint16_t> count, 0)


cdef void links_lost(CoreState* state) noexcept nogil:
    cdef uint32_t slot
    for slot in range(state.sessions.used):
        if session_at(state, slot).is_up:
            await_return(state, session_at(state, slot), REASON_DISCONNECT)


cdef uint16_t session_overdue(CoreState* state, int64_t now_ns) noexcept nogil:
    cdef uint32_t slot
    cdef int64_t due, earliest = 0
    if state.next_grace_ns == 0 or state.next_grace_ns > now_ns:
        return NONE16
    for slot in range(state.sessions.used):
        due = session_at(state, slot).due_ns
        if due != 0 and due <= now_ns:
            return <uint16_t> slot
        if due != 0 and (earliest == 0 or due < earliest):
            earliest = due
    state.next_grace_ns = earliest
    return NONE16
