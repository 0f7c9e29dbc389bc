"""Walking batches: pread into a window of our own, so what was checked is what is used."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memset

from internaliser.journal.crc cimport crc32c
from internaliser.journal.files cimport is_zero, read_whole
from internaliser.journal.format cimport (
    BATCH_HEAD, BATCH_HEAD_CRC, BATCH_MAGIC, FORMAT_VERSION, RECORD_ALIGN, SEGMENT_HEAD,
    SEGMENT_HEAD_CRC, SEGMENT_MAGIC, SEGMENT_NAME_MAX, BatchHead, SegmentHead,
)
from internaliser.journal.mark cimport DurableMark, synced_by_mark
from internaliser.journal.system cimport (
    AT_FDCWD, ENOENT, ENOMEM, O_CLOEXEC, O_DIRECTORY, O_RDONLY, close, errno, openat, snprintf,
)

cdef enum:
    AHEAD_MIN = 4096            # bytes read at once where the journal ends
    AHEAD_MAX = 262144          # and in the middle of it

cdef int cursor_open(Cursor* cursor, const char* journal_folder) noexcept nogil:
    memset(cursor, 0, sizeof(Cursor))
    cursor.fd = -1
    cursor.ahead = AHEAD_MIN
    cursor.dir_fd = openat(AT_FDCWD, journal_folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    return 0 if cursor.dir_fd >= 0 else -errno


cdef void cursor_close(Cursor* cursor) noexcept nogil:
    if cursor.fd >= 0:
        close(cursor.fd)
    if cursor.dir_fd >= 0:
        close(cursor.dir_fd)
    free(cursor.window)
    cursor.fd = -1
    cursor.dir_fd = -1
    cursor.window = NULL


cdef void segment_name(char* out, uint64_t segment_no) noexcept nogil:
    snprintf(out, SEGMENT_NAME_MAX, "%010llu.segment", <unsigned long long> segment_no)


cdef uint64_t cursor_position(const Cursor* cursor) noexcept nogil:
    return cursor.segment.segment_no * cursor.segment.segment_size + cursor.offset


cdef uint32_t batch_seed(uint32_t seed, uint64_t position) noexcept nogil:
    return crc32c(seed, &position, sizeof(position))


cdef Look bad(Cursor* cursor, FaultKind fault, uint64_t segment_no, uint64_t offset) noexcept nogil:
    cursor.fault = fault
    cursor.fault_segment = segment_no
    cursor.fault_offset = offset
    return LOOK_BAD


cdef Look read_head(Cursor* cursor, uint64_t segment_no, SegmentHead* head, int* fd) noexcept nogil:
    """Open a segment and check its head. `fd` is the caller's to close only after LOOK_BATCH.

    LOOK_END: no such file, or prepared and not yet begun.
    """
    cdef char[SEGMENT_NAME_MAX] name
    cdef int64_t size
    cdef Look result = LOOK_BATCH
    segment_name(name, segment_no)
    fd[0] = openat(cursor.dir_fd, name, O_RDONLY | O_CLOEXEC)
    if fd[0] < 0:
        if errno == ENOENT:
            return LOOK_END
        cursor.error = errno
        return bad(cursor, FAULT_READ, segment_no, 0)
    memset(head, 0, sizeof(SegmentHead))
    size = read_whole(fd[0], head, SEGMENT_HEAD, 0)
    if size < 0:
        cursor.error = <int> -size
        result = bad(cursor, FAULT_READ, segment_no, 0)
    elif is_zero(<uint8_t*> head, SEGMENT_HEAD):
        result = LOOK_END
    elif (head.magic == <uint64_t> SEGMENT_MAGIC and head.version != FORMAT_VERSION
          and size >= <int> sizeof(uint64_t) + 4):
        result = bad(cursor, FAULT_VERSION, segment_no, 0)
    elif (head.magic != <uint64_t> SEGMENT_MAGIC or head.segment_no != segment_no
          or head.crc != crc32c(0, head, SEGMENT_HEAD_CRC)):
        result = bad(cursor, FAULT_SEGMENT_HEAD, segment_no, 0)
    if result != LOOK_BATCH:
        close(fd[0])
        fd[0] = -1
    return result


cdef void stand_in(Cursor* cursor, const SegmentHead* head, int fd) noexcept nogil:
    if cursor.fd >= 0:
        close(cursor.fd)
    cursor.fd = fd
    cursor.segment = head[0]
    cursor.offset = SEGMENT_HEAD
    cursor.next_batch = head.first_batch
    cursor.chain = head.previous_crc
    cursor.window_size = 0


cdef Look cursor_enter(Cursor* cursor, uint64_t segment_no) noexcept nogil:
    cdef SegmentHead head
    cdef int fd
    cdef Look result = read_head(cursor, segment_no, &head, &fd)
    if result == LOOK_BATCH:
        cursor.batch = NULL
        stand_in(cursor, &head, fd)
    return result


cdef Look next_segment(Cursor* cursor) noexcept nogil:
    """Move to the next segment if it begins with the batch we want."""
    cdef SegmentHead head
    cdef int fd
    cdef uint64_t segment_no = cursor.segment.segment_no + 1
    cdef Look result = read_head(cursor, segment_no, &head, &fd)
    if result != LOOK_BATCH:
        return result
    if (head.first_batch != cursor.next_batch or head.previous_crc != cursor.chain
            or head.seed != cursor.segment.seed or head.node_id != cursor.segment.node_id
            or head.segment_size != cursor.segment.segment_size):
        close(fd)
        return bad(cursor, FAULT_SEGMENT_ORDER, segment_no, 0)
    stand_in(cursor, &head, fd)
    return LOOK_BATCH


cdef int64_t window_at(Cursor* cursor, uint64_t size) noexcept nogil:
    """Bytes at cursor.offset in the window, read if there are fewer than `size`; or -errno."""
    cdef uint64_t wanted, start
    cdef int64_t count
    cdef uint8_t* grown
    start = cursor.offset - cursor.window_offset
    if start <= cursor.window_size and cursor.window_size - start >= size:
        return <int64_t> (cursor.window_size - start)
    wanted = size if size > cursor.ahead else cursor.ahead
    if wanted > cursor.window_capacity:
        grown = <uint8_t*> realloc(cursor.window, wanted)
        if grown == NULL:
            return -ENOMEM
        cursor.window = grown
        cursor.window_capacity = wanted
    count = read_whole(cursor.fd, cursor.window, wanted, cursor.offset)
    cursor.window_offset = cursor.offset
    cursor.window_size = <uint64_t> count if count > 0 else 0
    if cursor.ahead < AHEAD_MAX:
        cursor.ahead *= 2
    return count


cdef Look batch_fault(Cursor* cursor, FaultKind fault) noexcept nogil:
    return bad(cursor, fault, cursor.segment.segment_no, cursor.offset)


cdef Look read_fault(Cursor* cursor, int64_t error) noexcept nogil:
    cursor.error = <int> -error
    return batch_fault(cursor, FAULT_READ)


cdef inline const BatchHead* at_cursor(Cursor* cursor) noexcept nogil:
    return <const BatchHead*> (cursor.window + (cursor.offset - cursor.window_offset))


cdef int head_is_good(const Cursor* cursor, const BatchHead* head, uint64_t offset) noexcept nogil:
    """Whether this journal wrote the head for this place; its size can be relied upon then."""
    cdef uint64_t position
    if (head.magic != <uint32_t> BATCH_MAGIC or head.size < BATCH_HEAD
            or head.size > cursor.segment.batch_max):
        return 0
    position = cursor.segment.segment_no * cursor.segment.segment_size + offset
    return head.size % RECORD_ALIGN == 0 and head.head_crc == crc32c(
        batch_seed(cursor.segment.seed, position), head, BATCH_HEAD_CRC)


cdef Look look_here(Cursor* cursor) noexcept nogil:
    """Check the batch at the cursor within its segment; LOOK_END where there are only zeros."""
    cdef const BatchHead* head
    cdef int64_t size = window_at(cursor, BATCH_HEAD)
    if size < 0:
        return read_fault(cursor, size)
    if size < BATCH_HEAD:
        if is_zero(cursor.window + (cursor.offset - cursor.window_offset), size):
            return LOOK_END
        return batch_fault(cursor, FAULT_BATCH_HEAD)
    head = at_cursor(cursor)
    if head.magic == 0 and is_zero(<const uint8_t*> head, BATCH_HEAD):
        return LOOK_END
    if not head_is_good(cursor, head, cursor.offset):
        return batch_fault(cursor, FAULT_BATCH_HEAD)
    if head.batch_no != cursor.next_batch or head.previous_crc != cursor.chain:
        return batch_fault(cursor, FAULT_BATCH_ORDER)
    size = window_at(cursor, head.size)
    head = at_cursor(cursor)
    if size < 0:
        return read_fault(cursor, size)
    if (<uint64_t> size < head.size
            or head.crc != crc32c(head.head_crc, <const uint8_t*> head + BATCH_HEAD,
                                  head.size - BATCH_HEAD)):
        return batch_fault(cursor, FAULT_BATCH)
    cursor.batch = head
    return LOOK_BATCH


cdef bint is_full(const Cursor* cursor) noexcept nogil:
    """Whether the next batch begins a new segment: when the largest no longer fits in this one."""
    return cursor.segment.segment_size - cursor.offset < cursor.segment.batch_max


cdef Look cursor_look(Cursor* cursor) noexcept nogil:
    cdef Look result = LOOK_BATCH
    if cursor.batch != NULL:
        return LOOK_BATCH
    cursor.fault = FAULT_NONE
    cursor.error = 0
    while result == LOOK_BATCH:
        if not is_full(cursor):
            result = look_here(cursor)
            if result == LOOK_BATCH:
                return LOOK_BATCH
            break
        result = next_segment(cursor)
    # The bytes may be on their way: nothing read here may be believed at the next look.
    cursor.window_size = 0
    cursor.ahead = AHEAD_MIN
    return result


cdef void cursor_pass(Cursor* cursor) noexcept nogil:
    cursor.offset += cursor.batch.size
    cursor.next_batch += 1
    cursor.chain = cursor.batch.crc
    cursor.batch = NULL


cdef struct Remains:            # what stands behind the last good batch
    uint64_t durable            # highest durable_batch a good head there carries
    int has_bytes               # anything but zeros; the heads of later segments apart
    int is_missing              # a segment file is missing before one that has bytes


cdef int scan_file(const Cursor* cursor, int fd, uint64_t offset, uint8_t* chunk, uint64_t capacity,
                   Remains* remains) noexcept nogil:
    """Find good batch heads from `offset` on. Heads are aligned; `chunk` overlaps by one head."""
    cdef uint64_t at, word
    cdef const BatchHead* head
    cdef int64_t size = read_whole(fd, chunk, capacity, offset)
    while size > 0:
        at = 0
        while at < <uint64_t> size:
            if at + 8 <= <uint64_t> size:
                memcpy(&word, chunk + at, 8)
            else:
                word = 0 if is_zero(chunk + at, size - at) else 1
            if word != 0:
                remains.has_bytes = 1
                head = <const BatchHead*> (chunk + at)
                if (at + BATCH_HEAD <= <uint64_t> size and head_is_good(cursor, head, offset + at)
                        and head.durable_batch > remains.durable):
                    remains.durable = head.durable_batch
            at += 8
        if <uint64_t> size < capacity:
            break
        offset += capacity - BATCH_HEAD
        size = read_whole(fd, chunk, capacity, offset)
    return 0 if size >= 0 else <int> size


cdef int scan_remains(Cursor* cursor, uint64_t last_segment, Remains* remains) noexcept nogil:
    """0, or -errno."""
    cdef Cursor place = cursor[0]
    cdef char[SEGMENT_NAME_MAX] name
    cdef uint64_t segment_no
    cdef int fd, error, had_bytes
    cdef int is_missing = 0
    cdef uint8_t* chunk = <uint8_t*> realloc(NULL, AHEAD_MAX)
    if chunk == NULL:
        return -ENOMEM
    error = scan_file(&place, cursor.fd, cursor.offset, chunk, AHEAD_MAX, remains)
    segment_no = cursor.segment.segment_no + 1
    while error == 0 and segment_no <= last_segment:
        segment_name(name, segment_no)
        fd = openat(cursor.dir_fd, name, O_RDONLY | O_CLOEXEC)
        if fd >= 0:
            place.segment.segment_no = segment_no
            had_bytes = remains.has_bytes
            remains.has_bytes = 0
            error = scan_file(&place, fd, SEGMENT_HEAD, chunk, AHEAD_MAX, remains)
            close(fd)
            remains.is_missing |= is_missing & remains.has_bytes
            remains.has_bytes |= had_bytes
        elif errno == ENOENT:
            is_missing = 1
        else:
            error = -errno
        segment_no += 1
    free(chunk)
    return error


cdef End cursor_judge(Cursor* cursor, const DurableMark* mark,
                      uint64_t last_segment) noexcept nogil:
    cdef Remains remains
    cdef Look first, again
    cdef int error
    memset(&remains, 0, sizeof(Remains))
    first = cursor_look(cursor)
    if first == LOOK_BATCH:
        return END_MORE
    remains.durable = synced_by_mark(mark)
    error = scan_remains(cursor, last_segment, &remains)
    # A live writer may have finished the batch meanwhile: evidence counts only against one still
    # bad.
    again = cursor_look(cursor)
    if again == LOOK_BATCH:
        return END_MORE
    if error < 0:
        read_fault(cursor, error)
        return END_DAMAGED
    if again == LOOK_BAD and cursor.fault in (FAULT_VERSION, FAULT_READ):
        return END_DAMAGED
    if (again == LOOK_BAD and cursor.fault == FAULT_SEGMENT_HEAD and remains.has_bytes
            and cursor.segment.magic != <uint64_t> SEGMENT_MAGIC):
        # No segment before it says by which seed the batches behind it are to be judged. A later
        # head goes out with its first batch in one write: torn with it, unless something behind
        # says that it was synced.
        return END_DAMAGED
    if again == LOOK_END:
        batch_fault(cursor, FAULT_MISSING)
    if cursor.next_batch <= remains.durable or remains.is_missing:
        return END_DAMAGED
    if again == LOOK_BAD:
        return END_TORN
    if remains.has_bytes:
        batch_fault(cursor, FAULT_STALE)
        return END_TORN
    cursor.fault = FAULT_NONE
    return END_CLEAN
