"""One side of a venue's book: two sorted arrays, the best level last, so that news near the top moves a few bytes.

Sizes are bounded by the caller: BOOK_LEVELS_MAX and MESSAGE_LEVELS_MAX of venue_book.pxd.
"""

from internaliser.model.command cimport VIEW_DEPTH_MAX, ViewLevel
from internaliser.model.types cimport *

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

# Room for `count` levels. MemoryError.
cdef int text_reserve(LevelText* text, uint32_t count) except -1
cdef void text_free(LevelText* text) noexcept
# Is no price there twice? Sorts the text best first when the venue did not.
cdef bint is_strict(LevelText* text) noexcept nogil

# Room behind the best for `more` levels. MemoryError.
cdef int half_reserve(Half* half, uint32_t more) except -1
cdef void half_free(Half* half) noexcept
cdef void half_clear(Half* half) noexcept nogil
# The levels of a strict text take the place of all; room was made.
cdef void half_load(Half* half, const LevelText* text, uint32_t levels_max) noexcept nogil
# Each level of the text has a new quantity, 0 = it is gone; room was made. `touched` says how near the best.
cdef void half_change(Half* half, const LevelText* text, uint32_t levels_max) noexcept nogil
# Make `shown` anew; is it another one than before?
cdef bint half_show(Half* half, int64_t steps_per_tick, int64_t steps_per_lot) noexcept nogil

cdef inline bint is_shown(
    const Half* half, uint32_t at, int64_t steps_per_tick, int64_t steps_per_lot, ViewLevel* level
) noexcept nogil:
    """The stored level as a view shows it, if any view does."""
    level.price = half.keys[at] * half.sign
    level.qty = half.qtys[at]
    if steps_per_tick != 1:
        if level.price % steps_per_tick != 0:
            return False
        level.price = level.price // steps_per_tick
    if steps_per_lot != 1:
        level.qty = level.qty // steps_per_lot
    return level.qty != 0
