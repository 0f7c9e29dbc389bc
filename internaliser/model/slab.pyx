"""Slabs on anonymous, lazily populated memory."""

from libc.string cimport memset

from internaliser.model.types cimport NONE32, uint8_t, uint32_t

cdef extern from "<sys/mman.h>" nogil:
    void* mmap(void* address, size_t size, int protection, int flags, int fd, long offset)
    int munmap(void* address, size_t size)
    int PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE
    void* MAP_FAILED


cdef int slab_open(Slab* slab, uint32_t item_size, uint32_t limit) noexcept nogil:
    cdef void* items = mmap(
        NULL, <size_t> item_size * limit, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0,
    )
    if items == MAP_FAILED:
        return -1
    slab.items = <uint8_t*> items
    slab.item_size = item_size
    slab.limit = limit
    slab.used = 0
    slab.live = 0
    slab.free_head = NONE32
    return 0


cdef void slab_close(Slab* slab) noexcept nogil:
    if slab.items != NULL:
        munmap(slab.items, <size_t> slab.item_size * slab.limit)
        slab.items = NULL


cdef uint32_t slab_take(Slab* slab) noexcept nogil:
    cdef uint32_t slot = slab.free_head
    cdef uint8_t* item
    if slot != NONE32:
        item = slab.items + <size_t> slot * slab.item_size
        slab.free_head = (<uint32_t*> item)[0]
        memset(item, 0, slab.item_size)
    elif slab.used < slab.limit:
        slot = slab.used
        slab.used += 1
    else:
        return NONE32
    slab.live += 1
    return slot


cdef void slab_give(Slab* slab, uint32_t slot) noexcept nogil:
    (<uint32_t*> (slab.items + <size_t> slot * slab.item_size))[0] = slab.free_head
    slab.free_head = slot
    slab.live -= 1
