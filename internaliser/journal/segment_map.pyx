"""The mapped segment."""

from libc.stdint cimport uint8_t, uint64_t
from libc.string cimport memcpy

from internaliser.journal.system cimport (
    MADV_DONTNEED, MAP_FAILED, MAP_SHARED, PROT_READ, PROT_WRITE, errno, madvise, mmap,
    munmap, store64,
)

cdef enum:
    LET_GO_SIZE = 1048576       # bytes let go at once: often enough to stay small, seldom a call


cdef int map_open(SegmentMap* map, int fd, uint64_t size) noexcept nogil:
    cdef void* base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
    if base == MAP_FAILED:
        return -errno
    map.base = <uint8_t*> base
    map.size = size
    map.let_go = 0
    return 0


cdef void map_close(SegmentMap* map) noexcept nogil:
    if map.base != NULL:
        munmap(map.base, map.size)
        map.base = NULL


cdef void map_write(SegmentMap* map, const uint8_t* data, uint64_t size,
                    uint64_t offset) noexcept nogil:
    cdef uint8_t* place = map.base + offset
    memcpy(place + 8, data + 8, size - 8)
    store64(<uint64_t*> place, (<const uint64_t*> data)[0])
    while offset + size - map.let_go >= LET_GO_SIZE:
        madvise(map.base + map.let_go, LET_GO_SIZE, MADV_DONTNEED)
        map.let_go += LET_GO_SIZE
