"""The view board: the outside books as the core has them now, shown to another thread. One writer, any readers, no
locks, latest wins: the core never waits for a reader and a reader never sees half a view.
"""

from internaliser.model.command cimport VIEW_DEPTH_MAX, MarketView, ViewLevel
from internaliser.model.types cimport *

cdef struct BoardView:          # one (source, instrument)
    uint64_t version            # odd while it is written
    int64_t received_ns
    int64_t stale_after_ns      # 0 = never stale
    uint32_t is_usable          # its source is up and active, it is fresh and not crossed
    uint16_t bid_count
    uint16_t ask_count
    ViewLevel[2 * VIEW_DEPTH_MAX] levels    # bids best first, then (from VIEW_DEPTH_MAX on) asks

cdef struct Board:
    BoardView* views            # source * instrument_count + instrument
    uint64_t* news              # a bit per view: written since a reader took it
    uint32_t source_count
    uint32_t instrument_count
    uint64_t news_count         # views written so far

# 0, or -1: no memory.
cdef int board_open(Board* board, uint32_t source_count, uint32_t instrument_count) noexcept nogil
cdef void board_close(Board* board) noexcept nogil
# The writer's: show this view.
cdef void board_write(
    Board* board, uint16_t source, uint16_t instrument, const MarketView* head, const ViewLevel* levels,
    bint is_usable, int64_t stale_after_ns
) noexcept nogil
# A reader's: a whole copy. 1, or 0: it is being written just now, ask again.
cdef int board_read(const Board* board, uint32_t place, BoardView* out) noexcept nogil
# The reader's: the 64 bits of `news` from place 64 * word on, which are cleared.
cdef uint64_t board_take_news(Board* board, uint32_t word) noexcept nogil

cdef class ViewBoard:
    cdef Board board
