"""A slab: fixed-size items addressed by index, allocated lazily by the kernel, never moved.

`limit` items are reserved as address space; a page costs memory only once touched. Freed slots form
a list through their first four bytes, newest first, so reuse is deterministic and warm.
"""

from internaliser.model.types cimport uint8_t, uint32_t

cdef struct Slab:
    uint8_t* items
    uint32_t item_size
    uint32_t limit              # most items ever
    uint32_t used               # high-water mark: items[0..used) were handed out at least once
    uint32_t live               # handed out now
    uint32_t free_head          # NONE32 = none
    uint32_t touched            # items[0..touched) have memory behind them; not part of a snapshot

# 0, or -1: no memory, or items that cannot hold a link (4 bytes).
cdef int slab_open(Slab* slab, uint32_t item_size, uint32_t limit) noexcept nogil
cdef void slab_close(Slab* slab) noexcept nogil

# The slot of a new item, its bytes zero except the first four; NONE32 when `limit` is reached.
cdef uint32_t slab_take(Slab* slab) noexcept nogil
cdef void slab_give(Slab* slab, uint32_t slot) noexcept nogil

# Have memory behind the next `ahead` items, so that who takes them waits for no page. For another thread than the one
# that takes: the worst that can come of it is that a page is asked for twice.
cdef void slab_ahead(Slab* slab, uint32_t ahead) noexcept nogil
# The same for items without a slab of their own; `touched` is what this call keeps of itself.
cdef void memory_ahead(
    void* items, uint32_t item_size, uint32_t limit, uint32_t used, uint32_t ahead, uint32_t* touched,
) noexcept nogil
