"""Open addressing, linear probing, backward-shift removal; doubles at five eighths full."""

from libc.stdlib cimport free
from libc.string cimport memset

from internaliser.model.index cimport table_memory
from internaliser.model.types cimport uint32_t, uint64_t

cdef enum:
    SLOTS_START = 8192
    SLOTS_MAX = 0x40000000      # doubling must stay within 32 bits


cdef NameSlot* empty_slots(uint32_t count) noexcept nogil:
    cdef size_t size = <size_t> count * sizeof(NameSlot)
    cdef void* slots = table_memory(size)
    if slots != NULL:
        memset(slots, 0, size)
    return <NameSlot*> slots


cdef int names_open(NameIndex* index) noexcept nogil:
    index.slots = empty_slots(SLOTS_START)
    index.mask = SLOTS_START - 1
    index.count = 0
    return 0 if index.slots != NULL else -1


cdef void names_close(NameIndex* index) noexcept nogil:
    free(index.slots)
    index.slots = NULL


cdef inline void place(NameIndex* index, uint32_t tag, uint32_t name) noexcept nogil:
    cdef uint32_t at = tag & index.mask
    while index.slots[at].name != 0:
        at = (at + 1) & index.mask
    index.slots[at].tag = tag
    index.slots[at].name = name


cdef int grow(NameIndex* index) noexcept nogil:
    # Old slots in order go to two ascending runs of the new table: the caches see streams.
    cdef uint32_t old_count = index.mask + 1
    cdef NameSlot* old = index.slots
    cdef NameSlot* slots
    cdef uint32_t i
    if old_count >= SLOTS_MAX:
        return -1
    slots = empty_slots(old_count * 2)
    if slots == NULL:
        return -1
    index.slots = slots
    index.mask = old_count * 2 - 1
    for i in range(old_count):
        if old[i].name != 0:
            place(index, old[i].tag, old[i].name)
    free(old)
    return 0


cdef int names_put(NameIndex* index, uint32_t tag, uint32_t name) noexcept nogil:
    if (index.count + 1) * <uint64_t> 8 > (index.mask + <uint64_t> 1) * 5 and grow(index) < 0:
        return -1
    place(index, tag, name + 1)
    index.count += 1
    return 0


cdef void names_remove(NameIndex* index, uint32_t tag, uint32_t name) noexcept nogil:
    cdef uint32_t hole = tag & index.mask
    cdef uint32_t at, home
    while index.slots[hole].name != name + 1:
        if index.slots[hole].name == 0:
            return
        hole = (hole + 1) & index.mask
    at = hole
    while True:
        at = (at + 1) & index.mask
        if index.slots[at].name == 0:
            break
        home = index.slots[at].tag & index.mask
        # Move an entry back into the hole unless its home lies after the hole on the way to it.
        if ((at - home) & index.mask) >= ((at - hole) & index.mask):
            index.slots[hole] = index.slots[at]
            hole = at
    index.slots[hole].name = 0
    index.count -= 1
