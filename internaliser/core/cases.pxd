"""Cases: a client does not know an execution it was told of (DontKnowTrade). Kept in the journal, for people."""

from internaliser.core.state cimport CoreState

cdef void dispute(CoreState* state) noexcept nogil
