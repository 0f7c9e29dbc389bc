"""The ports clients connect to: what is accepted, and what becomes of a client when no handle is left.

A client that cannot be had is refused, not left hanging: one handle is kept to give up for that. Then its port rests
a moment, so that a full process does not spend its turns on refusing.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

from internaliser.gateway.access cimport Origin

cdef enum:
    LISTENERS_MAX = 8

cdef struct Listener:
    int fd
    int32_t port

cdef class Listeners:
    cdef Listener list[LISTENERS_MAX]
    cdef uint32_t count
    cdef int epoll_fd
    cdef int spare_fd           # given up to be able to accept and refuse when handles run out
    cdef int64_t resume_due_ns  # monotonic: paused ones accept again; 0 = none is paused
    cdef uint64_t refused_count

    # The next client's socket, and where it comes from; -1 = none now.
    cdef int take(self, uint32_t number, Origin* origin, int64_t steady_ns) noexcept nogil
    cdef void refuse_one(self, uint32_t number, int64_t steady_ns) noexcept nogil
    cdef void resume(self, int64_t steady_ns) noexcept nogil
    cdef void end(self) noexcept nogil
