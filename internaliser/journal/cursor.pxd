"""A cursor walks the batches of a journal folder, checking each: reader and writer share it.

`cursor_look` checks the batch at the cursor and leaves it in memory, `cursor_pass` steps over it.
Where looking finds no good batch, `cursor_judge` says what that means: the end, a torn tail, or
damage.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from internaliser.journal.format cimport BatchHead, SegmentHead
from internaliser.journal.mark cimport DurableMark

cdef enum Look:
    LOOK_BATCH = 1              # a good batch stands here
    LOOK_END = 0                # nothing begins here (yet)
    LOOK_BAD = -1               # something is here that is not the next batch: see `fault`

cdef enum End:
    END_CLEAN = 0               # the journal ends here
    END_MORE = 1                # it was being written just now: read on
    END_TORN = 2                # a batch never synced is bad: it and what follows do not count
    END_DAMAGED = 3             # a batch that was synced is missing or bad

cdef enum FaultKind:
    FAULT_NONE = 0
    FAULT_MISSING = 1
    FAULT_SEGMENT_HEAD = 2
    FAULT_SEGMENT_ORDER = 3
    FAULT_VERSION = 4
    FAULT_BATCH_HEAD = 5
    FAULT_BATCH_ORDER = 6
    FAULT_BATCH = 7
    FAULT_RECORD = 8
    FAULT_READ = 9
    FAULT_STALE = 10

cdef struct Cursor:
    int dir_fd                  # of the journal folder; the cursor's own
    int fd                      # of the segment, -1 = none entered
    SegmentHead segment         # the head of that segment
    uint64_t offset             # of the next batch in the segment
    uint64_t next_batch         # its number
    uint32_t chain              # crc of the batch before it
    uint32_t fault              # FaultKind, set by LOOK_BAD and by cursor_judge
    uint64_t fault_segment
    uint64_t fault_offset
    const BatchHead* batch      # after LOOK_BATCH, until the next look
    uint8_t* window             # bytes of the segment read ahead
    uint64_t window_capacity
    uint64_t window_offset
    uint64_t window_size
    uint64_t ahead              # bytes to read at once: grows on the way, falls at the end
    int error                   # errno behind FAULT_READ

cdef int cursor_open(Cursor* cursor, const char* journal_folder) noexcept nogil     # 0, or -errno
cdef void cursor_close(Cursor* cursor) noexcept nogil

# Stand before the first batch of a segment. LOOK_BATCH when its head is good.
cdef Look cursor_enter(Cursor* cursor, uint64_t segment_no) noexcept nogil
cdef Look cursor_look(Cursor* cursor) noexcept nogil
cdef void cursor_pass(Cursor* cursor) noexcept nogil
# What standing here without a good batch means. Reads the rest of this segment and all up to
# `last_segment`.
cdef End cursor_judge(Cursor* cursor, const DurableMark* mark, uint64_t last_segment) noexcept nogil

cdef uint64_t cursor_position(const Cursor* cursor) noexcept nogil      # logical, of the next batch
cdef void segment_name(char* out, uint64_t segment_no) noexcept nogil   # SEGMENT_NAME_MAX bytes
cdef uint32_t batch_seed(uint32_t seed, uint64_t position) noexcept nogil
