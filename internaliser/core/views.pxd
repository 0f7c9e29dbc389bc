"""Outside books: kept as they arrive, journalled when a decision first reads them, spent once.

Nothing here may depend on a view that no journalled decision has read: replay does not see those.
"""

from internaliser.core.planner cimport Rung
from internaliser.core.state cimport CoreState, Order
from internaliser.model.command cimport Command
from internaliser.model.types cimport *

# When a view that arrives now counts as received: never before the one it replaces.
cdef int64_t view_time(const CoreState* state, const Command* command) noexcept nogil
# Keep the view of a MARKET_VIEW command whose time is view_time; its slot, or NONE32 when the command is
# malformed.
cdef uint32_t view_store(CoreState* state, const Command* command) noexcept nogil
# The step is told: append what it read for the first time to views_read.
cdef void reads_journal(CoreState* state) noexcept nogil
# The step caused nothing: it has read nothing either.
cdef void reads_forget(CoreState* state) noexcept nogil
# Show the view, or all of a source, on the board, if there is one.
cdef void view_show(CoreState* state, uint32_t view) noexcept nogil
cdef void views_show(CoreState* state, uint16_t source) noexcept nogil
# The source's views count no more (link lost, restart).
cdef void views_clear(CoreState* state, uint16_t source) noexcept nogil

# Has any source ever shown a view of this instrument?
cdef bint has_outside(const CoreState* state, uint16_t instrument) noexcept nogil
# Best price an incoming order of `side` finds in this one view; 0 = none or not usable. Reads without a trace.
cdef int64_t view_best(const CoreState* state, uint32_t view, uint8_t side) noexcept nogil
# Best bid + best ask over all usable views, 0 when a side is missing.
cdef int64_t outside_mid_twice(CoreState* state, uint16_t instrument) noexcept nogil
# The levels sources offer to `qty` lots of the order within `limit`, what is spent deducted, as listings allow
# (listings.pxd), at the rates it would pay (source's and our fee, risk discount; with `is_gross` none). A level of
# which `qty` lots are too few to take any is not usable. Bits of `blocked` leave sources out.
cdef uint32_t outside_rungs(
    CoreState* state, const Order* order, int64_t qty, int64_t limit, bint is_gross,
    uint64_t blocked, Rung* rungs
) noexcept nogil
# May the order's quantity leave the node at all?
cdef bint may_route(const CoreState* state, const Order* order) noexcept nogil

# The child's quantity is deducted from its source's view from now on; until a view newer than its outcome.
cdef void spend_add(CoreState* state, uint32_t child) noexcept nogil
cdef void spend_drop(CoreState* state, uint32_t child) noexcept nogil
