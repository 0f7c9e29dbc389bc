"""CRC32C: reflected polynomial 0x82F63B78, start and end inverted, as in RFC 3720 appendix B.4.

The instruction has a latency of three cycles and can start one every cycle, so long stretches are
taken as three lanes side by side; their sums are joined by the precomputed effect of a lane of
zeros.
"""

from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #include <stdint.h>
    #include <string.h>
    #if defined(__x86_64__)
    #include <nmmintrin.h>
    #define INTERNALISER_CRC __attribute__((target("sse4.2")))
    static int internaliser_crc_is_there(void) {
        __builtin_cpu_init();
        return __builtin_cpu_supports("sse4.2") != 0;
    }
    INTERNALISER_CRC static uint32_t internaliser_crc_run(
            uint32_t crc, const uint8_t* data, uint64_t size) {
        uint64_t sum = crc, word;
        for (; size >= 8; size -= 8, data += 8) {
            memcpy(&word, data, 8);
            sum = _mm_crc32_u64(sum, word);
        }
        for (; size > 0; size--, data++)
            sum = _mm_crc32_u8((uint32_t)sum, *data);
        return (uint32_t)sum;
    }
    INTERNALISER_CRC static void internaliser_crc_lanes(
            uint32_t* sums, const uint8_t* data, uint64_t lane) {
        uint64_t a = sums[0], b = 0, c = 0, at, word;
        for (at = 0; at < lane; at += 8) {
            memcpy(&word, data + at, 8);
            a = _mm_crc32_u64(a, word);
            memcpy(&word, data + lane + at, 8);
            b = _mm_crc32_u64(b, word);
            memcpy(&word, data + 2 * lane + at, 8);
            c = _mm_crc32_u64(c, word);
        }
        sums[0] = (uint32_t)a;
        sums[1] = (uint32_t)b;
        sums[2] = (uint32_t)c;
    }
    #else
    static int internaliser_crc_is_there(void) { return 0; }
    static uint32_t internaliser_crc_run(uint32_t crc, const uint8_t* data, uint64_t size) {
        return crc;
    }
    static void internaliser_crc_lanes(uint32_t* sums, const uint8_t* data, uint64_t lane) {}
    #endif
    """
    int crc_is_there "internaliser_crc_is_there"() noexcept nogil
    uint32_t crc_run "internaliser_crc_run"(
        uint32_t crc, const uint8_t* data, uint64_t size) noexcept nogil
    void crc_lanes "internaliser_crc_lanes"(
        uint32_t* sums, const uint8_t* data, uint64_t lane) noexcept nogil

cdef enum:
    POLYNOMIAL = 0x82F63B78
    LANE = 256                          # bytes of a lane

cdef uint32_t[8][256] tables        # [n][byte]: the effect of `byte` followed by n zero bytes
cdef uint32_t[4][256] lane_tables   # [n][byte]: byte n of a sum, followed by LANE zero bytes
cdef int has_instruction = crc_is_there()


cdef void fill_tables() noexcept nogil:
    cdef uint32_t value
    cdef int byte, _bit, n
    for byte in range(256):
        value = byte
        for _bit in range(8):
            value = (value >> 1) ^ (<uint32_t> POLYNOMIAL if value & 1 else 0)
        tables[0][byte] = value
    for n in range(1, 8):
        for byte in range(256):
            value = tables[n - 1][byte]
            tables[n][byte] = (value >> 8) ^ tables[0][value & 0xFF]
    for n in range(4):
        for byte in range(256):
            value = <uint32_t> byte << (8 * n)
            for _bit in range(LANE):
                value = (value >> 8) ^ tables[0][value & 0xFF]
            lane_tables[n][byte] = value


cdef inline uint32_t past_lane(uint32_t crc) noexcept nogil:
    return (lane_tables[0][crc & 0xFF] ^ lane_tables[1][(crc >> 8) & 0xFF]
            ^ lane_tables[2][(crc >> 16) & 0xFF] ^ lane_tables[3][crc >> 24])


cdef uint32_t by_instruction(uint32_t crc, const uint8_t* data, uint64_t size) noexcept nogil:
    cdef uint32_t[3] sums
    while size >= 3 * LANE:
        sums[0] = crc
        crc_lanes(sums, data, LANE)
        crc = past_lane(past_lane(sums[0]) ^ sums[1]) ^ sums[2]
        data += 3 * LANE
        size -= 3 * LANE
    return crc_run(crc, data, size)


cdef uint32_t by_tables(uint32_t crc, const uint8_t* data, uint64_t size) noexcept nogil:
    cdef uint64_t word
    while size >= 8:
        memcpy(&word, data, 8)
        word ^= crc
        crc = (tables[7][word & 0xFF] ^ tables[6][(word >> 8) & 0xFF]
               ^ tables[5][(word >> 16) & 0xFF] ^ tables[4][(word >> 24) & 0xFF]
               ^ tables[3][(word >> 32) & 0xFF] ^ tables[2][(word >> 40) & 0xFF]
               ^ tables[1][(word >> 48) & 0xFF] ^ tables[0][word >> 56])
        data += 8
        size -= 8
    while size > 0:
        crc = (crc >> 8) ^ tables[0][(crc ^ data[0]) & 0xFF]
        data += 1
        size -= 1
    return crc


cdef uint32_t crc32c(uint32_t crc, const void* data, uint64_t size) noexcept nogil:
    if has_instruction:
        return ~by_instruction(~crc, <const uint8_t*> data, size)
    return ~by_tables(~crc, <const uint8_t*> data, size)


def checksum(data not None, uint32_t start=0):
    """CRC32C of `data`, continuing from `start`, by the way the journal takes on this machine."""
    cdef Py_buffer view
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    cdef uint32_t crc = crc32c(start, view.buf, view.len)
    PyBuffer_Release(&view)
    return crc


def checksum_by_tables(data not None, uint32_t start=0):
    """The same without the processor's instruction: what a machine without it computes."""
    cdef Py_buffer view
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    cdef uint32_t crc = ~by_tables(~start, <const uint8_t*> view.buf, view.len)
    PyBuffer_Release(&view)
    return crc


def has_crc_instruction() -> bool:
    """Whether this machine's processor computes CRC32C itself."""
    return has_instruction != 0


fill_tables()
