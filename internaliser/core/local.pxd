"""Executing an incoming order against the local book, within the rules of self-match and credit."""

from internaliser.core.state cimport CoreState, Order
from internaliser.model.types cimport *

# Quantity of the order that is neither executed nor at a source nor in the book.
cdef inline int64_t idle_qty(const Order* order) noexcept nogil:
    return order.qty - order.cum_qty - order.away_qty - order.local_qty

# Execute up to `qty` lots at `limit` or better; `fills_left` counts down the executions one step may hold.
# The reason to stop early (REASON_SELF_MATCH, REASON_CREDIT, REASON_CAPACITY), or REASON_NONE.
cdef uint16_t take_local(
    CoreState* state, uint32_t slot, int64_t limit, int64_t qty, uint32_t* fills_left
) noexcept nogil
# Why a fill-or-kill order cannot be executed whole and at once, or REASON_NONE.
cdef uint16_t fok_fault(CoreState* state, uint32_t slot, int64_t limit) noexcept nogil
