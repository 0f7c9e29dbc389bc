"""Bytes of a message looked at sixteen at a time: where its SOHs are, and their sum.

Nothing is read outside the memory given. Machines without SSE2 take the words of eight bytes.
"""

from libc.stdint cimport uint8_t, uint64_t

cdef extern from * nogil:
    """
    #include <stdint.h>
    #include <string.h>
    #if defined(__SSE2__)
    #include <emmintrin.h>
    static inline uint64_t internaliser_sohs_16(const char* text) {
        const __m128i bytes = _mm_loadu_si128((const __m128i*)text);
        return (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(1)));
    }
    static inline uint8_t internaliser_sum(const char* data, uint64_t size) {
        /* Sixteen bytes from [n] on: n of the last sixteen count. */
        static const uint8_t tails[32] = {
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        };
        __m128i sum = _mm_setzero_si128(), odd = sum;
        uint64_t at = 0;
        uint8_t total = 0;
        if (size < 16) {
            while (at < size)
                total = (uint8_t)(total + (uint8_t)data[at++]);
            return total;
        }
        for (; at + 32 <= size; at += 32) {
            sum = _mm_add_epi8(sum, _mm_loadu_si128((const __m128i*)(data + at)));
            odd = _mm_add_epi8(odd, _mm_loadu_si128((const __m128i*)(data + at + 16)));
        }
        sum = _mm_add_epi8(sum, odd);
        if (at + 16 <= size) {
            sum = _mm_add_epi8(sum, _mm_loadu_si128((const __m128i*)(data + at)));
            at += 16;
        }
        sum = _mm_add_epi8(sum, _mm_and_si128(
            _mm_loadu_si128((const __m128i*)(data + size - 16)),
            _mm_loadu_si128((const __m128i*)(tails + (size - at)))));
        sum = _mm_sad_epu8(sum, _mm_setzero_si128());
        return (uint8_t)(_mm_cvtsi128_si32(sum) + _mm_extract_epi16(sum, 4));
    }
    #else
    static inline uint64_t internaliser_sohs_8(const char* text) {
        uint64_t word;
        memcpy(&word, text, 8);
        word ^= 0x0101010101010101ULL;
        word = ~(((word & 0x7F7F7F7F7F7F7F7FULL) + 0x7F7F7F7F7F7F7F7FULL) | word
                 | 0x7F7F7F7F7F7F7F7FULL);
        return (word >> 7) * 0x0102040810204080ULL >> 56;
    }
    static inline uint64_t internaliser_sohs_16(const char* text) {
        return internaliser_sohs_8(text) | internaliser_sohs_8(text + 8) << 8;
    }
    static inline uint8_t internaliser_sum(const char* data, uint64_t size) {
        uint8_t total = 0;
        uint64_t at;
        for (at = 0; at < size; at++)
            total = (uint8_t)(total + (uint8_t)data[at]);
        return total;
    }
    #endif
    static inline uint64_t internaliser_sohs(const char* raw, uint64_t at, uint64_t size) {
        uint64_t left = size - at, found = 0, i = 0;
        if (left >= 64)
            return internaliser_sohs_16(raw + at) | internaliser_sohs_16(raw + at + 16) << 16
                | internaliser_sohs_16(raw + at + 32) << 32
                | internaliser_sohs_16(raw + at + 48) << 48;
        for (; i + 16 <= left; i += 16)
            found |= internaliser_sohs_16(raw + at + i) << i;
        if (i == left)
            return found;
        if (size >= 16)     /* the last sixteen bytes once more, without those before */
            return found | internaliser_sohs_16(raw + size - 16) >> (16 - (left - i)) << i;
        for (; i < left; i++)
            found |= (uint64_t)(raw[at + i] == 1) << i;
        return found;
    }
    """
    # Bit i: raw[at + i] is SOH, for the up to 64 bytes from `at` (below `size`) on.
    uint64_t sohs "internaliser_sohs"(const char* raw, uint64_t at, uint64_t size)
    # The sum modulo 256.
    uint8_t sum_of "internaliser_sum"(const char* data, uint64_t size)
