"""Segments made ahead of need, off the core thread."""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free

from internaliser.journal.cursor cimport segment_name
from internaliser.journal.files cimport write_whole
from internaliser.journal.format cimport SEGMENT_NAME_MAX
from internaliser.journal.segment_map cimport map_close, map_open
from internaliser.journal.system cimport (
    CLOCK_MONOTONIC, ENOMEM, O_CLOEXEC, O_CREAT, O_RDWR, O_TRUNC, clock_gettime, close, errno,
    fdatasync, fsync, openat, posix_fallocate, pthread_cond_broadcast, pthread_cond_destroy,
    pthread_cond_init, pthread_cond_timedwait, pthread_cond_wait, pthread_condattr_init,
    pthread_condattr_setclock, pthread_condattr_t, pthread_create, pthread_join,
    pthread_mutex_destroy, pthread_mutex_init, pthread_mutex_lock, pthread_mutex_unlock,
    renameat, timespec, unlinkat,
)
from internaliser.model.thread cimport step_back

cdef enum:
    ZEROS_AT_ONCE = 131072      # bytes a write: the kernel keeps, and faults in, such pieces
    ZEROS_A_SYNC = 1048576      # bytes between syncs: few, so that commits beside it wait little
    RETRY_S = 1                 # after a failed attempt
    NICE = 10                   # what it makes is needed much later: whoever commits goes first


cdef int write_zeros(int fd, uint64_t size, int must_sync) noexcept nogil:
    """0, or -errno. Synced piece by piece where asked."""
    cdef uint64_t piece = ZEROS_AT_ONCE if size > ZEROS_AT_ONCE else size
    cdef uint8_t* zeros = <uint8_t*> calloc(1, piece)
    cdef uint64_t done = 0
    cdef uint64_t synced = 0
    cdef int error = 0 if zeros != NULL else -ENOMEM
    while done < size and error == 0:
        if size - done < piece:
            piece = size - done
        error = write_whole(fd, zeros, piece, done)
        done += piece
        if error == 0 and must_sync and (done - synced >= ZEROS_A_SYNC or done == size):
            synced = done
            error = -errno if fdatasync(fd) < 0 else 0
    free(zeros)
    return error


cdef int fill_segment(int fd, uint64_t segment_size, SpacePolicy space, const void* head,
                      uint64_t head_size) noexcept nogil:
    cdef int error = 0
    if space != SPACE_SYNCED_ZEROS:
        error = -posix_fallocate(fd, 0, <int64_t> segment_size)
    if error == 0 and space == SPACE_ZEROS and fsync(fd) < 0:
        error = -errno
    if error == 0 and space != SPACE_RESERVED:
        error = write_zeros(fd, segment_size, space == SPACE_SYNCED_ZEROS)
    if error == 0 and head != NULL:
        error = write_whole(fd, <const uint8_t*> head, head_size, 0)
    if error == 0 and space != SPACE_ZEROS and fsync(fd) < 0:
        error = -errno
    return error


cdef int prepare_segment(int dir_fd, uint64_t segment_no, uint64_t segment_size, SpacePolicy space,
                         const void* head, uint64_t head_size) noexcept nogil:
    cdef char[SEGMENT_NAME_MAX] name
    cdef const char* temporary = "preparing"
    cdef int error
    cdef int fd = openat(dir_fd, temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    if fd < 0:
        return -errno
    error = fill_segment(fd, segment_size, space, head, head_size)
    if error == 0:
        segment_name(name, segment_no)
        if renameat(dir_fd, temporary, dir_fd, name) < 0 or fsync(dir_fd) < 0:
            error = -errno
    if error < 0:
        close(fd)
        unlinkat(dir_fd, temporary, 0)
        return error
    return fd


cdef int obtain_file(Preparer* preparer, uint64_t segment_no) noexcept nogil:
    cdef char[SEGMENT_NAME_MAX] name
    cdef int fd
    if segment_no > preparer.found:
        return prepare_segment(preparer.dir_fd, segment_no, preparer.segment_size,
                               preparer.space, NULL, 0)
    segment_name(name, segment_no)
    fd = openat(preparer.dir_fd, name, O_RDWR | O_CLOEXEC)
    return fd if fd >= 0 else -errno


cdef int obtain(Preparer* preparer, uint64_t segment_no) noexcept nogil:
    cdef int error
    cdef int fd = obtain_file(preparer, segment_no)
    if fd < 0 or not is_mapping(preparer):
        return fd
    error = map_open(&preparer.maps[segment_no % MAPS], fd, preparer.segment_size)
    if error < 0:
        close(fd)
        return error
    return fd


cdef void wait_a_while(Preparer* preparer) noexcept nogil:
    cdef timespec until
    clock_gettime(CLOCK_MONOTONIC, &until)
    until.tv_sec += RETRY_S
    pthread_cond_timedwait(&preparer.changed, &preparer.mutex, &until)


cdef void make_next(Preparer* preparer) noexcept nogil:
    """Close the maps of segments left behind, make the next one; the mutex is let go meanwhile."""
    cdef uint64_t taken = preparer.taken
    cdef uint64_t segment_no = preparer.ready + 1
    cdef int fd
    pthread_mutex_unlock(&preparer.mutex)
    while preparer.mapped < taken:
        map_close(&preparer.maps[preparer.mapped % MAPS])
        preparer.mapped += 1
    fd = obtain(preparer, segment_no)
    pthread_mutex_lock(&preparer.mutex)
    if fd >= 0:
        preparer.fds[segment_no % PREPARED_MAX] = fd
        preparer.ready = segment_no
    preparer.error = 0 if fd >= 0 else -fd
    pthread_cond_broadcast(&preparer.changed)
    if fd < 0:
        wait_a_while(preparer)


cdef void* preparer_main(void* argument) noexcept nogil:
    cdef Preparer* preparer = <Preparer*> argument
    step_back(NICE)
    pthread_mutex_lock(&preparer.mutex)
    while not preparer.is_stopping:
        if preparer.ready < preparer.taken + preparer.ahead:
            make_next(preparer)
        else:
            pthread_cond_wait(&preparer.changed, &preparer.mutex)
    pthread_mutex_unlock(&preparer.mutex)
    return NULL


cdef int preparer_start(Preparer* preparer) noexcept nogil:
    cdef pthread_condattr_t attributes
    cdef int error
    preparer.is_stopping = 0
    preparer.error = 0
    preparer.waits = 0
    preparer.ready = preparer.mapped = preparer.taken
    pthread_mutex_init(&preparer.mutex, NULL)
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(&preparer.changed, &attributes)
    error = pthread_create(&preparer.thread, NULL, preparer_main, preparer)
    preparer.is_running = error == 0
    return -error


cdef void preparer_stop(Preparer* preparer) noexcept nogil:
    cdef int i
    if preparer.is_running:
        pthread_mutex_lock(&preparer.mutex)
        preparer.is_stopping = 1
        pthread_cond_broadcast(&preparer.changed)
        pthread_mutex_unlock(&preparer.mutex)
        pthread_join(preparer.thread, NULL)
        preparer.is_running = 0
        while preparer.ready > preparer.taken:
            close(preparer.fds[preparer.ready % PREPARED_MAX])
            preparer.ready -= 1
        pthread_cond_destroy(&preparer.changed)
        pthread_mutex_destroy(&preparer.mutex)
    for i in range(MAPS):
        map_close(&preparer.maps[i])


cdef int preparer_take(Preparer* preparer) noexcept nogil:
    cdef int fd
    pthread_mutex_lock(&preparer.mutex)
    if preparer.ready == preparer.taken and preparer.error == 0:
        preparer.waits += 1
    while preparer.ready == preparer.taken and preparer.error == 0:
        pthread_cond_wait(&preparer.changed, &preparer.mutex)
    if preparer.ready == preparer.taken:
        fd = -preparer.error
    else:
        preparer.taken += 1
        fd = preparer.fds[preparer.taken % PREPARED_MAX]
        pthread_cond_broadcast(&preparer.changed)
    pthread_mutex_unlock(&preparer.mutex)
    return fd
