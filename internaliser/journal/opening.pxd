"""Where a journal ends, for a writer that goes on from there."""

from libc.stdint cimport uint32_t, uint64_t

from internaliser.journal.cursor cimport Cursor
from internaliser.journal.format cimport SegmentHead

# The Fault the cursor stands at; `folder` is the Path of the segments.
cdef object fault_of(object folder, const Cursor* cursor)

cdef class JournalEnd:
    cdef SegmentHead segment            # head of the last segment begun
    cdef readonly uint64_t offset       # in that segment, of the next batch
    cdef readonly uint64_t next_batch
    cdef readonly uint32_t chain
    cdef readonly uint64_t walked_from  # segment the walk began in: those before were synced
    cdef readonly object torn           # Fault of a torn tail, None without one
