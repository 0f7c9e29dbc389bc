"""Ends of orders: canceled on request, canceled unasked, expired; at once, or when the last child is final."""

from internaliser.core.state cimport CoreState, Order
from internaliser.model.types cimport *

# Whatever of it rests leaves the book.
cdef void leave_book(CoreState* state, uint32_t slot) noexcept nogil
# The CANCEL command under way is granted; `name` is its ClOrdID made known.
cdef void cancel_requested(CoreState* state, uint32_t slot, uint32_t name) noexcept nogil
# Canceled for a reason of ours, the operator's or the market's. Nothing happens to one already waiting for it.
cdef void cancel_unasked(CoreState* state, uint32_t slot, uint16_t reason) noexcept nogil
cdef void expire(CoreState* state, uint32_t slot, uint16_t reason) noexcept nogil
# The last child of an order that waits to be canceled or to expire is final.
cdef void closing_finish(CoreState* state, uint32_t slot) noexcept nogil
# The order has nothing left to execute (closed_as is STATUS_FILLED or it was replaced to what it had).
cdef void finish_filled(CoreState* state, uint32_t slot) noexcept nogil

# A request waits for the order's children. Its slot; NONE32 when there are too many.
cdef uint32_t pending_add(
    CoreState* state, uint32_t slot, uint8_t kind, uint32_t name, uint16_t session, uint16_t reason
) noexcept nogil
cdef void pending_drop(CoreState* state, uint32_t slot) noexcept nogil
