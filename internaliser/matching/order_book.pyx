"""The book as a Python object, for tools, tests and benchmarks. The core uses book.pxd directly.

>>> book = OrderBook(Pool(orders_max=16, levels_max=16))
>>> book.place(0, SIDE_SELL, 101, 5)
[]
>>> book.place(1, SIDE_BUY, 102, 3)
[(0, 101, 3)]
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from internaliser.matching.book cimport (
    NOT_RESTING, POOL_STRETCHES, Book, BookNode, BookPool, Fill, Stretch, book_add, book_after,
    book_available, book_best, book_depth, book_fault, book_front, book_match, book_open,
    book_reduce, book_remove, is_resting, pool_close, pool_open, pool_stretch_max, pool_stretches,
)
from internaliser.matching.levels cimport Level, level_at, level_find
from internaliser.model.enums cimport SIDE_BUY, SIDE_SELL
from internaliser.model.types cimport NONE32, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from collections import namedtuple

cdef enum:
    FILLS_MAX = 1024            # fills read from the book at a time
    DEPTH_MAX = 1024            # levels copied at a time

cdef enum OpKind:
    OP_PLACE = 1                # match, then rest what is left
    OP_CANCEL = 2
    OP_REPLACE = 3              # new price and new leaves
    OP_TAKE = 4                 # match only

cdef enum RunStatus:
    RUN_DONE = 0
    RUN_SENSELESS = 1
    RUN_FULL = 2

cdef packed struct Op:          # struct "<BBHIqq"
    uint8_t kind
    uint8_t side
    uint16_t owner
    uint32_t slot
    int64_t price
    int64_t qty

PLACE = OP_PLACE
CANCEL = OP_CANCEL
REPLACE = OP_REPLACE
TAKE = OP_TAKE
OP_FORMAT = "<BBHIqq"

Totals = namedtuple("Totals", "ops missed fills qty digest")


cdef struct Tally:
    uint64_t missed             # cancels and replaces of orders that were no longer there
    uint64_t fills
    uint64_t qty
    uint64_t digest             # FNV-1a over operation number, slot, price, quantity of every fill


cdef class Pool:
    """Storage for the orders and levels of any number of books."""

    cdef BookPool pool

    def __cinit__(self, uint32_t orders_max, uint32_t levels_max):
        if orders_max == 0 or levels_max == 0:
            raise ValueError("orders_max and levels_max must be at least 1")
        if pool_open(&self.pool, orders_max, levels_max) < 0:
            raise MemoryError(f"no address space for {orders_max} orders and {levels_max} levels")

    def __dealloc__(self):
        pool_close(&self.pool)

    @property
    def orders_max(self):
        return self.pool.limit

    @property
    def level_count(self):
        """Levels in use by all books."""
        return self.pool.levels.levels.live - 1

    @property
    def fork_count(self):
        """Forks of the level trees in use by all books."""
        return self.pool.levels.forks.live

    def snapshot(self, uint32_t orders_used):
        """The used bytes, when order slots from `orders_used` on were never used."""
        cdef Stretch stretches[POOL_STRETCHES]
        if orders_used > self.pool.limit:
            raise ValueError(f"the pool has {self.pool.limit} order slots, not {orders_used}")
        pool_stretches(&self.pool, orders_used, stretches)
        return [
            PyBytes_FromStringAndSize(<char*> stretches[i].bytes, <Py_ssize_t> stretches[i].size)
            for i in range(POOL_STRETCHES)
        ]

    def restore(self, list snapshot not None):
        """Take over the bytes of a snapshot; books over this pool must be restored with it."""
        cdef Stretch stretches[POOL_STRETCHES]
        cdef bytes part
        if len(snapshot) != POOL_STRETCHES:
            raise ValueError(f"a snapshot has {POOL_STRETCHES} parts, not {len(snapshot)}")
        for i in range(POOL_STRETCHES):
            if <uint64_t> len(snapshot[i]) > pool_stretch_max(&self.pool, i):
                raise ValueError(f"part {i} of the snapshot exceeds the limits of this pool")
        pool_stretches(&self.pool, 0, stretches)
        for i in range(POOL_STRETCHES):
            part = snapshot[i]
            memcpy(stretches[i].bytes, PyBytes_AS_STRING(part), len(part))


@cython.binding(True)   # calls from Python are a quarter faster so
cdef class OrderBook:
    """One instrument's book. Order slots are the caller's, shared by all books of a pool."""

    cdef Book book
    cdef readonly Pool pool
    cdef Fill* fills

    def __cinit__(self, Pool pool not None):
        self.pool = pool
        self.fills = <Fill*> malloc(FILLS_MAX * sizeof(Fill))
        if self.fills == NULL:
            raise MemoryError("no memory for the fills of one match")
        book_open(&self.book)

    def __dealloc__(self):
        free(self.fills)

    def place(self, uint32_t slot, uint8_t side, int64_t price, int64_t qty, uint32_t owner=0):
        """Match, then rest what is left. Returns the fills: (resting slot, price, quantity)."""
        cdef int64_t left = qty
        self.require_free(slot)
        require_sound(side, qty)
        fills = self.matched(side, price, &left)
        if left > 0:
            self.rest(slot, side, price, left, owner)
        return fills

    def take(self, uint8_t side, int64_t price, int64_t qty):
        """Match only. Returns the fills."""
        cdef int64_t left = qty
        require_sound(side, qty)
        return self.matched(side, price, &left)

    def cancel(self, uint32_t slot):
        """Whether the order was resting, and so left the book now."""
        if not self.has(slot):
            return False
        book_remove(&self.pool.pool, &self.book, slot, self.side_of(slot))
        return True

    def replace(self, uint32_t slot, int64_t price, int64_t leaves_qty):
        """New price and leaves of a resting order; None if it does not rest, else the fills.

        Less quantity at the same price keeps the place in the queue; any other change loses it.
        """
        cdef BookNode* node
        cdef uint8_t side
        cdef uint32_t owner
        if not self.has(slot):
            return None
        side = self.side_of(slot)
        require_sound(side, leaves_qty)
        node = &self.pool.pool.nodes[slot]
        if price == node.price and leaves_qty <= node.leaves_qty:
            book_reduce(&self.pool.pool, &self.book, slot, side, leaves_qty)
            return []
        owner = node.owner
        book_remove(&self.pool.pool, &self.book, slot, side)
        return self.place(slot, side, price, leaves_qty, owner)

    def best(self, uint8_t side):
        """(price, quantity) of the best level of a side, None when empty."""
        cdef int64_t price = 0, qty = 0
        require_sound(side, 1)
        if not book_best(&self.pool.pool, &self.book, side, &price, &qty):
            return None
        return price, qty

    def depth(self, uint8_t side, uint32_t depth_max=DEPTH_MAX):
        """The best levels of a side, best first: (price, quantity, order count). At most 1024."""
        cdef int64_t prices[DEPTH_MAX]
        cdef int64_t qtys[DEPTH_MAX]
        cdef uint32_t counts[DEPTH_MAX]
        cdef uint32_t depth
        require_sound(side, 1)
        depth = book_depth(&self.pool.pool, &self.book, side, prices, qtys, counts,
                           min(depth_max, <uint32_t> DEPTH_MAX))
        return [(prices[i], qtys[i], counts[i]) for i in range(depth)]

    def available(self, uint8_t side, int64_t limit, int64_t enough):
        """What an incoming order of `side` could execute at `limit` or better, at most `enough`."""
        require_sound(side, 1)
        return book_available(&self.pool.pool, &self.book, side, limit, enough)

    def orders(self, uint8_t side):
        """All orders of a side in priority: (slot, price, leaves quantity, owner)."""
        cdef uint32_t slot
        cdef BookNode* node
        require_sound(side, 1)
        found = []
        slot = book_front(&self.pool.pool, &self.book, side)
        while slot != <uint32_t> NONE32:
            node = &self.pool.pool.nodes[slot]
            found.append((slot, node.price, node.leaves_qty, node.owner))
            slot = book_after(&self.pool.pool, slot)
        return found

    @property
    def order_count(self):
        return self.book.halves[0].order_count + self.book.halves[1].order_count

    @property
    def level_count(self):
        return self.book.halves[0].level_count + self.book.halves[1].level_count

    def fault(self):
        """0, or the number (book.pyx, levels.pyx) of the first fact that does not hold here."""
        return book_fault(&self.pool.pool, &self.book)

    def snapshot(self):
        """The bytes of this book alone; its orders and levels are in the pool's snapshot."""
        return PyBytes_FromStringAndSize(<char*> &self.book, sizeof(Book))

    def restore(self, bytes snapshot not None):
        if len(snapshot) != sizeof(Book):
            raise ValueError(f"a book has {sizeof(Book)} bytes, not {len(snapshot)}")
        memcpy(&self.book, PyBytes_AS_STRING(snapshot), sizeof(Book))

    def run(self, bytes ops not None):
        """Apply operations packed as OP_FORMAT: kind, side, owner, slot, price, quantity.

        A cancel or replace of an order that does not rest, and a place of one that does, count as
        missed. Order slots must not rest in another book of the pool. Returns Totals. Stops with
        ValueError at an operation that makes no sense and with OverflowError at levels_max; those
        before it stay applied.
        """
        cdef size_t count = <size_t> len(ops) // sizeof(Op)
        cdef const Op* first = <const Op*> PyBytes_AS_STRING(ops)
        cdef size_t applied
        cdef int status
        cdef Tally tally
        if count == 0 or count * sizeof(Op) != <size_t> len(ops):
            raise ValueError(f"operations are {sizeof(Op)} bytes each, not {len(ops)} in all")
        with nogil:
            applied = run_ops(&self.pool.pool, &self.book, first, count, self.fills,
                              &tally, &status)
        if status == RUN_SENSELESS:
            raise ValueError(f"operation {applied} has no such kind, side, slot or quantity")
        if status == RUN_FULL:
            raise OverflowError(f"levels_max reached at operation {applied}")
        return Totals(count, tally.missed, tally.fills, tally.qty, tally.digest)

    cdef int require_free(self, uint32_t slot) except -1:
        if slot >= self.pool.pool.limit:
            raise ValueError(f"the pool has {self.pool.pool.limit} order slots, no {slot}")
        if is_resting(&self.pool.pool, slot):
            raise ValueError(f"order slot {slot} is resting already")
        return 0

    cdef bint has(self, uint32_t slot) noexcept:
        # In this book: another book of the pool may hold the slot.
        cdef BookPool* pool = &self.pool.pool
        cdef const Level* level
        if slot >= pool.limit or not is_resting(pool, slot):
            return False
        level = level_at(&pool.levels, pool.nodes[slot].level)
        return level_find(&pool.levels, self.book.halves[level.side - SIDE_BUY].root,
                          level.key) == pool.nodes[slot].level

    cdef uint8_t side_of(self, uint32_t slot) noexcept:
        return <uint8_t> level_at(&self.pool.pool.levels, self.pool.pool.nodes[slot].level).side

    cdef list matched(self, uint8_t side, int64_t limit, int64_t* left):
        cdef list fills = []
        cdef uint32_t count = FILLS_MAX
        while count == FILLS_MAX and left[0] > 0:
            count = book_match(&self.pool.pool, &self.book, side, limit, left[0], self.fills,
                               FILLS_MAX)
            for i in range(count):
                left[0] -= self.fills[i].qty
                fills.append((self.fills[i].slot, self.fills[i].price, self.fills[i].qty))
        return fills

    cdef int rest(self, uint32_t slot, uint8_t side, int64_t price, int64_t qty,
                  uint32_t owner) except -1:
        if book_add(&self.pool.pool, &self.book, slot, side, price, qty, owner) < 0:
            raise OverflowError("levels_max reached: the rest of the order is not in the book")
        return 0


cdef int require_sound(uint8_t side, int64_t qty) except -1:
    if side != SIDE_BUY and side != SIDE_SELL:
        raise ValueError(f"a side is {SIDE_BUY} or {SIDE_SELL}, not {side}")
    if qty <= 0:
        raise ValueError(f"a quantity is at least 1 lot, not {qty}")
    return 0


cdef inline void tell(Tally* tally, uint64_t word) noexcept nogil:
    tally.digest = (tally.digest ^ word) * <uint64_t> 0x100000001B3


cdef int64_t match_op(BookPool* pool, Book* book, const Op* op, uint8_t side, uint64_t number,
                      Fill* fills, Tally* tally) noexcept nogil:
    # What is left of the quantity.
    cdef int64_t left = op.qty
    cdef uint32_t count = FILLS_MAX
    cdef uint32_t i
    while count == FILLS_MAX and left > 0:
        count = book_match(pool, book, side, op.price, left, fills, FILLS_MAX)
        for i in range(count):
            left -= fills[i].qty
            tally.qty += <uint64_t> fills[i].qty
            tell(tally, number)
            tell(tally, fills[i].slot)
            tell(tally, <uint64_t> fills[i].price)
            tell(tally, <uint64_t> fills[i].qty)
        tally.fills += count
    return left


cdef inline bint makes_sense(const BookPool* pool, const Op* op) noexcept nogil:
    return (
        op.slot < pool.limit
        and OP_PLACE <= op.kind <= OP_TAKE
        and (op.kind == OP_CANCEL or op.qty > 0)
        and (op.side == SIDE_BUY or op.side == SIDE_SELL)
    )


cdef inline int apply_op(BookPool* pool, Book* book, const Op* op, uint64_t number, Fill* fills,
                         Tally* tally) noexcept nogil:
    cdef BookNode* node = &pool.nodes[op.slot]
    cdef uint32_t owner = op.owner
    cdef uint8_t side = op.side
    cdef int64_t left
    if not makes_sense(pool, op):
        return RUN_SENSELESS
    if op.kind == OP_CANCEL or op.kind == OP_REPLACE:
        if node.level == NOT_RESTING:
            tally.missed += 1
            return RUN_DONE
        side = <uint8_t> level_at(&pool.levels, node.level).side
        owner = node.owner
        if op.kind == OP_REPLACE and op.price == node.price and op.qty <= node.leaves_qty:
            book_reduce(pool, book, op.slot, side, op.qty)
            return RUN_DONE
        book_remove(pool, book, op.slot, side)
        if op.kind == OP_CANCEL:
            return RUN_DONE
    elif op.kind == OP_PLACE and node.level != NOT_RESTING:
        tally.missed += 1
        return RUN_DONE
    left = match_op(pool, book, op, side, number, fills, tally)
    if left > 0 and op.kind != OP_TAKE:
        if book_add(pool, book, op.slot, side, op.price, left, owner) < 0:
            return RUN_FULL
    return RUN_DONE


cdef size_t run_ops(BookPool* pool, Book* book, const Op* ops, size_t count, Fill* fills,
                    Tally* tally, int* status) noexcept nogil:
    # How many were applied.
    cdef size_t i
    tally.missed = 0
    tally.fills = 0
    tally.qty = 0
    tally.digest = <uint64_t> 0xCBF29CE484222325
    status[0] = RUN_DONE
    for i in range(count):
        status[0] = apply_op(pool, book, &ops[i], i, fills, tally)
        if status[0] != RUN_DONE:
            return i
    return count
