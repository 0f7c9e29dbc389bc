"""C11 atomics on plain integers that two threads share: ring positions, stop flags, counters."""

from libc.stdint cimport uint32_t, uint64_t

cdef extern from *:
    """
    #include <stdatomic.h>
    #include <stdint.h>

    static inline uint64_t shared_load(const uint64_t* place) {
        return atomic_load_explicit((const _Atomic uint64_t*)place, memory_order_acquire);
    }
    static inline void shared_store(uint64_t* place, uint64_t value) {
        atomic_store_explicit((_Atomic uint64_t*)place, value, memory_order_release);
    }
    /* One writer only: plain load and store, but never torn for a reader on another thread. */
    static inline void shared_count(uint64_t* place, uint64_t more) {
        uint64_t now = atomic_load_explicit((_Atomic uint64_t*)place, memory_order_relaxed);
        atomic_store_explicit((_Atomic uint64_t*)place, now + more, memory_order_relaxed);
    }
    static inline uint32_t flag_load(const uint32_t* place) {
        return atomic_load_explicit((const _Atomic uint32_t*)place, memory_order_acquire);
    }
    static inline void flag_store(uint32_t* place, uint32_t value) {
        atomic_store_explicit((_Atomic uint32_t*)place, value, memory_order_release);
    }
    static inline uint32_t flag_swap(uint32_t* place, uint32_t value) {
        return atomic_exchange_explicit((_Atomic uint32_t*)place, value, memory_order_acq_rel);
    }
    /* Orders an earlier store before a later load, which neither x86 nor ARM does by itself. */
    static inline void full_fence(void) { atomic_thread_fence(memory_order_seq_cst); }
    """
    uint64_t shared_load(const uint64_t* place) noexcept nogil
    void shared_store(uint64_t* place, uint64_t value) noexcept nogil
    void shared_count(uint64_t* place, uint64_t more) noexcept nogil
    uint32_t flag_load(const uint32_t* place) noexcept nogil
    void flag_store(uint32_t* place, uint32_t value) noexcept nogil
    uint32_t flag_swap(uint32_t* place, uint32_t value) noexcept nogil
    void full_fence() noexcept nogil
