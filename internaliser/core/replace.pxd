"""Cancel/replace: when it takes effect, what it does to the place in the queue; and what children's ends set off."""

from internaliser.core.state cimport CoreState
from internaliser.model.types cimport *

# The REPLACE command under way is formally right and about this open order: grant or refuse it.
cdef void replace_requested(CoreState* state, uint32_t slot) noexcept nogil
# A child of the order has ended (it may have brought executions): what waits for it, happens; what came back is
# worked again. The order may end by it.
cdef void after_child(CoreState* state, uint32_t slot) noexcept nogil
