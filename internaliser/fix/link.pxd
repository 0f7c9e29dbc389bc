"""The life of a session's link: deadlines, counters back to 1, and the ways to end it."""

from libc.stdint cimport int64_t, uint64_t

from internaliser.fix.buffer cimport Buffer
from internaliser.fix.session cimport Session

# Set deadline_ns to what is due first.
cdef void schedule(Session* session, int64_t now_ns) noexcept nogil
# One chunk of the resend in progress.
cdef void serve(Session* session, int64_t now_ns, Buffer* out) noexcept nogil
cdef void reset_counters(Session* session) noexcept nogil
# Remember that the link is over; gives back `result`.
cdef int close_link(Session* session, int result) noexcept nogil
# Ask for the end. `is_fault`: of the peer.
cdef void start_logout(Session* session, const char* reason, int is_fault, int64_t now_ns,
                       Buffer* out) noexcept nogil
cdef int logout_and_close(Session* session, const char* reason, int64_t now_ns,
                          Buffer* out) noexcept nogil
cdef enum:
    TOO_LOW_TEXT_MAX = 96

cdef void too_low_text(const Session* session, uint64_t received, char* text) noexcept nogil
cdef int too_low(Session* session, uint64_t received, int64_t now_ns, Buffer* out) noexcept nogil
