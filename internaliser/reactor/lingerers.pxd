"""Closing politely: our end is shut, the socket stays until the other end closes too, or a limit.

A plain close with bytes still unread makes the kernel reset the connection, and the reset may
overtake our last message (a Logout, a Reject) before the other end has read it.
"""

from libc.stdint cimport int64_t, uint32_t

cdef enum:
    LINGERERS_MAX = 64          # more are closed at once

cdef struct Lingerer:
    int fd
    int64_t close_by_ns         # monotonic

cdef class Lingerers:
    cdef Lingerer list[LINGERERS_MAX]
    cdef uint32_t count
    cdef int epoll_fd
    cdef int64_t linger_ns
    cdef int64_t due_ns         # monotonic: when `expire` is wanted next; 0 = not at all

    # Take over a socket that epoll already watches.
    cdef void add(self, int fd, int64_t steady_ns) noexcept nogil
    # It is readable: throw the bytes away, or close it when the other end has.
    cdef void drain(self, int fd) noexcept nogil
    cdef void expire(self, int64_t steady_ns) noexcept nogil
    cdef void end(self) noexcept nogil
    cdef void forget(self, uint32_t number) noexcept nogil
