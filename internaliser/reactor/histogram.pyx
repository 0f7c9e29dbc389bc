"""Percentiles of many values in a fixed 30 KB."""

from libc.string cimport memset


cdef int64_t value_at(const Histogram* histogram, uint64_t per_million) noexcept nogil:
    cdef uint64_t wanted = (histogram.total * per_million + 999_999) // 1_000_000
    cdef uint64_t counted = 0
    cdef uint32_t bucket, shift
    cdef int64_t value
    if histogram.total == 0:
        return 0
    for bucket in range(BUCKETS):
        counted += histogram.counts[bucket]
        if counted >= wanted and counted > 0:
            break
    if bucket < 2 * PARTS:
        value = bucket
    else:
        shift = bucket // PARTS - 1
        value = ((<int64_t>(PARTS + bucket % PARTS) + 1) << shift) - 1
    return min(value, histogram.highest)


cdef class Latencies:
    """Counts values of nanoseconds.

    >>> latencies = Latencies()
    >>> latencies.add(100)
    >>> latencies.percentile(50)
    100
    """

    cdef Histogram histogram

    def __cinit__(self):
        memset(&self.histogram, 0, sizeof(Histogram))

    def add(self, int64_t value) -> None:
        """Count one value; negative ones count as 0."""
        record(&self.histogram, value)

    def percentile(self, double percent) -> int:
        """What `percent` of all values do not exceed, within 1.6 %; 0 when there are none."""
        if not 0 <= percent <= 100:
            raise ValueError(f"a percentile is from 0 to 100, not {percent}")
        return value_at(&self.histogram, <uint64_t>(percent * 10_000))

    def __len__(self):
        return self.histogram.total
