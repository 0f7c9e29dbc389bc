"""A hash index from 64-bit keys to 32-bit values: open addressing, linear probing, doubling.

Keys are either unique ids or hashes of text; with hashes the caller walks the equal keys
(`index_first`, `index_next`) and compares the text itself. Removal leaves no tombstones.
"""

from internaliser.model.types cimport uint32_t, uint64_t

cdef struct IndexSlot:
    uint64_t key
    uint32_t value              # NONE32 = empty
    uint32_t reserved

cdef struct Index:
    IndexSlot* slots
    uint32_t mask               # slots - 1, a power of two less one
    uint32_t count

cdef int index_open(Index* index, uint32_t expected) noexcept nogil         # 0, or -1: no memory
cdef void index_close(Index* index) noexcept nogil
cdef int index_put(Index* index, uint64_t key, uint32_t value) noexcept nogil  # 0, or -1: no memory
# One such pair; nothing if there is none.
cdef void index_remove(Index* index, uint64_t key, uint32_t value) noexcept nogil

# The value of the first entry under `key`, NONE32 if none; `cursor` then serves index_next.
cdef uint32_t index_first(const Index* index, uint64_t key, uint32_t* cursor) noexcept nogil
cdef uint32_t index_next(const Index* index, uint64_t key, uint32_t* cursor) noexcept nogil

cdef uint64_t hash_text(uint64_t salt, const char* text, uint32_t size) noexcept nogil
