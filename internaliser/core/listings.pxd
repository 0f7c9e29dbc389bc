"""Listings: what a source takes of an instrument. Its own symbol, coarser steps, least and largest quantities.

A child is pinned at a price the source has and asks for a quantity it takes: whole steps, no less than its
least, never more than the order it belongs to. What of a level cannot be taken so is dust. Dust is offered
together with the next level, at the next level's price: an order pinned there takes the better level on its way,
so it can be had at that price or better, and nobody is promised the better one. A level of which nobody could take
anything by itself therefore is not "available": neither the planner nor the never-worse rule counts it.
"""

from internaliser.core.planner cimport Rung
from internaliser.core.state cimport CoreState, Listing
from internaliser.model.command cimport Command, ConfigListing
from internaliser.model.types cimport *

# The listing, NULL where nothing can be sent: never listed, no longer, or its steps are not known yet.
cdef Listing* listing_of(const CoreState* state, uint16_t source, uint16_t instrument) noexcept nogil
# The least quantity of a child at this price, a multiple of the step; beyond every quantity where the source has no
# such price, or where its largest is not two of the least (then not every quantity could be split).
cdef int64_t least_at(const ConfigListing* terms, int64_t price) noexcept nogil
# The most of `qty` lots that can be sent there at this price, in one child or several; 0 = nothing.
cdef int64_t sendable_at(
    const CoreState* state, uint16_t source, uint16_t instrument, int64_t price, int64_t qty
) noexcept nogil
# The first child's part of `qty` sendable lots, so that the rest can follow: below the largest it takes. 0 = nothing.
cdef int64_t largest_at(
    const CoreState* state, uint16_t source, uint16_t instrument, int64_t price, int64_t qty
) noexcept nogil
# The rungs of one source, best first, as it can be asked for them; fills in their steps. Rungs are never more together
# than the quantities that came in.
cdef void offer(const ConfigListing* terms, Rung* rungs, uint32_t count) noexcept nogil

# CONFIG_LISTING: the reason to refuse it, or REASON_NONE and it applies.
cdef uint16_t configure_listing(CoreState* state, const Command* command) noexcept nogil
# The instrument a source means by its own symbol (the one it lists now, where two had it); NONE16 = unknown.
cdef uint16_t instrument_listed_as(
    const CoreState* state, uint16_t source, const char* symbol, uint32_t size
) noexcept nogil
# Table and symbols anew, after a load. 0, or -1.
cdef int listings_rebuild(CoreState* state) noexcept nogil
