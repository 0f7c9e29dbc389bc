"""The journal's reading end, the one every tail uses: recovery, dump, verify, feeds, ledger."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from internaliser.journal.cursor cimport Cursor
from internaliser.journal.mark cimport DurableMark
from internaliser.model.record cimport RecordHead

cdef class JournalReader:
    cdef readonly uint64_t batch_no             # of the batch the last record came from, 0 = none
    cdef readonly uint64_t batch_position
    cdef readonly int64_t batch_time_ns
    cdef readonly object folder                 # Path of the segments

    cdef uint64_t until_batch                   # reading stops before this batch

    # Private from here on.
    cdef Cursor cursor
    cdef DurableMark* mark
    cdef int is_durable_only
    cdef int is_damaged
    cdef const uint8_t* at                      # next record in the batch
    cdef const uint8_t* batch_end
    cdef const uint8_t* batch_start

    # The next record, NULL at the end of what is readable now (a live journal may grow: ask again).
    # Valid until the next call. Batches are checked (CRC, chain) as they are entered. A damage ends
    # reading: see `damage`.
    cdef const RecordHead* next(self, uint64_t* position) noexcept nogil

    # Stand before the first batch of a segment. 1, or 0: it cannot be had (a damage where it was begun).
    cdef int enter_segment(self, uint64_t segment_no) noexcept nogil
    # Stand before the first record of the batch that `other`, of the same folder, is in. 1 or 0 as above.
    cdef int stand_with(self, JournalReader other) noexcept nogil

    cdef int enter_batch(self) noexcept nogil
    cdef int enter_oldest(self) except -1
    cdef int damaged(self) noexcept nogil
