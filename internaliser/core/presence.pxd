"""Which sessions are there, where their absence cancels orders (cancel on disconnect).

The door tells of a link (LINK commands) only where its end cancels something or did so before. A link that is gone
has its client's grace to come back in; then TIMER_GRACE_OVER cancels. After a start every session that was up counts
as gone from that moment on: nobody knows how long it really is.
"""

from internaliser.core.state cimport CoreState
from internaliser.model.types cimport *

cdef void link_state(CoreState* state) noexcept nogil
cdef void grace_over(CoreState* state) noexcept nogil
# A start: no link is up any more.
cdef void links_lost(CoreState* state) noexcept nogil
# The first session whose grace is over at `now_ns`, NONE16 = none; then the next time to look is exact again.
cdef uint16_t session_overdue(CoreState* state, int64_t now_ns) noexcept nogil
