"""The queue of requests between a step and the ring to the edge.

>>> requests = Requests(room=1000)
>>> steps.open_requests(requests)
"""

from libc.stdlib cimport free
from libc.string cimport memcpy, memmove, memset

from internaliser.core.emit cimport buffer_record
from internaliser.model.record cimport RecordHead

UNBOUNDED = 0xFFFFFFFF          # room before anybody has said how much there is


cdef class Requests:
    """Filled by the steps, released by the door, emptied by whoever carries it to the edge."""

    def __cinit__(self, uint32_t room=UNBOUNDED):
        memset(&self.records, 0, sizeof(EventBuffer))
        self.room = room

    def __dealloc__(self):
        free(self.records.data)

    cdef int add(self, const RecordHead* record) noexcept nogil:
        cdef uint8_t* place = buffer_record(&self.records, record.size)
        if place == NULL:
            return -1
        memcpy(place, record, record.size)
        self.count += 1
        return 0

    cdef void release(self) noexcept nogil:
        if self.start > 0:
            self.records.used -= self.start
            memmove(self.records.data, self.records.data + self.start, self.records.used)
            self.start = 0
        self.released = self.records.used

    cdef const RecordHead* peek(self) noexcept nogil:
        if self.start == self.released:
            return NULL
        return <const RecordHead*> (self.records.data + self.start)

    cdef void advance(self) noexcept nogil:
        assert self.start < self.released
        self.start += (<const RecordHead*> (self.records.data + self.start)).size
        self.count -= 1

    def put(self, bytes record not None) -> None:
        """Add one record, as a step does. ValueError when its head contradicts its length."""
        cdef const RecordHead* head = <const RecordHead*> <const char*> record
        if len(record) < <Py_ssize_t> sizeof(RecordHead) or head.size != <size_t> len(record):
            raise ValueError(f"not one record: {len(record)} bytes")
        if self.add(head) < 0:
            raise MemoryError("no memory for a request")

    def commit(self) -> None:
        """Release what was put, as the door does once it is durable."""
        self.release()

    def take(self) -> list[bytes]:
        """Every released record, oldest first, taken out."""
        cdef const RecordHead* record = self.peek()
        cdef list taken = []
        while record != NULL:
            taken.append((<const char*> record)[:record.size])
            self.advance()
            record = self.peek()
        return taken
