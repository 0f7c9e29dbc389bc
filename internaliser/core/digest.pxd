"""The state hash: the same for the same trading state, whatever slots things lie in."""

from internaliser.core.state cimport CoreState

# 32 hex digits.
cdef str state_digest(const CoreState* state)
