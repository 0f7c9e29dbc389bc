"""pread and pwrite until done."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from internaliser.journal.system cimport EINTR, EIO, errno, pread, pwrite


cdef int64_t read_whole(int fd, void* out, uint64_t size, uint64_t offset) noexcept nogil:
    cdef uint64_t done = 0
    cdef int64_t count
    while done < size:
        count = pread(fd, <uint8_t*> out + done, size - done, <int64_t> (offset + done))
        if count > 0:
            done += count
        elif count == 0:
            break
        elif errno != EINTR:
            return -errno
    return <int64_t> done


cdef int write_whole(int fd, const uint8_t* data, uint64_t size, uint64_t offset) noexcept nogil:
    cdef uint64_t done = 0
    cdef int64_t count
    while done < size:
        count = pwrite(fd, data + done, size - done, <int64_t> (offset + done))
        if count > 0:
            done += count
        elif count == 0:
            return -EIO
        elif errno != EINTR:
            return -errno
    return 0


cdef bint is_zero(const uint8_t* data, uint64_t size) noexcept nogil:
    cdef uint64_t at
    for at in range(size):
        if data[at] != 0:
            return False
    return True
