"""The book: price-time priority over integers. Knows neither FIX nor accounts.

One BookPool per node holds all nodes and levels; one Book per instrument holds the two sides. A
BookNode is addressed by the *order slot* its owner gives (the same slot the core uses for its
order), so that nothing needs a second id. Index-linked, no pointers inside: a snapshot is a copy of
the used bytes.

The levels of each side are in levels.pxd. Sums are 64-bit: the caller bounds order quantities so
that the total of one level stays below 2**63 lots.
"""

from internaliser.matching.levels cimport Levels
from internaliser.model.types cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    NOT_RESTING = 0             # BookNode.level of an order in no book, and of a fresh node
    POOL_STRETCHES = 5

cdef struct BookNode:           # hot part of a resting order
    uint32_t next               # towards later arrivals at the level, NONE32 = the newest
    uint32_t previous           # NONE32 = the oldest
    uint32_t level              # slot of its level, NOT_RESTING = not in a book
    uint32_t owner              # client, for self-match checks
    int64_t leaves_qty          # lots
    int64_t price               # ticks

cdef struct Fill:
    uint32_t slot               # the resting order
    uint32_t is_done            # nothing of it left: it has left the book
    int64_t price               # its price
    int64_t qty

cdef struct BookPool:
    BookNode* nodes             # by order slot; `limit` entries, lazily touched
    uint32_t limit
    uint32_t reserved
    Levels levels               # of all books

cdef struct Half:               # one side of a book; level slots and references of levels.pxd
    uint32_t root
    uint32_t best               # 0 = empty
    uint32_t level_count
    uint32_t order_count

cdef struct Book:
    Half halves[2]              # bids, asks

cdef struct Stretch:            # one run of bytes that belongs to a snapshot
    void* bytes
    uint64_t size

# 0, or -1: no address space.
cdef int pool_open(BookPool* pool, uint32_t orders_max, uint32_t levels_max) noexcept nogil
cdef void pool_close(BookPool* pool) noexcept nogil
cdef void book_open(Book* book) noexcept nogil

# The pool's used bytes, POOL_STRETCHES of them, when order slots from `orders_used` on were never
# used. The Book structs are the caller's and belong to the same snapshot. To load: pool_open with
# limits no smaller, check sizes with pool_stretch_max, copy the bytes to the same places, then ask
# book_fault of every book.
cdef void pool_stretches(BookPool* pool, uint32_t orders_used, Stretch* stretches) noexcept nogil
cdef uint64_t pool_stretch_max(const BookPool* pool, uint32_t stretch) noexcept nogil

cdef inline bint is_resting(const BookPool* pool, uint32_t slot) noexcept nogil:
    return pool.nodes[slot].level != NOT_RESTING

# Rest an order behind all others at its price. 0, or -1 when levels_max is reached (nothing
# changed). The caller has matched it first: it must not cross.
cdef int book_add(BookPool* pool, Book* book, uint32_t slot, uint8_t side, int64_t price,
                  int64_t qty, uint32_t owner) noexcept nogil
cdef void book_remove(BookPool* pool, Book* book, uint32_t slot, uint8_t side) noexcept nogil
# Less quantity at the same price keeps the place in the queue. `new_leaves` > 0.
cdef void book_reduce(BookPool* pool, Book* book, uint32_t slot, uint8_t side,
                      int64_t new_leaves) noexcept nogil

# Best level of `side` (SIDE_BUY = bids): 1 and price and total quantity, or 0 when empty.
cdef int book_best(const BookPool* pool, const Book* book, uint8_t side, int64_t* price,
                   int64_t* qty) noexcept nogil
# Slot of the first order in the queue of the best level, NONE32 when empty.
cdef uint32_t book_front(const BookPool* pool, const Book* book, uint8_t side) noexcept nogil
# The order after this one in priority, over level borders; NONE32 after the last of its side.
cdef uint32_t book_after(const BookPool* pool, uint32_t slot) noexcept nogil

# Execute an incoming order of `side` against the other side, best price first, oldest first, at the
# resting prices, while they are no worse than `limit` and `qty` remains; at most fills_max fills.
# Fully executed resting orders leave the book. Returns the number of fills written.
cdef uint32_t book_match(BookPool* pool, Book* book, uint8_t side, int64_t limit, int64_t qty,
                         Fill* fills, uint32_t fills_max) noexcept nogil
# Quantity available to an incoming order of `side` at `limit` or better, counted up to `enough`.
cdef int64_t book_available(const BookPool* pool, const Book* book, uint8_t side, int64_t limit,
                            int64_t enough) noexcept nogil
# The `depth_max` best levels of a side (price, qty, order count); returns how many.
cdef uint32_t book_depth(const BookPool* pool, const Book* book, uint8_t side, int64_t* prices,
                         int64_t* qtys, uint32_t* counts, uint32_t depth_max) noexcept nogil

# 0, or the number of the first fact that does not hold (book.pyx, from 100; levels.pyx, below 100).
# Walks the whole book: for tests, for snapshots just loaded, for an operator who wants to know.
cdef int book_fault(const BookPool* pool, const Book* book) noexcept nogil
