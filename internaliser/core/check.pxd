"""The invariants of design section 10 that one state must fulfil: I4, I6, I7, I10, I11."""

from internaliser.core.state cimport CoreState

# Walks everything; raises AssertionError naming what does not hold and where.
cdef object check_state(const CoreState* state)
