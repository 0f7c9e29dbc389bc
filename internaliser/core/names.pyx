"""Open addressing, linear probing, backward-shift removal; doubles at five eighths, bit by bit."""

from internaliser.model.memory cimport memory_map, memory_touch, memory_unmap
from internaliser.model.types cimport uint32_t, uint64_t

cdef extern from *:
    """
    #define internaliser_seen(place) __atomic_load_n((place), __ATOMIC_ACQUIRE)
    #define internaliser_given(place, value) __atomic_store_n((place), (value), __ATOMIC_RELEASE)
    """
    NameSlot* seen "internaliser_seen"(NameSlot** place) nogil
    void given "internaliser_given"(NameSlot** place, NameSlot* value) nogil

cdef enum:
    SLOTS_START = 8192
    SLOTS_MAX = 0x40000000      # doubling must stay within 31 bits
    MOVED_A_PUT = 16            # old slots a put empties: done long before the next doubling


cdef NameSlot* empty_slots(uint32_t count) noexcept nogil:
    return <NameSlot*> memory_map(<size_t> count * sizeof(NameSlot))


cdef void give_back(NameSlot* slots, uint32_t count) noexcept nogil:
    memory_unmap(slots, <size_t> count * sizeof(NameSlot))


cdef int names_open(NameIndex* index) noexcept nogil:
    index.slots = empty_slots(SLOTS_START)
    index.mask = SLOTS_START - 1
    index.count = 0
    index.old = NULL
    index.spare = NULL
    return 0 if index.slots != NULL else -1


cdef void names_close(NameIndex* index) noexcept nogil:
    give_back(index.slots, index.mask + 1)
    give_back(index.old, index.old_mask + 1)
    give_back(index.spare, index.spare_count)
    index.slots = index.old = index.spare = NULL


cdef inline void place(NameIndex* index, uint32_t tag, uint32_t name) noexcept nogil:
    cdef uint32_t at = tag & index.mask
    while index.slots[at].name != 0:
        at = (at + 1) & index.mask
    index.slots[at].tag = tag
    index.slots[at].name = name


cdef void move_some(NameIndex* index, uint32_t wanted) noexcept nogil:
    """Empty `wanted` old slots or more, up to an empty one: no run of entries is torn apart."""
    # Old slots in order go to two ascending runs of the new table: the caches see streams.
    cdef uint32_t at, done = 0
    cdef bint was_empty = True
    while index.left > 0 and (done < wanted or not was_empty):
        at = index.next_old
        was_empty = index.old[at].name == 0
        if not was_empty:
            place(index, index.old[at].tag, index.old[at].name)
            index.old[at].name = 0
        index.next_old = (at + 1) & index.old_mask
        index.left -= 1
        done += 1
    if index.left == 0:
        give_back(index.old, index.old_mask + 1)
        index.old = NULL


cdef NameSlot* next_table(NameIndex* index, uint32_t count) noexcept nogil:
    """The one made ahead where it is of this size, or one made now."""
    cdef NameSlot* spare = seen(&index.spare)
    cdef uint32_t spare_count
    if spare == NULL:
        return empty_slots(count)
    spare_count = index.spare_count     # before the place is free: then it is the other thread's
    given(&index.spare, NULL)
    if spare_count == count:
        return spare
    give_back(spare, spare_count)
    return empty_slots(count)


cdef int grow(NameIndex* index, uint32_t count) noexcept nogil:
    """Turn to a table of so many slots; the entries follow with the puts to come."""
    cdef NameSlot* slots
    if count > SLOTS_MAX:
        return -1
    slots = next_table(index, count)
    if slots == NULL:
        return -1
    if index.old != NULL:
        move_some(index, index.left)
    index.old = index.slots
    index.old_mask = index.mask
    index.left = index.mask + 1
    index.next_old = 0
    while index.old[index.next_old].name != 0:      # the run that wraps around is moved last
        index.next_old += 1
    index.slots = slots
    index.mask = count - 1
    return 0


cdef inline bint has_room(const NameIndex* index, uint32_t slots, uint32_t more) noexcept nogil:
    return (<uint64_t> index.count + more) * 8 <= <uint64_t> slots * 5


cdef int names_put(NameIndex* index, uint32_t tag, uint32_t name) noexcept nogil:
    if not has_room(index, index.mask + 1, 1) and grow(index, 2 * (index.mask + 1)) < 0:
        return -1
    if index.old != NULL:
        move_some(index, MOVED_A_PUT)
    place(index, tag, name + 1)
    index.count += 1
    return 0


cdef bint remove_from(NameSlot* slots, uint32_t mask, uint32_t tag, uint32_t name) noexcept nogil:
    cdef uint32_t hole = tag & mask
    cdef uint32_t at, home
    while slots[hole].name != name + 1:
        if slots[hole].name == 0:
            return False
        hole = (hole + 1) & mask
    at = hole
    while True:
        at = (at + 1) & mask
        if slots[at].name == 0:
            break
        home = slots[at].tag & mask
        # Move an entry back into the hole unless its home lies after the hole on the way to it.
        if ((at - home) & mask) >= ((at - hole) & mask):
            slots[hole] = slots[at]
            hole = at
    slots[hole].name = 0
    return True


cdef void names_remove(NameIndex* index, uint32_t tag, uint32_t name) noexcept nogil:
    if (remove_from(index.slots, index.mask, tag, name)
            or (index.old != NULL and remove_from(index.old, index.old_mask, tag, name))):
        index.count -= 1


cdef int names_reserve(NameIndex* index, uint32_t names) noexcept nogil:
    cdef uint32_t count = index.mask + 1
    while not has_room(index, count, names) and count < SLOTS_MAX:
        count *= 2
    if count == index.mask + 1:
        return 0
    if grow(index, count) < 0:
        return -1
    memory_touch(index.slots, 0, <size_t> count * sizeof(NameSlot))
    move_some(index, index.left)
    return 0


cdef void names_ahead(NameIndex* index) noexcept nogil:
    cdef uint32_t count = index.mask + 1
    cdef NameSlot* slots
    if index.spare != NULL or index.count < count // 2 or count >= SLOTS_MAX:
        return
    slots = empty_slots(count * 2)
    if slots != NULL:
        memory_touch(slots, 0, <size_t> count * 2 * sizeof(NameSlot))
        index.spare_count = count * 2
        given(&index.spare, slots)


cdef class Names:
    """An index for tests and tools: 32-bit tags, each with any number of names (0 to 2**31 - 1)."""

    cdef NameIndex index

    def __cinit__(self):
        if names_open(&self.index) < 0:
            raise MemoryError

    def __dealloc__(self):
        names_close(&self.index)

    def __len__(self):
        return self.index.count

    @property
    def is_moving(self):
        """Whether entries are still in the table before the last doubling."""
        return self.index.old != NULL

    def put(self, uint32_t tag, uint32_t name):
        """Add a pair; a name is put once."""
        if names_put(&self.index, tag, name) < 0:
            raise MemoryError

    def remove(self, uint32_t tag, uint32_t name):
        """Remove a pair; nothing happens if there is none."""
        names_remove(&self.index, tag, name)

    def reserve(self, uint32_t names):
        """Have room for so many more at once."""
        if names_reserve(&self.index, names) < 0:
            raise MemoryError

    def ahead(self):
        """Make the next table now if the present one is more than half full."""
        names_ahead(&self.index)

    def names(self, uint32_t tag):
        """All names under `tag`."""
        cdef uint32_t at
        cdef uint32_t name = names_first(&self.index, tag, &at)
        found = []
        while name != <uint32_t> NONE32:
            found.append(name)
            name = names_next(&self.index, tag, &at)
        return found
