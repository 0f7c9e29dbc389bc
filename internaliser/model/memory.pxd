"""Anonymous memory from the kernel: zero, lazily populated, in huge pages where it grants them.

Fewer faults and TLB misses with huge pages; without them everything works the same.
"""

from internaliser.model.types cimport uint8_t

cdef extern from "<sys/mman.h>" nogil:
    void* mmap(void* address, size_t size, int protection, int flags, int fd, long offset)
    int munmap(void* address, size_t size)
    int madvise(void* address, size_t size, int advice)
    int PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS, MAP_NORESERVE, MADV_HUGEPAGE
    void* MAP_FAILED

cdef extern from *:
    """
    static inline void internaliser_prefetch(const void* address) {
        __builtin_prefetch(address);
        __asm__ volatile("");       /* else a function that does no more is taken for one that does nothing */
    }
    """
    # Start loading the cache line; costs next to nothing and never faults.
    void prefetch "internaliser_prefetch"(const void* address) nogil

cdef enum:
    LINE = 64                   # bytes of a cache line
    PAGE = 4096
    HUGE = 0x200000             # bytes of a huge page
    ADVICE_POPULATE_WRITE = 23  # MADV_POPULATE_WRITE, Linux 5.14; older headers lack the name

# Every line of [start, end).
cdef inline void prefetch_all(const void* start, const void* end) noexcept nogil:
    cdef const char* at = <const char*> start
    while at < <const char*> end:
        prefetch(at)
        at += LINE

# NULL: no memory. Address space alone costs nothing: a page counts once touched.
cdef inline void* memory_map(size_t size) noexcept nogil:
    cdef int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    cdef void* place = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0)
    if place == MAP_FAILED:
        return NULL
    if size >= HUGE:
        madvise(place, size, MADV_HUGEPAGE)
    return place

cdef inline void memory_unmap(void* place, size_t size) noexcept nogil:
    if place != NULL:
        munmap(place, size)

# Have memory behind [start, end): cheaper than a page fault for every few items. A kernel that does not know the advice
# answers with an error, and faults come one by one.
cdef inline void memory_touch(void* place, size_t start, size_t end) noexcept nogil:
    start &= ~<size_t> (PAGE - 1)
    madvise(<uint8_t*> place + start, end - start, ADVICE_POPULATE_WRITE)
