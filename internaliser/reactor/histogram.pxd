"""Latency counters: powers of two in 64 equal parts, so that every value is kept within 1.6 %."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef enum:
    PARTS_BITS = 6
    PARTS = 64                  # of each power of two
    BUCKETS = 59 * 64           # up to 2**63 ns

cdef extern from *:
    """
    static inline int highest_bit(unsigned long long value) { return 63 - __builtin_clzll(value); }
    """
    int highest_bit(unsigned long long value) nogil

cdef struct Histogram:
    uint64_t counts[BUCKETS]
    uint64_t total
    int64_t highest

cdef inline uint32_t bucket_of(int64_t value) noexcept nogil:
    cdef int shift
    if value < PARTS:
        return <uint32_t>value if value > 0 else 0
    shift = highest_bit(<uint64_t>value) - PARTS_BITS
    return <uint32_t>(shift * PARTS + (value >> shift))

cdef inline void record(Histogram* histogram, int64_t value) noexcept nogil:
    histogram.counts[bucket_of(value)] += 1
    histogram.total += 1
    if value > histogram.highest:
        histogram.highest = value

# The highest value of the bucket that `per_million` of all values reach; 0 when it is empty.
cdef int64_t value_at(const Histogram* histogram, uint64_t per_million) noexcept nogil
