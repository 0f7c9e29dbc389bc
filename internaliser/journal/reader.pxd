"""The journal's reading end, the one every tail uses: recovery, dump, verify, feeds, projections."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t

from internaliser.model.record cimport RecordHead

cdef class JournalReader:
    cdef void* state            # private

    # The next record, NULL at the end of what is readable now (a live journal may grow: ask again). Valid until
    # the next call. Batches are checked (CRC, chain) as they are entered. A damage ends reading: see `damage`.
    cdef const RecordHead* next(self, uint64_t* position) noexcept nogil
