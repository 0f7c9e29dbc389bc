"""Names, lists and the ring of closed orders."""

from libc.string cimport memcmp, memcpy

from internaliser.core.ids cimport ids_find, ids_put, ids_remove
from internaliser.core.names cimport (
    names_first, names_next, names_prefetch, names_put, names_remove,
)
from internaliser.core.state cimport (
    JOB_STATUS, LIST_DAY, LIST_ENDING, LONG_NAME, MARK_ENDING, MARK_LISTED, PENDING_CANCEL,
    PENDING_REPLACE, SHORT_NAME_MAX, OrderLink, client_at, id_of_step, job_at, must, order_at,
    pending_at,
)
from internaliser.model.enums cimport (
    REASON_DAY_END, STATUS_FILLED, STATUS_NEW, STATUS_PARTIALLY_FILLED, STATUS_PENDING_CANCEL,
    STATUS_PENDING_REPLACE, TIF_DAY,
)
from internaliser.model.memory cimport prefetch
from internaliser.model.slab cimport slab_give, slab_take
from internaliser.model.types cimport *

cdef enum:
    # flag in a name's size: a later order of the client uses the text now
    GIVEN_UP = 0x80


cdef inline uint8_t* size_of_name(const CoreState* state, uint32_t name) noexcept nogil:
    if name & <uint32_t> LONG_NAME:
        return &long_at(state, name).size
    return &short_at(state, name).size


cdef inline void set_older(CoreState* state, uint32_t name, uint32_t older) noexcept nogil:
    if name & <uint32_t> LONG_NAME:
        long_at(state, name).older = older
    else:
        short_at(state, name).older = older


cdef inline uint32_t name_tag(const CoreState* state, uint32_t name) noexcept nogil:
    if name & <uint32_t> LONG_NAME:
        return long_at(state, name).tag
    return short_at(state, name).tag


cdef uint32_t name_of(const CoreState* state, uint16_t client, const ClOrdId* told) noexcept nogil:
    cdef uint32_t at, known_size
    cdef uint32_t name = names_first(&state.names, told.tag, &at)
    cdef const char* known
    while name != <uint32_t> NONE32:
        known = name_text(state, name, &known_size)
        if known_size == told.size and memcmp(known, told.text, told.size) == 0:
            if order_at(state, name_order(state, name)).client == client:
                return name
        name = names_next(&state.names, told.tag, &at)
    return name


cdef uint32_t name_add(CoreState* state, uint32_t slot, const ClOrdId* told) noexcept nogil:
    cdef uint32_t name
    if told.size <= SHORT_NAME_MAX:
        name = slab_take(&state.short_names)
        if name == <uint32_t> NONE32:
            return name
        short_at(state, name).order = slot
        short_at(state, name).tag = told.tag
        short_at(state, name).size = <uint8_t> told.size
        memcpy(short_at(state, name).text, told.text, told.size)
    else:
        name = slab_take(&state.long_names)
        if name == <uint32_t> NONE32:
            return name
        name |= <uint32_t> LONG_NAME
        long_at(state, name).order = slot
        long_at(state, name).tag = told.tag
        long_at(state, name).size = <uint8_t> told.size
        memcpy(long_at(state, name).text, told.text, told.size)
    set_older(state, name, <uint32_t> NONE32)
    must(state, names_put(&state.names, told.tag, name) == 0, "no memory for a ClOrdID")
    return name


cdef void give_name(CoreState* state, uint32_t name) noexcept nogil:
    if name & <uint32_t> LONG_NAME:
        slab_give(&state.long_names, name & ~<uint32_t> LONG_NAME)
    else:
        slab_give(&state.short_names, name)


cdef void name_drop(CoreState* state, uint32_t name) noexcept nogil:
    names_remove(&state.names, name_tag(state, name), name)
    give_name(state, name)


cdef void name_accept(CoreState* state, uint32_t name) noexcept nogil:
    cdef Order* order = order_at(state, name_order(state, name))
    set_older(state, name, order.name)
    order.name = name


cdef void name_keep(CoreState* state, uint32_t name) noexcept nogil:
    cdef Order* order = order_at(state, name_order(state, name))
    set_older(state, name, name_older(state, order.name))
    set_older(state, order.name, name)


cdef int name_outlived(CoreState* state, uint32_t name) noexcept nogil:
    cdef const Order* order = order_at(state, name_order(state, name))
    if order.closed_as == 0 or order.day == state.header.day:
        return 0
    # The order keeps its texts for status by OrderID; only the way to it is gone.
    names_remove(&state.names, name_tag(state, name), name)
    size_of_name(state, name)[0] |= GIVEN_UP
    return 1


cdef uint32_t order_of_id(const CoreState* state, uint64_t order_id) noexcept nogil:
    return ids_find(&state.order_ids, order_id)


cdef inline void look_ahead(const CoreState* state, uint32_t slot) noexcept nogil:
    """Start loading what forgetting the next ones will touch: they are cold by now."""
    cdef uint32_t first = state.links[slot].next
    cdef uint32_t second, third, name
    if first == <uint32_t> NONE32:
        return
    second = state.links[first].next
    names_prefetch(&state.names, name_tag(state, order_at(state, first).name))
    if second == <uint32_t> NONE32:
        return
    third = state.links[second].next
    name = order_at(state, second).name
    if not name & <uint32_t> LONG_NAME:
        prefetch(short_at(state, name))
    if third != <uint32_t> NONE32:
        prefetch(order_at(state, third))
        prefetch(&state.links[third])


cdef void forget(CoreState* state, uint32_t slot) noexcept nogil:
    """A closed order leaves memory with all its names."""
    cdef Order* order = order_at(state, slot)
    cdef uint32_t name = order.name
    cdef uint32_t older
    look_ahead(state, slot)
    while name != <uint32_t> NONE32:
        older = name_older(state, name)
        if not size_of_name(state, name)[0] & GIVEN_UP:
            names_remove(&state.names, name_tag(state, name), name)
        give_name(state, name)
        name = older
    ids_remove(&state.order_ids, order.order_id)
    state.header.closed_first = state.links[slot].next
    if state.header.closed_first == <uint32_t> NONE32:
        state.header.closed_last = <uint32_t> NONE32
    else:
        state.links[state.header.closed_first].previous = <uint32_t> NONE32
    state.header.closed_count -= 1
    order.order_id = 0
    slab_give(&state.orders, slot)


cdef uint32_t order_take(
    CoreState* state, uint64_t order_id, uint16_t client, const ClOrdId* told
) noexcept nogil:
    cdef uint32_t slot
    cdef Order* order
    if state.header.open_count >= state.header.limits.orders_max:
        return <uint32_t> NONE32
    slot = slab_take(&state.orders)
    if slot == <uint32_t> NONE32:
        return slot
    order = order_at(state, slot)
    order.order_id = order_id
    order.client = client
    order.pending = <uint32_t> NONE32
    order.children = <uint32_t> NONE32
    order.name = name_add(state, slot, told)
    if order.name == <uint32_t> NONE32:
        slab_give(&state.orders, slot)
        return <uint32_t> NONE32
    must(state, ids_put(&state.order_ids, order_id, slot) == 0, "no memory for an order id")
    return slot


cdef OpenList* open_list(Client* client, uint32_t which) noexcept nogil:
    if which == LIST_ENDING:
        return &client.ending
    return &client.day if which == LIST_DAY else &client.other


cdef inline OpenList* list_of(Client* client, const Order* order) noexcept nogil:
    if order.marks & MARK_ENDING:
        return &client.ending
    return &client.day if order.tif == TIF_DAY else &client.other


cdef void step_jobs_over(CoreState* state, uint32_t slot) noexcept nogil:
    cdef uint32_t job = state.header.job_first
    while job != <uint32_t> NONE32:
        if job_at(state, job).cursor == slot:
            job_at(state, job).cursor = state.links[slot].next
        job = job_at(state, job).next


cdef void order_list(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    cdef OpenList* opened = list_of(client_at(state, order.client), order)
    cdef OrderLink* link = &state.links[slot]
    must(state, not order.marks & MARK_LISTED, "an open order is listed once")
    order.marks |= MARK_LISTED
    order.day = state.header.day
    link.next = <uint32_t> NONE32
    link.previous = opened.last
    if opened.last != <uint32_t> NONE32:
        state.links[opened.last].next = slot
    else:
        opened.first = slot
    opened.last = slot


cdef void order_unlist(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    cdef OpenList* opened = list_of(client_at(state, order.client), order)
    cdef OrderLink* link = &state.links[slot]
    if not order.marks & MARK_LISTED:
        return
    if state.header.job_count != 0:
        step_jobs_over(state, slot)
    order.marks &= ~<uint8_t> (MARK_LISTED | MARK_ENDING)
    if link.previous != <uint32_t> NONE32:
        state.links[link.previous].next = link.next
    else:
        opened.first = link.next
    if link.next != <uint32_t> NONE32:
        state.links[link.next].previous = link.previous
    else:
        opened.last = link.previous


cdef void order_list_ending(CoreState* state, uint32_t slot) noexcept nogil:
    order_unlist(state, slot)
    order_at(state, slot).marks |= MARK_ENDING
    order_list(state, slot)


cdef void order_list_anew(CoreState* state, uint32_t slot, uint8_t tif) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    cdef uint32_t job = state.header.job_first
    order_unlist(state, slot)
    order.tif = tif
    order_list(state, slot)
    state.header.relisted_id = id_of_step(state)
    # A cancellation may have left that list behind it: what it means is looked at once more.
    while job != <uint32_t> NONE32:
        if job_at(state, job).client == order.client and job_at(state, job).kind != JOB_STATUS:
            job_at(state, job).list = LIST_DAY
            job_at(state, job).cursor = client_at(state, order.client).day.first
        job = job_at(state, job).next


cdef void order_close(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Order* order = order_at(state, slot)
    cdef OrderLink* link = &state.links[slot]
    order_unlist(state, slot)
    must(state, order.closed_as != 0, "a closed order has an end")
    must(state, order.reserved == 0, "nothing of a closed order stays reserved")
    must(state, order.local_qty == 0 and order.away_qty == 0, "nothing of a closed order works")
    must(state, order.pending == <uint32_t> NONE32, "nothing waits for a closed order")
    # The day's counter has moved on by the time its orders expire; they belong to the day that
    # ended.
    order.day = state.header.day - (order.reason == REASON_DAY_END)
    client_at(state, order.client).open_count -= 1
    state.header.open_count -= 1
    link.next = <uint32_t> NONE32
    link.previous = state.header.closed_last
    if link.previous != <uint32_t> NONE32:
        state.links[link.previous].next = slot
    else:
        state.header.closed_first = slot
    state.header.closed_last = slot
    state.header.closed_count += 1
    # The newest closed one is still needed by the step that closed it: at least one stays.
    while (
        state.header.closed_count > state.header.limits.closed_orders_max
        and state.header.closed_count > 1
    ):
        forget(state, state.header.closed_first)


cdef bint is_slot(uint32_t slot, uint32_t used) noexcept nogil:
    return slot < used or slot == <uint32_t> NONE32


cdef bint is_sound(const CoreState* state, const Order* order) noexcept nogil:
    """Do the order's links lead to things that exist?"""
    if order.client >= state.clients.used or order.instrument >= state.instruments.used:
        return False
    if order.base_account >= state.accounts.slab.used:
        return False
    if order.quote_account >= state.accounts.slab.used:
        return False
    if not is_slot(order.pending, state.pendings.used):
        return False
    return is_slot(order.children, state.children.used)


cdef bint is_name(const CoreState* state, uint32_t name, uint32_t order) noexcept nogil:
    cdef uint32_t used = state.short_names.used
    if name & <uint32_t> LONG_NAME:
        used = state.long_names.used
    if name & ~<uint32_t> LONG_NAME >= used:
        return False
    return name_order(state, name) == order


cdef int orders_rebuild(CoreState* state) noexcept nogil:
    cdef uint32_t slot, name
    cdef uint32_t names_left = state.short_names.used + state.long_names.used
    cdef const Order* order
    for slot in range(state.orders.used):
        order = order_at(state, slot)
        if order.order_id == 0:
            continue
        if not is_sound(state, order) or ids_put(&state.order_ids, order.order_id, slot) < 0:
            return -1
        name = order.name
        while name != <uint32_t> NONE32:
            if names_left == 0 or not is_name(state, name, slot):
                return -1
            names_left -= 1
            if not size_of_name(state, name)[0] & GIVEN_UP:
                if names_put(&state.names, name_tag(state, name), name) < 0:
                    return -1
            name = name_older(state, name)
        if order.pending != <uint32_t> NONE32 and (
            pending_at(state, order.pending).kind == PENDING_REPLACE
        ):
            # Not one of the order's names before it is accepted, but taken all the same.
            name = pending_at(state, order.pending).name
            if not is_name(state, name, slot):
                return -1
            if names_put(&state.names, name_tag(state, name), name) < 0:
                return -1
    return 0


cdef uint8_t status_of(const CoreState* state, const Order* order) noexcept nogil:
    cdef uint8_t kind
    if order.closed_as != 0:
        return order.closed_as
    if order.pending != <uint32_t> NONE32:
        kind = pending_at(state, order.pending).kind
        if order.cum_qty == order.qty and (
            pending_at(state, order.pending).name == <uint32_t> NONE32
        ):
            # Nobody asked for the end, so no answer to a request will tell that it is filled.
            return STATUS_FILLED
        if kind == PENDING_CANCEL:
            return STATUS_PENDING_CANCEL
        if kind == PENDING_REPLACE:
            return STATUS_PENDING_REPLACE
    return STATUS_PARTIALLY_FILLED if order.cum_qty > 0 else STATUS_NEW
