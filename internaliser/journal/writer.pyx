"""The writer: a memcpy, one checksum pass, and one pwrite, or a copy into the mapped segment where
nothing syncs; files are prepared elsewhere."""

cimport cython

import os

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from internaliser.journal.crc cimport crc32c
from internaliser.journal.cursor cimport batch_seed, segment_name
from internaliser.journal.files cimport write_followed, write_whole
from internaliser.journal.format cimport (
    BATCH_HEAD, BATCH_HEAD_CRC, BATCH_MAGIC, BATCH_MAX, BATCH_MIN, FORMAT_VERSION, RECORD_ALIGN,
    SEGMENT_BATCHES_MIN, SEGMENT_HEAD, SEGMENT_HEAD_CRC, SEGMENT_MAGIC, SEGMENT_NAME_MAX, BatchHead,
    SegmentHead,
)
from internaliser.journal.mark cimport MARK_WRITER, mark_close, mark_open, mark_synced
from internaliser.journal.opening cimport JournalEnd
from internaliser.journal.preparer cimport (
    PREPARED_MAX, SPACE_RESERVED, SPACE_SYNCED_ZEROS, SPACE_ZEROS, is_mapping, prepare_segment,
    preparer_map, preparer_start, preparer_stop, preparer_take,
)
from internaliser.journal.segment_map cimport map_open, map_write
from internaliser.journal.syncer cimport syncer_start, syncer_stop, syncer_sync, syncer_turn
from internaliser.journal.system cimport (
    EBADF, O_CLOEXEC, O_RDONLY, close, load64, load_int, openat, pread, store64,
)
from internaliser.model.record cimport RecordHead

from internaliser.errors import DataError
from internaliser.journal.folder import DataFolder
from internaliser.journal.opening import clear_after, find_end
from internaliser.journal.fault import segment_path

cdef enum:
    NS_PER_MS = 1000000
    NO_POSITION = -1
    PIECE = 65536               # bytes of a segment that the kernel gets to know at once

SEGMENT_SIZE = 64 << 20
BATCH_SIZE_MAX = 1 << 20
SEGMENTS_AHEAD = 2
_SPACE = {
    SYNC_BATCH: SPACE_SYNCED_ZEROS, SYNC_INTERVAL: SPACE_RESERVED, SYNC_OFF: SPACE_ZEROS,
}
_POLICIES = {"batch": SYNC_BATCH, "interval": SYNC_INTERVAL, "off": SYNC_OFF}


cdef void seal_segment_head(SegmentHead* head) noexcept nogil:
    head.magic = <uint64_t> SEGMENT_MAGIC
    head.version = FORMAT_VERSION
    head.reserved = 0
    head.crc = crc32c(0, head, SEGMENT_HEAD_CRC)


@cython.final
cdef class JournalWriter:
    """Appends to the journal of a data folder that this process holds.

    Opening finds the end of an existing journal, drops a torn tail (`torn_tail` says which) and
    goes on there; damage raises JournalDamaged. One thread writes; `close` ends the helper threads.
    `realtime`: the priority, in real time, of the one that syncs under interval; 0 = none.
    """

    def __cinit__(self):
        self.dir_fd = -1
        self.syncer.fd = -1

    def __init__(self, folder, *, node_id, policy="batch", interval_ms=5, epoch=0, rules_version=0,
                 segment_size=SEGMENT_SIZE, batch_max=BATCH_SIZE_MAX, ahead=SEGMENTS_AHEAD,
                 realtime=0):
        if not isinstance(folder, DataFolder) or not folder.is_held:
            raise TypeError("a JournalWriter needs a DataFolder that this process holds")
        _check_options(policy, segment_size, batch_max, ahead)
        self.folder = folder
        self.policy = _POLICIES[policy]
        self.node_id = node_id
        self.epoch = epoch
        self.rules_version = rules_version
        self.segment_size = segment_size
        self.batch_max = batch_max
        self.dir_fd = os.open(folder.journal, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        cdef int error = mark_open(&self.mark, self.dir_fd, 1)
        if error < 0:
            raise OSError(-error, os.strerror(-error), str(folder.journal / "durable"))
        end = find_end(folder.journal)
        found = self._begin() if end is None else self._continue(end)
        self.syncer.realtime = realtime
        self._start(found, interval_ms, ahead)

    def _begin(self):
        """Make the first segment of a new journal."""
        cdef SegmentHead head
        memset(&head, 0, sizeof(SegmentHead))
        head.node_id = self.node_id
        head.segment_size = self.segment_size
        head.batch_max = self.batch_max
        head.first_batch = 1
        head.epoch = self.epoch
        head.rules_version = self.rules_version
        head.seed = int.from_bytes(os.urandom(4), "little")
        seal_segment_head(&head)
        cdef int fd = prepare_segment(self.dir_fd, 0, self.segment_size,
                                      _SPACE[self.policy], &head, SEGMENT_HEAD)
        if fd < 0:
            raise OSError(-fd, os.strerror(-fd), str(segment_path(self.folder.journal, 0)))
        self.syncer.fd = fd
        self.seed = head.seed
        self.batch_no = 1
        self.offset = SEGMENT_HEAD
        return 0

    def _continue(self, JournalEnd end not None):
        """Stand behind the last good batch. Returns the highest segment found prepared."""
        if end.segment.node_id != self.node_id:
            raise DataError(f"journal {self.folder.journal} is that of node {end.segment.node_id}, "
                            f"expected node {self.node_id}")
        found = clear_after(self.folder.journal, end)
        self.torn_tail = end.torn
        self.segment_no = end.segment.segment_no
        self.segment_size = end.segment.segment_size
        self.batch_max = end.segment.batch_max
        self.seed = end.segment.seed
        self.chain = end.chain
        self.offset = end.offset
        self.batch_no = end.next_batch
        self.syncer.fd = os.open(segment_path(self.folder.journal, end.segment_no),
                                 os.O_RDWR | os.O_CLOEXEC)
        return found

    def _start(self, found, interval_ms, ahead):
        cdef int error
        self.buffer = <uint8_t*> malloc(SEGMENT_HEAD + self.batch_max)
        if self.buffer == NULL:
            raise MemoryError
        if self.policy == SYNC_INTERVAL:
            self.zeros = <uint8_t*> calloc(1, PIECE)
            if self.zeros == NULL:
                raise MemoryError
        self.used = BATCH_HEAD
        self.synced_batch = self.durable_batch = self.batch_no - 1
        mark_synced(self.mark, MARK_WRITER, self.synced_batch)
        self.released_at = self.segment_no * self.segment_size + self.offset
        store64(&self.mark.released, self.durable_batch)
        self.syncer.mark = self.mark
        self.syncer.written = self.syncer.synced = self.synced_batch
        self.syncer.interval_ns = interval_ms * NS_PER_MS if self.policy == SYNC_INTERVAL else 0
        self.preparer.dir_fd = self.dir_fd
        self.preparer.space = _SPACE[self.policy]
        self.preparer.ahead = ahead
        self.preparer.segment_size = self.segment_size
        self.preparer.taken = self.segment_no
        self.preparer.found = found
        error = 0
        if is_mapping(&self.preparer):
            error = map_open(preparer_map(&self.preparer), self.syncer.fd, self.segment_size)
        if error < 0:
            raise OSError(-error, os.strerror(-error),
                          str(segment_path(self.folder.journal, self.segment_no)))
        error = preparer_start(&self.preparer)
        if error == 0:
            error = syncer_start(&self.syncer, self.policy != SYNC_BATCH)
        if error < 0:
            raise OSError(-error, os.strerror(-error), "journal helper thread")

    cdef int fail(self, int error) noexcept nogil:
        self.failed = -error
        return error

    cdef uint64_t append(self, const void* record, uint32_t size) noexcept nogil:
        cdef uint64_t position
        cdef uint8_t* room = self.room(size, &position)
        if room == NULL:
            return <uint64_t> NO_POSITION
        memcpy(room, record, size)
        return position

    cdef uint8_t* room(self, uint32_t size, uint64_t* position) noexcept nogil:
        cdef uint64_t at = self.used
        if (self.failed != 0 or size < sizeof(RecordHead) or size % RECORD_ALIGN != 0
                or self.record_count == 0 or at + size > self.batch_max):
            return self.room_anew(size, position)
        self.used = at + size
        self.record_count += 1
        position[0] = self.segment_no * self.segment_size + self.offset + at
        return self.buffer + SEGMENT_HEAD + at

    cdef uint8_t* room_anew(self, uint32_t size, uint64_t* position) noexcept nogil:
        """As `room`, where the record begins a batch or a segment, or cannot be taken."""
        cdef uint64_t at
        if (self.failed != 0 or size < sizeof(RecordHead) or size % RECORD_ALIGN != 0
                or size > self.batch_max - BATCH_HEAD):
            return NULL
        if self.used + size > self.batch_max and self.write_batch(self.written_ns) < 0:
            return NULL
        if self.record_count == 0 and self.segment_size - self.offset < self.batch_max:
            self.begins_segment = 1
            self.segment_no += 1
            self.offset = SEGMENT_HEAD
        at = self.used
        self.used += size
        self.record_count += 1
        position[0] = self.segment_no * self.segment_size + self.offset + at
        return self.buffer + SEGMENT_HEAD + at

    cdef int begin_segment(self, int64_t now_ns) noexcept nogil:
        """Turn to the next prepared file; the head goes out in one write with the first batch."""
        cdef SegmentHead* head = <SegmentHead*> self.buffer
        cdef int error
        cdef int fd = preparer_take(&self.preparer)
        if fd < 0:
            return fd
        error = syncer_turn(&self.syncer, fd)
        if error < 0:
            close(fd)
            return error
        head.node_id = self.node_id
        head.segment_no = self.segment_no
        head.segment_size = self.segment_size
        head.first_batch = self.batch_no
        head.time_ns = now_ns
        head.epoch = self.epoch
        head.rules_version = self.rules_version
        head.batch_max = <uint32_t> self.batch_max
        head.seed = self.seed
        head.previous_crc = self.chain
        seal_segment_head(head)
        self.paged = 0
        return 0

    cdef int write_batch(self, int64_t now_ns) noexcept nogil:
        """Write the open batch and open the next one; 0, or -errno and the journal is failed."""
        cdef BatchHead* head = <BatchHead*> (self.buffer + SEGMENT_HEAD)
        cdef uint64_t before = SEGMENT_HEAD if self.begins_segment else 0
        cdef int error = 0
        if self.begins_segment:
            error = self.begin_segment(now_ns)
        if error < 0:
            return self.fail(error)
        head.magic = <uint32_t> BATCH_MAGIC
        head.size = <uint32_t> self.used
        head.batch_no = self.batch_no
        head.durable_batch = self.synced_batch
        head.time_ns = now_ns
        head.record_count = self.record_count
        head.previous_crc = self.chain
        head.head_crc = crc32c(
            batch_seed(self.seed, self.segment_no * self.segment_size + self.offset),
            head, BATCH_HEAD_CRC)
        head.crc = crc32c(head.head_crc, <uint8_t*> head + BATCH_HEAD, self.used - BATCH_HEAD)
        error = self.put(<uint8_t*> head - before, self.used + before, self.offset - before)
        if error < 0:
            return self.fail(error)
        store64(&self.syncer.written, self.batch_no)
        self.chain = head.crc
        self.offset += self.used
        self.batch_no += 1
        self.used = BATCH_HEAD
        self.record_count = 0
        self.begins_segment = 0
        return 0

    cdef int put(self, const uint8_t* data, uint64_t size, uint64_t offset) noexcept nogil:
        if is_mapping(&self.preparer):
            map_write(preparer_map(&self.preparer), data, size, offset)
            return 0
        if self.zeros == NULL or offset + size <= self.paged:
            return write_whole(self.syncer.fd, data, size, offset)
        # New pages of a file cost the kernel less, the more of them come at once.
        self.paged = min(self.segment_size, (offset + size + PIECE - 1) // PIECE * PIECE)
        return write_followed(
            self.syncer.fd, data, size, offset, self.zeros, self.paged - offset - size
        )

    cdef int sync(self) noexcept nogil:
        cdef int error = syncer_sync(&self.syncer)
        if error < 0:
            return self.fail(error)
        self.synced_batch = self.batch_no - 1
        mark_synced(self.mark, MARK_WRITER, self.synced_batch)
        return 0

    cdef int commit(self, int64_t now_ns, int must_sync) noexcept nogil:
        cdef uint64_t synced
        if self.failed == 0:
            self.failed = load_int(&self.syncer.failed)
        if self.failed != 0:
            return -self.failed
        self.written_ns = now_ns
        if self.record_count > 0 and self.write_batch(now_ns) < 0:
            return -self.failed
        if self.policy != SYNC_BATCH:
            synced = load64(&self.syncer.synced)
            if synced > self.synced_batch:
                self.synced_batch = synced
        if ((self.policy == SYNC_BATCH or must_sync) and self.synced_batch < self.batch_no - 1
                and self.sync() < 0):
            return -self.failed
        store64(&self.released_at, self.segment_no * self.segment_size + self.offset)
        store64(&self.durable_batch, self.batch_no - 1)
        store64(&self.mark.released, self.durable_batch)
        return 0

    cdef int read_fd(self, uint64_t segment_no) noexcept nogil:
        """A descriptor of the segment: the current one, or from the few kept open for reading."""
        cdef char[SEGMENT_NAME_MAX] name
        cdef int slot = <int> (segment_no % READ_FILES)
        if self.read_segments[slot] != segment_no + 1:
            if self.read_segments[slot] != 0:
                close(self.read_fds[slot])
                self.read_segments[slot] = 0
            segment_name(name, segment_no)
            self.read_fds[slot] = openat(self.dir_fd, name, O_RDONLY | O_CLOEXEC)
            if self.read_fds[slot] < 0:
                return -1
            self.read_segments[slot] = segment_no + 1
        return self.read_fds[slot]

    cdef uint32_t read(self, uint64_t position, uint8_t* out, uint32_t capacity) noexcept nogil:
        cdef uint64_t batch_position = self.segment_no * self.segment_size + self.offset
        cdef uint64_t at = position % self.segment_size
        cdef RecordHead head
        cdef const uint8_t* source
        cdef int fd
        if position % RECORD_ALIGN != 0 or at < SEGMENT_HEAD + BATCH_HEAD:
            return 0
        if position >= batch_position:
            at = position - batch_position
            if at < BATCH_HEAD or at + sizeof(RecordHead) > self.used:
                return 0
            source = self.buffer + SEGMENT_HEAD + at
            memcpy(&head, source, sizeof(RecordHead))
            if head.size > capacity or at + head.size > self.used:
                return 0
            memcpy(out, source, head.size)
            return head.size
        fd = self.read_fd(position // self.segment_size)
        if fd < 0 or pread(fd, &head, sizeof(head), <int64_t> at) != <int64_t> sizeof(head):
            return 0
        if (head.size > capacity or head.size < sizeof(RecordHead)
                or head.size % RECORD_ALIGN != 0
                or pread(fd, out, head.size, <int64_t> at) != <int64_t> head.size):
            return 0
        return head.size

    def write(self, bytes records not None) -> int:
        """Append the records that stand back to back in `records`; the position of the first.

        ValueError when a RecordHead contradicts the bytes (nothing is appended), OSError once
        failed.
        """
        cdef const uint8_t* data = <const uint8_t*> <const char*> records
        cdef uint64_t size = len(records)
        cdef uint64_t at = 0
        cdef uint64_t first = <uint64_t> NO_POSITION
        cdef uint64_t position = 0
        self._check_records(data, size)
        with nogil:
            while at < size and position != <uint64_t> NO_POSITION:
                position = self.append(data + at, (<const RecordHead*> (data + at)).size)
                if at == 0:
                    first = position
                at += (<const RecordHead*> (data + at)).size
        if position == <uint64_t> NO_POSITION:
            raise OSError(self.failed, os.strerror(self.failed), str(self.folder.journal))
        return first

    cdef int _check_records(self, const uint8_t* data, uint64_t size) except -1:
        cdef uint64_t at = 0
        cdef uint32_t found
        while at < size:
            found = (<const RecordHead*> (data + at)).size if size - at >= sizeof(RecordHead) else 0
            if found < sizeof(RecordHead) or found % RECORD_ALIGN != 0 or found > size - at:
                raise ValueError(f"the RecordHead at {at} says {found} bytes: expected a multiple "
                                 f"of 8, at least {sizeof(RecordHead)}, within {size - at}")
            if found > self.batch_max - BATCH_HEAD:
                raise ValueError(f"the record is larger than a batch: {found} bytes, "
                                 f"limit {self.batch_max - BATCH_HEAD}")
            at += found
        if size == 0:
            raise ValueError("no record")
        return 0

    def end_batch(self, int64_t now_ns, must_sync=False) -> None:
        """Commit. Raises OSError when the journal failed; nothing of the batch may leave then."""
        cdef int sync = must_sync
        cdef int error
        with nogil:
            error = self.commit(now_ns, sync)
        if error < 0:
            raise OSError(-error, os.strerror(-error), str(self.folder.journal))

    def read_record(self, uint64_t position) -> bytes | None:
        """The record at `position`, None if there is none."""
        cdef uint32_t size
        if self.buffer == NULL:
            raise ValueError("the journal is closed")
        cdef uint8_t* out = <uint8_t*> malloc(self.batch_max)
        if out == NULL:
            raise MemoryError
        size = self.read(position, out, <uint32_t> self.batch_max)
        try:
            return (<char*> out)[:size] if size else None
        finally:
            free(out)

    @property
    def next_position(self) -> int:
        """Position of the batch being filled: where the journal ends after a commit."""
        return self.segment_no * self.segment_size + self.offset

    @property
    def released(self) -> tuple[int, int]:
        """A batch that is durable, and a position not before its end. Readable on any thread."""
        cdef uint64_t batch_no = load64(&self.durable_batch)
        return batch_no, load64(&self.released_at)

    @property
    def last_crc(self) -> int:
        """Checksum of the last batch written: with its number it names the journal up to here."""
        return self.chain

    @property
    def segment_waits(self) -> int:
        """Times a commit had to wait for a segment: 0 unless the disk falls behind."""
        return self.preparer.waits

    @property
    def segments_ready(self) -> int:
        """Segments prepared and not yet begun."""
        return self.preparer.ready - self.preparer.taken

    def close(self) -> None:
        """Sync what is committed, end the helper threads, close the files; drop an open batch."""
        cdef int slot
        if self.buffer != NULL:
            if self.failed == 0 and self.synced_batch < self.durable_batch:
                self.sync()
            free(self.buffer)
            free(self.zeros)
            self.buffer = self.zeros = NULL
            preparer_stop(&self.preparer)
            syncer_stop(&self.syncer)
            self.failed = self.failed or EBADF
        elif self.syncer.fd >= 0:
            close(self.syncer.fd)
            self.syncer.fd = -1
        for slot in range(READ_FILES):
            if self.read_segments[slot] != 0:
                close(self.read_fds[slot])
                self.read_segments[slot] = 0
        mark_close(&self.mark)
        if self.dir_fd >= 0:
            close(self.dir_fd)
            self.dir_fd = -1

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def __dealloc__(self):
        self.close()


def _check_options(policy: str, segment_size: int, batch_max: int, ahead: int) -> None:
    """Refuse options that are unknown or contradict each other; ValueError says which."""
    if policy not in _POLICIES:
        raise ValueError(f"policy: expected {', '.join(_POLICIES)}, found {policy!r}")
    if not BATCH_MIN <= batch_max <= BATCH_MAX or batch_max % RECORD_ALIGN:
        raise ValueError(f"batch_max: expected a multiple of 8 from {BATCH_MIN} to {BATCH_MAX}, "
                         f"found {batch_max}")
    if segment_size < batch_max * SEGMENT_BATCHES_MIN or segment_size % RECORD_ALIGN:
        raise ValueError(f"segment_size: expected a multiple of 8, at least {SEGMENT_BATCHES_MIN} "
                         f"times batch_max ({batch_max}), found {segment_size}")
    if not 1 <= ahead <= PREPARED_MAX:
        raise ValueError(f"ahead: expected 1 to {PREPARED_MAX}, found {ahead}")
