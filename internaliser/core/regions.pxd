"""The state as stretches of bytes, for snapshots. Nothing in them is a pointer."""

from internaliser.core.state cimport CoreState
from internaliser.model.types cimport *

cdef enum:
    REGIONS_MAX = 64

cdef struct Region:             # one stretch of state
    void* bytes
    uint64_t size
    uint32_t tag                # stable number of this stretch
    uint32_t reserved

cdef int describe_regions(CoreState* state, Region* out) noexcept nogil
# Make every stretch as long as `sizes` says, so that describing gives those sizes. 0, or -1: one does not fit.
cdef int room_for_regions(CoreState* state, const Region* sizes, int count) noexcept nogil
# The bytes were put in place: rebuild what is derived. 0, or -1: they contradict each other.
cdef int rebuild_state(CoreState* state) noexcept nogil
# Fingerprint of the stretches' shapes: bytes of another layout must not be loaded.
cdef uint64_t state_layout() noexcept nogil
