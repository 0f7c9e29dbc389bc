"""The system calls this room makes, all of them in one place; libc's names, libc's meaning."""

from libc.stdint cimport int64_t, uint64_t

cdef extern from "<fcntl.h>" nogil:
    int openat(int dir_fd, const char* path, int flags, ...)
    int posix_fallocate(int fd, int64_t offset, int64_t size)
    int O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_CLOEXEC, O_DIRECTORY, AT_FDCWD

cdef extern from "<unistd.h>" nogil:
    int64_t pread(int fd, void* buffer, size_t size, int64_t offset)
    int64_t pwrite(int fd, const void* buffer, size_t size, int64_t offset)
    int fdatasync(int fd)
    int fsync(int fd)
    int close(int fd)
    int unlinkat(int dir_fd, const char* path, int flags)

cdef extern from "<sys/uio.h>" nogil:
    struct iovec:
        void* iov_base
        size_t iov_len
    int64_t pwritev(int fd, const iovec* pieces, int count, int64_t offset)

cdef extern from "<sys/stat.h>" nogil:
    ctypedef struct stat_t "struct stat":
        int64_t st_size
    int fstat(int fd, stat_t* status)

cdef extern from "<stdio.h>" nogil:
    int renameat(int old_dir_fd, const char* old, int new_dir_fd, const char* new)
    int snprintf(char* out, size_t size, const char* format, ...)

cdef extern from "<sys/mman.h>" nogil:
    void* mmap(void* address, size_t size, int protection, int flags, int fd, int64_t offset)
    int munmap(void* address, size_t size)
    int madvise(void* address, size_t size, int advice)
    int PROT_READ, PROT_WRITE, MAP_SHARED, MAP_PRIVATE, MADV_DONTNEED
    void* MAP_FAILED

cdef extern from "<errno.h>" nogil:
    int errno
    int EBADF, EINTR, EIO, ENOENT, ENOMEM

cdef extern from "<time.h>" nogil:
    struct timespec:
        int64_t tv_sec
        int64_t tv_nsec
    int clock_gettime(int clock, timespec* now)
    int CLOCK_MONOTONIC

cdef extern from "<pthread.h>" nogil:
    ctypedef struct pthread_t:
        pass
    ctypedef struct pthread_mutex_t:
        pass
    ctypedef struct pthread_cond_t:
        pass
    ctypedef struct pthread_condattr_t:
        pass
    int pthread_create(pthread_t* thread, void* attributes, void* (*main)(void*) noexcept nogil,
                       void* argument)
    int pthread_join(pthread_t thread, void** result)
    int pthread_mutex_init(pthread_mutex_t* mutex, void* attributes)
    int pthread_mutex_destroy(pthread_mutex_t* mutex)
    int pthread_mutex_lock(pthread_mutex_t* mutex)
    int pthread_mutex_unlock(pthread_mutex_t* mutex)
    int pthread_condattr_init(pthread_condattr_t* attributes)
    int pthread_condattr_setclock(pthread_condattr_t* attributes, int clock)
    int pthread_cond_init(pthread_cond_t* cond, pthread_condattr_t* attributes)
    int pthread_cond_destroy(pthread_cond_t* cond)
    int pthread_cond_wait(pthread_cond_t* cond, pthread_mutex_t* mutex)
    int pthread_cond_timedwait(pthread_cond_t* cond, pthread_mutex_t* mutex, timespec* until)
    int pthread_cond_signal(pthread_cond_t* cond)
    int pthread_cond_broadcast(pthread_cond_t* cond)

cdef extern from *:
    """
    #include <stdint.h>
    #define internaliser_load(address) __atomic_load_n((address), __ATOMIC_ACQUIRE)
    #define internaliser_store(address, value) \
        __atomic_store_n((address), (value), __ATOMIC_RELEASE)
    """
    # What one thread publishes for another, or one process for another through a mapping.
    uint64_t load64 "internaliser_load"(const uint64_t* address) nogil
    void store64 "internaliser_store"(uint64_t* address, uint64_t value) nogil
    int load_int "internaliser_load"(const int* address) nogil
    void store_int "internaliser_store"(int* address, int value) nogil
