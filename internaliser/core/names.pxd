"""A hash index from ClOrdIDs to name slots: eight bytes a slot, so that a million of them stay near the cache.

A slot holds a name and the 32-bit tag of its text; equal tags are told apart by the caller, who has the texts.
"""

from internaliser.model.memory cimport prefetch
from internaliser.model.types cimport NONE32, uint32_t

cdef struct NameSlot:
    uint32_t tag
    uint32_t name               # + 1; 0 = empty

cdef struct NameIndex:
    NameSlot* slots
    uint32_t mask               # slots - 1, a power of two less one
    uint32_t count              # in both tables
    # After a doubling the entries move a few with each put: no order waits for all of them.
    NameSlot* old               # NULL: all moved
    uint32_t old_mask
    uint32_t next_old           # the next slot to empty; an empty one stands before it
    uint32_t left               # slots to empty
    # The next table, made by another thread: it sets `spare` when that is NULL, the puts take it.
    NameSlot* spare
    uint32_t spare_count        # slots

cdef enum:
    OLD = 0x80000000            # of a place: in the old table

cdef int names_open(NameIndex* index) noexcept nogil                                # 0, or -1: no memory
cdef void names_close(NameIndex* index) noexcept nogil
cdef int names_put(NameIndex* index, uint32_t tag, uint32_t name) noexcept nogil    # 0, or -1: no memory
cdef void names_remove(NameIndex* index, uint32_t tag, uint32_t name) noexcept nogil    # nothing if it is not there
# Room for so many more names at once, and memory behind it. 0, or -1: no memory.
cdef int names_reserve(NameIndex* index, uint32_t names) noexcept nogil
cdef void names_ahead(NameIndex* index) noexcept nogil                              # for another thread

cdef inline void names_prefetch(const NameIndex* index, uint32_t tag) noexcept nogil:
    prefetch(&index.slots[tag & index.mask])
    if index.old != NULL:
        prefetch(&index.old[tag & index.old_mask])

# The first name under `tag`, NONE32 if none; `at` then serves names_next.
cdef inline uint32_t names_first(const NameIndex* index, uint32_t tag, uint32_t* at) noexcept nogil:
    at[0] = tag & index.mask
    return names_here(index, tag, at)

cdef inline uint32_t names_next(const NameIndex* index, uint32_t tag, uint32_t* at) noexcept nogil:
    if at[0] & <uint32_t> OLD:
        at[0] = ((at[0] + 1) & index.old_mask) | <uint32_t> OLD
        return names_in_old(index, tag, at)
    at[0] = (at[0] + 1) & index.mask
    return names_here(index, tag, at)

cdef inline uint32_t names_here(const NameIndex* index, uint32_t tag, uint32_t* at) noexcept nogil:
    while index.slots[at[0]].name != 0:
        if index.slots[at[0]].tag == tag:
            return index.slots[at[0]].name - 1
        at[0] = (at[0] + 1) & index.mask
    if index.old == NULL:
        return <uint32_t> NONE32
    at[0] = (tag & index.old_mask) | <uint32_t> OLD
    return names_in_old(index, tag, at)

cdef inline uint32_t names_in_old(const NameIndex* index, uint32_t tag, uint32_t* at) noexcept nogil:
    cdef uint32_t place = at[0] & ~<uint32_t> OLD
    while index.old[place].name != 0:
        if index.old[place].tag == tag:
            at[0] = place | <uint32_t> OLD
            return index.old[place].name - 1
        place = (place + 1) & index.old_mask
    return <uint32_t> NONE32
