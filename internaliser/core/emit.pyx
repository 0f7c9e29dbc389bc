"""Writing events."""

from libc.stdlib cimport realloc
from libc.string cimport memcpy, memset

from internaliser.core.accounts cimport Account, account_at
from internaliser.core.orders cimport name_text, status_of
from internaliser.core.state cimport Child, Order, child_at, must, order_at, source_at
from internaliser.model.command cimport (
    CL_ORD_ID_MAX, SYMBOL_MAX, TEXT_CL_ORD_ID, TEXT_MAX, TEXT_NOTE, TEXT_ORIG_CL_ORD_ID,
    TEXT_SYMBOL, Command, command_text,
)
from internaliser.model.enums cimport STATUS_REJECTED
from internaliser.model.event cimport (
    CHILD_EVENT_HEAD, EVENT_TEXT_CL_ORD_ID, EVENT_TEXT_NOTE, EVENT_TEXT_ORIG_CL_ORD_ID,
    EVENT_TEXT_SYMBOL, ORDER_EVENT_HEAD, PostingEvent,
)
from internaliser.model.money cimport high_half, low_half
from internaliser.model.record cimport (
    KIND_CHILD_EVENT, KIND_ORDER_EVENT, KIND_POSTING, KIND_STATE_EVENT, RecordHead,
)
from internaliser.model.types cimport *

cdef enum:
    BUFFER_START = 64 * 1024
    INDEX_MAX = 0xFFFF          # RecordHead.index is 16 bits
    SPARE_SIZE = 4096           # the longest event fits
    CL_ORD_ID = <int> EVENT_TEXT_CL_ORD_ID
    ORIG_CL_ORD_ID = <int> EVENT_TEXT_ORIG_CL_ORD_ID
    SYMBOL = <int> EVENT_TEXT_SYMBOL
    NOTE = <int> EVENT_TEXT_NOTE

# Where an event is written that no memory was left for; the step has faulted by then.
cdef uint8_t[SPARE_SIZE] spare


cdef uint8_t* buffer_record(EventBuffer* buffer, uint32_t size) noexcept nogil:
    cdef uint32_t capacity = buffer.capacity
    cdef uint8_t* data
    if buffer.used + size > capacity:
        if capacity == 0:
            capacity = BUFFER_START
        while capacity < buffer.used + size:
            capacity *= 2
        data = <uint8_t*> realloc(buffer.data, capacity)
        if data == NULL:
            return NULL
        buffer.data = data
        buffer.capacity = capacity
    data = buffer.data + buffer.used
    buffer.used += size
    buffer.count += 1
    return data


cdef uint8_t* event_room(CoreState* state, uint16_t kind, uint32_t size) noexcept nogil:
    """A zeroed event of `size` bytes with its head filled in."""
    cdef uint8_t* data = buffer_record(state.events, size)
    cdef RecordHead* head
    if data == NULL or state.record_index == INDEX_MAX:
        must(state, False, "a step has no room for its events")
        data = spare
    state.record_index += 1
    memset(data, 0, size)
    head = <RecordHead*> data
    head.size = size
    head.kind = kind
    head.index = state.record_index
    head.seq = state.header.seq
    return data


cdef inline void fill_from_order(
    CoreState* state, OrderEvent* event, const Order* order
) noexcept nogil:
    event.client = order.client
    event.instrument = order.instrument
    event.side = order.side
    event.ord_type = order.ord_type
    event.tif = order.tif
    event.flags = order.flags
    event.order_id = order.order_id
    event.price = order.price
    event.qty = order.qty
    event.cum_qty = order.cum_qty
    event.leaves_qty = 0 if order.closed_as != 0 else order.qty - order.cum_qty
    event.cum_notional_lo = low_half(order.notional)
    event.cum_notional_hi = high_half(order.notional)
    event.ord_status = status_of(state, order)


cdef inline void fill_from_command(OrderEvent* event, const Command* command) noexcept nogil:
    event.client = command.client
    event.instrument = command.instrument
    event.side = command.side
    event.ord_type = command.ord_type
    event.tif = command.tif
    event.flags = command.flags
    event.price = command.price
    event.qty = command.qty
    event.ord_status = STATUS_REJECTED


cdef OrderEvent* write_order_event(
    CoreState* state, uint32_t slot, uint16_t type, uint8_t exec_type, uint16_t reason,
    uint16_t session, const char** texts, const uint32_t* sizes
) noexcept nogil:
    cdef uint32_t text_bytes = sizes[0] + sizes[1] + sizes[2] + sizes[3]
    cdef OrderEvent* event = <OrderEvent*> event_room(
        state, KIND_ORDER_EVENT, (ORDER_EVENT_HEAD + text_bytes + 7) & ~<uint32_t> 7
    )
    cdef char* at = event.text
    cdef uint32_t i
    event.time_ns = state.header.now_ns
    event.epoch = state.header.epoch
    event.type = type
    event.session = session
    event.source = NONE16
    event.reason = reason
    event.exec_type = exec_type
    if slot != <uint32_t> NONE32:
        fill_from_order(state, event, order_at(state, slot))
    else:
        fill_from_command(event, state.command)
    for i in range(4):
        if sizes[i] != 0:
            event.text_size[i] = <uint8_t> sizes[i]
            memcpy(at, texts[i], sizes[i])
            at += sizes[i]
    return event


cdef OrderEvent* noted_event(
    CoreState* state, uint32_t slot, uint16_t type, uint8_t exec_type, uint16_t reason,
    uint16_t session, const char* note, uint32_t note_size
) noexcept nogil:
    cdef (const char*)[4] texts
    cdef uint32_t[4] sizes
    memset(sizes, 0, sizeof(sizes))
    if slot != <uint32_t> NONE32:
        texts[CL_ORD_ID] = name_text(state, order_at(state, slot).name, &sizes[CL_ORD_ID])
    texts[NOTE] = note
    sizes[NOTE] = note_size
    return write_order_event(state, slot, type, exec_type, reason, session, texts, sizes)


cdef OrderEvent* order_event(
    CoreState* state, uint32_t slot, uint16_t type, uint8_t exec_type, uint16_t reason,
    uint16_t session
) noexcept nogil:
    return noted_event(state, slot, type, exec_type, reason, session, NULL, 0)


cdef OrderEvent* answer_event(
    CoreState* state, uint32_t slot, uint16_t type, uint8_t exec_type, uint16_t reason
) noexcept nogil:
    cdef (const char*)[4] texts
    cdef uint32_t[4] sizes
    cdef const Command* command = state.command
    texts[CL_ORD_ID] = command_text(
        command, 0, TEXT_CL_ORD_ID, &sizes[CL_ORD_ID]
    )
    if sizes[CL_ORD_ID] == 0 and slot != <uint32_t> NONE32:
        # Asked for by OrderID alone.
        texts[CL_ORD_ID] = name_text(state, order_at(state, slot).name, &sizes[CL_ORD_ID])
    texts[ORIG_CL_ORD_ID] = command_text(
        command, 0, TEXT_ORIG_CL_ORD_ID, &sizes[ORIG_CL_ORD_ID]
    )
    texts[SYMBOL] = command_text(command, 0, TEXT_SYMBOL, &sizes[SYMBOL])
    texts[NOTE] = command_text(command, 0, TEXT_NOTE, &sizes[NOTE])
    # A text that was refused for its length is shown as far as an event has room.
    sizes[CL_ORD_ID] = min(sizes[CL_ORD_ID], <uint32_t> CL_ORD_ID_MAX)
    sizes[ORIG_CL_ORD_ID] = min(
        sizes[ORIG_CL_ORD_ID], <uint32_t> CL_ORD_ID_MAX
    )
    sizes[SYMBOL] = min(sizes[SYMBOL], <uint32_t> SYMBOL_MAX)
    sizes[NOTE] = min(sizes[NOTE], <uint32_t> TEXT_MAX)
    return write_order_event(
        state, slot, type, exec_type, reason, command.session, texts, sizes
    )


cdef OrderEvent* late_answer_event(
    CoreState* state, uint32_t slot, uint32_t name, uint16_t type, uint8_t exec_type,
    uint16_t reason, uint16_t session
) noexcept nogil:
    cdef (const char*)[4] texts
    cdef uint32_t[4] sizes
    memset(sizes, 0, sizeof(sizes))
    texts[CL_ORD_ID] = name_text(state, name, &sizes[CL_ORD_ID])
    texts[ORIG_CL_ORD_ID] = name_text(
        state, order_at(state, slot).name, &sizes[ORIG_CL_ORD_ID]
    )
    return write_order_event(state, slot, type, exec_type, reason, session, texts, sizes)


cdef ChildEvent* child_event(
    CoreState* state, uint32_t slot, uint16_t type, uint16_t reason, const char* text,
    uint32_t text_size
) noexcept nogil:
    cdef const Child* child = child_at(state, slot)
    cdef ChildEvent* event
    text_size = min(text_size, <uint32_t> 64)
    event = <ChildEvent*> event_room(
        state, KIND_CHILD_EVENT, (CHILD_EVENT_HEAD + text_size + 7) & ~<uint32_t> 7
    )
    event.time_ns = state.header.now_ns
    event.epoch = state.header.epoch
    event.child_id = child.child_id
    event.parent_id = child.parent_id
    event.type = type
    event.source = child.source
    event.instrument = child.instrument
    event.reason = reason
    event.side = child.side
    event.state = child.state
    event.session = source_at(state, child.source).session
    event.price = child.price
    event.qty = child.qty
    event.cum_qty = child.cum_qty
    event.text_size = <uint8_t> text_size
    if text_size != 0:
        memcpy(event.text, text, text_size)
    return event


cdef void posting_event(
    CoreState* state, uint64_t trade_id, uint32_t debit, uint32_t credit, uint16_t asset,
    uint16_t purpose, int128_t amount
) noexcept nogil:
    cdef PostingEvent* event = <PostingEvent*> event_room(
        state, KIND_POSTING, sizeof(PostingEvent)
    )
    cdef const Account* debited = account_at(&state.accounts, debit)
    cdef const Account* credited = account_at(&state.accounts, credit)
    event.time_ns = state.header.now_ns
    event.trade_id = trade_id
    event.debit_account = debit
    event.credit_account = credit
    event.asset = asset
    event.purpose = <uint8_t> purpose
    event.owner_kinds = debited.owner_kind | credited.owner_kind << 4
    event.debit_owner = debited.owner
    event.credit_owner = credited.owner
    event.amount_lo = low_half(amount)
    event.amount_hi = high_half(amount)


cdef StateEvent* state_event(
    CoreState* state, uint16_t reason, uint16_t count, uint32_t more
) noexcept nogil:
    cdef const Command* command = state.command
    cdef StateEvent* event = <StateEvent*> event_room(state, KIND_STATE_EVENT, sizeof(StateEvent))
    event.time_ns = state.header.now_ns
    event.action = command.action
    event.kind = command.head.kind
    event.client = command.client
    event.source = command.source
    event.reason = reason
    event.count = count
    event.more = more
    return event
