"""Writing snapshots at an orderly stop, and checking them whole before anything is loaded."""

import os
from collections.abc import Mapping
from pathlib import Path

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from internaliser.journal.crc cimport crc32c
from internaliser.journal.files cimport write_whole
from internaliser.journal.system cimport (
    AT_FDCWD, ENOMEM, MAP_FAILED, MAP_PRIVATE, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_RDONLY,
    O_TRUNC, O_WRONLY, PROT_READ, close, errno, fsync, mmap, munmap, openat, renameat, snprintf,
    unlinkat,
)

from internaliser.errors import DataError

cdef enum:
    STRETCH_ALIGN = 64
    NAME_MAX = 48


class SnapshotDamaged(DataError):
    """A snapshot file does not verify."""


cdef uint64_t table_end(uint32_t count) noexcept nogil:
    return sizeof(SnapshotHead) + <uint64_t> count * sizeof(StretchHead)


cdef uint64_t aligned(uint64_t offset) noexcept nogil:
    return (offset + STRETCH_ALIGN - 1) // STRETCH_ALIGN * STRETCH_ALIGN


cdef uint32_t head_crc(const SnapshotHead* head, const StretchHead* table) noexcept nogil:
    return crc32c(crc32c(0, head, SNAPSHOT_HEAD_CRC), table,
                  head.stretch_count * sizeof(StretchHead))


cdef void fill_table(StretchHead* table, const Stretch* stretches, uint32_t count) noexcept nogil:
    cdef uint64_t offset = table_end(count)
    cdef uint32_t i
    for i in range(count):
        offset = aligned(offset)
        table[i].offset = offset
        table[i].size = stretches[i].size
        table[i].tag = stretches[i].tag
        table[i].crc = crc32c(0, stretches[i].bytes, stretches[i].size)
        offset += stretches[i].size


cdef int write_file(int fd, SnapshotHead* head, const Stretch* stretches) noexcept nogil:
    cdef uint32_t i
    cdef int error
    cdef StretchHead* table = <StretchHead*> calloc(head.stretch_count + 1, sizeof(StretchHead))
    if table == NULL:
        return -ENOMEM
    fill_table(table, stretches, head.stretch_count)
    head.crc = head_crc(head, table)
    error = write_whole(fd, <uint8_t*> head, sizeof(SnapshotHead), 0)
    if error == 0:
        error = write_whole(fd, <uint8_t*> table, head.stretch_count * sizeof(StretchHead),
                            sizeof(SnapshotHead))
    for i in range(head.stretch_count):
        if error == 0:
            error = write_whole(fd, <uint8_t*> stretches[i].bytes, stretches[i].size,
                                table[i].offset)
    free(table)
    if error == 0 and fsync(fd) < 0:
        error = -errno
    return error


cdef int write_in(int dir_fd, SnapshotHead* head, const Stretch* stretches) noexcept nogil:
    cdef char[NAME_MAX] name
    cdef int error
    cdef int fd = openat(dir_fd, "writing", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if fd < 0:
        return -errno
    error = write_file(fd, head, stretches)
    if close(fd) < 0 and error == 0:
        error = -errno
    snprintf(name, NAME_MAX, "%020llu.snapshot", <unsigned long long> head.batch_no)
    if error == 0 and (renameat(dir_fd, "writing", dir_fd, name) < 0 or fsync(dir_fd) < 0):
        error = -errno
    if error < 0:
        unlinkat(dir_fd, "writing", 0)
    return error


cdef int snapshot_write(const char* folder, SnapshotHead* head, const Stretch* stretches,
                        uint32_t count) noexcept nogil:
    cdef int error
    cdef int dir_fd = openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if dir_fd < 0:
        return -errno
    head.magic = <uint64_t> SNAPSHOT_MAGIC
    head.version = SNAPSHOT_VERSION
    head.reserved = 0
    head.stretch_count = count
    error = write_in(dir_fd, head, stretches)
    close(dir_fd)
    if error == 0:
        with gil:
            drop_old(folder)
    return error


cdef void drop_old(const char* folder) noexcept:
    """Remove all but the newest. A snapshot that cannot be removed costs space, nothing else."""
    for path in snapshot_paths(Path(os.fsdecode(folder)))[SNAPSHOTS_KEPT:]:
        try:
            path.unlink()
        except OSError:
            return


def snapshot_paths(folder: Path) -> list[Path]:
    """The snapshot files of a folder, newest first."""
    return sorted((path for path in folder.glob("*.snapshot") if path.stem.isdecimal()),
                  key=lambda path: int(path.stem), reverse=True)


cdef class Snapshot:
    """A snapshot file, checked from end to end as it is opened; else SnapshotDamaged is raised."""

    def __init__(self, path):
        cdef void* memory
        cdef int fd
        self.path = path
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(fd).st_size
            if size < <int> sizeof(SnapshotHead):
                raise SnapshotDamaged(f"snapshot {path}: the file has only {size} bytes")
            memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0)
            if memory == MAP_FAILED:
                raise OSError(errno, os.strerror(errno), str(path))
        finally:
            os.close(fd)
        self.memory = <uint8_t*> memory
        self.memory_size = size
        self.head = (<SnapshotHead*> memory)[0]
        self._check()

    def _check(self):
        cdef StretchHead* table = <StretchHead*> (self.memory + sizeof(SnapshotHead))
        cdef uint32_t i
        if self.head.magic != <uint64_t> SNAPSHOT_MAGIC:
            raise SnapshotDamaged(f"snapshot {self.path}: it does not begin as one")
        if self.head.version != SNAPSHOT_VERSION:
            raise SnapshotDamaged(f"snapshot {self.path}: format version {self.head.version}, "
                                  f"expected {SNAPSHOT_VERSION}")
        if (self.head.stretch_count > STRETCHES_MAX
                or table_end(self.head.stretch_count) > self.memory_size
                or self.head.crc != head_crc(&self.head, table)):
            raise SnapshotDamaged(f"snapshot {self.path}: its head does not verify")
        for i in range(self.head.stretch_count):
            if table[i].size > 0 and (
                    table[i].offset > self.memory_size
                    or table[i].size > self.memory_size - table[i].offset):
                raise SnapshotDamaged(f"snapshot {self.path}: stretch {table[i].tag} is cut short")
            if crc32c(0, self.memory + table[i].offset, table[i].size) != table[i].crc:
                raise SnapshotDamaged(f"snapshot {self.path} at offset {table[i].offset}: the "
                                      f"checksum of stretch {table[i].tag} does not fit its bytes")

    cdef const uint8_t* bytes_of(self, uint32_t tag, uint64_t* size) noexcept nogil:
        cdef StretchHead* table = <StretchHead*> (self.memory + sizeof(SnapshotHead))
        cdef uint32_t i
        for i in range(self.head.stretch_count):
            if table[i].tag == tag:
                size[0] = table[i].size
                return self.memory + table[i].offset
        return NULL

    cdef uint32_t stretches(self, Stretch* out) noexcept nogil:
        cdef StretchHead* table = <StretchHead*> (self.memory + sizeof(SnapshotHead))
        cdef uint32_t i
        for i in range(self.head.stretch_count):
            out[i].bytes = self.memory + table[i].offset
            out[i].size = table[i].size
            out[i].tag = table[i].tag
            out[i].reserved = 0
        return self.head.stretch_count

    def stretch(self, uint32_t tag) -> bytes | None:
        """The bytes under `tag`, None if there are none."""
        cdef uint64_t size = 0
        cdef const uint8_t* data = self.bytes_of(tag, &size)
        return (<const char*> data)[:size] if data != NULL else None

    @property
    def tags(self) -> tuple[int, ...]:
        cdef Stretch[STRETCHES_MAX] all_
        cdef uint32_t i
        return tuple([all_[i].tag for i in range(self.stretches(all_))])

    @property
    def node_id(self) -> int:
        return self.head.node_id

    @property
    def layout(self) -> int:
        return self.head.layout

    @property
    def rules_version(self) -> int:
        return self.head.rules_version

    @property
    def seq(self) -> int:
        return self.head.seq

    @property
    def batch_no(self) -> int:
        return self.head.batch_no

    @property
    def position(self) -> int:
        return self.head.position

    @property
    def last_crc(self) -> int:
        return self.head.last_crc

    @property
    def time_ns(self) -> int:
        return self.head.time_ns

    def __dealloc__(self):
        if self.memory != NULL:
            munmap(self.memory, self.memory_size)


def write_snapshot(folder: Path, stretches: Mapping[int, bytes], *, node_id: int, layout: int,
                   rules_version: int, seq: int, batch_no: int, position: int, last_crc: int,
                   time_ns: int) -> None:
    """Write a snapshot of `stretches` (tag to bytes) that belongs behind batch `batch_no`.

    Raises OSError; the snapshots that were there stay then.
    """
    cdef SnapshotHead head
    cdef Stretch[STRETCHES_MAX] all_
    cdef uint32_t count = 0
    cdef bytes data
    if len(stretches) > STRETCHES_MAX:
        raise ValueError(f"stretches: expected at most {STRETCHES_MAX}, found {len(stretches)}")
    memset(&head, 0, sizeof(head))
    head.node_id = node_id
    head.layout = layout
    head.rules_version = rules_version
    head.seq = seq
    head.batch_no = batch_no
    head.position = position
    head.last_crc = last_crc
    head.time_ns = time_ns
    for tag, data in stretches.items():
        all_[count].bytes = <char*> data
        all_[count].size = len(data)
        all_[count].tag = tag
        count += 1
    cdef int error = snapshot_write(os.fsencode(folder), &head, all_, count)
    if error < 0:
        raise OSError(-error, os.strerror(-error), str(folder))
