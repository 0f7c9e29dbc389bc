"""Blocks of ids, taken with the first id in them and given back with the last."""

from internaliser.model.index cimport index_close, index_first, index_open, index_put, index_remove
from internaliser.model.slab cimport slab_close, slab_give, slab_open, slab_take
from internaliser.model.types cimport NONE32, uint32_t, uint64_t

cdef enum:
    BLOCKS_EXPECTED = 256


cdef inline IdBlock* block_at(const OrderIds* ids, uint32_t block) noexcept nogil:
    return (<IdBlock*> ids.blocks.items) + block


cdef inline uint32_t block_of(const OrderIds* ids, uint64_t id) noexcept nogil:
    cdef uint32_t cursor
    return index_first(&ids.by_number, id >> BLOCK_BITS, &cursor)


cdef int ids_open(OrderIds* ids, uint32_t limit) noexcept nogil:
    ids.by_number.slots = NULL
    ids.latest_block = <uint32_t> NONE32
    if slab_open(&ids.blocks, sizeof(IdBlock), limit) < 0:
        return -1
    return index_open(&ids.by_number, BLOCKS_EXPECTED)


cdef void ids_close(OrderIds* ids) noexcept nogil:
    slab_close(&ids.blocks)
    index_close(&ids.by_number)


cdef uint32_t block_for(OrderIds* ids, uint64_t id) noexcept nogil:
    """The block of this id, one made now where there is none; NONE32: no memory."""
    cdef uint32_t block = block_of(ids, id)
    if block != <uint32_t> NONE32:
        return block
    block = slab_take(&ids.blocks)
    if block == <uint32_t> NONE32:
        return block
    block_at(ids, block).count = 0
    if index_put(&ids.by_number, id >> BLOCK_BITS, block) < 0:
        return <uint32_t> NONE32
    return block


cdef int ids_put(OrderIds* ids, uint64_t id, uint32_t slot) noexcept nogil:
    cdef uint32_t block = ids.latest_block
    if block == <uint32_t> NONE32 or ids.latest != id >> BLOCK_BITS:
        block = block_for(ids, id)
        if block == <uint32_t> NONE32:
            return -1
        ids.latest = id >> BLOCK_BITS
        ids.latest_block = block
    block_at(ids, block).slots[id & (BLOCK_IDS - 1)] = slot + 1
    block_at(ids, block).count += 1
    return 0


cdef void ids_remove(OrderIds* ids, uint64_t id) noexcept nogil:
    cdef uint32_t block = block_of(ids, id)
    if block == <uint32_t> NONE32:
        return
    block_at(ids, block).slots[id & (BLOCK_IDS - 1)] = 0
    block_at(ids, block).count -= 1
    if block_at(ids, block).count == 0:
        index_remove(&ids.by_number, id >> BLOCK_BITS, block)
        slab_give(&ids.blocks, block)
        if block == ids.latest_block:
            ids.latest_block = <uint32_t> NONE32


cdef uint32_t ids_find(const OrderIds* ids, uint64_t id) noexcept nogil:
    cdef uint32_t block = block_of(ids, id)
    if block == <uint32_t> NONE32:
        return block
    # 0 - 1 is NONE32.
    return block_at(ids, block).slots[id & (BLOCK_IDS - 1)] - 1
