"""The door: what happens in one loop turn between the sockets and the core. Sans-I/O; the reactor drives it (links).

bytes -> session -> gateway -> Command -> Core -> events -> reports -> session -> bytes, and the journal
before anything leaves. Knows links (one per TCP connection) by number, never sockets.
"""

from internaliser.model.types cimport *
from internaliser.model.command cimport Command
from internaliser.gateway.access cimport Access, Origin
from internaliser.gateway.enquiries cimport Answer, Enquiries
from internaliser.gateway.doorway cimport Doorway
from internaliser.gateway.hours cimport Hours
from internaliser.gateway.links cimport Link
from internaliser.gateway.timers cimport Timers

cdef enum:
    REPEATS_MAX = 8             # operator commands at once of which a chunk is still to be done

cdef class Door(Doorway):
    cdef readonly Access access
    cdef readonly Enquiries enquiries   # None: nobody answers what is not the core's
    cdef Command repeats[REPEATS_MAX]   # commands with work left, oldest first
    cdef uint32_t repeat_count
    cdef Timers timers          # of sessions, and of links without a Logon
    cdef Hours hours            # of the clients' sessions
    cdef int64_t next_deadline  # earliest time anything else needs on_time
    cdef int64_t counters_due   # counters that moved on their own are journalled by then; 0 = none
    cdef int64_t logon_timeout_ns
    cdef uint64_t logon_size_max

    cdef int read(self, Link* link, uint32_t size) noexcept nogil
    cdef void on_message(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void hand_on(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void follow(self, uint32_t index, int result, int64_t now_ns) noexcept nogil
    cdef void ask_credentials(self, uint32_t index, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void judge(self, const Answer* answer, int64_t now_ns) noexcept nogil
    cdef void refuse_logon(
        self, uint32_t index, uint16_t session, const char* reason, uint8_t status, int64_t now_ns
    ) noexcept nogil
    cdef void count_wrong(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void turn_away(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef bint identify(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void attach(self, uint32_t index, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void on_application(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void ask_edge(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void repeat(self, int64_t now_ns) noexcept nogil
    cdef void touch_reported(self) noexcept nogil
    cdef bint has_output(self) noexcept nogil
    cdef void visit_links(self, int64_t now_ns) noexcept nogil
    cdef void wake_by(self, int64_t time_ns) noexcept nogil
