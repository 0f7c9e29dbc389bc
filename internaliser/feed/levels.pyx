"""Price levels of one side."""

from libc.stdlib cimport free, realloc
from libc.string cimport memmove

cdef enum:
    LEVELS_FIRST = 16           # room a side starts with; it doubles


cdef void ladder_open(Ladder* ladder, uint8_t side) noexcept nogil:
    ladder.items = NULL
    ladder.used = 0
    ladder.capacity = 0
    ladder.side = side


cdef void ladder_close(Ladder* ladder) noexcept nogil:
    free(ladder.items)
    ladder.items = NULL


cdef uint32_t place_of(const Ladder* ladder, int64_t price) noexcept nogil:
    """The first level that is not worse than `price`."""
    cdef uint32_t low = 0
    cdef uint32_t high = ladder.used
    cdef uint32_t middle
    while low < high:
        middle = (low + high) // 2
        if is_better(ladder.side, price, ladder.items[middle].price):
            low = middle + 1
        else:
            high = middle
    return low


cdef int insert(Ladder* ladder, uint32_t at, int64_t price) noexcept nogil:
    cdef uint32_t capacity = ladder.capacity
    cdef Level* items
    if ladder.used == capacity:
        capacity = capacity * 2 if capacity > 0 else LEVELS_FIRST
        items = <Level*> realloc(ladder.items, capacity * sizeof(Level))
        if items == NULL:
            return -1
        ladder.items = items
        ladder.capacity = capacity
    memmove(&ladder.items[at + 1], &ladder.items[at], (ladder.used - at) * sizeof(Level))
    ladder.items[at] = Level(price, 0, 0, 0)
    ladder.used += 1
    return 0


cdef int ladder_add(Ladder* ladder, int64_t price, int64_t qty, int32_t count) noexcept nogil:
    cdef uint32_t at = place_of(ladder, price)
    if at == ladder.used or ladder.items[at].price != price:
        if insert(ladder, at, price) < 0:
            return -1
    ladder.items[at].qty += qty
    ladder.items[at].count += count
    assert ladder.items[at].qty >= 0
    if ladder.items[at].qty == 0:
        ladder.used -= 1
        memmove(&ladder.items[at], &ladder.items[at + 1], (ladder.used - at) * sizeof(Level))
    return 0


cdef class Side:
    """A side for tests and tools."""

    cdef Ladder ladder

    def __cinit__(self, bint is_buy):
        ladder_open(&self.ladder, c'1' if is_buy else c'2')

    def __dealloc__(self):
        ladder_close(&self.ladder)

    def add(self, int64_t price, int64_t qty, int32_t count):
        """As ladder_add."""
        if ladder_add(&self.ladder, price, qty, count) < 0:
            raise MemoryError

    def levels(self):
        """(price, qty, count), best first."""
        return [
            (level.price, level.qty, level.count)
            for level in self.ladder.items[:self.ladder.used]
        ][::-1]
