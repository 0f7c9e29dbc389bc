"""Looks at the state from another thread while the core works: copies of one moment, or none."""

from internaliser.core.state cimport CoreState
from internaliser.model.types cimport *

# Rows of one client's accounts between two steps; None when there was no such moment. `shown_seq` is what the
# core shows once a step is whole.
cdef object client_account_rows(const CoreState* state, const uint64_t* shown_seq, uint16_t client)
cdef str node_trading_state(const CoreState* state)
