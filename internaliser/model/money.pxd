"""128-bit money as the two halves that records carry."""

from internaliser.model.types cimport int64_t, uint64_t, int128_t

cdef extern from *:
    """
    static inline __int128 internaliser_join(int64_t lo, int64_t hi) {
        return (__int128)(((unsigned __int128)(uint64_t)hi << 64) | (uint64_t)lo);
    }
    static inline int64_t internaliser_lo(__int128 v) { return (int64_t)(uint64_t)(unsigned __int128)v; }
    static inline int64_t internaliser_hi(__int128 v) { return (int64_t)(v >> 64); }
    static inline __int128 internaliser_product(int64_t a, int64_t b) { return (__int128)a * (__int128)b; }
    """
    int128_t join "internaliser_join"(int64_t lo, int64_t hi) nogil
    int64_t low_half "internaliser_lo"(int128_t value) nogil
    int64_t high_half "internaliser_hi"(int128_t value) nogil
    int128_t product "internaliser_product"(int64_t a, int64_t b) nogil
