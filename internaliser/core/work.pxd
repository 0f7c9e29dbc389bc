"""Steps 3 to 5 for one order: match inside, route outside, rest or cancel what remains."""

from internaliser.core.state cimport CoreState
from internaliser.model.types cimport *

# Do what can be done for the idle quantity of an open order (asked, not executed, not at a source, not in the
# book), as the incoming side. Afterwards it rests, is at sources, or the order has ended.
cdef void work(CoreState* state, uint32_t slot) noexcept nogil
# A view of an instrument has arrived: resting orders that it makes marketable go after it.
cdef void work_view(CoreState* state, uint32_t view) noexcept nogil
