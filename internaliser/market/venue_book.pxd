"""One instrument's book at one venue, as its snapshot and changes tell it: levels in whole steps, no orders.

Two sorted arrays a side, the best level last, so that news near the top moves a few bytes. No Python object and no
allocation per level; a message is read wholly before any of it counts.
"""

from internaliser.market.decimal_text cimport DecimalStep
from internaliser.model.command cimport VIEW_DEPTH_MAX, ViewLevel
from internaliser.model.types cimport *

cdef enum:
    MESSAGE_LEVELS_MAX = 1 << 18    # levels a side of one message; more are refused
    BOOK_LEVELS_MAX = 1 << 20       # upper limit of levels_max

cdef struct Half:
    int64_t sign                # 1 for bids, -1 for asks: key = price steps * sign, a better price is a larger key
    int64_t* keys               # ascending in [first, first + count): the best stands last
    int64_t* qtys               # quantity steps, above 0
    uint32_t first
    uint32_t count
    uint32_t capacity
    uint32_t reach              # levels from the best that `shown` was made of; NONE32 = all of them
    uint32_t touched            # smallest distance from the best that this message changed; NONE32 = nothing
    uint32_t shown_count
    ViewLevel shown[VIEW_DEPTH_MAX]     # best first, in ticks and whole lots; off the tick or below one lot left out

cdef struct LevelText:          # one side of one message, read
    int64_t* keys
    int64_t* qtys
    uint32_t count
    uint32_t capacity

cdef class VenueBook:
    cdef readonly object tick
    cdef readonly object lot
    cdef readonly object price_step
    cdef readonly object qty_step
    cdef readonly str refusal   # why the last message was refused, "" when it was not
    cdef readonly bint is_loaded
    cdef Half bids
    cdef Half asks
    cdef LevelText bid_text
    cdef LevelText ask_text
    cdef DecimalStep price_measure
    cdef DecimalStep qty_measure
    cdef int64_t steps_per_tick
    cdef int64_t steps_per_lot
    cdef uint32_t levels_max

    cdef int read_message(self, object bids, object asks) except -2
    cdef int read_side(self, object levels, LevelText* text, int64_t sign) except -2
    cdef int read_level(self, object level, LevelText* text, int64_t sign) except -2
    cdef int refuse(self, str why) except -2
    cdef Half* half_of(self, int side) except NULL
