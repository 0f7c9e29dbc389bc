"""The preparer: a thread that makes segments ahead, so that a new one costs the writer a pointer.

A segment is made under a temporary name, given its disk space, synced, renamed into place, and the
folder synced. Under batch the space is written with zeros, because a sync into written blocks is
cheaper; under off too, but the zeros are not synced: they make the pages that the mapped segment
needs. Under interval it is only reserved, and the writer takes the pages in pieces. The maps are
opened and closed here too: doing so waits for whoever else changes the memory of the process.
"""

from libc.stdint cimport uint64_t

from internaliser.journal.segment_map cimport SegmentMap
from internaliser.journal.system cimport pthread_cond_t, pthread_mutex_t, pthread_t

cdef enum:
    PREPARED_MAX = 8            # segments kept ready at most
    MAPS = PREPARED_MAX + 2     # beside them the one in use, and the one before it

cdef enum SpacePolicy:
    SPACE_SYNCED_ZEROS = 1
    SPACE_ZEROS = 2
    SPACE_RESERVED = 3

cdef struct Preparer:
    pthread_t thread
    pthread_mutex_t mutex
    pthread_cond_t changed
    int is_running
    int is_stopping
    int dir_fd                  # the writer's
    SpacePolicy space
    int ahead                   # segments to keep ready
    int error                   # errno of the last attempt, 0 once it worked; retried each second
    uint64_t segment_size
    uint64_t taken              # segment the writer uses
    uint64_t ready              # highest segment prepared
    uint64_t found              # up to here segments were found prepared at the start
    int[PREPARED_MAX] fds       # of segment n at n % PREPARED_MAX
    SegmentMap[MAPS] maps       # of segment n at n % MAPS, where the segments are mapped
    uint64_t mapped             # the first segment whose map was not closed again
    uint64_t waits              # times the writer had to wait

# A new segment file beginning with `head` (NULL: zeros). Its descriptor, or -errno.
cdef int prepare_segment(int dir_fd, uint64_t segment_no, uint64_t segment_size, SpacePolicy space,
                         const void* head, uint64_t head_size) noexcept nogil

# The fields from `dir_fd` to `ahead`, the size, `taken` and `found` are the caller's to fill in, and
# so is the map of the segment in use. 0, or -errno.
cdef int preparer_start(Preparer* preparer) noexcept nogil
cdef void preparer_stop(Preparer* preparer) noexcept nogil
# The descriptor of the next segment, now the caller's; waits only if none is ready. Or -errno.
cdef int preparer_take(Preparer* preparer) noexcept nogil

cdef inline bint is_mapping(const Preparer* preparer) noexcept nogil:
    return preparer.space == SPACE_ZEROS

# The map of the segment in use.
cdef inline SegmentMap* preparer_map(Preparer* preparer) noexcept nogil:
    return &preparer.maps[preparer.taken % <uint64_t> MAPS]
