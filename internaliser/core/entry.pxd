"""Order entry: NEW_ORDER, CANCEL, REPLACE and STATUS of a client."""

from internaliser.core.state cimport CoreState

cdef void new_order(CoreState* state) noexcept nogil
cdef void cancel(CoreState* state) noexcept nogil
cdef void replace(CoreState* state) noexcept nogil
cdef void status(CoreState* state) noexcept nogil
