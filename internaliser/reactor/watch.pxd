"""What an epoll event is about: a kind in the top byte of its 64 bits, a generation, a number."""

from libc.stdint cimport uint32_t, uint64_t

from internaliser.reactor.system cimport epoll_ctl, epoll_event

cdef enum:
    TAG_LINK = 1                # number of the door's link
    TAG_LISTENER = 2            # number of the listener
    TAG_DIAL = 3                # number of the dial
    TAG_INLET = 4               # which of its rings
    TAG_STOP = 5
    TAG_LINGERER = 6            # the socket itself
    TAG_SHIFT = 56
    GENERATION_SHIFT = 32
    GENERATION_MASK = 0xFFFFFF

cdef inline uint64_t tag_of(uint64_t kind, uint64_t generation, uint64_t number) noexcept nogil:
    return kind << TAG_SHIFT | (generation & GENERATION_MASK) << GENERATION_SHIFT | number

# 0, or -1 and errno.
cdef inline int watch(
    int epoll, int operation, int fd, uint32_t events, uint64_t tag,
) noexcept nogil:
    cdef epoll_event event
    event.events = events
    event.data.u64 = tag
    return epoll_ctl(epoll, operation, fd, &event)
