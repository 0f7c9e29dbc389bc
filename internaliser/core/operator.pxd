"""What the operator and the clock ask for: switches, cancellations and expiry in chunks, transfers, starts."""

from internaliser.core.state cimport CoreState
from internaliser.model.command cimport Command
from internaliser.model.types cimport *

cdef void admin(CoreState* state) noexcept nogil
cdef void timer(CoreState* state) noexcept nogil
# A start of the node: target_id = the new epoch, qty = RULES_VERSION. Links are down, views gone, live children
# unknown.
cdef void begin_epoch(CoreState* state) noexcept nogil

# Earliest step time at which a timer may be due, 0 = none. It may be early, never late.
cdef int64_t next_deadline(CoreState* state) noexcept nogil
# 1 and `command` is the TIMER due at `now_ns`, else 0.
cdef int next_timer(CoreState* state, int64_t now_ns, Command* command) noexcept nogil
