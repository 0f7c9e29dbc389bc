"""Events of the step under way: written in place, in order, each at its own index."""

from internaliser.core.state cimport CoreState
from internaliser.model.event cimport ChildEvent, EventBuffer, OrderEvent, StateEvent
from internaliser.model.types cimport *

# Room for a record at the end of the buffer; NULL when there is no memory for it.
cdef uint8_t* buffer_record(EventBuffer* buffer, uint32_t size) noexcept nogil

# Each returns the event just written, to be completed by the caller before the next one; never NULL (with no
# memory left the step faults and the event lands in a place nobody reads).

# Something happened to the order: its report goes to `session` under its current ClOrdID.
cdef OrderEvent* order_event(
    CoreState* state, uint32_t slot, uint16_t type, uint8_t exec_type, uint16_t reason,
    uint16_t session
) noexcept nogil
# The same with a note. `slot` NONE32 = about no order we know: the terms of the command under way.
cdef OrderEvent* noted_event(
    CoreState* state, uint32_t slot, uint16_t type, uint8_t exec_type, uint16_t reason,
    uint16_t session, const char* note, uint32_t note_size
) noexcept nogil
# The answer to the command under way, with the command's own texts. `slot` NONE32 = about no order we know.
cdef OrderEvent* answer_event(
    CoreState* state, uint32_t slot, uint16_t type, uint8_t exec_type, uint16_t reason
) noexcept nogil
# The answer to a request that waited: ClOrdID = name slot `name`, OrigClOrdID = the order's current name.
cdef OrderEvent* late_answer_event(
    CoreState* state, uint32_t slot, uint32_t name, uint16_t type, uint8_t exec_type,
    uint16_t reason, uint16_t session
) noexcept nogil
# A zeroed record of `size` bytes with its head filled in, for an event of another shape.
cdef uint8_t* event_room(CoreState* state, uint16_t kind, uint32_t size) noexcept nogil
cdef ChildEvent* child_event(
    CoreState* state, uint32_t child, uint16_t type, uint16_t reason, const char* text,
    uint32_t text_size
) noexcept nogil
cdef void posting_event(
    CoreState* state, uint64_t trade_id, uint32_t debit, uint32_t credit, uint16_t asset,
    uint16_t purpose, int128_t amount
) noexcept nogil
# What became of a command that is about no order. `count` orders touched; `more` = to be repeated.
cdef StateEvent* state_event(CoreState* state, uint16_t reason, uint16_t count, uint32_t more) noexcept nogil
