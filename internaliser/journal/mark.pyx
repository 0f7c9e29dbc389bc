"""The mapped durable mark."""

from libc.stdint cimport uint64_t

from internaliser.journal.system cimport (
    EIO, ENOENT, MAP_FAILED, MAP_SHARED, O_CLOEXEC, O_CREAT, O_RDONLY, O_RDWR, PROT_READ,
    PROT_WRITE, close, errno, fstat, fsync, load64, mmap, munmap, openat, pwrite, stat_t, store64,
)

cdef enum:
    MARK_MAGIC = 0x4B52414D4E4A4E49     # "INJNMARK"
    MARK_CHECK = 0x5AA5C33C96690FF0


cdef int make_file(int dir_fd) noexcept nogil:
    """An empty mark, or the file another start left. Its descriptor, or -errno."""
    cdef DurableMark empty
    cdef int i
    cdef int fd = openat(dir_fd, "durable", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    cdef stat_t status
    if fd < 0 or fstat(fd, &status) < 0:
        return -errno
    if status.st_size >= <int> sizeof(DurableMark):
        return fd
    empty.magic = MARK_MAGIC
    empty.released = 0
    for i in range(4):
        empty.slots[i].batch_no = 0
        empty.slots[i].check = MARK_CHECK
    if pwrite(fd, &empty, sizeof(DurableMark), 0) != <int> sizeof(DurableMark) or fsync(fd) < 0:
        i = errno if errno else EIO
        close(fd)
        return -i
    return fd


cdef int mark_open(DurableMark** mark, int dir_fd, int may_write) noexcept nogil:
    cdef stat_t status
    cdef void* memory
    cdef int error
    cdef int fd = (make_file(dir_fd) if may_write
                   else openat(dir_fd, "durable", O_RDONLY | O_CLOEXEC))
    mark[0] = NULL
    if fd < 0:
        return fd if may_write else -errno
    if fstat(fd, &status) < 0 or status.st_size < <int> sizeof(DurableMark):
        close(fd)
        return -ENOENT
    memory = mmap(NULL, sizeof(DurableMark), PROT_READ | (PROT_WRITE if may_write else 0),
                  MAP_SHARED, fd, 0)
    error = errno
    close(fd)
    if memory == MAP_FAILED:
        return -error
    mark[0] = <DurableMark*> memory
    return 0


cdef void mark_close(DurableMark** mark) noexcept nogil:
    if mark[0] != NULL:
        munmap(mark[0], sizeof(DurableMark))
        mark[0] = NULL


cdef void mark_synced(DurableMark* mark, MarkOwner owner, uint64_t batch_no) noexcept nogil:
    cdef MarkSlot* slot = &mark.slots[<int> owner]
    if slot[1].batch_no < slot[0].batch_no:
        slot += 1
    store64(&slot.batch_no, batch_no)
    store64(&slot.check, batch_no ^ <uint64_t> MARK_CHECK)


cdef uint64_t synced_by_mark(const DurableMark* mark) noexcept nogil:
    cdef uint64_t highest = 0
    cdef uint64_t batch_no
    cdef int i
    if mark == NULL:
        return 0
    for i in range(4):
        batch_no = load64(&mark.slots[i].batch_no)
        if load64(&mark.slots[i].check) == batch_no ^ <uint64_t> MARK_CHECK and batch_no > highest:
            highest = batch_no
    return highest
