"""CRC32C (Castagnoli), by the processor's instruction where it has one."""

from libc.stdint cimport uint32_t, uint64_t

# The checksum of `size` bytes, continuing from `crc` (0 to begin): crc32c(crc32c(0, a), b) =
# crc32c(0, ab).
cdef uint32_t crc32c(uint32_t crc, const void* data, uint64_t size) noexcept nogil
