"""Whole reads and writes over the system's partial ones."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

# Bytes read, fewer than `size` only at the end of the file; or -errno.
cdef int64_t read_whole(int fd, void* out, uint64_t size, uint64_t offset) noexcept nogil
# 0, or -errno. A short write goes on where it stopped: the disk then says why.
cdef int write_whole(int fd, const uint8_t* data, uint64_t size, uint64_t offset) noexcept nogil
# The same, with `behind` after it in one call; what does not fit of that is not missed.
cdef int write_followed(int fd, const uint8_t* data, uint64_t size, uint64_t offset,
                        const uint8_t* behind, uint64_t behind_size) noexcept nogil
cdef bint is_zero(const uint8_t* data, uint64_t size) noexcept nogil
