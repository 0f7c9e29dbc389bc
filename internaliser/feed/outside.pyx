"""Taking views and merging levels."""

cimport cython

from libc.stdlib cimport calloc, free
from libc.string cimport memset

from internaliser.core.view_board cimport board_read, board_take_news
from internaliser.feed.levels cimport is_better
from internaliser.model.command cimport VIEW_DEPTH_MAX, ViewLevel
from internaliser.model.enums cimport SIDE_BUY

cdef enum:
    READS_MAX = 64              # tries at a view that is being written; then its news bit stays

cdef int64_t STALE_CHECK_NS = 20_000_000    # how often freshness is looked at


@cython.final
cdef class OutsideBooks:
    """Of `instrument_count` instruments; without a board there is nothing outside."""

    def __cinit__(self, uint32_t instrument_count, ViewBoard board=None):
        cdef size_t count = 0
        self.board = board
        self.instrument_count = instrument_count
        if board is not None:
            if board.board.instrument_count != instrument_count:
                raise ValueError("the board is of other instruments")
            self.source_count = min(board.board.source_count, <uint32_t> SOURCES_MAX)
            count = <size_t> self.source_count * instrument_count
        self.views = <BoardView*> calloc(max(count, <size_t> 1), sizeof(BoardView))
        self.counted = <uint8_t*> calloc(max(count, <size_t> 1), 1)
        self.ids = <uint64_t*> calloc(max(instrument_count, <uint32_t> 1), sizeof(uint64_t))
        self.changed = <uint16_t*> calloc(max(instrument_count, <uint32_t> 1), sizeof(uint16_t))
        self.is_listed = <uint8_t*> calloc(max(instrument_count, <uint32_t> 1), 1)
        if not (self.views and self.counted and self.ids and self.changed and self.is_listed):
            raise MemoryError("no memory for the outside views")

    def __dealloc__(self):
        free(self.views)
        free(self.counted)
        free(self.ids)
        free(self.changed)
        free(self.is_listed)

    cdef void refresh(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t word, bit, place
        cdef uint64_t bits
        cdef uint32_t count = self.source_count * self.instrument_count
        if self.board is None:
            return
        for word in range(count // 64 + 1):
            bits = board_take_news(&self.board.board, word)
            bit = 0
            while bits != 0:
                if bits & 1:
                    self.take_view(word * 64 + bit, now_ns)
                bits >>= 1
                bit += 1
        if now_ns >= self.stale_due_ns:
            self.stale_due_ns = now_ns + STALE_CHECK_NS
            for place in range(count):
                if self.counted[place] and not is_fresh(&self.views[place], now_ns):
                    self.counted[place] = 0
                    self.note(<uint16_t> (place % self.instrument_count))

    cdef void take_view(self, uint32_t place, int64_t now_ns) noexcept nogil:
        cdef uint32_t _i
        for _i in range(READS_MAX):
            if board_read(&self.board.board, place, &self.views[place]):
                break
        else:
            # Written again and again: what was copied is no view. The next write sets its bit.
            memset(&self.views[place], 0, sizeof(BoardView))
        self.counted[place] = is_fresh(&self.views[place], now_ns)
        self.note(<uint16_t> (place % self.instrument_count))

    cdef void note(self, uint16_t instrument) noexcept nogil:
        self.ids[instrument] += 1
        if not self.is_listed[instrument]:
            self.is_listed[instrument] = 1
            self.changed[self.changed_count] = instrument
            self.changed_count += 1

    cdef uint32_t top(
        self, const Ladder* local, uint16_t instrument, bint is_aggregated, uint32_t depth,
        Level* out
    ) noexcept nogil:
        cdef uint32_t[SOURCES_MAX] at
        cdef uint32_t source, count = 0
        cdef uint32_t left = local.used
        cdef uint32_t sources = self.source_count if is_aggregated else 0
        cdef const ViewLevel* level
        cdef Level* made
        cdef bint is_any
        memset(at, 0, sources * sizeof(uint32_t))
        while count < depth:
            made = &out[count]
            made[0] = Level(0, 0, 0, 0)
            is_any = left > 0
            if is_any:
                made.price = local.items[left - 1].price
            for source in range(sources):
                level = self.level(source, instrument, local.side, at[source])
                if level != NULL and (
                    not is_any or is_better(local.side, level.price, made.price)
                ):
                    made.price = level.price
                    is_any = True
            if not is_any:
                break
            if left > 0 and local.items[left - 1].price == made.price:
                left -= 1
                made.qty = local.items[left].qty
                # Sources do not tell how many orders make a level.
                made.count = 0 if is_aggregated else local.items[left].count
            for source in range(sources):
                level = self.level(source, instrument, local.side, at[source])
                if level != NULL and level.price == made.price:
                    at[source] += 1
                    made.qty += level.qty
            count += 1
        return count

    cdef const ViewLevel* level(
        self, uint32_t source, uint16_t instrument, uint8_t side, uint32_t at
    ) noexcept nogil:
        """The source's level `at` places behind its best; NULL = none, or none that counts."""
        cdef uint32_t place = source * self.instrument_count + instrument
        cdef const BoardView* view = &self.views[place]
        if not self.counted[place]:
            return NULL
        if side == SIDE_BUY:
            return &view.levels[at] if at < view.bid_count else NULL
        return &view.levels[VIEW_DEPTH_MAX + at] if at < view.ask_count else NULL


cdef inline bint is_fresh(const BoardView* view, int64_t now_ns) noexcept nogil:
    if not view.is_usable:
        return False
    return view.stale_after_ns == 0 or now_ns - view.received_ns <= view.stale_after_ns
