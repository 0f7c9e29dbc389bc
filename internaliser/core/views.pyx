"""Views and the rungs made of them."""

from libc.string cimport memcpy, memset

from internaliser.core.emit cimport buffer_record
from internaliser.core.listings cimport listing_of, offer
from internaliser.core.planner cimport in_steps
from internaliser.core.state cimport (
    INSTRUMENTS_MAX, SOURCES_MAX, Child, Client, Listing, Source, View, child_at, client_at, must,
    source_at, view_at, view_of,
)
from internaliser.core.view_board cimport board_write
from internaliser.model.command cimport (
    COMMAND_HEAD, FLAG_LOCAL_ONLY, SOURCE_UP, VIEW_DEPTH_MAX, VIEW_READ, MarketView, ViewLevel,
)
from internaliser.model.enums cimport SIDE_BUY, SIDE_SELL, STATE_ACTIVE, STATE_HALTED, TIF_FOK
from internaliser.model.record cimport KIND_MARKET_VIEW
from internaliser.model.slab cimport slab_take
from internaliser.model.types cimport *

cdef enum:
    SCOPE_ROUTES = 2            # ConfigClient.scope: may route


cdef inline ViewLevel* side_of(const View* view, uint8_t side, uint32_t* count) noexcept nogil:
    """What the view offers to an incoming order of `side`: asks to a buy, bids to a sell."""
    if side == SIDE_BUY:
        count[0] = view.head.ask_count
        return <ViewLevel*> &view.levels[VIEW_DEPTH_MAX]
    count[0] = view.head.bid_count
    return <ViewLevel*> &view.levels[0]


cdef uint32_t view_take(CoreState* state, uint16_t source, uint16_t instrument) noexcept nogil:
    cdef uint32_t slot = view_of(state, source, instrument)
    cdef View* view
    if slot != <uint32_t> NONE32:
        return slot
    slot = slab_take(&state.views)
    if slot == <uint32_t> NONE32:
        return slot
    view = view_at(state, slot)
    view.source = source
    view.instrument = instrument
    view.spends = <uint32_t> NONE32
    state.view_table[<uint32_t> source * INSTRUMENTS_MAX + instrument] = slot + 1
    return slot


cdef int64_t view_time(const CoreState* state, const Command* command) noexcept nogil:
    cdef int64_t time_ns = max(state.header.now_ns, command.time_ns)
    cdef uint32_t slot = <uint32_t> NONE32
    if command.source < state.sources.used and command.instrument < state.instruments.used:
        slot = view_of(state, command.source, command.instrument)
    if slot == <uint32_t> NONE32:
        return time_ns
    return max(time_ns, view_at(state, slot).head.received_ns)


cdef uint32_t view_store(CoreState* state, const Command* command) noexcept nogil:
    cdef const MarketView* told = <const MarketView*> command.payload
    cdef const ViewLevel* levels = <const ViewLevel*> (command.payload + sizeof(MarketView))
    cdef uint32_t slot
    cdef View* view
    if command.source >= state.sources.used or command.instrument >= state.instruments.used:
        return <uint32_t> NONE32
    if told.bid_count > VIEW_DEPTH_MAX or told.ask_count > VIEW_DEPTH_MAX:
        return <uint32_t> NONE32
    slot = view_take(state, command.source, command.instrument)
    if slot == <uint32_t> NONE32:
        return slot
    view = view_at(state, slot)
    view.head = told[0]
    if command.action != VIEW_READ:
        view.head.received_ns = command.time_ns
    view.is_new = command.action != VIEW_READ
    memcpy(view.levels, levels, told.bid_count * sizeof(ViewLevel))
    memcpy(
        &view.levels[VIEW_DEPTH_MAX], levels + told.bid_count, told.ask_count * sizeof(ViewLevel)
    )
    source_at(state, command.source).last_view_ns = view.head.received_ns
    return slot


cdef void mark_read(CoreState* state, uint32_t slot) noexcept nogil:
    cdef View* view = view_at(state, slot)
    if view.is_new and not view.is_read:
        if state.read_count == SOURCES_MAX:
            must(state, False, "a step reads one instrument's views")
            return
        view.is_read = 1
        state.reads[state.read_count] = slot
        state.read_count += 1


cdef void journal_view(CoreState* state, View* view) noexcept nogil:
    cdef uint32_t bids = view.head.bid_count * sizeof(ViewLevel)
    cdef uint32_t asks = view.head.ask_count * sizeof(ViewLevel)
    cdef uint32_t size = COMMAND_HEAD + sizeof(MarketView) + bids + asks
    cdef Command* copy = <Command*> buffer_record(state.views_read, size)
    if copy == NULL:
        must(state, False, "no memory for the views read")
        return
    memset(copy, 0, COMMAND_HEAD)
    copy.head.size = size
    copy.head.kind = KIND_MARKET_VIEW
    copy.head.seq = state.header.seq
    copy.time_ns = view.head.received_ns
    copy.session = NONE16
    copy.client = NONE16
    copy.instrument = view.instrument
    copy.source = view.source
    copy.action = VIEW_READ
    memcpy(copy.payload, &view.head, sizeof(MarketView))
    memcpy(copy.payload + sizeof(MarketView), view.levels, bids)
    memcpy(copy.payload + sizeof(MarketView) + bids, &view.levels[VIEW_DEPTH_MAX], asks)


cdef void reads_journal(CoreState* state) noexcept nogil:
    cdef uint32_t i
    cdef View* view
    for i in range(state.read_count):
        view = view_at(state, state.reads[i])
        if view.is_new:
            journal_view(state, view)
        view.is_new = 0
        view.is_read = 0
    state.read_count = 0


cdef void reads_forget(CoreState* state) noexcept nogil:
    cdef uint32_t i
    for i in range(state.read_count):
        view_at(state, state.reads[i]).is_read = 0
    state.read_count = 0


cdef void views_clear(CoreState* state, uint16_t source) noexcept nogil:
    cdef uint32_t slot
    cdef View* view
    source_at(state, source).last_view_ns = 0
    for slot in range(state.views.used):
        view = view_at(state, slot)
        if view.source == source:
            view.head.bid_count = 0
            view.head.ask_count = 0
            view.head.is_fresh = 0
            view.is_new = 0


cdef bint has_outside(const CoreState* state, uint16_t instrument) noexcept nogil:
    cdef uint32_t source
    for source in range(state.sources.used):
        if view_of(state, <uint16_t> source, instrument) != <uint32_t> NONE32:
            return True
    return False


cdef bint is_usable(const CoreState* state, const View* view, int64_t now_ns) noexcept nogil:
    """Source up and active, view fresh and not crossed."""
    cdef const Source* source = source_at(state, view.source)
    if source.link != SOURCE_UP or source.state != STATE_ACTIVE or not view.head.is_fresh:
        return False
    if source.terms.stale_after_ns > 0:
        if now_ns - view.head.received_ns > source.terms.stale_after_ns:
            return False
    if view.head.bid_count == 0 or view.head.ask_count == 0:
        return True
    return view.levels[0].price < view.levels[VIEW_DEPTH_MAX].price


cdef void view_show(CoreState* state, uint32_t slot) noexcept nogil:
    cdef const View* view = view_at(state, slot)
    if state.board != NULL:
        # How old it is, whoever looks at it judges by the clock.
        board_write(
            state.board, view.source, view.instrument, &view.head, view.levels,
            is_usable(state, view, view.head.received_ns),
            source_at(state, view.source).terms.stale_after_ns,
        )


cdef void views_show(CoreState* state, uint16_t source) noexcept nogil:
    cdef uint32_t slot
    for slot in range(state.views.used):
        if view_at(state, slot).source == source:
            view_show(state, slot)


cdef int64_t view_best(const CoreState* state, uint32_t slot, uint8_t side) noexcept nogil:
    cdef const View* view = view_at(state, slot)
    cdef uint32_t count
    cdef const ViewLevel* levels = side_of(view, side, &count)
    if count == 0 or not is_usable(state, view, max(state.header.now_ns, view.head.received_ns)):
        return 0
    return levels[0].price


cdef int64_t outside_mid_twice(CoreState* state, uint16_t instrument) noexcept nogil:
    cdef int64_t bid = 0, ask = 0, price
    cdef uint32_t source, slot
    for source in range(state.sources.used):
        slot = view_of(state, <uint16_t> source, instrument)
        if slot == <uint32_t> NONE32:
            continue
        mark_read(state, slot)
        price = view_best(state, slot, SIDE_SELL)
        if price > bid:
            bid = price
        price = view_best(state, slot, SIDE_BUY)
        if price != 0 and (ask == 0 or price < ask):
            ask = price
    return bid + ask if bid != 0 and ask != 0 else 0


cdef bint may_route(const CoreState* state, const Order* order) noexcept nogil:
    cdef const Client* client = client_at(state, order.client)
    if client.terms.scope < SCOPE_ROUTES or order.flags & FLAG_LOCAL_ONLY or order.tif == TIF_FOK:
        return False
    if client.state == STATE_HALTED or state.header.state == STATE_HALTED:
        return False
    return order.pending == <uint32_t> NONE32


cdef inline bint is_within(uint8_t side, int64_t price, int64_t limit) noexcept nogil:
    return price <= limit if side == SIDE_BUY else price >= limit


cdef inline void ask(
    int64_t* asked, const Rung* rungs, uint32_t count, const Child* child
) noexcept nogil:
    """The child's quantity counts at the worst level within its price; nowhere when all are
    worse."""
    while count > 0:
        count -= 1
        if is_within(child.side, rungs[count].price, child.price):
            asked[count] += child.qty
            return


cdef inline void deduct(const int64_t* asked, Rung* rungs, uint32_t count) noexcept nogil:
    """What is asked for at a level comes off it, and off the better ones where it does not hold so
    much: they were offered together with it, or a child meets them first."""
    cdef uint32_t i, at
    cdef int64_t left, taken
    for i in range(count):
        left = asked[i]
        at = i + 1
        while left > 0 and at > 0:
            at -= 1
            taken = min(max(rungs[at].qty, <int64_t> 0), left)
            rungs[at].qty -= taken
            left -= taken


cdef void deduct_spends(
    CoreState* state, View* view, uint8_t side, Rung* rungs, uint32_t count
) noexcept nogil:
    cdef uint32_t slot = view.spends
    cdef uint32_t next_slot
    cdef const Child* child
    cdef int64_t[VIEW_DEPTH_MAX] asked
    if slot == <uint32_t> NONE32:
        return
    memset(asked, 0, sizeof(asked))
    while slot != <uint32_t> NONE32:
        child = child_at(state, slot)
        next_slot = child.next_spend
        if child.outcome_ns != 0 and child.outcome_ns < view.head.received_ns:
            spend_drop(state, slot)
        elif child.side == side:
            ask(asked, rungs, count, child)
        slot = next_slot
    deduct(asked, rungs, count)


cdef uint32_t view_rungs(
    CoreState* state, uint32_t slot, const Listing* listing, const Order* order, int64_t qty,
    int64_t limit, bint is_gross, Rung* rungs
) noexcept nogil:
    cdef View* view = view_at(state, slot)
    cdef const Source* source = source_at(state, view.source)
    cdef uint32_t count, i
    cdef const ViewLevel* levels = side_of(view, order.side, &count)
    cdef int64_t rate = 0
    if not is_gross:
        rate = (
            source.terms.taker_fee + source.terms.credit_adj
            + client_at(state, order.client).terms.routed_fee
        )
    for i in range(count):
        rungs[i].price = levels[i].price
        rungs[i].qty = levels[i].qty
        rungs[i].rate = rate
        rungs[i].source = view.source
        rungs[i].tier = <uint8_t> source.terms.kind
        rungs[i].is_usable = is_within(order.side, levels[i].price, limit)
        rungs[i].reserved = 0
    deduct_spends(state, view, order.side, rungs, count)
    offer(&listing.terms, rungs, count)
    for i in range(count):
        if in_steps(min(rungs[i].qty, qty), rungs[i].qty_step, rungs[i].qty_least) == 0:
            rungs[i].is_usable = 0
    return count


cdef uint32_t outside_rungs(
    CoreState* state, const Order* order, int64_t qty, int64_t limit, bint is_gross,
    uint64_t blocked, Rung* rungs
) noexcept nogil:
    cdef uint32_t count = 0
    cdef uint32_t source, slot
    cdef const Listing* listing
    if not may_route(state, order):
        return 0
    for source in range(state.sources.used):
        slot = view_of(state, <uint16_t> source, order.instrument)
        if slot == <uint32_t> NONE32 or blocked >> source & 1:
            continue
        if order.rounds > source_at(state, source).terms.child_rounds_max:
            continue
        listing = listing_of(state, <uint16_t> source, order.instrument)
        if listing == NULL:
            continue
        mark_read(state, slot)
        if is_usable(state, view_at(state, slot), state.header.now_ns):
            count += view_rungs(
                state, slot, listing, order, qty, limit, is_gross, rungs + count
            )
    return count


cdef void spend_add(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    cdef View* view
    child.view = view_of(state, child.source, child.instrument)
    if child.view == <uint32_t> NONE32:
        return
    view = view_at(state, child.view)
    child.previous_spend = <uint32_t> NONE32
    child.next_spend = view.spends
    if view.spends != <uint32_t> NONE32:
        child_at(state, view.spends).previous_spend = slot
    view.spends = slot


cdef void spend_drop(CoreState* state, uint32_t slot) noexcept nogil:
    cdef Child* child = child_at(state, slot)
    if child.view == <uint32_t> NONE32:
        return
    if child.previous_spend != <uint32_t> NONE32:
        child_at(state, child.previous_spend).next_spend = child.next_spend
    else:
        view_at(state, child.view).spends = child.next_spend
    if child.next_spend != <uint32_t> NONE32:
        child_at(state, child.next_spend).previous_spend = child.previous_spend
    child.view = <uint32_t> NONE32
