"""Opening a case. Nothing of the order or of money changes: what to do about it is for people."""

from internaliser.core.emit cimport noted_event, state_event
from internaliser.core.orders cimport order_of_id
from internaliser.core.state cimport order_at
from internaliser.model.command cimport TEXT_MAX, TEXT_NOTE, command_text
from internaliser.model.enums cimport REASON_NONE, REASON_UNKNOWN_ORDER
from internaliser.model.event cimport EVENT_DISPUTED, OrderEvent
from internaliser.model.types cimport *


cdef void dispute(CoreState* state) noexcept nogil:
    cdef uint32_t slot = order_of_id(state, state.command.target_id)
    cdef uint32_t size
    cdef const char* words = command_text(state.command, 0, TEXT_NOTE, &size)
    cdef OrderEvent* event
    if slot == <uint32_t> NONE32 or order_at(state, slot).client != state.command.client:
        state_event(state, REASON_UNKNOWN_ORDER, 0, 0)
        return
    state.header.case_count += 1
    event = noted_event(
        state, slot, EVENT_DISPUTED, 0, REASON_NONE, NONE16, words, min(size, <uint32_t> TEXT_MAX)
    )
    event.detail = state.command.action
    event.number = state.header.case_count
