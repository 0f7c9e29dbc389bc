"""Sockets that only wait for the other end to close."""

cimport cython
from libc.errno cimport EAGAIN, EINTR, errno
from posix.unistd cimport close

from internaliser.reactor.system cimport *
from internaliser.reactor.watch cimport TAG_LINGERER, tag_of, watch

cdef enum:
    READ_MAX = 65536            # bytes thrown away per event


@cython.final
cdef class Lingerers:
    """At most LINGERERS_MAX sockets, each for at most `linger_ns`."""

    def __cinit__(self, int epoll_fd, int64_t linger_ns):
        self.epoll_fd = epoll_fd
        self.linger_ns = linger_ns

    def __dealloc__(self):
        self.end()

    cdef void add(self, int fd, int64_t steady_ns) noexcept nogil:
        cdef uint64_t tag = tag_of(TAG_LINGERER, 0, <uint64_t>fd)
        shutdown(fd, SHUT_WR)
        if (
            self.count == LINGERERS_MAX
            or watch(self.epoll_fd, EPOLL_CTL_MOD, fd, EPOLLIN, tag) < 0
        ):
            close(fd)
            return
        self.list[self.count].fd = fd
        self.list[self.count].close_by_ns = steady_ns + self.linger_ns
        self.count += 1
        if self.due_ns == 0:
            self.due_ns = steady_ns + self.linger_ns    # all wait equally long: the oldest is first

    cdef void drain(self, int fd) noexcept nogil:
        cdef uint32_t i
        cdef ssize_t got = recv(fd, NULL, READ_MAX, MSG_TRUNC)
        if got > 0 or (got < 0 and (errno == EAGAIN or errno == EINTR)):
            return
        for i in range(self.count):
            if self.list[i].fd == fd:
                self.forget(i)
                return

    cdef void expire(self, int64_t steady_ns) noexcept nogil:
        cdef uint32_t i = 0
        self.due_ns = 0
        while i < self.count:
            if self.list[i].close_by_ns <= steady_ns:
                self.forget(i)
                continue
            if self.due_ns == 0 or self.list[i].close_by_ns < self.due_ns:
                self.due_ns = self.list[i].close_by_ns
            i += 1

    cdef void end(self) noexcept nogil:
        while self.count > 0:
            self.forget(self.count - 1)

    cdef void forget(self, uint32_t number) noexcept nogil:
        close(self.list[number].fd)
        self.count -= 1
        self.list[number] = self.list[self.count]
