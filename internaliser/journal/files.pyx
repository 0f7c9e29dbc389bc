"""pread and pwrite until done."""

from libc.stdint cimport int64_t, uint8_t, uint64_t

from internaliser.journal.system cimport EINTR, EIO, errno, iovec, pread, pwrite, pwritev


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


cdef int write_followed(int fd, const uint8_t* data, uint64_t size, uint64_t offset,
                        const uint8_t* behind, uint64_t behind_size) noexcept nogil:
    cdef iovec[2] pieces
    cdef int64_t count
    pieces[0].iov_base = <void*> data
    pieces[0].iov_len = size
    pieces[1].iov_base = <void*> behind
    pieces[1].iov_len = behind_size
    count = pwritev(fd, pieces, 2, <int64_t> offset)
    if count < 0:
        count = 0               # the write that follows says why
    if <uint64_t> count >= size:
        return 0
    return write_whole(fd, data + count, size - <uint64_t> count, offset + <uint64_t> count)


cdef bint is_zero(const uint8_t* data, uint64_t size) noexcept nogil:
    cdef uint64_t at
    for at in range(size):
        if data[at] != 0:
            return False
    return True
