"""Questions onto their ring. The core thread is the producer, the edge the consumer.

>>> asking = Asking(door.enquiries, Ring(1 << 20))
"""

from libc.stdint cimport uint32_t, uint64_t

from internaliser.model.record cimport KIND_CREDENTIALS, RecordHead
from internaliser.reactor.atomic cimport shared_count
from internaliser.reactor.ring cimport RING_DONE, RingRecord

cdef enum:
    SHARE = 4                   # one part in so many of the ring is kept for credentials


cdef class Asking:
    """Joins what the door asks to the ring that the edge reads."""

    def __cinit__(self, Enquiries enquiries not None, Ring ring not None):
        if enquiries.message_max + 256 > ring.record_max:
            raise ValueError(
                f"a ring of {ring.capacity} bytes does not hold a question of "
                f"{enquiries.message_max} bytes"
            )
        self.enquiries = enquiries
        self.ring = ring
        enquiries.share = ring.capacity // SHARE

    cdef void measure(self) noexcept nogil:
        cdef uint64_t free = self.ring.room()
        # The end of the ring may be skipped: the room of the largest record is not counted on.
        cdef uint64_t spare = self.enquiries.message_max // 2 + sizeof(RingRecord)
        if self.is_behind or free <= spare:
            self.enquiries.room = 0
        else:
            self.enquiries.room = free - spare

    cdef void carry(self) noexcept nogil:
        cdef const RecordHead* record = self.enquiries.peek()
        cdef uint32_t kind
        self.is_behind = 0
        while record != NULL:
            kind = RING_CREDENTIALS if record.kind == KIND_CREDENTIALS else RING_QUESTION
            if self.ring.put_record(kind, record, record.size) != RING_DONE:
                self.is_behind = 1
                return
            shared_count(&self.carried, 1)
            self.enquiries.advance()
            record = self.enquiries.peek()
