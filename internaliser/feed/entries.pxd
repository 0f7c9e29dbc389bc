"""Entries of market data messages: what stands in the NoMDEntries(268) group of a W or X.

An entry of a level is known by its MDEntryType(269) and MDEntryPx(270): there is one per price and side. A trade is
known by its MDEntryID(278).
"""

from internaliser.feed.books cimport Trade
from internaliser.feed.levels cimport Level
from internaliser.fix.codec cimport Writer
from internaliser.model.command cimport ConfigInstrument
from internaliser.model.types cimport *

cdef enum:
    ENTRY_MAX = 256             # bytes of the longest entry

cdef struct Shown:              # the instrument of a message
    const ConfigInstrument* terms
    const char* symbol
    uint32_t symbol_size
    uint16_t node_id

# One side of a W, best first.
cdef void put_side(Writer* body, const Shown* what, char type, const Level* levels, uint32_t count) noexcept nogil
# One side of an X: what leads from `old` to `new`. Returns the number of entries.
cdef uint32_t put_changes(
    Writer* body, const Shown* what, char type, const Level* old, uint32_t old_count, const Level* new,
    uint32_t new_count
) noexcept nogil
# A trade; `is_change` = of an X. `left_out` trades before it are told of by number only.
cdef void put_trade(
    Writer* body, const Shown* what, const Trade* trade, bint is_change, uint64_t left_out
) noexcept nogil
