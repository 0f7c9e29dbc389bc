"""One side of a book as price levels, best last: changes happen near the best price, so little is moved."""

from internaliser.model.types cimport *

cdef struct Level:
    int64_t price               # ticks
    int64_t qty                 # lots
    uint32_t count              # orders; 0 = not known (outside)
    uint32_t reserved

cdef struct Ladder:
    Level* items                # worst first
    uint32_t used
    uint32_t capacity
    uint8_t side                # Side

cdef void ladder_open(Ladder* ladder, uint8_t side) noexcept nogil
cdef void ladder_close(Ladder* ladder) noexcept nogil
# Add to the level of that price; one that is left without quantity goes. 0, or -1: no memory.
cdef int ladder_add(Ladder* ladder, int64_t price, int64_t qty, int32_t count) noexcept nogil

cdef inline bint is_better(uint8_t side, int64_t price, int64_t other) noexcept nogil:
    return price > other if side == c'1' else price < other
