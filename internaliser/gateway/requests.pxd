"""What the core asks of the edge: children of sources without a FIX session of ours, and what became of their links.

Collected during a turn, released by its commit (children always after a sync), then taken in order. Nothing is
ever dropped: when more wait than `room`, the sources of the edge are shut by a journalled SOURCE_STATE, so that
no further request arises. One step may still go over, and a step has fewer than 65,536 events: memory is bounded.
"""

from internaliser.model.event cimport ChildEvent, EventBuffer, StateEvent
from internaliser.model.record cimport RecordHead
from internaliser.model.types cimport *

cdef class Requests:
    cdef EventBuffer records    # ChildEvents (REQUESTED, QUERY, CANCEL) and StateEvents of SOURCE_STATE
    cdef uint32_t start         # taken up to here
    cdef uint32_t released      # may be taken up to here
    cdef public uint32_t room   # so many may wait before the edge's sources are shut
    cdef readonly uint32_t count    # waiting, released or not

    # 0, or -1: no memory for it.
    cdef int add(self, const RecordHead* record) noexcept nogil
    # What was added so far is durable: it may leave.
    cdef void release(self) noexcept nogil
    # The oldest released one, valid until the next add; NULL when there is none.
    cdef const RecordHead* peek(self) noexcept nogil
    cdef void advance(self) noexcept nogil

# Does the edge answer this event? Both are about a source without a FIX session; the caller has made sure of a
# StateEvent's source.
cdef inline bint asks_the_edge(const ChildEvent* event) noexcept nogil:
    # CHILD_REQUESTED, CHILD_QUERY, CHILD_CANCEL of model/event.pxd
    return event.session == NONE16 and (event.type == 1 or event.type == 6 or event.type == 7)
