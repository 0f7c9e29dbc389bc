"""The syncer: which files still need a sync, and a thread to do it where the policy says so.

The writer owns every descriptor and closes a finished segment only once it is synced. With
`interval_ns` > 0 the thread syncs the current segment that often; without a thread (batch policy)
the writer syncs at each commit.
"""

from libc.stdint cimport int64_t, uint64_t

from internaliser.journal.mark cimport DurableMark
from internaliser.journal.system cimport pthread_cond_t, pthread_mutex_t, pthread_t

cdef enum:
    FINISHED_MAX = 4            # finished segments that may await their sync; then we wait

cdef struct Syncer:
    pthread_t thread
    pthread_mutex_t mutex
    pthread_cond_t changed
    int is_running
    int is_stopping
    int failed                  # errno of the first failed sync (atomic): the last word
    int fd                      # current segment
    int64_t interval_ns         # 0 = the thread syncs finished segments only
    int realtime                # of the thread that syncs every interval: its priority, 0 = none (model/thread.pxd)
    uint64_t written            # highest batch written whole (atomic)
    uint64_t synced             # highest batch synced by the thread (atomic)
    DurableMark* mark
    int[FINISHED_MAX] finished_fds       # of finished segment n at n % FINISHED_MAX
    uint64_t[FINISHED_MAX] last_batches  # the last batch in it
    uint64_t finished           # counts of segments finished, synced and closed
    uint64_t finished_synced
    uint64_t finished_closed

# `fd`, `written`, `synced`, `interval_ns`, `realtime` and `mark` are the caller's to fill in. 0, or -errno.
cdef int syncer_start(Syncer* syncer, int with_thread) noexcept nogil
# Stops the thread and closes every descriptor.
cdef void syncer_stop(Syncer* syncer) noexcept nogil
# The segment is finished, the next one is `fd`. 0, or -errno of a failed sync.
cdef int syncer_turn(Syncer* syncer, int fd) noexcept nogil
# Sync all there is, on the caller's thread. 0, or -errno.
cdef int syncer_sync(Syncer* syncer) noexcept nogil
