"""Syncs, and the order of closing files after them."""

from libc.stdint cimport uint64_t

from internaliser.journal.mark cimport MARK_SYNCER, mark_synced
from internaliser.journal.system cimport (
    CLOCK_MONOTONIC, clock_gettime, close, errno, fdatasync, load64, load_int,
    pthread_cond_broadcast, pthread_cond_destroy, pthread_cond_init, pthread_cond_timedwait,
    pthread_cond_wait, pthread_condattr_init, pthread_condattr_setclock, pthread_condattr_t,
    pthread_create, pthread_join, pthread_mutex_destroy, pthread_mutex_init, pthread_mutex_lock,
    pthread_mutex_unlock, store64, store_int, timespec,
)
from internaliser.model.thread cimport be_realtime, step_back

cdef enum:
    SECOND = 1000000000         # ns
    NICE = 10                   # under off: nobody waits for a sync, whoever commits goes first


cdef int fail(Syncer* syncer) noexcept nogil:
    """Keep the errno of the first failure; -errno."""
    cdef int error = errno
    if load_int(&syncer.failed) == 0:
        store_int(&syncer.failed, error)
    return -load_int(&syncer.failed)


cdef int sync_finished(Syncer* syncer, uint64_t first, uint64_t end) noexcept nogil:
    cdef uint64_t n
    for n in range(first, end):
        if fdatasync(syncer.finished_fds[n % FINISHED_MAX]) < 0:
            return fail(syncer)
    return 0


cdef void wait_for_work(Syncer* syncer) noexcept nogil:
    cdef timespec until
    if syncer.interval_ns == 0:
        if syncer.finished_synced == syncer.finished:
            pthread_cond_wait(&syncer.changed, &syncer.mutex)
        return
    clock_gettime(CLOCK_MONOTONIC, &until)
    until.tv_nsec += syncer.interval_ns
    until.tv_sec += until.tv_nsec // SECOND
    until.tv_nsec %= SECOND
    pthread_cond_timedwait(&syncer.changed, &syncer.mutex, &until)


cdef int sync_round(Syncer* syncer) noexcept nogil:
    """One pass of the thread; the mutex is held, and released while the disk works."""
    cdef uint64_t first = syncer.finished_synced
    cdef uint64_t end = syncer.finished
    cdef uint64_t reached = load64(&syncer.written)
    cdef int fd = syncer.fd
    cdef int error
    if syncer.interval_ns == 0:
        if first == end:
            return 0
        reached = syncer.last_batches[(end - 1) % FINISHED_MAX]
    elif reached <= load64(&syncer.synced):
        return 0
    pthread_mutex_unlock(&syncer.mutex)
    error = sync_finished(syncer, first, end)
    if error == 0 and syncer.interval_ns > 0 and fdatasync(fd) < 0:
        error = fail(syncer)
    pthread_mutex_lock(&syncer.mutex)
    if error == 0:
        store64(&syncer.finished_synced, end)
        if reached > load64(&syncer.synced):
            store64(&syncer.synced, reached)
        mark_synced(syncer.mark, MARK_SYNCER, reached)
    pthread_cond_broadcast(&syncer.changed)
    return error


cdef void* syncer_main(void* argument) noexcept nogil:
    cdef Syncer* syncer = <Syncer*> argument
    if syncer.interval_ns == 0:
        step_back(NICE)
    elif be_realtime(syncer.realtime) < 0:
        fail(syncer)
    pthread_mutex_lock(&syncer.mutex)
    while not syncer.is_stopping:
        wait_for_work(syncer)
        if sync_round(syncer) < 0:
            break
    pthread_mutex_unlock(&syncer.mutex)
    return NULL


cdef int syncer_start(Syncer* syncer, int with_thread) noexcept nogil:
    cdef pthread_condattr_t attributes
    cdef int error = 0
    syncer.is_stopping = 0
    syncer.failed = 0
    syncer.finished = 0
    syncer.finished_synced = 0
    syncer.finished_closed = 0
    pthread_mutex_init(&syncer.mutex, NULL)
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(&syncer.changed, &attributes)
    if with_thread:
        error = pthread_create(&syncer.thread, NULL, syncer_main, syncer)
    syncer.is_running = with_thread and error == 0
    return -error


cdef void close_synced(Syncer* syncer) noexcept nogil:
    while syncer.finished_closed < syncer.finished_synced:
        close(syncer.finished_fds[syncer.finished_closed % FINISHED_MAX])
        syncer.finished_closed += 1


cdef void syncer_stop(Syncer* syncer) noexcept nogil:
    if syncer.is_running:
        pthread_mutex_lock(&syncer.mutex)
        syncer.is_stopping = 1
        pthread_cond_broadcast(&syncer.changed)
        pthread_mutex_unlock(&syncer.mutex)
        pthread_join(syncer.thread, NULL)
        syncer.is_running = 0
    syncer.finished_synced = syncer.finished
    close_synced(syncer)
    close(syncer.fd)
    syncer.fd = -1
    pthread_cond_destroy(&syncer.changed)
    pthread_mutex_destroy(&syncer.mutex)


cdef int syncer_turn(Syncer* syncer, int fd) noexcept nogil:
    cdef int error = 0
    pthread_mutex_lock(&syncer.mutex)
    close_synced(syncer)
    while syncer.finished - syncer.finished_closed == FINISHED_MAX and error == 0:
        if syncer.is_running:
            pthread_cond_wait(&syncer.changed, &syncer.mutex)
        elif sync_finished(syncer, syncer.finished_synced, syncer.finished) == 0:
            syncer.finished_synced = syncer.finished
        error = -load_int(&syncer.failed)
        close_synced(syncer)
    if error == 0:
        syncer.finished_fds[syncer.finished % FINISHED_MAX] = syncer.fd
        syncer.last_batches[syncer.finished % FINISHED_MAX] = load64(&syncer.written)
        syncer.finished += 1
        syncer.fd = fd
        pthread_cond_broadcast(&syncer.changed)
    pthread_mutex_unlock(&syncer.mutex)
    return error


cdef int syncer_sync(Syncer* syncer) noexcept nogil:
    cdef uint64_t reached = load64(&syncer.written)
    cdef int error = -load_int(&syncer.failed)
    if error == 0:
        error = sync_finished(syncer, load64(&syncer.finished_synced), syncer.finished)
    if error == 0 and fdatasync(syncer.fd) < 0:
        error = fail(syncer)
    if error == 0:
        if not syncer.is_running:
            syncer.finished_synced = syncer.finished
        if reached > load64(&syncer.synced):
            store64(&syncer.synced, reached)
    return error
