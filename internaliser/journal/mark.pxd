"""The durable mark: how far the journal is on the disk for certain, kept in a small mapped file.

The writer stores into the mapping after each sync: no system call. A killed process leaves what it
stored; a power loss may leave an older mark, which only makes the reader less strict. A slot counts
only if its check fits, and each thread owns a pair of slots and overwrites the older, so a store
cut in half costs nothing.
"""

from libc.stdint cimport uint64_t

cdef enum MarkOwner:
    MARK_WRITER = 0             # index of the first slot of a pair
    MARK_SYNCER = 2

cdef struct MarkSlot:
    uint64_t batch_no
    uint64_t check              # batch_no ^ MARK_CHECK

cdef struct DurableMark:
    uint64_t magic
    uint64_t released           # highest batch whose outputs may leave, by policy; tails stop there
    MarkSlot[4] slots           # highest synced batch: the largest that checks

# Map journal/durable; the file is made when `may_write` and it is not there. 0, or -errno.
cdef int mark_open(DurableMark** mark, int dir_fd, int may_write) noexcept nogil
cdef void mark_close(DurableMark** mark) noexcept nogil

cdef void mark_synced(DurableMark* mark, MarkOwner owner, uint64_t batch_no) noexcept nogil
# Highest batch known to be synced, 0 when nothing says so (also without a mark).
cdef uint64_t synced_by_mark(const DurableMark* mark) noexcept nogil
