"""Order ids to order slots.

Ids of orders are nearly consecutive, so sixteen neighbours share one block: an id costs a few bytes, and the
newest ones lie together in the cache.
"""

from internaliser.model.index cimport Index
from internaliser.model.slab cimport Slab
from internaliser.model.types cimport *

cdef enum:
    BLOCK_BITS = 4
    BLOCK_IDS = 16

cdef struct IdBlock:
    uint32_t count              # ids in it
    uint32_t[BLOCK_IDS] slots   # slot + 1, 0 = none

cdef struct OrderIds:
    Slab blocks
    Index by_number             # id >> BLOCK_BITS -> block
    uint64_t latest             # the number that was put last, while its block is `latest_block`
    uint32_t latest_block       # NONE32 = none

cdef int ids_open(OrderIds* ids, uint32_t limit) noexcept nogil     # 0, or -1: no memory
cdef void ids_close(OrderIds* ids) noexcept nogil
cdef int ids_put(OrderIds* ids, uint64_t id, uint32_t slot) noexcept nogil  # 0, or -1: no memory
cdef void ids_remove(OrderIds* ids, uint64_t id) noexcept nogil     # the id must be there
cdef uint32_t ids_find(const OrderIds* ids, uint64_t id) noexcept nogil     # NONE32 = not there
