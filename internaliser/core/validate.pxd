"""Step 1 and the switches of step 2: what is refused before anything changes. RejectReason or REASON_NONE."""

from internaliser.core.state cimport CoreState, Order
from internaliser.model.command cimport Command
from internaliser.model.types cimport *

cdef uint16_t new_order_fault(CoreState* state, const Command* command) noexcept nogil
# The new price, quantity and time in force of an open order of the command's client.
cdef uint16_t replace_fault(CoreState* state, const Command* command, const Order* order) noexcept nogil
# The worst price a market order may pay or take: the price band, else the instrument's range.
cdef int64_t collar(CoreState* state, uint16_t instrument, uint8_t side) noexcept nogil
