"""Regions: header, then counters and items of every slab, then the book's stretches."""

from internaliser.core.accounts cimport OWNER_CLIENT, account_at, accounts_rebuild
from internaliser.core.children cimport children_rebuild
from internaliser.core.credit cimport refresh_rates
from internaliser.core.listings cimport listings_rebuild
from internaliser.core.orders cimport orders_rebuild
from internaliser.core.state cimport (
    ASSETS_MAX, CLIENTS_MAX, INSTRUMENTS_MAX, SOURCES_MAX, Account, Asset, Child, Client,
    Header, Instrument, Job, Label, Listing, LongName, Order, OrderLink, Pending, SessionEntry,
    ShortName, Source, StatedBalance, View, indexes_reset, instrument_at, view_at,
)
from internaliser.core.stated cimport stated_fault
from internaliser.matching.book cimport (
    POOL_STRETCHES, Stretch, book_fault, pool_stretch_max, pool_stretches,
)
from internaliser.matching.levels cimport Fork, Level
from internaliser.model.index cimport hash_text, index_put
from internaliser.model.slab cimport Slab
from internaliser.model.types cimport *

cdef enum:
    TAG_HEADER = 1
    TAG_LINKS = 2
    TAG_SLABS = 16              # + 2 n: counters of slab n, + 2 n + 1: its items
    TAG_BOOK = 64               # + n: stretch n of the book pool
    SLAB_COUNT = 16
    LAYOUT_VERSION = 1          # rises when a field changes its meaning without changing a size
    COUNTERS = 12               # bytes of used, live, free_head: neighbours in Slab


cdef Slab* slab_no(CoreState* state, uint32_t number) noexcept nogil:
    cdef (Slab*)[SLAB_COUNT] slabs
    slabs[0] = &state.assets
    slabs[1] = &state.instruments
    slabs[2] = &state.clients
    slabs[3] = &state.sources
    slabs[4] = &state.sessions
    slabs[5] = &state.accounts.slab
    slabs[6] = &state.orders
    slabs[7] = &state.short_names
    slabs[8] = &state.long_names
    slabs[9] = &state.pendings
    slabs[10] = &state.children
    slabs[11] = &state.execs
    slabs[12] = &state.views
    slabs[13] = &state.listings
    slabs[14] = &state.stated
    slabs[15] = &state.jobs
    return slabs[number]


cdef uint64_t state_layout() noexcept nogil:
    cdef uint32_t[19] sizes
    sizes[0] = sizeof(Header)
    sizes[1] = sizeof(OrderLink)
    sizes[2] = sizeof(Asset)
    sizes[3] = sizeof(Instrument)
    sizes[4] = sizeof(Client)
    sizes[5] = sizeof(Source)
    sizes[6] = sizeof(SessionEntry)
    sizes[7] = sizeof(Account)
    sizes[8] = sizeof(Order)
    sizes[9] = sizeof(ShortName)
    sizes[10] = sizeof(LongName)
    sizes[11] = sizeof(Pending)
    sizes[12] = sizeof(Child)
    sizes[13] = sizeof(View)
    sizes[14] = sizeof(Level)
    sizes[15] = sizeof(Fork)
    sizes[16] = sizeof(Listing)
    sizes[17] = sizeof(StatedBalance)
    sizes[18] = sizeof(Job)
    return hash_text(LAYOUT_VERSION, <const char*> sizes, sizeof(sizes))


cdef inline void put(
    Region* out, int* count, void* bytes, uint64_t size, uint32_t tag
) noexcept nogil:
    out[count[0]].bytes = bytes
    out[count[0]].size = size
    out[count[0]].tag = tag
    out[count[0]].reserved = 0
    count[0] += 1


cdef int describe_regions(CoreState* state, Region* out) noexcept nogil:
    cdef Stretch[POOL_STRETCHES] stretches
    cdef int count = 0
    cdef uint32_t i
    cdef Slab* slab
    put(out, &count, &state.header, sizeof(Header), TAG_HEADER)
    put(
        out, &count, state.links, <uint64_t> state.orders.used * sizeof(OrderLink), TAG_LINKS
    )
    for i in range(SLAB_COUNT):
        slab = slab_no(state, i)
        put(out, &count, &slab.used, COUNTERS, TAG_SLABS + 2 * i)
        put(
            out, &count, slab.items, <uint64_t> slab.used * slab.item_size, TAG_SLABS + 2 * i + 1
        )
    pool_stretches(&state.pool, state.orders.used, stretches)
    for i in range(POOL_STRETCHES):
        put(out, &count, stretches[i].bytes, stretches[i].size, TAG_BOOK + i)
    return count


cdef int fit_slab(Slab* slab, uint64_t size) noexcept nogil:
    if size % slab.item_size != 0 or size / slab.item_size > slab.limit:
        return -1
    slab.used = <uint32_t> (size / slab.item_size)
    return 0


cdef int fit_book(CoreState* state, uint32_t stretch, uint64_t size) noexcept nogil:
    if size > pool_stretch_max(&state.pool, stretch):
        return -1
    if stretch == 2:
        return fit_slab(&state.pool.levels.levels, size)
    if stretch == 4:
        return fit_slab(&state.pool.levels.forks, size)
    return 0


cdef int fit(CoreState* state, const Region* region) noexcept nogil:
    cdef uint32_t tag = region.tag
    if tag == TAG_HEADER:
        return 0 if region.size == sizeof(Header) else -1
    if tag == TAG_LINKS:
        return 0 if region.size <= <uint64_t> state.orders.limit * sizeof(OrderLink) else -1
    if TAG_SLABS <= tag < TAG_SLABS + 2 * SLAB_COUNT:
        if (tag - TAG_SLABS) % 2 == 0:
            return 0 if region.size == COUNTERS else -1
        return fit_slab(slab_no(state, (tag - TAG_SLABS) // 2), region.size)
    if TAG_BOOK <= tag < TAG_BOOK + POOL_STRETCHES:
        return fit_book(state, tag - TAG_BOOK, region.size)
    return -1


cdef int room_for_regions(CoreState* state, const Region* sizes, int count) noexcept nogil:
    cdef int i
    for i in range(count):
        if fit(state, &sizes[i]) < 0:
            return -1
    return 0


cdef int rebuild_client_accounts(CoreState* state) noexcept nogil:
    cdef uint32_t slot
    cdef const Account* account
    for slot in range(state.accounts.slab.used):
        account = account_at(&state.accounts, slot)
        if account.owner_kind != OWNER_CLIENT:
            continue
        if account.owner >= CLIENTS_MAX or account.asset >= ASSETS_MAX:
            return -1
        state.client_accounts[<uint32_t> account.owner * ASSETS_MAX + account.asset] = slot + 1
    return 0


cdef int rebuild_views(CoreState* state) noexcept nogil:
    cdef uint32_t slot
    for slot in range(state.views.used):
        if view_at(state, slot).source >= SOURCES_MAX:
            return -1
        if view_at(state, slot).instrument >= INSTRUMENTS_MAX:
            return -1
        state.view_table[
            <uint32_t> view_at(state, slot).source * INSTRUMENTS_MAX
            + view_at(state, slot).instrument
        ] = slot + 1
    return 0


cdef int rebuild_state(CoreState* state) noexcept nogil:
    cdef uint32_t slot
    cdef const Label* name
    if indexes_reset(state) < 0 or accounts_rebuild(&state.accounts) < 0:
        return -1
    for slot in range(state.instruments.used):
        if book_fault(&state.pool, &instrument_at(state, slot).book) != 0:
            return -1
        name = &instrument_at(state, slot).name
        if index_put(&state.symbols, hash_text(0, name.text, name.size), slot) < 0:
            return -1
    if rebuild_client_accounts(state) < 0 or listings_rebuild(state) < 0:
        return -1
    if stated_fault(state) < 0:
        return -1
    if orders_rebuild(state) < 0 or children_rebuild(state) < 0 or rebuild_views(state) < 0:
        return -1
    refresh_rates(state)
    # Early is allowed, late is not: the first look at the clock makes it exact.
    state.next_deadline_ns = 1 if state.header.live_count > 0 else 0
    state.next_grace_ns = 1 if state.sessions.used > 0 else 0
    return 0
