"""One instrument's book at one venue, as its snapshot and changes tell it: levels in whole steps, no orders.

No Python object and no allocation per level; a message is read wholly before any of it counts.
"""

from internaliser.market.decimal_text cimport DecimalStep
from internaliser.market.half cimport Half, LevelText
from internaliser.model.types cimport *

cdef enum:
    MESSAGE_LEVELS_MAX = 1 << 18    # levels a side of one message; more are refused
    BOOK_LEVELS_MAX = 1 << 20       # upper limit of levels_max

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
