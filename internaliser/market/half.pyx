"""Levels of one side, sorted, and the levels a message names."""

from cpython.mem cimport PyMem_Free, PyMem_Realloc
from libc.string cimport memmove


cdef int resized(int64_t** array, uint32_t count) except -1:
    cdef int64_t* place = <int64_t*> PyMem_Realloc(array[0], <size_t> count * sizeof(int64_t))
    if place == NULL:
        raise MemoryError(f"no memory for {count} levels")
    array[0] = place
    return 0


cdef int text_reserve(LevelText* text, uint32_t count) except -1:
    if count > text.capacity:
        resized(&text.keys, 2 * count)
        resized(&text.qtys, 2 * count)
        text.capacity = 2 * count
    return 0


cdef void text_free(LevelText* text) noexcept:
    PyMem_Free(text.keys)
    PyMem_Free(text.qtys)


cdef void half_free(Half* half) noexcept:
    PyMem_Free(half.keys)
    PyMem_Free(half.qtys)


cdef int half_reserve(Half* half, uint32_t more) except -1:
    # The array is moved down or grown only when it ends.
    cdef uint32_t need = half.count + more
    if half.first + need <= half.capacity:
        return 0
    memmove(half.keys, half.keys + half.first, half.count * sizeof(int64_t))
    memmove(half.qtys, half.qtys + half.first, half.count * sizeof(int64_t))
    half.first = 0
    if need > half.capacity:
        resized(&half.keys, 2 * need)
        resized(&half.qtys, 2 * need)
        half.capacity = 2 * need
    return 0


cdef void half_clear(Half* half) noexcept nogil:
    half.first = 0
    half.count = 0
    half.reach = <uint32_t> NONE32
    half.touched = <uint32_t> NONE32
    half.shown_count = 0


cdef bint half_show(Half* half, int64_t steps_per_tick, int64_t steps_per_lot) noexcept nogil:
    cdef uint32_t made = 0
    cdef uint32_t at = half.first + half.count
    cdef bint is_changed = False
    cdef ViewLevel level
    while at > half.first and made < VIEW_DEPTH_MAX:
        at -= 1
        if not is_shown(half, at, steps_per_tick, steps_per_lot, &level):
            continue
        if (
            made >= half.shown_count or level.price != half.shown[made].price
            or level.qty != half.shown[made].qty
        ):
            is_changed = True
            half.shown[made] = level
        made += 1
    is_changed = is_changed or made != half.shown_count
    half.shown_count = made
    half.reach = <uint32_t> NONE32
    if made == VIEW_DEPTH_MAX:
        half.reach = half.first + half.count - at
    return is_changed


cdef uint32_t half_find(const Half* half, int64_t key) noexcept nogil:
    """How many keys are below `key`. Searched from the best: most news is near it."""
    cdef const int64_t* keys = half.keys + half.first
    cdef uint32_t low = 0
    cdef uint32_t high = half.count
    cdef uint32_t middle
    cdef uint32_t back = 1
    while back <= half.count:
        if keys[half.count - back] < key:
            low = half.count - back + 1
            break
        high = half.count - back
        back *= 2
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


cdef inline void shift(Half* half, uint32_t start, uint32_t count, int32_t by) noexcept nogil:
    memmove(half.keys + start + by, half.keys + start, count * sizeof(int64_t))
    memmove(half.qtys + start + by, half.qtys + start, count * sizeof(int64_t))


cdef void half_put(Half* half, int64_t key, int64_t qty) noexcept nogil:
    """One level's new quantity. The shorter part of the array moves, where there is room."""
    cdef uint32_t below = half_find(half, key)
    cdef uint32_t at = half.first + below
    cdef uint32_t above = half.count - below
    if above > 0 and half.keys[at] == key:
        above -= 1
        if qty != 0:
            half.qtys[at] = qty
        elif below < above:
            shift(half, half.first, below, 1)
            half.first += 1
            half.count -= 1
        else:
            shift(half, at + 1, above, -1)
            half.count -= 1
    elif qty == 0:
        return
    else:
        if below < above and half.first > 0:
            shift(half, half.first, below, -1)
            half.first -= 1
            at -= 1
        else:
            shift(half, at, above, 1)
        half.keys[at] = key
        half.qtys[at] = qty
        half.count += 1
    if above < half.touched:
        half.touched = above


cdef void half_change(Half* half, const LevelText* text, uint32_t levels_max) noexcept nogil:
    cdef uint32_t i
    half.touched = <uint32_t> NONE32
    for i in range(text.count):
        half_put(half, text.keys[i], text.qtys[i])
    # Only now: a message may add levels before it removes others. What goes is beyond `reach`, or
    # no reach was set and the level that was added has touched it.
    if half.count > levels_max:
        half.first += half.count - levels_max
        half.count = levels_max


cdef bint is_strict(LevelText* text) noexcept nogil:
    cdef uint32_t i
    for i in range(1, text.count):
        if text.keys[i] >= text.keys[i - 1]:
            sort_text(text)
            break
    for i in range(1, text.count):
        if text.keys[i] == text.keys[i - 1]:
            return False
    return True


cdef void sort_text(LevelText* text) noexcept nogil:
    # Heap sort: in place, no worst case, rarely needed.
    cdef uint32_t end
    cdef int64_t i
    for i in range(<int64_t> (text.count // 2) - 1, -1, -1):
        sift(text, <uint32_t> i, text.count)
    for end in range(text.count - 1, 0, -1):
        swap(text, 0, end)
        sift(text, 0, end)


cdef inline void swap(LevelText* text, uint32_t one, uint32_t other) noexcept nogil:
    text.keys[one], text.keys[other] = text.keys[other], text.keys[one]
    text.qtys[one], text.qtys[other] = text.qtys[other], text.qtys[one]


cdef void sift(LevelText* text, uint32_t root, uint32_t end) noexcept nogil:
    # The smallest key on top, so that sorting leaves the largest first.
    cdef uint32_t child
    while 2 * root + 1 < end:
        child = 2 * root + 1
        if child + 1 < end and text.keys[child + 1] < text.keys[child]:
            child += 1
        if text.keys[root] <= text.keys[child]:
            return
        swap(text, root, child)
        root = child


cdef void half_load(Half* half, const LevelText* text, uint32_t levels_max) noexcept nogil:
    cdef uint32_t count = 0
    cdef uint32_t i, at
    for i in range(text.count):
        if text.qtys[i] != 0 and count < levels_max:
            count += 1
    half.first = 0
    half.count = count
    at = count
    for i in range(text.count):
        if text.qtys[i] != 0 and at > 0:
            at -= 1
            half.keys[at] = text.keys[i]
            half.qtys[at] = text.qtys[i]
