"""The failure table. Times are the caller's; a full neighbourhood gives up its oldest entry.

>>> failures = Failures(free_count=10, delay_ms=100, delay_max_ms=60_000, forget_ms=300_000)
>>> failures.failed(address, now_ns)
>>> failures.is_blocked(address, now_ns)
False
"""

from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset

cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15    # odd numbers that spread their factor over all bits
cdef uint64_t MIXER = 0xBF58476D1CE4E5B9
cdef int64_t NS_PER_MS = 1_000_000
# ::ffff:0:0/96, IPv4 inside IPv6
cdef const char* MAPPED = b"\0\0\0\0\0\0\0\0\0\0\xff\xff"


cdef void network_of(const uint8_t* address, uint64_t* network) noexcept nogil:
    """What of an address stands for one owner: all of IPv4, the first half of IPv6."""
    memcpy(network, address, ADDRESS_SIZE)
    if memcmp(address, MAPPED, 12) != 0:
        network[1] = 0


cdef class Failures:
    """Holds at least `addresses_max` addresses, in `WAYS` places each."""

    def __cinit__(
        self, *, uint32_t addresses_max=4096, uint32_t free_count=20, int64_t delay_ms=100,
        int64_t delay_max_ms=60_000, int64_t forget_ms=300_000,
    ):
        self.size = WAYS
        while self.size < addresses_max:
            self.size *= 2
        self.limits = FailureLimits(
            free_count, delay_ms * NS_PER_MS, delay_max_ms * NS_PER_MS, forget_ms * NS_PER_MS
        )
        self.table = <Failure*> calloc(self.size, sizeof(Failure))
        if self.table == NULL:
            raise MemoryError(f"no memory for {self.size} addresses")

    def __dealloc__(self):
        free(self.table)

    def failed(self, bytes address not None, int64_t now_ns) -> None:
        """Count one failure."""
        self.fail(checked(address), now_ns)

    def succeeded(self, bytes address not None, int64_t now_ns) -> None:
        """Forgive half of what is counted."""
        self.succeed(checked(address), now_ns)

    def is_blocked(self, bytes address not None, int64_t now_ns) -> bool:
        """Is it to be refused now?"""
        return bool(self.blocks(checked(address), now_ns))

    def count(self, bytes address not None, int64_t now_ns) -> int:
        """Failures that count now."""
        return self.count_of(checked(address), now_ns)

    cdef uint32_t place_of(self, const uint64_t* network) noexcept nogil:
        cdef uint64_t mixed = (network[0] ^ (network[1] << 1)) * GOLDEN
        mixed ^= mixed >> 29
        mixed *= MIXER
        return <uint32_t> (mixed >> 32) & (self.size - 1) & ~<uint32_t> (WAYS - 1)

    cdef Failure* glance(self, const uint8_t* address) noexcept nogil:
        cdef uint64_t network[2]
        cdef uint32_t i, first
        network_of(address, network)
        first = self.place_of(network)
        for i in range(first, first + WAYS):
            if (
                self.table[i].last_ns != 0
                and memcmp(self.table[i].network, network, ADDRESS_SIZE) == 0
            ):
                return &self.table[i]
        return NULL

    cdef Failure* find(self, const uint8_t* address, int64_t now_ns) noexcept nogil:
        cdef Failure* entry = self.glance(address)
        if (
            entry != NULL
            and now_ns - entry.last_ns >= self.limits.forget_ns and now_ns >= entry.blocked_ns
        ):
            entry.last_ns = 0
            return NULL
        return entry

    cdef int blocks(self, const uint8_t* address, int64_t now_ns) noexcept nogil:
        cdef Failure* entry = self.find(address, now_ns)
        return entry != NULL and now_ns < entry.blocked_ns

    cdef uint32_t count_of(self, const uint8_t* address, int64_t now_ns) noexcept nogil:
        cdef Failure* entry = self.find(address, now_ns)
        return 0 if entry == NULL else entry.count

    cdef void fail(self, const uint8_t* address, int64_t now_ns) noexcept nogil:
        cdef Failure* entry = self.find(address, now_ns)
        cdef uint32_t _i, over
        cdef int64_t delay_ns = self.limits.delay_ns
        self.failure_count += 1
        if entry == NULL:
            entry = self.take_place(address)
        entry.last_ns = now_ns
        entry.count += 1
        if entry.count <= self.limits.free_count:
            return
        over = entry.count - self.limits.free_count - 1
        for _i in range(over):
            if delay_ns >= self.limits.delay_max_ns:
                break
            delay_ns *= 2
        entry.blocked_ns = now_ns + min(delay_ns, self.limits.delay_max_ns)

    cdef Failure* take_place(self, const uint8_t* address) noexcept nogil:
        """A free place, or that of the address that failed longest ago."""
        cdef uint64_t network[2]
        cdef uint32_t i, first
        cdef Failure* entry
        network_of(address, network)
        first = self.place_of(network)
        entry = &self.table[first]
        for i in range(first + 1, first + WAYS):
            if self.table[i].last_ns < entry.last_ns:
                entry = &self.table[i]
        memset(entry, 0, sizeof(Failure))
        memcpy(entry.network, network, ADDRESS_SIZE)
        return entry

    cdef void succeed(self, const uint8_t* address, int64_t now_ns) noexcept nogil:
        cdef Failure* entry = self.find(address, now_ns)
        if entry != NULL:
            entry.count //= 2


cdef const uint8_t* checked(bytes address) except NULL:
    if len(address) != ADDRESS_SIZE:
        raise ValueError(f"an address has {ADDRESS_SIZE} bytes, not {len(address)}")
    return <const uint8_t*> <const char*> address
