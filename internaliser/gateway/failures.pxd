"""Who failed to log on lately, by address: a table of fixed size that says whom not to hear for a while.

An address is 16 bytes (IPv4 as ::ffff:a.b.c.d). Of IPv6 the first half counts: the rest is one
owner's to choose. Nothing here knows a CompID, so a stranger can shut nobody out but himself.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

cdef enum:
    ADDRESS_SIZE = 16
    WAYS = 8                    # places of the table an address may stand in

cdef struct Failure:
    uint64_t network[2]
    int64_t last_ns             # of its last failure; 0 = a free place
    int64_t blocked_ns          # not heard before
    uint32_t count

cdef struct FailureLimits:
    uint32_t free_count         # failures before the first delay
    int64_t delay_ns            # the first delay; doubles with every further failure ...
    int64_t delay_max_ns        # ... up to this
    int64_t forget_ns           # without a failure for so long, all is forgotten

cdef class Failures:
    cdef Failure* table
    cdef uint32_t size          # places, a power of two
    cdef FailureLimits limits
    cdef readonly uint64_t failure_count

    cdef int blocks(self, const uint8_t* address, int64_t now_ns) noexcept nogil
    cdef void fail(self, const uint8_t* address, int64_t now_ns) noexcept nogil
    # A good Logon: half of what is counted is forgiven.
    cdef void succeed(self, const uint8_t* address, int64_t now_ns) noexcept nogil
    # Failures of the address that count now.
    cdef uint32_t count_of(self, const uint8_t* address, int64_t now_ns) noexcept nogil
    # Without forgetting anything: for a look from another thread.
    cdef Failure* glance(self, const uint8_t* address) noexcept nogil
    cdef Failure* find(self, const uint8_t* address, int64_t now_ns) noexcept nogil
    cdef uint32_t place_of(self, const uint64_t* network) noexcept nogil
    cdef Failure* take_place(self, const uint8_t* address) noexcept nogil
