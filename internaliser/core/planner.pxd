"""The planner: one merged ladder of the local book and outside views, in order of net price. Pure.

net(buy) = price * (10**8 + fee + credit_adj); net(sell) mirrored with a minus. Rates are smaller
than 10**8 either way. Compared exactly in 128 bits. Ties: tier (local, peer, venue), then source
index.
"""

from internaliser.model.types cimport int64_t, uint8_t, uint16_t, uint32_t, int128_t

cdef enum:
    RATE_ONE = 100_000_000      # fees and adjustments are parts in this

cdef struct Rung:               # one level some source offers to the incoming side
    int64_t price               # ticks
    int64_t qty                 # lots still to be had: spent and unknown quantity already deducted
    int64_t rate                # fee + credit_adj for the incoming side, parts in RATE_ONE
    uint16_t source             # NONE16 = the local book
    uint8_t tier                # SourceKind
    uint8_t is_usable           # fresh, not crossed, eligible
    uint32_t reserved
    int64_t qty_step            # a part of the rung is taken in whole steps of so many lots ...
    int64_t qty_least           # ... and of no fewer than this, a multiple of qty_step; 1 and 1 = any part

cdef struct Slice:              # what to take, in order
    int64_t price
    int64_t qty
    uint16_t source
    uint16_t reserved
    uint32_t rung               # index into the rungs given

# The most of `qty` lots that can be taken in whole steps, 0 when that is less than `least`.
cdef inline int64_t in_steps(int64_t qty, int64_t step, int64_t least) noexcept nogil:
    if step > 1:
        qty -= qty % step
    return qty if qty >= least else 0

# Net price of one lot for `side` (lower is better for both sides after the sign is applied).
cdef int128_t net_price(uint8_t side, int64_t price, int64_t rate) noexcept nogil

# Fill `slices` with the cheapest way to do `qty` for an incoming order of `side` with limit price
# `limit` (ticks; a market order passes its collar). Rungs may come in any order. A rung worse than
# the limit, or not usable, is never taken; the limit applies to the price before fees. Returns the
# number of slices (<= slices_max, <= rung_count). The last slice is cut to `qty` whatever the steps of its rung: the
# caller takes what in_steps leaves of it and plans the rest anew.
cdef uint32_t plan(uint8_t side, int64_t limit, int64_t qty, const Rung* rungs, uint32_t rung_count,
                   Slice* slices, uint32_t slices_max) noexcept nogil

# Would an internal execution of `qty` at `price` be worse, net of `rate`, for a party on `side`
# than what the usable outside rungs (source != NONE16) offer it for that same quantity? 1 = worse
# (forbidden), 0 = allowed. Compared against the volume-weighted net cost of taking `qty` outside;
# where less than `qty` is offered, against the part that is. A rung gives only what it can of the quantity left
# when its turn comes, cheapest net first: whole steps, nothing below its least quantity.
cdef int is_worse_than_outside(uint8_t side, int64_t price, int64_t rate, int64_t qty,
                               const Rung* rungs, uint32_t rung_count) noexcept nogil
