"""The journal's writing end: records are appended to the batch of this loop turn; commit writes it and syncs by policy.

Positions are logical byte offsets over all segments, counting every byte; a record never straddles a segment.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

cdef enum SyncPolicy:
    SYNC_BATCH = 1              # every commit syncs before it returns
    SYNC_INTERVAL = 2           # a helper thread syncs every interval_ms
    SYNC_OFF = 3                # the kernel decides

cdef class JournalWriter:
    cdef void* state            # private
    cdef readonly uint64_t batch_no             # number of the batch being filled
    cdef readonly uint64_t durable_batch        # every batch up to this one may be acted upon (by policy)
    cdef readonly uint64_t synced_batch         # every batch up to this one is on the disk for certain

    # Copy one record (RecordHead first, size a multiple of 8) into the batch. Its position, or 2**64-1 when it
    # cannot be taken (journal failed, record larger than a segment).
    cdef uint64_t append(self, const void* record, uint32_t size) noexcept nogil
    # Room for a record of `size` bytes in the batch, to be written in place; NULL as above.
    cdef uint8_t* room(self, uint32_t size, uint64_t* position) noexcept nogil
    # End the batch: one write; a sync if the policy says so or `must_sync`. 0, or -errno: the journal is failed
    # for good, nothing of this batch may leave. An empty batch costs nothing.
    cdef int commit(self, int64_t now_ns, int must_sync) noexcept nogil
    # Bytes of the record at `position` (in the open batch or in a segment), copied to `out`; its size, 0 if
    # there is none there or it is larger than `capacity`.
    cdef uint32_t read(self, uint64_t position, uint8_t* out, uint32_t capacity) noexcept nogil
