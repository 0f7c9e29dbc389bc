"""Order entry: NEW_ORDER, CANCEL, REPLACE and STATUS of a client."""

from internaliser.core.state cimport CoreState
from internaliser.model.command cimport Command

cdef void new_order(CoreState* state) noexcept nogil
cdef void cancel(CoreState* state) noexcept nogil
cdef void replace(CoreState* state) noexcept nogil
cdef void status(CoreState* state) noexcept nogil
# A REPLACE that asks for no more than a smaller quantity of an open order at its present terms.
cdef bint is_reduction(const CoreState* state, const Command* command) noexcept nogil
