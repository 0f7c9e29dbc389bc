"""A hash index from 64-bit keys to 32-bit values: open addressing, linear probing, doubling.

Keys are either unique ids or hashes of text; with hashes the caller walks the equal keys
(`index_first`, `index_next`) and compares the text itself. Removal leaves no tombstones.
"""

from libc.string cimport memcpy

from internaliser.model.types cimport NONE32, uint32_t, uint64_t

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

cdef inline uint64_t mixed(uint64_t key) noexcept nogil:
    # The finaliser of MurmurHash3 (public domain): sequential ids must not cluster.
    key ^= key >> 33
    key *= <uint64_t> 0xFF51AFD7ED558CCD
    key ^= key >> 33
    key *= <uint64_t> 0xC4CEB9FE1A85EC53
    return key ^ (key >> 33)

cdef inline uint32_t index_probe(
    const Index* index, uint64_t key, uint32_t at, uint32_t* cursor
) noexcept nogil:
    while index.slots[at].value != <uint32_t> NONE32:
        if index.slots[at].key == key:
            cursor[0] = at
            return index.slots[at].value
        at = (at + 1) & index.mask
    return <uint32_t> NONE32

# The value of the first entry under `key`, NONE32 if none; `cursor` then serves index_next.
cdef inline uint32_t index_first(const Index* index, uint64_t key, uint32_t* cursor) noexcept nogil:
    return index_probe(index, key, <uint32_t> mixed(key) & index.mask, cursor)

cdef inline uint32_t index_next(const Index* index, uint64_t key, uint32_t* cursor) noexcept nogil:
    return index_probe(index, key, (cursor[0] + 1) & index.mask, cursor)

# Eight bytes at a time, the last eight overlapping what went before; short texts byte by byte.
cdef inline uint64_t hash_text(uint64_t salt, const char* text, uint32_t size) noexcept nogil:
    cdef uint64_t value = (salt + size) * <uint64_t> 0x9E3779B97F4A7C15 + salt
    cdef uint64_t word = 0
    cdef uint32_t at = 0
    while at + 8 <= size:
        memcpy(&word, text + at, 8)
        value = (value ^ word) * <uint64_t> 0xFF51AFD7ED558CCD
        value ^= value >> 32
        at += 8
    if at < size:
        word = 0
        if size >= 8:
            memcpy(&word, text + size - 8, 8)
        else:
            while at < size:
                word = (word << 8) | <unsigned char> text[at]
                at += 1
        value = (value ^ word) * <uint64_t> 0xFF51AFD7ED558CCD
        value ^= value >> 32
    return mixed(value)
