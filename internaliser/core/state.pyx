"""Opening and closing of the state's slabs and indexes."""

from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from internaliser.core.accounts cimport accounts_close, accounts_open
from internaliser.core.ids cimport BLOCK_IDS, ids_close, ids_open
from internaliser.core.names cimport names_ahead, names_close, names_open, names_reserve
from internaliser.matching.book cimport BookNode, pool_close, pool_open
from internaliser.model.index cimport index_close, index_open
from internaliser.model.slab cimport memory_ahead, slab_ahead, slab_close, slab_open
from internaliser.model.types cimport NONE32, uint8_t, uint32_t, uint64_t


cdef int open_slabs(CoreState* state, uint32_t orders_max) noexcept nogil:
    cdef uint32_t names_max = <uint32_t> min(<uint64_t> orders_max * 2, <uint64_t> LONG_NAME - 1)
    if slab_open(&state.assets, sizeof(Asset), ASSETS_MAX) < 0:
        return -1
    if slab_open(&state.instruments, sizeof(Instrument), INSTRUMENTS_MAX) < 0:
        return -1
    if slab_open(&state.clients, sizeof(Client), CLIENTS_MAX) < 0:
        return -1
    if slab_open(&state.sources, sizeof(Source), SOURCES_MAX) < 0:
        return -1
    if slab_open(&state.sessions, sizeof(SessionEntry), SESSIONS_MAX) < 0:
        return -1
    if slab_open(&state.orders, sizeof(Order), orders_max) < 0:
        return -1
    if slab_open(&state.short_names, sizeof(ShortName), names_max) < 0:
        return -1
    if slab_open(&state.long_names, sizeof(LongName), names_max) < 0:
        return -1
    if slab_open(&state.pendings, sizeof(Pending), CHILDREN_MAX) < 0:
        return -1
    # Final children stay known: as many as live ones.
    if slab_open(&state.children, sizeof(Child), 2 * CHILDREN_MAX) < 0:
        return -1
    if slab_open(&state.execs, sizeof(ExecSeen), 64 * CHILDREN_MAX) < 0:
        return -1
    if slab_open(&state.views, sizeof(View), SOURCES_MAX * INSTRUMENTS_MAX) < 0:
        return -1
    if slab_open(&state.listings, sizeof(Listing), SOURCES_MAX * INSTRUMENTS_MAX) < 0:
        return -1
    if slab_open(&state.jobs, sizeof(Job), JOBS_MAX) < 0:
        return -1
    return slab_open(&state.stated, sizeof(StatedBalance), STATED_MAX)


cdef uint8_t* address_space(uint64_t item_size, uint32_t items) noexcept nogil:
    # A slab used for its memory alone.
    cdef Slab slab
    return slab.items if slab_open(&slab, <uint32_t> item_size, items) == 0 else NULL


cdef void give_back(void* items, uint64_t item_size, uint32_t count) noexcept nogil:
    cdef Slab slab
    slab.items = <uint8_t*> items
    slab.item_size = <uint32_t> item_size
    slab.limit = count
    slab_close(&slab)


cdef int open_indexes(CoreState* state) noexcept nogil:
    if names_open(&state.names) < 0:
        return -1
    if ids_open(&state.order_ids, state.pool.limit) < 0:
        return -1
    if index_open(&state.child_ids, 64) < 0 or index_open(&state.exec_keys, 64) < 0:
        return -1
    if index_open(&state.source_symbols, 64) < 0:
        return -1
    return index_open(&state.symbols, 64)


cdef void close_indexes(CoreState* state) noexcept nogil:
    names_close(&state.names)
    ids_close(&state.order_ids)
    index_close(&state.child_ids)
    index_close(&state.exec_keys)
    index_close(&state.symbols)
    index_close(&state.source_symbols)


cdef int indexes_reset(CoreState* state) noexcept nogil:
    close_indexes(state)
    return open_indexes(state)


cdef int state_open(CoreState* state, uint32_t orders_max, uint32_t levels_max) noexcept nogil:
    memset(state, 0, sizeof(CoreState))
    if pool_open(&state.pool, orders_max, levels_max) < 0:
        return -1
    if accounts_open(&state.accounts, ACCOUNTS_MAX) < 0 or open_slabs(state, orders_max) < 0:
        return -1
    state.links = <OrderLink*> address_space(sizeof(OrderLink), orders_max)
    state.view_table = <uint32_t*> address_space(sizeof(uint32_t), SOURCES_MAX * INSTRUMENTS_MAX)
    state.listing_table = <uint32_t*> address_space(
        sizeof(uint32_t), SOURCES_MAX * INSTRUMENTS_MAX
    )
    state.client_accounts = <uint32_t*> address_space(sizeof(uint32_t), CLIENTS_MAX * ASSETS_MAX)
    state.fills = <Fill*> calloc(FILLS_MAX, sizeof(Fill))
    state.rungs = <Rung*> calloc(RUNGS_MAX, sizeof(Rung))
    state.slices = <Slice*> calloc(RUNGS_MAX, sizeof(Slice))
    if state.links == NULL or state.view_table == NULL or state.listing_table == NULL:
        return -1
    if state.client_accounts == NULL:
        return -1
    if state.fills == NULL or state.rungs == NULL or state.slices == NULL:
        return -1
    if open_indexes(state) < 0:
        return -1
    state.header.closed_first = <uint32_t> NONE32
    state.header.closed_last = <uint32_t> NONE32
    state.header.live_first = <uint32_t> NONE32
    state.header.live_last = <uint32_t> NONE32
    state.header.done_first = <uint32_t> NONE32
    state.header.done_last = <uint32_t> NONE32
    state.header.job_first = <uint32_t> NONE32
    state.header.job_last = <uint32_t> NONE32
    return 0


cdef void state_close(CoreState* state) noexcept nogil:
    if state.pool.nodes != NULL:
        if state.links != NULL:
            give_back(state.links, sizeof(OrderLink), state.pool.limit)
        pool_close(&state.pool)
    if state.view_table != NULL:
        give_back(state.view_table, sizeof(uint32_t), SOURCES_MAX * INSTRUMENTS_MAX)
    if state.listing_table != NULL:
        give_back(state.listing_table, sizeof(uint32_t), SOURCES_MAX * INSTRUMENTS_MAX)
    if state.client_accounts != NULL:
        give_back(state.client_accounts, sizeof(uint32_t), CLIENTS_MAX * ASSETS_MAX)
    accounts_close(&state.accounts)
    slab_close(&state.assets)
    slab_close(&state.instruments)
    slab_close(&state.clients)
    slab_close(&state.sources)
    slab_close(&state.sessions)
    slab_close(&state.orders)
    slab_close(&state.short_names)
    slab_close(&state.long_names)
    slab_close(&state.pendings)
    slab_close(&state.children)
    slab_close(&state.execs)
    slab_close(&state.views)
    slab_close(&state.listings)
    slab_close(&state.stated)
    slab_close(&state.jobs)
    close_indexes(state)
    free(state.fills)
    free(state.rungs)
    free(state.slices)


cdef void state_ahead(CoreState* state, uint32_t ahead) noexcept nogil:
    cdef uint32_t used = state.orders.used
    slab_ahead(&state.orders, ahead)
    slab_ahead(&state.short_names, ahead)
    names_ahead(&state.names)
    slab_ahead(&state.order_ids.blocks, ahead // BLOCK_IDS)
    memory_ahead(
        state.pool.nodes, sizeof(BookNode), state.pool.limit, used, ahead, &state.nodes_touched
    )
    memory_ahead(
        state.links, sizeof(OrderLink), state.pool.limit, used, ahead, &state.links_touched
    )


cdef int state_reserve(CoreState* state, uint32_t orders) noexcept nogil:
    state_ahead(state, orders)
    return names_reserve(&state.names, orders)


cdef void label_set(Label* label, const char* text, uint32_t size) noexcept nogil:
    label.size = <uint8_t> min(size, <uint32_t> LABEL_MAX)
    memcpy(label.text, text, label.size)
