"""Outgoing connections that we keep up: one attempt at a time, a growing wait between attempts."""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

from internaliser.reactor.system cimport sockaddr_storage, socklen_t

cdef enum:
    DIALS_MAX = 256
    ADDRESSES_MAX = 4           # of one name; attempts take them in turn

cdef struct Dial:
    sockaddr_storage addresses[ADDRESSES_MAX]
    socklen_t address_sizes[ADDRESSES_MAX]
    uint16_t address_count
    uint16_t address_next       # for the next attempt
    uint16_t session            # of the source
    uint16_t reserved
    int fd                      # while an attempt is under way, else -1
    int64_t due_ns              # monotonic: start an attempt, or give this one up; 0 = linked
    int64_t backoff_ns          # wait before the next attempt; doubles from min to max
    int64_t backoff_min_ns
    int64_t backoff_max_ns
    int64_t linked_ns           # monotonic: when the last connection or attempt began

cdef class Dials:
    cdef Dial* dials
    cdef readonly uint32_t count
    cdef int epoll_fd
    cdef int64_t due_ns         # monotonic: when `attempt` is wanted next; 0 = not at all
    cdef int64_t connect_ns
    cdef uint64_t linked_count
    cdef uint64_t failure_count

    # Start what is due, give up what took too long.
    cdef void attempt(self, int64_t steady_ns) noexcept nogil
    # The attempt ended: its socket when it is connected, else -1. The caller then says `linked` or
    # `failed`.
    cdef int ready(self, uint32_t number, int64_t steady_ns) noexcept nogil
    cdef void linked(self, uint32_t number, int64_t steady_ns) noexcept nogil
    cdef void failed(self, uint32_t number, int64_t steady_ns) noexcept nogil
    # A connection that was up is gone: the next attempt comes after the wait, unless this is the end.
    cdef void lost(self, uint32_t number, int64_t steady_ns) noexcept nogil
    # No further attempts.
    cdef void end(self) noexcept nogil
    cdef void start(self, uint32_t number, int64_t steady_ns) noexcept nogil
    cdef void find_due(self) noexcept nogil
