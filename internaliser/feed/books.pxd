"""The local books as order and child events tell them: what rests, by price, instrument by instrument.

What rests of an order is what it has left, less what is out at sources; nothing of one that is about to end, that
waits for new terms, or that may not rest at all. A step is applied whole: nothing is seen of its middle.
"""

cimport cython

from internaliser.core.core cimport Core
from internaliser.feed.levels cimport Ladder
from internaliser.model.event cimport ChildEvent, OrderEvent
from internaliser.model.index cimport Index
from internaliser.model.record cimport RecordHead
from internaliser.model.slab cimport Slab
from internaliser.model.types cimport *

cdef enum:
    TRADES_KEPT = 256           # latest trades kept per instrument, for readers that are behind

cdef struct Trade:
    uint64_t trade_id
    int64_t price
    int64_t qty
    int64_t time_ns
    uint32_t epoch
    uint32_t reserved

cdef struct LocalBook:
    Ladder bids
    Ladder asks
    uint64_t id                 # counts the steps that changed it, trades included
    uint64_t trade_count        # trades seen; the last TRADES_KEPT are in `trades`
    Trade* trades
    uint8_t has_changed         # in the step under way
    uint8_t is_listed           # already in `changed`


@cython.final
cdef class LocalBooks:
    cdef LocalBook* books       # by instrument
    cdef readonly uint32_t count
    cdef uint16_t* changed      # instruments whose id moved; whoever publishes them resets the count
    cdef uint32_t changed_count
    cdef uint64_t seq           # step under way
    cdef Slab orders
    cdef Slab children
    cdef Index order_ids
    cdef Index child_ids
    cdef uint32_t* moved        # orders the step under way told of
    cdef uint32_t moved_count
    cdef uint32_t moved_capacity
    cdef uint16_t* stirred      # instruments the step under way changed
    cdef uint32_t stirred_count

    # One record of the journal. 0, or -1: no memory.
    cdef int take(self, const RecordHead* record) noexcept nogil
    # All of the step under way has been taken. 0 or -1.
    cdef int end_step(self) noexcept nogil

    cdef int take_order(self, const OrderEvent* event) noexcept nogil
    cdef int take_child(self, const ChildEvent* event) noexcept nogil
    cdef int take_trade(self, const OrderEvent* event) noexcept nogil
    cdef int note(self, uint32_t slot) noexcept nogil
    cdef int settle(self, uint32_t slot) noexcept nogil
    cdef void stir(self, uint16_t instrument) noexcept nogil
