"""Slabs on anonymous, lazily populated memory."""

from libc.string cimport memcpy, memset

from internaliser.model.memory cimport memory_map, memory_touch, memory_unmap
from internaliser.model.types cimport NONE32, uint8_t, uint32_t

cdef enum:
    TOUCH_BYTES = 128 * 1024


cdef int slab_open(Slab* slab, uint32_t item_size, uint32_t limit) noexcept nogil:
    cdef void* items
    # A free slot keeps the next one in its first four bytes.
    if item_size < sizeof(uint32_t) or limit == 0:
        return -1
    items = memory_map(<size_t> item_size * limit)
    if items == NULL:
        return -1
    slab.items = <uint8_t*> items
    slab.item_size = item_size
    slab.limit = limit
    slab.used = 0
    slab.live = 0
    slab.free_head = NONE32
    slab.touched = 0
    return 0


cdef void slab_close(Slab* slab) noexcept nogil:
    memory_unmap(slab.items, <size_t> slab.item_size * slab.limit)
    slab.items = NULL


cdef void touch_more(Slab* slab) noexcept nogil:
    """Get the memory of the next items at once."""
    cdef size_t start = <size_t> slab.used * slab.item_size
    cdef size_t end = min(<size_t> slab.item_size * slab.limit, start + TOUCH_BYTES)
    memory_touch(slab.items, start, end)
    slab.touched = max(<uint32_t> (end // slab.item_size), slab.used + 1)


cdef uint32_t slab_take(Slab* slab) noexcept nogil:
    cdef uint32_t slot = slab.free_head
    cdef uint8_t* item
    if slot != NONE32:
        item = slab.items + <size_t> slot * slab.item_size
        slab.free_head = (<uint32_t*> item)[0]
        memset(item, 0, slab.item_size)
    elif slab.used < slab.limit:
        slot = slab.used
        if slot >= slab.touched:
            touch_more(slab)
        slab.used += 1
    else:
        return NONE32
    slab.live += 1
    return slot


cdef void slab_give(Slab* slab, uint32_t slot) noexcept nogil:
    (<uint32_t*> (slab.items + <size_t> slot * slab.item_size))[0] = slab.free_head
    slab.free_head = slot
    slab.live -= 1


cdef void slab_ahead(Slab* slab, uint32_t ahead) noexcept nogil:
    memory_ahead(slab.items, slab.item_size, slab.limit, slab.used, ahead, &slab.touched)


cdef void memory_ahead(
    void* items, uint32_t item_size, uint32_t limit, uint32_t used, uint32_t ahead,
    uint32_t* touched,
) noexcept nogil:
    cdef uint32_t reached = max(touched[0], used)
    cdef uint32_t wanted = used + min(ahead, limit - used)
    if reached - used >= ahead // 2 or reached >= wanted:
        return
    memory_touch(items, <size_t> reached * item_size, <size_t> wanted * item_size)
    touched[0] = wanted


cdef class Slots:
    """A slab for tests and tools: slots by number, each a run of `item_size` bytes."""

    cdef Slab slab

    def __cinit__(self, uint32_t item_size, uint32_t limit):
        if slab_open(&self.slab, item_size, limit) < 0:
            raise ValueError(f"cannot reserve {limit} items of {item_size} bytes (at least 1 of 4)")

    def __dealloc__(self):
        slab_close(&self.slab)

    @property
    def used(self):
        """Slots handed out at least once."""
        return self.slab.used

    @property
    def live(self):
        """Slots handed out now."""
        return self.slab.live

    def take(self):
        """The slot of a new, zeroed item; None when the limit is reached."""
        cdef uint32_t slot = slab_take(&self.slab)
        return slot if slot != NONE32 else None

    def ahead(self, uint32_t count):
        """Have memory behind the next `count` items; how many items have some then."""
        slab_ahead(&self.slab, count)
        return self.slab.touched

    def give(self, uint32_t slot):
        """Return a slot that was taken. IndexError for one that never was."""
        self._require(slot)
        slab_give(&self.slab, slot)

    def read(self, uint32_t slot):
        """The bytes of an item. IndexError for a slot that never was taken."""
        self._require(slot)
        return (<char*> self.slab.items + <size_t> slot * self.slab.item_size)[:self.slab.item_size]

    def write(self, uint32_t slot, bytes data not None):
        """Fill an item. IndexError for a slot that never was taken, ValueError for another size."""
        self._require(slot)
        if len(data) != self.slab.item_size:
            raise ValueError(f"an item has {self.slab.item_size} bytes, not {len(data)}")
        memcpy(self.slab.items + <size_t> slot * self.slab.item_size, <const char*> data, len(data))

    cdef int _require(self, uint32_t slot) except -1:
        if slot >= self.slab.used:
            raise IndexError(f"slot {slot} was never taken")
        return 0
