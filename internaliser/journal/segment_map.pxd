"""A segment in memory: under the policy off a batch is a copy and no system call.

Not where something syncs: each sync takes the written pages away, so that the next copy has to ask
for them again, and writes whole pieces of the page cache where a write marks its own blocks only.

The pages are the kernel's: they outlive the process, and whoever reads the file sees them. The file
must have its whole length, and keep it: touching what somebody cut off ends the process (SIGBUS).
"""

from libc.stdint cimport uint8_t, uint64_t

cdef struct SegmentMap:
    uint8_t* base               # NULL: no segment
    uint64_t size
    uint64_t let_go             # up to here the pages count no longer as this process's memory

cdef int map_open(SegmentMap* map, int fd, uint64_t size) noexcept nogil    # 0, or -errno
cdef void map_close(SegmentMap* map) noexcept nogil
# Put bytes at `offset`, all of them before the first 8: a reader that finds those finds the rest.
# Both are multiples of 8.
cdef void map_write(SegmentMap* map, const uint8_t* data, uint64_t size,
                    uint64_t offset) noexcept nogil
