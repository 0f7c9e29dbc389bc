"""Sockets that clients come from."""

import os
import socket as sockets

cimport cython
from libc.errno cimport EMFILE, ENFILE, ENOBUFS, ENOMEM, errno
from posix.fcntl cimport O_CLOEXEC, O_RDONLY, open
from posix.unistd cimport close

from internaliser.reactor.atomic cimport shared_count
from internaliser.reactor.system cimport *
from internaliser.reactor.watch cimport TAG_LISTENER, address_of, tag_of, watch

cdef int64_t PAUSE_NS = 100_000_000     # how long a port rests when no handles are left


@cython.final
cdef class Listeners:
    """At most LISTENERS_MAX of them, watched by one epoll."""

    def __cinit__(self, int epoll_fd):
        self.epoll_fd = epoll_fd
        self.spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC)
        if self.spare_fd < 0:
            raise OSError(errno, "no file handle to keep for refusals")

    def __dealloc__(self):
        self.end()
        if self.spare_fd >= 0:
            close(self.spare_fd)

    def add(self, str host, int port, int unsent_max) -> int:
        """Listen; the port taken. OSError naming the address, RuntimeError beyond LISTENERS_MAX."""
        if self.count == LISTENERS_MAX:
            raise RuntimeError(f"a reactor listens on at most {LISTENERS_MAX} addresses")
        family = sockets.AF_INET6 if ":" in host else sockets.AF_INET
        try:
            listening = sockets.create_server((host, port), family=family, backlog=1024)
        except OSError as error:
            raise OSError(error.errno, os.strerror(error.errno), f"{host}:{port}") from None
        listening.setblocking(False)
        if unsent_max > 0:  # connections inherit it
            listening.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT, unsent_max)
        cdef Listener* listener = &self.list[self.count]
        listener.port = listening.getsockname()[1]
        listener.fd = listening.detach()
        self.count += 1
        cdef uint64_t tag = tag_of(TAG_LISTENER, 0, self.count - 1)
        if watch(self.epoll_fd, EPOLL_CTL_ADD, listener.fd, EPOLLIN, tag) < 0:
            raise OSError(errno, "epoll refuses a listening socket")
        return listener.port

    @property
    def ports(self) -> list:
        """Ports listened on, in the order of `add`."""
        return [self.list[i].port for i in range(self.count)]

    cdef int take(self, uint32_t number, Origin* origin, int64_t steady_ns) noexcept nogil:
        cdef sockaddr_storage address
        cdef socklen_t size = sizeof(address)
        cdef int fd = accept4(
            self.list[number].fd, <sockaddr*> &address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC
        )
        if fd < 0:
            if errno == EMFILE or errno == ENFILE or errno == ENOBUFS or errno == ENOMEM:
                self.refuse_one(number, steady_ns)
            return -1
        address_of(&address, origin.address)
        origin.has_certificate = 0
        return fd

    cdef void refuse_one(self, uint32_t number, int64_t steady_ns) noexcept nogil:
        cdef Listener* listener = &self.list[number]
        cdef int fd
        if self.spare_fd >= 0:
            close(self.spare_fd)
            fd = accept4(listener.fd, NULL, NULL, SOCK_CLOEXEC)
            if fd >= 0:
                shared_count(&self.refused_count, 1)
                close(fd)
            self.spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC)
            if fd >= 0 and self.spare_fd >= 0:
                return
        self.resume_due_ns = steady_ns + PAUSE_NS
        watch(self.epoll_fd, EPOLL_CTL_MOD, listener.fd, 0, tag_of(TAG_LISTENER, 0, number))

    cdef void resume(self, int64_t steady_ns) noexcept nogil:
        cdef uint32_t i
        if self.resume_due_ns == 0 or self.resume_due_ns > steady_ns:
            return
        self.resume_due_ns = 0
        for i in range(self.count):
            if self.list[i].fd >= 0:
                watch(
                    self.epoll_fd, EPOLL_CTL_MOD, self.list[i].fd, EPOLLIN,
                    tag_of(TAG_LISTENER, 0, i),
                )

    cdef void end(self) noexcept nogil:
        cdef uint32_t i
        for i in range(self.count):
            if self.list[i].fd >= 0:
                close(self.list[i].fd)
                self.list[i].fd = -1
