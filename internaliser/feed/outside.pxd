"""Outside views as last taken from the board, and the levels of an aggregated book made of them."""

cimport cython

from internaliser.core.view_board cimport BoardView, ViewBoard
from internaliser.feed.levels cimport Ladder, Level
from internaliser.model.command cimport ViewLevel
from internaliser.model.types cimport *

cdef enum:
    SOURCES_MAX = 64


@cython.final
cdef class OutsideBooks:
    cdef ViewBoard board        # None = there are no sources
    cdef BoardView* views       # copies, source * instrument_count + instrument
    cdef uint8_t* counted       # by view: it was fresh when it was last looked at
    cdef uint32_t source_count
    cdef uint32_t instrument_count
    cdef uint64_t* ids          # by instrument: changes of what is shown from outside
    cdef uint16_t* changed      # instruments whose outside changed; whoever publishes them resets the count
    cdef uint8_t* is_listed     # by instrument: already in `changed`
    cdef uint32_t changed_count
    cdef int64_t stale_due_ns   # when freshness is looked at again

    # Take what is new on the board, and note what has become stale.
    cdef void refresh(self, int64_t now_ns) noexcept nogil
    # The best `depth` levels of a side, best first: the local ones and, with `is_aggregated`, the fresh views'.
    cdef uint32_t top(
        self, const Ladder* local, uint16_t instrument, bint is_aggregated, uint32_t depth, Level* out
    ) noexcept nogil

    cdef void take_view(self, uint32_t place, int64_t now_ns) noexcept nogil
    cdef const ViewLevel* level(self, uint32_t source, uint16_t instrument, uint8_t side, uint32_t at) noexcept nogil
    cdef void note(self, uint16_t instrument) noexcept nogil
