"""Working an order along the merged ladder of the local book and outside views (design section 3, steps 3-4)."""

from internaliser.core.state cimport CoreState
from internaliser.model.types cimport *

# Take what the ladder offers the order within `limit`, cheapest net first: local levels execute, outside levels
# become children. Local quantity a resting order would sell or buy better outside goes outside first. The
# reason to stop early, or REASON_NONE.
cdef uint16_t climb(CoreState* state, uint32_t slot, int64_t limit) noexcept nogil
# Resting quantity that the incoming order could reach but that does better outside goes there first, so that
# what stays may be executed. For `qty` lots at `limit` or better.
cdef void clear_the_way(CoreState* state, uint32_t slot, int64_t limit, int64_t qty) noexcept nogil
# Send resting quantity of one order to sources within its limit. 1 if any went.
cdef int route_resting(CoreState* state, uint32_t slot) noexcept nogil
