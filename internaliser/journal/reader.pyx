"""Reading records in order, from a live, a copied or a damaged folder, without locks.

    reader = JournalReader(journal_folder(data))
    for record in reader:
        print(record.kind, record.seq, record.position)
    if reader.find_end() is Ending.DAMAGED: ...
"""

import enum
import os
from pathlib import Path

from libc.stdint cimport UINT64_MAX, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from internaliser.journal.cursor cimport (
    END_CLEAN, END_DAMAGED, END_MORE, END_TORN, FAULT_MISSING, FAULT_RECORD, LOOK_BATCH, LOOK_END,
    End, Look, cursor_close, cursor_enter, cursor_judge, cursor_look, cursor_open, cursor_pass,
    cursor_position,
)
from internaliser.journal.format cimport BATCH_HEAD, RECORD_ALIGN
from internaliser.journal.mark cimport mark_close, mark_open, synced_by_mark
from internaliser.journal.opening cimport fault_of
from internaliser.journal.system cimport load64
from internaliser.model.record cimport RecordHead

from internaliser.errors import DataError
from internaliser.journal.fault import JournalDamaged, segment_numbers


cdef enum:
    KINDS = 256                 # kinds of records that `take_of` tells apart

cdef struct Wanted:             # by kind: not at all, any of it, those with a value at an offset
    uint8_t[KINDS] ways
    uint16_t[KINDS] offsets
    uint16_t[KINDS] values


class Ending(enum.Enum):
    """What standing at the end of what can be read means."""

    CLEAN = END_CLEAN
    MORE = END_MORE
    TORN = END_TORN
    DAMAGED = END_DAMAGED


cdef class Record:
    """One record as Python sees it; `data` is the whole of it, RecordHead first."""

    cdef readonly uint64_t position
    cdef readonly uint64_t batch_no
    cdef readonly uint64_t seq
    cdef readonly uint16_t kind
    cdef readonly uint16_t index
    cdef readonly bytes data

    def __repr__(self) -> str:
        return (f"Record(kind={self.kind}, seq={self.seq}, index={self.index}, "
                f"position={self.position}, size={len(self.data)})")


cdef class JournalReader:
    """Reads a journal folder from its oldest segment on, or from where `seek` puts it.

    `durable_only` stops at what the writer has released: what a feed may show. Iterating again
    after the end continues with what was written since.
    """

    def __cinit__(self):
        self.cursor.fd = -1
        self.cursor.dir_fd = -1
        self.until_batch = UINT64_MAX

    def __init__(self, folder, *, durable_only=False):
        self.folder = Path(folder)
        self.is_durable_only = durable_only
        cdef int error = cursor_open(&self.cursor, os.fsencode(folder))
        if error < 0:
            raise DataError(f"journal {folder} cannot be opened: {os.strerror(-error)}")
        mark_open(&self.mark, self.cursor.dir_fd, 0)
        self.enter_oldest()

    cdef int enter_oldest(self) except -1:
        """Stand at the start of the journal. 0 when there is none yet."""
        cdef uint64_t oldest
        cdef list numbers = segment_numbers(self.folder)
        if not numbers:
            return 0
        if self.mark == NULL:
            mark_open(&self.mark, self.cursor.dir_fd, 0)
        oldest = numbers[0]
        if cursor_enter(&self.cursor, oldest) != LOOK_BATCH:
            self.cursor.next_batch = 1 if self.cursor.next_batch == 0 else self.cursor.next_batch
            self.damaged()
            return 0
        return 1

    cdef int damaged(self) noexcept nogil:
        self.is_damaged = 1
        return 0

    cdef int enter_batch(self) noexcept nogil:
        """Stand before the first record of the next batch; 0 if there is none to be read now."""
        cdef Look result
        if self.batch_start != NULL:
            cursor_pass(&self.cursor)
            self.batch_start = self.at = self.batch_end = NULL
        if self.is_damaged or self.cursor.fd < 0 or self.cursor.next_batch >= self.until_batch:
            return 0
        if (self.is_durable_only and self.mark != NULL
                and self.cursor.next_batch > load64(&self.mark.released)):
            return 0
        result = cursor_look(&self.cursor)
        if result != LOOK_BATCH:
            if synced_by_mark(self.mark) < self.cursor.next_batch:
                return 0
            # It was synced before we looked again: what is not good now never will be.
            result = cursor_look(&self.cursor)
            if result != LOOK_BATCH:
                if result == LOOK_END:
                    self.cursor.fault = FAULT_MISSING
                    self.cursor.fault_segment = self.cursor.segment.segment_no
                    self.cursor.fault_offset = self.cursor.offset
                return self.damaged()
        self.batch_no = self.cursor.batch.batch_no
        self.batch_time_ns = self.cursor.batch.time_ns
        self.batch_position = cursor_position(&self.cursor)
        self.batch_start = <const uint8_t*> self.cursor.batch
        self.at = self.batch_start + BATCH_HEAD
        self.batch_end = self.batch_start + self.cursor.batch.size
        return 1

    cdef int enter_segment(self, uint64_t segment_no) noexcept nogil:
        self.batch_start = self.at = self.batch_end = NULL
        return cursor_enter(&self.cursor, segment_no) == LOOK_BATCH

    cdef int stand_with(self, JournalReader other) noexcept nogil:
        if not self.enter_segment(other.cursor.segment.segment_no):
            return 0
        self.cursor.offset = other.cursor.offset
        self.cursor.next_batch = other.cursor.next_batch
        self.cursor.chain = other.cursor.chain
        return 1

    cdef const RecordHead* next(self, uint64_t* position) noexcept nogil:
        cdef const RecordHead* record
        while self.at == self.batch_end:
            if not self.enter_batch():
                return NULL
        record = <const RecordHead*> self.at
        if (self.batch_end - self.at < <int64_t> sizeof(RecordHead)
                or record.size < sizeof(RecordHead) or record.size % RECORD_ALIGN != 0
                or record.size > self.batch_end - self.at):
            self.cursor.fault = FAULT_RECORD
            self.cursor.fault_segment = self.cursor.segment.segment_no
            self.cursor.fault_offset = self.cursor.offset + (self.at - self.batch_start)
            self.at = self.batch_end
            self.batch_start = NULL
            self.damaged()
            return NULL
        position[0] = self.batch_position + (self.at - self.batch_start)
        self.at += record.size
        return record

    def __iter__(self):
        return self

    def __next__(self) -> Record:
        cdef uint64_t position
        cdef const RecordHead* head
        if self.cursor.fd < 0 and not self.is_damaged:
            self.enter_oldest()
        head = self.next(&position)
        if head == NULL:
            raise StopIteration
        return record_of(self, head, position)

    def take_of(self, kinds, uint32_t records_max) -> tuple[list[Record], int]:
        """Of the next `records_max` records those of the kinds, and how many were passed in all.

        `kinds` maps a kind to (offset, value), what the 16 bits at that offset must be, or to None.
        Fewer than `records_max` passed: that was the end, for now.
        """
        cdef Wanted wanted
        cdef uint64_t position = 0
        cdef uint32_t place, passed = 0
        cdef const RecordHead* head = NULL
        cdef list found = []
        memset(&wanted, 0, sizeof(wanted))
        for kind, only in kinds.items():
            place = <uint16_t> kind % KINDS
            wanted.ways[place] = 1 if only is None else 2
            if only is not None:
                wanted.offsets[place] = only[0]
                wanted.values[place] = only[1]
        if self.cursor.fd < 0 and not self.is_damaged:
            self.enter_oldest()
        while passed < records_max:
            with nogil:
                while passed < records_max:
                    head = self.next(&position)
                    if head == NULL:
                        break
                    passed += 1
                    if is_wanted(&wanted, head):
                        break
            if head == NULL:
                break
            if is_wanted(&wanted, head):
                found.append(record_of(self, head, position))
        return found, passed

    def count_rest(self) -> int:
        """Read to the end without making Python objects; the number of records passed."""
        cdef uint64_t position
        cdef uint64_t count = 0
        with nogil:
            while self.next(&position) != NULL:
                count += 1
        return count

    def seek(self, uint64_t position) -> None:
        """The next record is the first that begins at or after `position`.

        Walks the segment from its start, so what leads to the position is checked. Raises DataError
        where the journal does not reach so far.
        """
        cdef uint64_t segment_no
        cdef Look result = LOOK_END
        if self.cursor.segment.segment_size == 0 and not self.enter_oldest():
            raise DataError(f"journal {self.folder} is empty, asked for position {position}")
        # Where a segment begins no record does: it is the end of the one before, filled whole.
        segment_no = (position - 1) // self.cursor.segment.segment_size if position > 0 else 0
        self.batch_start = self.at = self.batch_end = NULL
        with nogil:
            result = cursor_enter(&self.cursor, segment_no)
            while result == LOOK_BATCH and cursor_position(&self.cursor) < position:
                result = cursor_look(&self.cursor)
                if result == LOOK_BATCH:
                    if cursor_position(&self.cursor) + self.cursor.batch.size > position:
                        break
                    cursor_pass(&self.cursor)
        if result != LOOK_BATCH:
            raise DataError(f"journal {self.folder} does not reach position {position}")
        self._skip_to(position)

    def seek_batch(self, uint64_t batch_no) -> None:
        """The next record is the first of batch `batch_no`, or of the first one there after it.

        Raises DataError where the journal does not reach so far.
        """
        cdef Look result = LOOK_END
        self.batch_start = self.at = self.batch_end = NULL
        for number in reversed(segment_numbers(self.folder)):
            result = cursor_enter(&self.cursor, <uint64_t> number)
            if result == LOOK_BATCH and self.cursor.segment.first_batch <= batch_no:
                break
        with nogil:
            while result == LOOK_BATCH and self.cursor.next_batch < batch_no:
                result = cursor_look(&self.cursor)
                if result == LOOK_BATCH:
                    cursor_pass(&self.cursor)
        if result != LOOK_BATCH:
            raise DataError(f"journal {self.folder} does not reach batch {batch_no}")

    def _skip_to(self, uint64_t position):
        cdef uint64_t found
        if cursor_position(&self.cursor) >= position:
            return
        while self.enter_batch() if self.at == self.batch_end else True:
            if self.batch_position + (self.at - self.batch_start) >= position:
                return
            if self.next(&found) == NULL:
                return

    def find_end(self) -> Ending:
        """What it means that nothing more can be read; for after the last record.

        Looks through all that stands behind, so that a batch lost in the middle is told from a torn
        tail. On a live journal MORE says that it grew meanwhile.
        """
        cdef End found
        cdef uint64_t last
        cdef list numbers = segment_numbers(self.folder)
        if self.is_damaged:
            return Ending.DAMAGED
        if self.cursor.fd < 0 or not numbers:
            return self._end_of_nothing(numbers)
        last = numbers[len(numbers) - 1]
        if self.at != self.batch_end:
            return Ending.MORE
        if self.batch_start != NULL:
            cursor_pass(&self.cursor)
            self.batch_start = self.at = self.batch_end = NULL
        with nogil:
            found = cursor_judge(&self.cursor, self.mark, last)
        if found == END_DAMAGED:
            self.damaged()
        return Ending(found)

    def _end_of_nothing(self, numbers):
        if numbers:
            return Ending.MORE
        if synced_by_mark(self.mark) > 0:
            self.cursor.fault = FAULT_MISSING
            self.damaged()
            return Ending.DAMAGED
        return Ending.CLEAN

    @property
    def fault(self) -> Fault | None:
        """Where and what, after `find_end` said TORN or DAMAGED or reading met a damage."""
        return fault_of(self.folder, &self.cursor) if self.cursor.fault else None

    def check(self) -> Fault | None:
        """The torn tail behind the last record, None without one; JournalDamaged on damage."""
        ending = self.find_end()
        if ending is Ending.DAMAGED:
            raise JournalDamaged(self.fault)
        return self.fault if ending is Ending.TORN else None

    @property
    def next_batch(self) -> int:
        """Number of the batch that follows the last one read whole."""
        return self.cursor.next_batch + (1 if self.batch_start != NULL else 0)

    @property
    def next_position(self) -> int:
        """Position at which that batch begins, if it is in the same segment."""
        cdef uint64_t position = cursor_position(&self.cursor)
        return position + (self.cursor.batch.size if self.batch_start != NULL else 0)

    @property
    def last_crc(self) -> int:
        """Checksum of the last batch read whole: the chain up to here."""
        return self.cursor.batch.crc if self.batch_start != NULL else self.cursor.chain

    @property
    def synced_batch(self) -> int:
        """Highest batch the durable mark vouches for."""
        return synced_by_mark(self.mark)

    @property
    def node_id(self) -> int:
        return self.cursor.segment.node_id

    @property
    def rules_version(self) -> int:
        """Of the node when it began the segment being read."""
        return self.cursor.segment.rules_version

    @property
    def starts_at_first_batch(self) -> bool:
        """Whether the oldest segment begins the journal, so that a full replay is possible."""
        cdef Cursor oldest
        cdef list numbers = segment_numbers(self.folder)
        cdef bint is_first
        if not numbers or cursor_open(&oldest, os.fsencode(self.folder)) < 0:
            return False
        is_first = (cursor_enter(&oldest, <uint64_t> numbers[0]) == LOOK_BATCH
                    and oldest.segment.first_batch == 1)
        cursor_close(&oldest)
        return is_first

    def close(self) -> None:
        """Let go of the files. Nothing can be read afterwards."""
        self.batch_start = self.at = self.batch_end = NULL
        mark_close(&self.mark)
        cursor_close(&self.cursor)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.close()

    def __dealloc__(self):
        mark_close(&self.mark)
        cursor_close(&self.cursor)


cdef Record record_of(JournalReader reader, const RecordHead* head, uint64_t position):
    cdef Record record = Record.__new__(Record)
    record.position = position
    record.batch_no = reader.batch_no
    record.seq = head.seq
    record.kind = head.kind
    record.index = head.index
    record.data = (<const char*> head)[:head.size]
    return record


cdef bint is_wanted(const Wanted* wanted, const RecordHead* head) noexcept nogil:
    cdef uint16_t value
    if head.kind >= KINDS or wanted.ways[head.kind] == 0:
        return False
    if wanted.ways[head.kind] == 1:
        return True
    if wanted.offsets[head.kind] + sizeof(value) > head.size:
        return False
    memcpy(&value, <const char*> head + wanted.offsets[head.kind], sizeof(value))
    return value == wanted.values[head.kind]
