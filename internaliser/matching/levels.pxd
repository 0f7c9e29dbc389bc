"""Levels: the prices of one half of a book, sorted, found by price, never searched linearly.

A level's `key` is its price as an unsigned number of which the smaller is the better for whoever
trades against it, on both sides. The levels of a half are the leaves of a radix tree over those
keys (4 bits a fork, forks with one child left out, so n levels need at most n - 1 forks) and also a
list from best to worst. The tree finds and places a level in at most 16 hops whatever the number of
levels; its shape depends only on which prices are present. Everything is a slot number, so it can
be copied as bytes.

A *reference* is 0 (none), the slot of a level, or a fork: FORK_BIT, the digit of the key that it
tells apart, and its slot. With the digit in the reference a hop reads one cache line. Level slot 0
is never used.
"""

from internaliser.model.enums cimport SIDE_BUY
from internaliser.model.slab cimport Slab
from internaliser.model.types cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    FORK_BIT = 0x80000000
    FORK_SLOT_BITS = 27
    FORK_SLOT_MASK = 0x07FFFFFF
    FORK_WIDTH = 16

cdef struct Level:              # 40 bytes
    uint32_t first              # order slots: the oldest
    uint32_t last               # and the newest of the queue
    uint32_t better             # level slots; 0 = this is the best
    uint32_t worse              # 0 = this is the worst
    uint64_t key
    int64_t qty                 # sum of the leaves of its orders, lots
    uint32_t count              # orders
    uint32_t side

cdef struct Fork:               # 64 bytes, aligned: one cache line
    uint32_t children[16]       # references, in order of key

cdef struct Levels:             # storage for the levels of all books
    Slab levels
    Slab forks

cdef inline uint64_t level_key(uint8_t side, int64_t price) noexcept nogil:
    # The sign bit flips so that negative prices sort below positive ones; bids run the other way.
    cdef uint64_t key = <uint64_t> price ^ (<uint64_t> 1 << 63)
    return ~key if side == SIDE_BUY else key

cdef inline int64_t level_price(uint32_t side, uint64_t key) noexcept nogil:
    return <int64_t> ((~key if side == SIDE_BUY else key) ^ (<uint64_t> 1 << 63))

cdef inline Level* level_at(const Levels* store, uint32_t slot) noexcept nogil:
    return &(<Level*> store.levels.items)[slot]

cdef inline Fork* fork_at(const Levels* store, uint32_t reference) noexcept nogil:
    return &(<Fork*> store.forks.items)[reference & FORK_SLOT_MASK]

# Position of the digit a fork tells apart: 0, 4, .. 60.
cdef inline uint32_t fork_shift(uint32_t reference) noexcept nogil:
    return (reference >> (FORK_SLOT_BITS - 2)) & 60

cdef inline uint32_t* child_for(const Levels* store, uint32_t reference,
                                uint64_t key) noexcept nogil:
    cdef uint32_t digit = <uint32_t> (key >> fork_shift(reference)) & (FORK_WIDTH - 1)
    return &fork_at(store, reference).children[digit]

# The slot of the level with this key under `root`, 0 if there is none.
cdef inline uint32_t level_find(const Levels* store, uint32_t root, uint64_t key) noexcept nogil:
    # Digits that no fork tells apart are skipped on the way down, so the leaf's whole key decides.
    while root & <uint32_t> FORK_BIT:
        root = child_for(store, root, key)[0]
    if root != 0 and level_at(store, root).key == key:
        return root
    return 0

cdef int levels_open(Levels* store, uint32_t levels_max) noexcept nogil     # 0, or -1: no memory
cdef void levels_close(Levels* store) noexcept nogil

# A new level without orders for a key that has none, linked between its neighbours; 0 when
# levels_max is reached (nothing changed).
cdef uint32_t level_insert(Levels* store, uint32_t* root, uint64_t key) noexcept nogil
cdef void level_remove(Levels* store, uint32_t* root, uint32_t slot) noexcept nogil

# 0, or the number of the first fact (levels.pyx) that does not hold for the tree and list under
# `root`.
cdef int levels_fault(const Levels* store, uint32_t root, uint32_t best,
                      uint32_t count) noexcept nogil
