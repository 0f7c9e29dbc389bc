"""Open addressing with backward-shift removal."""

from internaliser.model.memory cimport memory_map, memory_unmap
from internaliser.model.types cimport NONE32, uint32_t, uint64_t

cdef enum:
    COUNT_MAX = 0x40000000      # slots; doubling must stay within 32 bits


cdef IndexSlot* empty_slots(uint32_t count) noexcept nogil:
    cdef IndexSlot* slots = <IndexSlot*> memory_map(<size_t> count * sizeof(IndexSlot))
    cdef uint32_t i
    if slots == NULL:
        return NULL
    for i in range(count):
        slots[i].value = NONE32
    return slots


cdef void give_back(IndexSlot* slots, uint32_t count) noexcept nogil:
    memory_unmap(slots, <size_t> count * sizeof(IndexSlot))


cdef int index_open(Index* index, uint32_t expected) noexcept nogil:
    cdef uint32_t count = 16
    if expected > COUNT_MAX // 2:
        return -1
    while count < expected * 2:
        count *= 2
    index.slots = empty_slots(count)
    index.mask = count - 1
    index.count = 0
    return 0 if index.slots != NULL else -1


cdef void index_close(Index* index) noexcept nogil:
    give_back(index.slots, index.mask + 1)
    index.slots = NULL


cdef int grow(Index* index) noexcept nogil:
    cdef uint32_t old_count = index.mask + 1
    cdef IndexSlot* old = index.slots
    cdef uint32_t i, at
    if old_count >= COUNT_MAX:
        return -1
    index.slots = empty_slots(old_count * 2)
    if index.slots == NULL:
        index.slots = old
        return -1
    index.mask = old_count * 2 - 1
    for i in range(old_count):
        if old[i].value != NONE32:
            at = <uint32_t> mixed(old[i].key) & index.mask
            while index.slots[at].value != NONE32:
                at = (at + 1) & index.mask
            index.slots[at] = old[i]
    give_back(old, old_count)
    return 0


cdef int index_put(Index* index, uint64_t key, uint32_t value) noexcept nogil:
    cdef uint32_t at
    if (index.count + 1) * <uint64_t> 4 > (index.mask + <uint64_t> 1) * 3 and grow(index) < 0:
        return -1
    at = <uint32_t> mixed(key) & index.mask
    while index.slots[at].value != NONE32:
        at = (at + 1) & index.mask
    index.slots[at].key = key
    index.slots[at].value = value
    index.count += 1
    return 0


cdef void index_remove(Index* index, uint64_t key, uint32_t value) noexcept nogil:
    cdef uint32_t hole = <uint32_t> mixed(key) & index.mask
    cdef uint32_t at, home
    while index.slots[hole].key != key or index.slots[hole].value != value:
        if index.slots[hole].value == NONE32:
            return
        hole = (hole + 1) & index.mask
    at = hole
    while True:
        at = (at + 1) & index.mask
        if index.slots[at].value == NONE32:
            break
        home = <uint32_t> mixed(index.slots[at].key) & index.mask
        # Move an entry back into the hole unless its home lies after the hole on the way to it.
        if ((at - home) & index.mask) >= ((at - hole) & index.mask):
            index.slots[hole] = index.slots[at]
            hole = at
    index.slots[hole].value = NONE32
    index.count -= 1


cdef class Multimap:
    """An index for tests and tools: 64-bit keys, each with any number of 32-bit values."""

    cdef Index index

    def __cinit__(self, uint32_t expected=0):
        if index_open(&self.index, expected) < 0:
            raise MemoryError

    def __dealloc__(self):
        index_close(&self.index)

    def __len__(self):
        return self.index.count

    def put(self, uint64_t key, uint32_t value):
        """Add a pair; equal pairs may repeat. ValueError for the value that means "none"."""
        if value == NONE32:
            raise ValueError(f"{value} marks an empty slot")
        if index_put(&self.index, key, value) < 0:
            raise MemoryError

    def remove(self, uint64_t key, uint32_t value):
        """Remove one such pair; nothing happens if there is none."""
        index_remove(&self.index, key, value)

    def values(self, uint64_t key):
        """All values under `key`."""
        cdef uint32_t cursor = 0
        cdef uint32_t value = index_first(&self.index, key, &cursor)
        found = []
        while value != NONE32:
            found.append(value)
            value = index_next(&self.index, key, &cursor)
        return found


def text_key(uint64_t salt, bytes text not None):
    """The key a text is indexed under; equal keys do not promise equal texts."""
    return hash_text(salt, text, <uint32_t> len(text))
