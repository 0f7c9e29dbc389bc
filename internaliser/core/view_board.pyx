"""Sequence locks: a reader that finds the version odd, or changed behind it, has read nothing."""

from libc.stdlib cimport calloc, free
from libc.string cimport memcpy


cdef extern from *:
    """
    #include <stdatomic.h>
    #include <stdint.h>

    static inline uint64_t board_load(const uint64_t* place) {
        return atomic_load_explicit((const _Atomic uint64_t*)place, memory_order_acquire);
    }
    static inline void board_begin(uint64_t* place) {
        atomic_store_explicit((_Atomic uint64_t*)place, *place + 1, memory_order_relaxed);
        atomic_thread_fence(memory_order_release);
    }
    static inline void board_end(uint64_t* place) {
        atomic_store_explicit((_Atomic uint64_t*)place, *place + 1, memory_order_release);
    }
    static inline uint64_t board_reload(const uint64_t* place) {
        atomic_thread_fence(memory_order_acquire);
        return atomic_load_explicit((const _Atomic uint64_t*)place, memory_order_relaxed);
    }
    static inline void board_mark(uint64_t* place, uint64_t bits) {
        atomic_fetch_or_explicit((_Atomic uint64_t*)place, bits, memory_order_release);
    }
    static inline uint64_t board_swap(uint64_t* place) {
        return atomic_exchange_explicit((_Atomic uint64_t*)place, 0, memory_order_acquire);
    }
    """
    uint64_t board_load(const uint64_t* place) noexcept nogil
    void board_begin(uint64_t* place) noexcept nogil
    void board_end(uint64_t* place) noexcept nogil
    uint64_t board_reload(const uint64_t* place) noexcept nogil
    void board_mark(uint64_t* place, uint64_t bits) noexcept nogil
    uint64_t board_swap(uint64_t* place) noexcept nogil


cdef int board_open(Board* board, uint32_t source_count, uint32_t instrument_count) noexcept nogil:
    cdef size_t count = <size_t> source_count * instrument_count
    board.source_count = source_count
    board.instrument_count = instrument_count
    board.news_count = 0
    board.views = <BoardView*> calloc(max(count, <size_t> 1), sizeof(BoardView))
    board.news = <uint64_t*> calloc(count // 64 + 1, sizeof(uint64_t))
    return 0 if board.views != NULL and board.news != NULL else -1


cdef void board_close(Board* board) noexcept nogil:
    free(board.views)
    free(board.news)
    board.views = NULL
    board.news = NULL


cdef void board_write(
    Board* board, uint16_t source, uint16_t instrument, const MarketView* head,
    const ViewLevel* levels, bint is_usable, int64_t stale_after_ns
) noexcept nogil:
    cdef uint32_t place
    cdef BoardView* view
    if source >= board.source_count or instrument >= board.instrument_count:
        return                          # configured after the board was made
    place = source * board.instrument_count + instrument
    view = &board.views[place]
    board_begin(&view.version)
    view.received_ns = head.received_ns
    view.stale_after_ns = stale_after_ns
    view.is_usable = is_usable
    view.bid_count = head.bid_count
    view.ask_count = head.ask_count
    memcpy(view.levels, levels, head.bid_count * sizeof(ViewLevel))
    memcpy(
        &view.levels[VIEW_DEPTH_MAX], &levels[VIEW_DEPTH_MAX], head.ask_count * sizeof(ViewLevel)
    )
    board_end(&view.version)
    board_mark(&board.news[place // 64], <uint64_t> 1 << (place & 63))
    board.news_count += 1


cdef int board_read(const Board* board, uint32_t place, BoardView* out) noexcept nogil:
    cdef const BoardView* view = &board.views[place]
    cdef uint64_t version = board_load(&view.version)
    if version & 1:
        return 0
    memcpy(out, view, sizeof(BoardView))
    return board_reload(&view.version) == version


cdef uint64_t board_take_news(Board* board, uint32_t word) noexcept nogil:
    return board_swap(&board.news[word]) if board.news[word] != 0 else 0


cdef class ViewBoard:
    """A board for `source_count` sources and `instrument_count` instruments."""

    def __cinit__(self, uint32_t source_count, uint32_t instrument_count):
        if board_open(&self.board, source_count, instrument_count) < 0:
            raise MemoryError("no memory for the view board")

    def __dealloc__(self):
        board_close(&self.board)

    def view(self, uint16_t source, uint16_t instrument) -> dict | None:
        """One view as it stands; None while it is being written. For tests and tools."""
        cdef BoardView view
        cdef const ViewLevel* asks = &view.levels[VIEW_DEPTH_MAX]
        if not board_read(&self.board, source * self.board.instrument_count + instrument, &view):
            return None
        return {
            "is_usable": bool(view.is_usable),
            "received_ns": view.received_ns,
            "bids": [(one.price, one.qty) for one in view.levels[:view.bid_count]],
            "asks": [(one.price, one.qty) for one in asks[:view.ask_count]],
        }

    def take_news(self) -> list[tuple[int, int]]:
        """(source, instrument) of every view written since this was asked last."""
        found = []
        for word in range(self.board.source_count * self.board.instrument_count // 64 + 1):
            bits = board_take_news(&self.board, word)
            found += [word * 64 + bit for bit in range(64) if bits >> bit & 1]
        return [divmod(place, self.board.instrument_count) for place in found]
