"""What an epoll event is about: a kind in the top byte of its 64 bits, a generation, a number."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from internaliser.reactor.system cimport (
    AF_INET, AF_INET6, epoll_ctl, epoll_event, sockaddr_in, sockaddr_in6, sockaddr_storage,
)

cdef enum:
    TAG_LINK = 1                # number of the door's link
    TAG_LISTENER = 2            # number of the listener
    TAG_DIAL = 3                # number of the dial
    TAG_INLET = 4               # which of its rings
    TAG_STOP = 5
    TAG_LINGERER = 6            # the socket itself
    TAG_ADOPTION = 8
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

# The earlier of two times of which 0 means never.
cdef inline int64_t earlier(int64_t one_ns, int64_t other_ns) noexcept nogil:
    if one_ns == 0 or other_ns == 0:
        return one_ns + other_ns
    return min(one_ns, other_ns)

# The 16 bytes of an address; IPv4 as ::ffff:a.b.c.d.
cdef inline void address_of(const sockaddr_storage* peer, uint8_t* address) noexcept nogil:
    memset(address, 0, 16)
    if peer.ss_family == AF_INET6:
        memcpy(address, (<const sockaddr_in6*> peer).sin6_addr.s6_addr, 16)
    elif peer.ss_family == AF_INET:
        address[10] = 0xFF
        address[11] = 0xFF
        memcpy(address + 12, &(<const sockaddr_in*> peer).sin_addr, 4)
