"""Children: pieces of orders at outside sources, from the request to the end, and what is kept of ended ones.

Every change of a child's quantities is mirrored in its parent's away_qty here. What the parent does next is
for others to decide.
"""

from internaliser.core.state cimport CoreState
from internaliser.model.types cimport *

cdef enum:
    REFUSED_BY_CREDIT = -1      # the client cannot pay for it (orders without a limit price)
    REFUSED_BY_SOURCE = 0       # nothing can be had there: no funds of ours, too many children

# Ask the source for up to `qty` lots at `price` (IOC), as far as the money reaches and as its listing allows: never
# more than `qty`, in several children where it takes no single one so large. The quantity asked for, or one of the
# refusals.
cdef int64_t child_request(
    CoreState* state, uint32_t parent, uint16_t source, int64_t price, int64_t qty
) noexcept nogil
# The slot of a child, live or ended and still remembered; NONE32 = none.
cdef uint32_t child_of_id(const CoreState* state, uint64_t child_id) noexcept nogil
# The slot of its parent order, NONE32 = no longer remembered.
cdef uint32_t parent_of(const CoreState* state, uint32_t child) noexcept nogil
# The source has acknowledged it.
cdef void child_answered(CoreState* state, uint32_t child) noexcept nogil
# `qty` lots more were executed: quantities and reservations only.
cdef void child_executed(CoreState* state, uint32_t child, int64_t qty) noexcept nogil
# It is final. Its unexecuted quantity is the parent's again.
cdef void child_end(CoreState* state, uint32_t child, uint16_t reason) noexcept nogil
# Its fate is unknown: everything stays as it is until evidence comes.
cdef void child_lost(CoreState* state, uint32_t child, uint16_t reason) noexcept nogil
# Ask the source what became of it; asked again later, ever more rarely.
cdef void child_query(CoreState* state, uint32_t child) noexcept nogil
# Ask for the cancellation of all live children of an order (of unknown ones: for their status).
cdef void children_cancel(CoreState* state, uint32_t parent) noexcept nogil
# 1 when this ExecID of the source is new for the child (it is then remembered), 0 when it is a duplicate.
cdef int exec_is_new(
    CoreState* state, uint32_t child, const char* exec_id, uint32_t size
) noexcept nogil
# Put ids and ExecIDs into the (empty) indexes: after a load. 0, or -1.
cdef int children_rebuild(CoreState* state) noexcept nogil
