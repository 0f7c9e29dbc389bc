"""Snapshots: the state at one place of the journal, as tagged stretches of checked bytes.

    snapshots/<batch_no>.snapshot    SnapshotHead, StretchHead * count, the bytes of each stretch
    64-byte aligned

What the bytes mean is the owner's business; `layout` is the owner's fingerprint of their shape.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef enum:
    SNAPSHOT_VERSION = 1
    SNAPSHOT_MAGIC = 0x50414E534E4A4E49     # "INJNSNAP"
    STRETCHES_MAX = 8192        # of a core, and one per session that sent something
    SNAPSHOTS_KEPT = 2
    SNAPSHOT_HEAD_CRC = 68                  # offset of SnapshotHead.crc

cdef struct Stretch:            # as core's Region: one stretch of state, pointer-free inside
    void* bytes
    uint64_t size
    uint32_t tag                # stable number of this stretch, unique in a snapshot
    uint32_t reserved

cdef struct SnapshotHead:
    uint64_t magic
    uint32_t version
    uint16_t node_id
    uint16_t reserved
    uint64_t layout             # fingerprint of the stretches' shapes
    uint64_t batch_no           # last batch whose effects are inside
    uint64_t position           # where the batch after it goes
    int64_t time_ns
    uint64_t seq                # last step inside
    uint32_t rules_version
    uint32_t last_crc           # checksum of that last batch: names the journal up to there
    uint32_t stretch_count
    uint32_t crc                # of the head before this field, continued over the table

cdef struct StretchHead:
    uint64_t offset             # in the file
    uint64_t size
    uint32_t tag
    uint32_t crc

# Write, sync and name a snapshot; keep the newest SNAPSHOTS_KEPT. The caller fills in `head` up to
# `last_crc` but for magic and version. The state must stand still meanwhile. 0, or -errno and no
# trace is left.
cdef int snapshot_write(const char* folder, SnapshotHead* head, const Stretch* stretches,
                        uint32_t count) noexcept nogil

cdef class Snapshot:
    cdef SnapshotHead head
    cdef uint8_t* memory        # the file, mapped; checked as a whole when it was opened
    cdef uint64_t memory_size
    cdef readonly object path

    # The bytes under `tag`, NULL if there are none. They live as long as this object and cannot be
    # written.
    cdef const uint8_t* bytes_of(self, uint32_t tag, uint64_t* size) noexcept nogil
    # All stretches, for the loader of their owner; their number.
    cdef uint32_t stretches(self, Stretch* out) noexcept nogil
