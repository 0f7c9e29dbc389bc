"""How much a session and an account may ask for: token buckets in whole numbers, kept at the door (fix-rules 10).

Not in the journal: what is refused here never reaches the core.
"""

from internaliser.model.types cimport *

cdef enum Admission:
    ADMITTED = 1
    THROTTLED = 2               # refuse it
    THROTTLED_OFF = 3           # refuse it, and end the session: it does not hear

cdef struct Bucket:             # full at first; a token comes back every `interval_ns`
    int64_t interval_ns         # 0 = no limit
    int64_t burst_ns            # the time in which all tokens but one come back
    int64_t full_ns             # when all tokens will be back

cdef struct Counter:            # refusals in the running second
    int64_t second_ns           # when it began
    uint32_t count


cdef class Throttle:
    cdef Bucket* sessions
    cdef Bucket* accounts
    cdef Counter* refusals
    cdef uint32_t capacity
    cdef uint32_t refusals_max  # in one second; 0 = no limit
    cdef bint is_on             # some bucket has a limit

    # Admission of one message that counts, of `session` and of its account. Takes a token of both or of neither.
    cdef int admit(self, uint16_t session, uint16_t client, int64_t now_ns) noexcept nogil
