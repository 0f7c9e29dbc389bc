"""What sources tell: reports on children, and the state of their links.

How a duplicate is recognised. A report that brings an ExecID already booked for the child is one; so is a
report whose cumulative quantity (as the source states it) is no more than what is booked. Otherwise the
source's cumulative quantity decides how much is new: a report that was lost on the way is made good by the
next one, at the price that one states. What was made good so has no ExecIDs yet: an execution that is told
later without a cumulative quantity is first taken to be of it.
"""

from internaliser.core.state cimport CoreState
from internaliser.model.types cimport uint16_t

cdef void venue_report(CoreState* state) noexcept nogil
cdef void source_state(CoreState* state) noexcept nogil
# The operator says what became of a child whose fate is unknown: qty lots in all, at a price.
cdef void resolve_child(CoreState* state) noexcept nogil
# No answer in time: unknown, and asked about.
cdef void child_overdue(CoreState* state) noexcept nogil
# A start: every live child is unknown from now on (`source` NONE16 = of all sources).
cdef void lose_children(CoreState* state, uint16_t source) noexcept nogil
