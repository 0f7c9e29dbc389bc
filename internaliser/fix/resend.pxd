"""Repeating what was sent (FIX 4.4 vol. 2, ResendRequest), a chunk at a time."""

from libc.stdint cimport int64_t, uint64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.session cimport Session

cdef enum ResendAnswer:
    RESEND_STARTED = 0          # resend_serve has work
    RESEND_NOTHING = 1          # BeginSeqNo was never sent
    RESEND_WRONG_END = 2        # EndSeqNo below BeginSeqNo
    RESEND_ENDLESS = 3          # limits.resend_repeats_max in a row asked for nothing new

cdef int resend_start(Session* session, uint64_t first, uint64_t last) noexcept nogil
# Write the next limits.resend_chunk messages. 1 = all done, 0 = more to do (in progress, or no room
# in `out`).
cdef int resend_serve(Session* session, int64_t now_ns, Buffer* out) noexcept nogil
