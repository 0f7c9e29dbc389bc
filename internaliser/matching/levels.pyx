"""A path-compressed radix tree of price levels whose leaves are also a sorted list."""

from internaliser.model.slab cimport slab_close, slab_give, slab_open, slab_take
from internaliser.model.types cimport NONE32, uint32_t, uint64_t

cdef extern from *:
    """
    static inline uint32_t internaliser_top(uint64_t v) {
        return 63u - (uint32_t)__builtin_clzll(v);
    }
    """
    uint32_t top_bit "internaliser_top"(uint64_t bits) nogil


cdef int levels_open(Levels* store, uint32_t levels_max) noexcept nogil:
    if levels_max >= <uint32_t> FORK_SLOT_MASK:
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


cdef inline uint32_t next_child(const Fork* fork, uint32_t digit) noexcept nogil:
    # The first occupied digit from `digit` on, FORK_WIDTH if there is none.
    while digit < FORK_WIDTH and fork.children[digit] == 0:
        digit += 1
    return digit


cdef inline uint32_t previous_child(const Fork* fork, uint32_t digit) noexcept nogil:
    # The last occupied digit up to `digit`; there is one.
    while fork.children[digit] == 0:
        digit -= 1
    return digit


cdef uint32_t best_leaf(const Levels* store, uint32_t reference) noexcept nogil:
    cdef const Fork* fork
    while reference & <uint32_t> FORK_BIT:
        fork = fork_at(store, reference)
        reference = fork.children[next_child(fork, 0)]
    return reference


cdef uint32_t worst_leaf(const Levels* store, uint32_t reference) noexcept nogil:
    cdef const Fork* fork
    while reference & <uint32_t> FORK_BIT:
        fork = fork_at(store, reference)
        reference = fork.children[previous_child(fork, FORK_WIDTH - 1)]
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


cdef void place_in_fork(Levels* store, uint32_t reference, uint32_t slot,
                        uint64_t key) noexcept nogil:
    # A fork always has another child, so one neighbour is below it and the list knows the second.
    cdef Fork* fork = fork_at(store, reference)
    cdef uint32_t* child = child_for(store, reference, key)
    cdef uint32_t worse_digit = next_child(fork, <uint32_t> (child - fork.children))
    cdef uint32_t neighbour
    if worse_digit < FORK_WIDTH:
        neighbour = best_leaf(store, fork.children[worse_digit])
        link_between(store, slot, level_at(store, neighbour).better, neighbour)
    else:
        neighbour = worst_leaf(store, reference)
        link_between(store, slot, neighbour, level_at(store, neighbour).worse)
    child[0] = slot


cdef uint64_t nearby_key(const Levels* store, uint32_t root, uint64_t key) noexcept nogil:
    # The key of a level that shares as many leading digits with `key` as any under `root` does.
    cdef uint32_t reference = root
    cdef uint32_t child
    while reference & <uint32_t> FORK_BIT:
        child = child_for(store, reference, key)[0]
        if child == 0:
            reference = best_leaf(store, reference)
        else:
            reference = child
    return level_at(store, reference).key


cdef uint32_t level_insert(Levels* store, uint32_t* root, uint64_t key) noexcept nogil:
    cdef uint32_t slot = slab_take(&store.levels)
    cdef uint32_t* link = root
    cdef uint32_t shift, fork
    cdef uint64_t nearby
    if slot == <uint32_t> NONE32:
        return 0
    level_at(store, slot).first = <uint32_t> NONE32
    level_at(store, slot).last = <uint32_t> NONE32
    level_at(store, slot).key = key
    if root[0] == 0:
        root[0] = slot
        return slot
    nearby = nearby_key(store, root[0], key)
    shift = top_bit(key ^ nearby) & ~<uint32_t> 3
    while link[0] & <uint32_t> FORK_BIT and fork_shift(link[0]) > shift:
        link = child_for(store, link[0], key)
    if not (link[0] & <uint32_t> FORK_BIT and fork_shift(link[0]) == shift):
        # Forks are never short: each level but the first of a half makes at most one.
        fork = <uint32_t> FORK_BIT | shift << (FORK_SLOT_BITS - 2) | slab_take(&store.forks)
        child_for(store, fork, nearby)[0] = link[0]
        link[0] = fork
    place_in_fork(store, link[0], slot, key)
    return slot


cdef void level_remove(Levels* store, uint32_t* root, uint32_t slot) noexcept nogil:
    cdef Level* level = level_at(store, slot)
    cdef uint32_t* link = root          # refers to the fork of `child` once there is one
    cdef uint32_t* child = root
    cdef uint32_t left, reference
    cdef Fork* fork
    if level.better != 0:
        level_at(store, level.better).worse = level.worse
    if level.worse != 0:
        level_at(store, level.worse).better = level.better
    while child[0] & <uint32_t> FORK_BIT:
        link = child
        child = child_for(store, child[0], level.key)
    child[0] = 0
    reference = link[0]
    if reference != 0:
        fork = fork_at(store, reference)
        left = next_child(fork, 0)
        if next_child(fork, left + 1) == FORK_WIDTH:
            link[0] = fork.children[left]
            slab_give(&store.forks, reference & <uint32_t> FORK_SLOT_MASK)
    slab_give(&store.levels, slot)


cdef int tree_fault(const Levels* store, uint32_t reference, uint32_t shift_above, uint32_t* leaves,
                    uint64_t* key) noexcept nogil:
    # Sets `key` to that of the best level below, once all below is known to be sound.
    cdef uint32_t shift = fork_shift(reference)
    cdef uint32_t digit, children = 0
    cdef uint64_t child_key = 0
    cdef const Fork* fork
    cdef int fault
    if not reference & <uint32_t> FORK_BIT:
        if reference == 0 or reference >= store.levels.used or leaves[0] == store.levels.used:
            return 1            # leaves are levels that were handed out, none twice
        leaves[0] += 1
        key[0] = level_at(store, reference).key
        return 0
    if (reference & <uint32_t> FORK_SLOT_MASK) >= store.forks.used:
        return 2                # and forks are forks that were
    if shift >= shift_above:
        return 3                # forks tell ever lower digits apart
    fork = fork_at(store, reference)
    for digit in range(FORK_WIDTH):
        if fork.children[digit] == 0:
            continue
        fault = tree_fault(store, fork.children[digit], shift, leaves, &child_key)
        if fault != 0:
            return fault
        if (child_key >> shift) & (FORK_WIDTH - 1) != digit:
            return 4            # what is below a child has its digit
        if children == 0:
            key[0] = child_key
        elif (child_key ^ key[0]) >> shift >> 4 != 0:
            return 5            # and agrees in all digits above
        children += 1
    return 6 if children < 2 else 0     # a fork with one child would be left out


cdef int levels_fault(const Levels* store, uint32_t root, uint32_t best,
                      uint32_t count) noexcept nogil:
    cdef uint32_t slot = best, previous = 0, listed = 0, leaves = 0
    cdef uint64_t key = 0
    cdef int fault
    if root == 0:
        return 0 if best == 0 and count == 0 else 10
    fault = tree_fault(store, root, 64, &leaves, &key)
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
