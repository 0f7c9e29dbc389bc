"""A path-compressed radix tree of price levels whose leaves are also a sorted list."""

from internaliser.model.slab cimport slab_close, slab_give, slab_open, slab_take
from internaliser.model.types cimport NONE32, uint8_t, uint32_t, uint64_t

cdef extern from *:
    """
    static inline uint32_t internaliser_lowest(uint32_t v) { return (uint32_t)__builtin_ctz(v); }
    static inline uint32_t internaliser_highest(uint32_t v) { return 31u -
    (uint32_t)__builtin_clz(v); } static inline uint32_t internaliser_top(uint64_t v) { return 63u -
    (uint32_t)__builtin_clzll(v); }
    """
    uint32_t lowest "internaliser_lowest"(uint32_t bits) nogil
    uint32_t highest "internaliser_highest"(uint32_t bits) nogil
    uint32_t top_bit "internaliser_top"(uint64_t bits) nogil


cdef int levels_open(Levels* store, uint32_t levels_max) noexcept nogil:
    if levels_max >= <uint32_t> FORK_MASK:
        return -1
    if slab_open(&store.levels, sizeof(Level), levels_max + 1) < 0:
        return -1
    if slab_open(&store.forks, sizeof(Fork), levels_max + 1) < 0:
        slab_close(&store.levels)
        return -1
    slab_take(&store.levels)        # slot 0 means none
    return 0


cdef void levels_close(Levels* store) noexcept nogil:
    slab_close(&store.levels)
    slab_close(&store.forks)


cdef inline uint32_t digit_of(uint64_t key, uint8_t shift) noexcept nogil:
    return <uint32_t> (key >> shift) & (FORK_WIDTH - 1)


cdef inline uint64_t above(uint64_t key, uint8_t shift) noexcept nogil:
    # Two shifts: one by 64 would be undefined.
    return key >> shift >> 4


cdef uint32_t best_leaf(const Levels* store, uint32_t reference) noexcept nogil:
    cdef const Fork* fork
    while reference & <uint32_t> FORK_BIT:
        fork = fork_at(store, reference)
        reference = fork.children[lowest(fork.occupied)]
    return reference


cdef uint32_t worst_leaf(const Levels* store, uint32_t reference) noexcept nogil:
    cdef const Fork* fork
    while reference & <uint32_t> FORK_BIT:
        fork = fork_at(store, reference)
        reference = fork.children[highest(fork.occupied)]
    return reference


cdef void link_between(Levels* store, uint32_t slot, uint32_t better,
                       uint32_t worse) noexcept nogil:
    cdef Level* level = level_at(store, slot)
    level.better = better
    level.worse = worse
    if better != 0:
        level_at(store, better).worse = slot
    if worse != 0:
        level_at(store, worse).better = slot


cdef void place_in_fork(Levels* store, Fork* fork, uint32_t slot, uint64_t key) noexcept nogil:
    # A fork always has another child, so one neighbour is below it and the list knows the second.
    cdef uint32_t digit = digit_of(key, fork.shift)
    cdef uint32_t worse_children = fork.occupied & ~((<uint32_t> 2 << digit) - 1)
    cdef uint32_t neighbour
    if worse_children != 0:
        neighbour = best_leaf(store, fork.children[lowest(worse_children)])
        link_between(store, slot, level_at(store, neighbour).better, neighbour)
    else:
        neighbour = worst_leaf(store, fork.children[highest(fork.occupied)])
        link_between(store, slot, neighbour, level_at(store, neighbour).worse)
    fork.children[digit] = slot
    fork.occupied |= <uint16_t> (1 << digit)


cdef void split(Levels* store, uint32_t* link, uint64_t old_key, uint32_t slot,
                uint64_t key) noexcept nogil:
    # Forks are never short: each level but the first of a half makes at most one.
    cdef uint32_t old = link[0]
    cdef uint32_t taken = slab_take(&store.forks)
    cdef Fork* fork = fork_at(store, taken)
    cdef uint32_t old_digit
    fork.shift = <uint8_t> (top_bit(key ^ old_key) & ~<uint32_t> 3)
    fork.prefix = above(key, fork.shift) << 4 << fork.shift
    old_digit = digit_of(old_key, fork.shift)
    fork.children[old_digit] = old
    fork.occupied = <uint16_t> (1 << old_digit)
    place_in_fork(store, fork, slot, key)
    link[0] = taken | <uint32_t> FORK_BIT


cdef uint32_t level_insert(Levels* store, uint32_t* root, uint64_t key) noexcept nogil:
    cdef uint32_t slot = slab_take(&store.levels)
    cdef uint32_t* link = root
    cdef Fork* fork
    cdef uint32_t* child
    if slot == <uint32_t> NONE32:
        return 0
    level_at(store, slot).first = <uint32_t> NONE32
    level_at(store, slot).last = <uint32_t> NONE32
    level_at(store, slot).key = key
    if root[0] == 0:
        root[0] = slot
        return slot
    while link[0] & <uint32_t> FORK_BIT:
        fork = fork_at(store, link[0])
        if above(key ^ fork.prefix, fork.shift) != 0:
            split(store, link, fork.prefix, slot, key)
            return slot
        child = &fork.children[digit_of(key, fork.shift)]
        if child[0] == 0:
            place_in_fork(store, fork, slot, key)
            return slot
        link = child
    split(store, link, level_at(store, link[0]).key, slot, key)
    return slot


cdef void level_remove(Levels* store, uint32_t* root, uint32_t slot) noexcept nogil:
    cdef Level* level = level_at(store, slot)
    cdef uint32_t* link = root          # refers to `fork` once there is one
    cdef uint32_t* child = root
    cdef Fork* fork = NULL
    cdef uint32_t emptied
    if level.better != 0:
        level_at(store, level.better).worse = level.worse
    if level.worse != 0:
        level_at(store, level.worse).better = level.better
    while child[0] & <uint32_t> FORK_BIT:
        link = child
        fork = fork_at(store, child[0])
        child = &fork.children[digit_of(level.key, fork.shift)]
    child[0] = 0
    if fork != NULL:
        fork.occupied &= <uint16_t> ~(1 << digit_of(level.key, fork.shift))
        if fork.occupied & (fork.occupied - 1) == 0:
            emptied = link[0] & <uint32_t> FORK_MASK
            link[0] = fork.children[lowest(fork.occupied)]
            slab_give(&store.forks, emptied)
    slab_give(&store.levels, slot)


cdef inline uint64_t common(uint64_t key, uint8_t shift) noexcept nogil:
    # What a key shares with all others below a fork at `shift`; 64 = above the root: nothing.
    return key >> shift if shift < 64 else 0


cdef int tree_fault(const Levels* store, uint32_t reference, uint64_t prefix, uint8_t shift,
                    uint32_t* leaves) noexcept nogil:
    # `prefix` and `shift`: what the fork above says all keys below have in common.
    cdef const Fork* fork
    cdef uint32_t digit, children = 0
    cdef int fault
    if not reference & <uint32_t> FORK_BIT:
        leaves[0] += 1
        if reference == 0 or reference >= store.levels.used:
            return 1            # a child refers to a level that was handed out
        return 2 if common(level_at(store, reference).key ^ prefix, shift) != 0 else 0
    if (reference & <uint32_t> FORK_MASK) >= store.forks.used:
        return 3                # a child refers to a fork that was handed out
    fork = fork_at(store, reference)
    if fork.shift >= shift or fork.shift & 3:
        return 4                # forks tell ever lower digits apart
    if common(fork.prefix ^ prefix, shift) != 0:
        return 5                # a fork's prefix continues the one above
    if above(fork.prefix, fork.shift) << 4 << fork.shift != fork.prefix:
        return 8                # and ends before its own digit
    for digit in range(FORK_WIDTH):
        if (fork.children[digit] != 0) != (fork.occupied >> digit & 1):
            return 6            # `occupied` says which children there are
        if fork.children[digit] != 0:
            children += 1
            fault = tree_fault(store, fork.children[digit],
                               fork.prefix | <uint64_t> digit << fork.shift, fork.shift, leaves)
            if fault != 0:
                return fault
    return 7 if children < 2 else 0     # a fork with one child would be left out


cdef int levels_fault(const Levels* store, uint32_t root, uint32_t best,
                      uint32_t count) noexcept nogil:
    cdef uint32_t slot = best, previous = 0, listed = 0, leaves = 0
    cdef int fault
    if root == 0:
        return 0 if best == 0 and count == 0 else 10
    fault = tree_fault(store, root, 0, 64, &leaves)
    if fault != 0:
        return fault
    if leaves != count:
        return 11               # the tree holds as many levels as the half says
    while slot != 0:
        if slot >= store.levels.used or listed == count:
            return 12           # the list is neither longer than the tree nor leaves it
        if level_at(store, slot).better != previous:
            return 13           # both links of the list agree
        if previous != 0 and level_at(store, previous).key >= level_at(store, slot).key:
            return 14           # strictly from best to worst
        if level_find(store, root, level_at(store, slot).key) != slot:
            return 15           # the tree finds every level of the list
        previous = slot
        slot = level_at(store, slot).worse
        listed += 1
    return 0 if listed == count else 16

