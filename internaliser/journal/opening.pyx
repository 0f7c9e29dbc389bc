"""Finding the end of a journal, and clearing what stands behind it.

Only what may be unsynced is walked: from the newest segment that begins within the durable mark.
Damage in older segments is the reader's to find, which recovery sends through all it needs.
"""

import os
from pathlib import Path

from libc.stdint cimport uint64_t

from internaliser.journal.cursor cimport (
    END_DAMAGED, END_MORE, END_TORN, FAULT_MISSING, FAULT_SEGMENT_HEAD, LOOK_BATCH, LOOK_BAD,
    Cursor, End, Look, cursor_close, cursor_enter, cursor_judge, cursor_look, cursor_open,
    cursor_pass,
)
from internaliser.journal.mark cimport DurableMark, mark_close, mark_open, synced_by_mark

from internaliser.errors import DataError
from internaliser.journal.fault import (
    Fault,
    JournalDamaged,
    fault_at,
    segment_numbers,
    segment_path,
)

cdef enum:
    CHUNK = 1048576             # bytes read at once while clearing

_ZEROS = bytes(CHUNK)


cdef class JournalEnd:
    """Where the next batch of a journal goes."""

    @property
    def segment_no(self) -> int:
        return self.segment.segment_no

    @property
    def segment_size(self) -> int:
        return self.segment.segment_size

    @property
    def node_id(self) -> int:
        return self.segment.node_id


cdef object fault_of(object folder, const Cursor* cursor):
    return fault_at(folder, cursor.fault, cursor.fault_segment, cursor.fault_offset,
                    cursor.next_batch, os.strerror(cursor.error) if cursor.error else "")


cdef int find_gap(Cursor* cursor, list numbers) except -1:
    """1 when a segment before the one entered is missing; it is the fault then."""
    cdef uint64_t expected = numbers[0]
    for number in numbers:
        if number != expected and number <= cursor.segment.segment_no:
            cursor.fault = FAULT_MISSING
            cursor.fault_segment = expected
            return 1
        expected += 1
    return 0


cdef int enter_unsynced(Cursor* cursor, list numbers, uint64_t synced) except -1:
    """Enter the newest segment that begins within what is synced, else the oldest; 1 = a fault."""
    cdef uint64_t number
    cdef Look result = LOOK_BAD
    for number in reversed(numbers):
        result = cursor_enter(cursor, number)
        if result == LOOK_BATCH and cursor.segment.first_batch <= synced + 1:
            return find_gap(cursor, numbers)
    if result != LOOK_BATCH:
        cursor.fault = FAULT_SEGMENT_HEAD if result != LOOK_BAD else cursor.fault
        cursor.fault_segment = numbers[0]
        cursor.fault_offset = 0
        return 1
    return 0


cdef JournalEnd walk(object folder, Cursor* cursor, const DurableMark* mark, list numbers):
    cdef JournalEnd end = JournalEnd.__new__(JournalEnd)
    cdef End found = END_MORE
    cdef uint64_t last = numbers[len(numbers) - 1]
    if enter_unsynced(cursor, numbers, synced_by_mark(mark)) != 0:
        raise JournalDamaged(fault_of(folder, cursor))
    end.walked_from = cursor.segment.segment_no
    with nogil:
        while found == END_MORE:
            while cursor_look(cursor) == LOOK_BATCH:
                cursor_pass(cursor)
            found = cursor_judge(cursor, mark, last)
    if found == END_DAMAGED:
        raise JournalDamaged(fault_of(folder, cursor))
    end.segment = cursor.segment
    end.offset = cursor.offset
    end.next_batch = cursor.next_batch
    end.chain = cursor.chain
    end.torn = fault_of(folder, cursor) if found == END_TORN else None
    return end


def find_end(folder: Path) -> JournalEnd | None:
    """The end of the journal in `folder`, None when there is none yet. Changes nothing.

    Raises JournalDamaged where a batch that was synced is missing or bad.
    """
    cdef Cursor cursor
    cdef DurableMark* mark
    cdef list numbers = segment_numbers(folder)
    cdef int error = cursor_open(&cursor, os.fsencode(folder))
    if error < 0:
        raise DataError(f"journal {folder} cannot be opened: {os.strerror(-error)}")
    mark_open(&mark, cursor.dir_fd, 0)
    try:
        if not numbers:
            if synced_by_mark(mark) > 0:
                raise JournalDamaged(
                    Fault(segment_path(folder, 0), 0, 1, "all segments are missing"))
            return None
        return walk(folder, &cursor, mark, numbers)
    finally:
        mark_close(&mark)
        cursor_close(&cursor)


cdef int clear_file(object path, uint64_t offset, uint64_t size) except -1:
    """Make a segment all zeros from `offset` to `size`, its whole length, and sync it."""
    cdef uint64_t at = offset
    fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        chunk = os.pread(fd, CHUNK, at)
        while chunk:
            if chunk != _ZEROS[:len(chunk)]:
                os.pwrite(fd, _ZEROS[:len(chunk)], at)
            at += len(chunk)
            chunk = os.pread(fd, CHUNK, at)
        if at < size:
            os.posix_fallocate(fd, 0, size)
        os.fsync(fd)
    finally:
        os.close(fd)
    return 0


cdef int sync_path(object path) except -1:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
    return 0


def clear_after(folder: Path, end: JournalEnd) -> int:
    """Make sure that nothing stands behind the end and that all before it is synced.

    Later segments become prepared ones. Returns the number of the last, or of the segment the
    journal ends in.
    """
    prepared = end.segment_no
    for number in range(end.walked_from, end.segment_no):
        sync_path(segment_path(folder, number))
    clear_file(segment_path(folder, end.segment_no), end.offset, end.segment.segment_size)
    for number in segment_numbers(folder):
        if number == prepared + 1:
            clear_file(segment_path(folder, number), 0, end.segment.segment_size)
            prepared = number
        elif number > prepared:
            segment_path(folder, number).unlink()
    sync_path(folder)
    return prepared
