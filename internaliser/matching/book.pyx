"""Queues of orders at price levels: cancel and reduce in O(1), add behind, match from the best."""

from libc.string cimport memset

from internaliser.matching.levels cimport (
    Fork, Level, level_at, level_find, level_insert, level_key, level_price, level_remove,
    levels_close, levels_fault, levels_open,
)
from internaliser.model.enums cimport SIDE_BUY, SIDE_SELL
from internaliser.model.slab cimport Slab, slab_close, slab_open
from internaliser.model.types cimport NONE32, int64_t, uint8_t, uint32_t, uint64_t

cdef enum:
    SLAB_COUNTERS = 12          # bytes of used, live, free_head: neighbours in Slab


cdef int pool_open(BookPool* pool, uint32_t orders_max, uint32_t levels_max) noexcept nogil:
    cdef Slab nodes
    if slab_open(&nodes, sizeof(BookNode), orders_max) < 0:
        return -1
    pool.nodes = <BookNode*> nodes.items
    pool.limit = orders_max
    pool.reserved = 0
    if levels_open(&pool.levels, levels_max) < 0:
        pool_close_nodes(pool)
        return -1
    return 0


cdef void pool_close_nodes(BookPool* pool) noexcept nogil:
    cdef Slab nodes
    nodes.items = <uint8_t*> pool.nodes
    nodes.item_size = sizeof(BookNode)
    nodes.limit = pool.limit
    slab_close(&nodes)
    pool.nodes = NULL


cdef void pool_close(BookPool* pool) noexcept nogil:
    pool_close_nodes(pool)
    levels_close(&pool.levels)


cdef void book_open(Book* book) noexcept nogil:
    memset(book, 0, sizeof(Book))


cdef void pool_stretches(BookPool* pool, uint32_t orders_used, Stretch* stretches) noexcept nogil:
    cdef Slab* levels = &pool.levels.levels
    cdef Slab* forks = &pool.levels.forks
    stretches[0].bytes = pool.nodes
    stretches[0].size = <uint64_t> orders_used * sizeof(BookNode)
    stretches[1].bytes = &levels.used
    stretches[1].size = SLAB_COUNTERS
    stretches[2].bytes = levels.items
    stretches[2].size = <uint64_t> levels.used * levels.item_size
    stretches[3].bytes = &forks.used
    stretches[3].size = SLAB_COUNTERS
    stretches[4].bytes = forks.items
    stretches[4].size = <uint64_t> forks.used * forks.item_size


cdef uint64_t pool_stretch_max(const BookPool* pool, uint32_t stretch) noexcept nogil:
    if stretch == 0:
        return <uint64_t> pool.limit * sizeof(BookNode)
    if stretch == 2:
        return <uint64_t> pool.levels.levels.limit * sizeof(Level)
    if stretch == 4:
        return <uint64_t> pool.levels.forks.limit * sizeof(Fork)
    return SLAB_COUNTERS


cdef inline Half* half_of(const Book* book, uint8_t side) noexcept nogil:
    return <Half*> &book.halves[side - SIDE_BUY]


cdef inline uint8_t other(uint8_t side) noexcept nogil:
    return <uint8_t> (SIDE_BUY + SIDE_SELL - side)


cdef inline void drop_level(BookPool* pool, Half* half, uint32_t slot) noexcept nogil:
    if half.best == slot:
        half.best = level_at(&pool.levels, slot).worse
    half.level_count -= 1
    level_remove(&pool.levels, &half.root, slot)


cdef int book_add(BookPool* pool, Book* book, uint32_t slot, uint8_t side, int64_t price,
                  int64_t qty, uint32_t owner) noexcept nogil:
    cdef Half* half = half_of(book, side)
    cdef uint64_t key = level_key(side, price)
    cdef uint32_t at = level_find(&pool.levels, half.root, key)
    cdef BookNode* node = &pool.nodes[slot]
    cdef Level* level
    assert slot < pool.limit
    assert node.level == NOT_RESTING
    assert qty > 0
    if at == 0:
        at = level_insert(&pool.levels, &half.root, key)
        if at == 0:
            return -1
        level = level_at(&pool.levels, at)
        level.side = side
        half.level_count += 1
        if level.better == 0:
            half.best = at
    level = level_at(&pool.levels, at)
    node.next = <uint32_t> NONE32
    node.previous = level.last
    node.level = at
    node.owner = owner
    node.leaves_qty = qty
    node.price = price
    if level.last != <uint32_t> NONE32:
        pool.nodes[level.last].next = slot
    else:
        level.first = slot
    level.last = slot
    level.qty += qty
    level.count += 1
    half.order_count += 1
    return 0


cdef void book_remove(BookPool* pool, Book* book, uint32_t slot, uint8_t side) noexcept nogil:
    cdef Half* half = half_of(book, side)
    cdef BookNode* node = &pool.nodes[slot]
    cdef Level* level = level_at(&pool.levels, node.level)
    assert node.level != NOT_RESTING
    assert level.side == side
    half.order_count -= 1
    level.count -= 1
    if level.count == 0:
        drop_level(pool, half, node.level)
    else:
        level.qty -= node.leaves_qty
        if node.previous != <uint32_t> NONE32:
            pool.nodes[node.previous].next = node.next
        else:
            level.first = node.next
        if node.next != <uint32_t> NONE32:
            pool.nodes[node.next].previous = node.previous
        else:
            level.last = node.previous
    node.level = NOT_RESTING


cdef void book_reduce(BookPool* pool, Book* book, uint32_t slot, uint8_t side,
                      int64_t new_leaves) noexcept nogil:
    cdef BookNode* node = &pool.nodes[slot]
    cdef Level* level = level_at(&pool.levels, node.level)
    assert node.level != NOT_RESTING
    assert 0 < new_leaves <= node.leaves_qty
    level.qty -= node.leaves_qty - new_leaves
    node.leaves_qty = new_leaves


cdef int book_best(const BookPool* pool, const Book* book, uint8_t side, int64_t* price,
                   int64_t* qty) noexcept nogil:
    cdef uint32_t best = half_of(book, side).best
    cdef const Level* level
    if best == 0:
        return 0
    level = level_at(&pool.levels, best)
    price[0] = level_price(side, level.key)
    qty[0] = level.qty
    return 1


cdef uint32_t book_front(const BookPool* pool, const Book* book, uint8_t side) noexcept nogil:
    cdef uint32_t best = half_of(book, side).best
    return level_at(&pool.levels, best).first if best != 0 else <uint32_t> NONE32


cdef uint32_t book_after(const BookPool* pool, uint32_t slot) noexcept nogil:
    cdef const BookNode* node = &pool.nodes[slot]
    cdef uint32_t worse
    if node.next != <uint32_t> NONE32:
        return node.next
    worse = level_at(&pool.levels, node.level).worse
    return level_at(&pool.levels, worse).first if worse != 0 else <uint32_t> NONE32


cdef uint32_t book_match(BookPool* pool, Book* book, uint8_t side, int64_t limit, int64_t qty,
                         Fill* fills, uint32_t fills_max) noexcept nogil:
    cdef Half* half = half_of(book, other(side))
    cdef uint64_t worst_key = level_key(other(side), limit)
    cdef uint32_t fill_count = 0
    cdef Level* level
    while half.best != 0 and qty > 0 and fill_count < fills_max:
        level = level_at(&pool.levels, half.best)
        if level.key > worst_key:
            break
        fill_count += match_level(pool, half, level, &qty, fills + fill_count,
                                  fills_max - fill_count)
        if level.count == 0:
            drop_level(pool, half, half.best)
    return fill_count


cdef inline uint32_t match_level(BookPool* pool, Half* half, Level* level, int64_t* qty,
                                 Fill* fills, uint32_t fills_max) noexcept nogil:
    # Leaves an emptied level with count 0 for the caller to drop.
    cdef uint32_t slot = level.first
    cdef uint32_t fill_count = 0
    cdef uint32_t done_count = 0
    cdef int64_t executed
    cdef BookNode* node
    while qty[0] > 0 and slot != <uint32_t> NONE32 and fill_count < fills_max:
        node = &pool.nodes[slot]
        executed = min(qty[0], node.leaves_qty)
        qty[0] -= executed
        level.qty -= executed
        node.leaves_qty -= executed
        fills[fill_count].slot = slot
        fills[fill_count].is_done = node.leaves_qty == 0
        fills[fill_count].price = node.price
        fills[fill_count].qty = executed
        fill_count += 1
        if node.leaves_qty > 0:
            break
        node.level = NOT_RESTING
        done_count += 1
        slot = node.next
    level.first = slot
    if slot != <uint32_t> NONE32:
        pool.nodes[slot].previous = <uint32_t> NONE32
    level.count -= done_count
    half.order_count -= done_count
    return fill_count


cdef int64_t book_available(const BookPool* pool, const Book* book, uint8_t side, int64_t limit,
                            int64_t enough) noexcept nogil:
    cdef uint32_t slot = half_of(book, other(side)).best
    cdef uint64_t worst_key = level_key(other(side), limit)
    cdef int64_t found = 0
    cdef const Level* level
    while slot != 0 and found < enough:
        level = level_at(&pool.levels, slot)
        if level.key > worst_key:
            break
        found += min(level.qty, enough - found)
        slot = level.worse
    return found


cdef uint32_t book_depth(const BookPool* pool, const Book* book, uint8_t side, int64_t* prices,
                         int64_t* qtys, uint32_t* counts, uint32_t depth_max) noexcept nogil:
    cdef uint32_t slot = half_of(book, side).best
    cdef uint32_t depth = 0
    cdef const Level* level
    while slot != 0 and depth < depth_max:
        level = level_at(&pool.levels, slot)
        prices[depth] = level_price(side, level.key)
        qtys[depth] = level.qty
        counts[depth] = level.count
        depth += 1
        slot = level.worse
    return depth


cdef int queue_fault(const BookPool* pool, uint32_t level_slot, uint8_t side) noexcept nogil:
    cdef const Level* level = level_at(&pool.levels, level_slot)
    cdef uint32_t slot = level.first, previous = <uint32_t> NONE32, count = 0
    cdef int64_t qty = 0
    cdef const BookNode* node
    if level.side != side:
        return 100              # a level knows its side
    while slot != <uint32_t> NONE32:
        if slot >= pool.limit or count == level.count:
            return 101          # the queue is as long as the level says, within the pool
        node = &pool.nodes[slot]
        if node.level != level_slot or node.previous != previous:
            return 102          # an order knows its level and its predecessor
        if node.price != level_price(side, level.key):
            return 103          # and has the level's price
        if node.leaves_qty <= 0:
            return 104          # nothing executed whole stays
        qty += node.leaves_qty
        count += 1
        previous = slot
        slot = node.next
    if count != level.count or count == 0 or level.last != previous:
        return 105              # no level is empty, its last order is the last
    return 106 if qty != level.qty else 0       # a level's quantity is the sum of its orders'


cdef int half_fault(const BookPool* pool, const Book* book, uint8_t side) noexcept nogil:
    cdef const Half* half = half_of(book, side)
    cdef uint32_t slot = half.best
    cdef uint32_t orders = 0
    cdef int fault = levels_fault(&pool.levels, half.root, half.best, half.level_count)
    while slot != 0 and fault == 0:
        fault = queue_fault(pool, slot, side)
        orders += level_at(&pool.levels, slot).count
        slot = level_at(&pool.levels, slot).worse
    if fault != 0:
        return fault
    return 107 if orders != half.order_count else 0     # a half's count is the sum of its levels'


cdef int book_fault(const BookPool* pool, const Book* book) noexcept nogil:
    cdef int64_t bid = 0, ask = 0, qty = 0
    cdef int fault = half_fault(pool, book, SIDE_BUY)
    if fault == 0:
        fault = half_fault(pool, book, SIDE_SELL)
    if fault != 0:
        return fault
    if book_best(pool, book, SIDE_BUY, &bid, &qty) and book_best(pool, book, SIDE_SELL, &ask, &qty):
        return 108 if bid >= ask else 0         # never crossed
    return 0
