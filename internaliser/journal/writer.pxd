"""The journal's writing end: records join the batch of this loop turn; commit writes and syncs it.

Positions are logical byte offsets over all segments, counting every byte; a record never straddles
a segment. A turn of more than `batch_max` bytes becomes several batches: all but the last are
written as they fill, and none of them counts before the commit.
"""

cimport cython

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from internaliser.journal.mark cimport DurableMark
from internaliser.journal.preparer cimport Preparer
from internaliser.journal.syncer cimport Syncer

cdef enum SyncPolicy:
    SYNC_BATCH = 1              # every commit syncs before it returns
    SYNC_INTERVAL = 2           # a helper thread syncs every interval_ms
    SYNC_OFF = 3                # the kernel decides

cdef enum:
    READ_FILES = 4              # segments kept open for `read`


@cython.final
cdef class JournalWriter:
    cdef readonly uint64_t batch_no             # number of the batch being filled
    cdef readonly uint64_t durable_batch        # up to here batches may be acted upon (by policy)
    cdef uint64_t released_at                   # position where `durable_batch` ends
    cdef readonly uint64_t synced_batch         # up to here they are on the disk for certain
    cdef readonly uint64_t segment_size         # bytes; the journal keeps what it was made with
    cdef readonly uint64_t batch_max            # bytes of the largest batch, likewise
    cdef readonly uint16_t node_id
    cdef readonly object torn_tail              # Fault of the tail dropped at opening, or None
    cdef public uint32_t epoch                  # goes into the heads of segments begun from now on
    cdef public uint32_t rules_version

    # Private from here on.
    cdef object folder
    cdef int dir_fd
    cdef int failed                             # errno that failed the journal, 0 while it works
    cdef SyncPolicy policy
    cdef int begins_segment                     # the open batch is the first of its segment
    cdef uint64_t segment_no                    # of the open batch
    cdef uint64_t offset                        # of the open batch in it
    cdef uint8_t* buffer                        # room for a SegmentHead, then the open batch
    cdef uint8_t* zeros                         # a PIECE of them, under interval
    cdef uint64_t paged                         # up to here in the segment the kernel has its pages
    cdef uint64_t used                          # bytes of the open batch, its head included
    cdef uint32_t record_count
    cdef uint32_t chain
    cdef uint32_t seed
    cdef int64_t written_ns                     # time of the last commit
    cdef uint64_t[READ_FILES] read_segments     # segment + 1, 0 = free
    cdef int[READ_FILES] read_fds
    cdef Preparer preparer
    cdef Syncer syncer
    cdef DurableMark* mark

    # Copy one record (RecordHead first, size a multiple of 8) into the batch. Its position, or
    # 2**64-1 when it cannot be taken (journal failed, record larger than a batch).
    cdef uint64_t append(self, const void* record, uint32_t size) noexcept nogil
    # Room for a record of `size` bytes in the batch, to be written in place; NULL as above.
    cdef uint8_t* room(self, uint32_t size, uint64_t* position) noexcept nogil
    # End the batch: one write or copy; a sync if the policy says so or `must_sync`. 0, or -errno: the
    # journal is failed for good, nothing of this batch may leave. An empty batch costs nothing.
    cdef int commit(self, int64_t now_ns, int must_sync) noexcept nogil
    # Bytes of the record at `position` (in the open batch or in a segment), copied to `out`; its
    # size, 0 if there is none there or it is larger than `capacity`.
    cdef uint32_t read(self, uint64_t position, uint8_t* out, uint32_t capacity) noexcept nogil

    cdef uint8_t* room_anew(self, uint32_t size, uint64_t* position) noexcept nogil
    cdef int write_batch(self, int64_t now_ns) noexcept nogil
    cdef int put(self, const uint8_t* data, uint64_t size, uint64_t offset) noexcept nogil
    cdef int begin_segment(self, int64_t now_ns) noexcept nogil
    cdef int sync(self) noexcept nogil
    cdef int fail(self, int error) noexcept nogil
    cdef int read_fd(self, uint64_t segment_no) noexcept nogil
    cdef int _check_records(self, const uint8_t* data, uint64_t size) except -1
