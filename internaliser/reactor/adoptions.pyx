"""Sockets on their way to the core thread. A record is smaller than PIPE_BUF: never half of one.

>>> adoptions = Adoptions()
>>> adoptions.put(theirs.detach(), address, None)
True
"""

import os

from libc.string cimport memset
from posix.unistd cimport close, read

from internaliser.gateway.access cimport origin_from


cdef class Adoptions:
    """As many as the kernel's pipe holds (64 KiB) may wait."""

    def __cinit__(self):
        self.read_fd = self.write_fd = -1
        self.read_fd, self.write_fd = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def __dealloc__(self):
        cdef Origin origin
        cdef int fd
        if self.read_fd < 0:
            return
        fd = self.take(&origin)
        while fd >= 0:
            close(fd)
            fd = self.take(&origin)
        close(self.read_fd)
        close(self.write_fd)

    def put(self, int fd, bytes address not None, certified=None) -> bool:
        """Hand `fd` over. False when too many wait already: it stays the caller's."""
        cdef Adoption adoption
        memset(&adoption, 0, sizeof(Adoption))
        adoption.fd = fd
        origin_from(&adoption.origin, address, certified)
        try:
            os.write(self.write_fd, (<char*> &adoption)[:sizeof(Adoption)])
        except BlockingIOError:
            return False
        return True

    cdef int take(self, Origin* origin) noexcept nogil:
        cdef Adoption adoption
        if read(self.read_fd, &adoption, sizeof(Adoption)) != sizeof(Adoption):
            return -1
        origin[0] = adoption.origin
        return adoption.fd
