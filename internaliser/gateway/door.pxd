"""The door: what happens in one loop turn between the sockets and the core. Sans-I/O; the reactor drives it (links).

bytes -> session -> gateway -> Command -> Core -> events -> reports -> session -> bytes, and the journal
before anything leaves. Knows links (one per TCP connection) by number, never sockets.
"""

from internaliser.model.types cimport *
from internaliser.model.command cimport Command
from internaliser.gateway.doorway cimport Doorway
from internaliser.gateway.enquiries cimport Answer, Enquiries
from internaliser.gateway.hours cimport Hours

cdef enum:
    REPEATS_MAX = 8             # operator commands at once of which a chunk is still to be done

cdef class Door(Doorway):
    cdef Command repeats[REPEATS_MAX]   # commands with work left, oldest first
    cdef uint32_t repeat_count
    cdef Hours hours            # of the clients' sessions
    cdef int64_t next_deadline  # earliest time anything but a session needs on_time
    cdef int64_t counters_due   # counters that moved on their own are journalled by then; 0 = none

    cdef void ask_edge(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void repeat(self, int64_t now_ns) noexcept nogil
    cdef void touch_reported(self) noexcept nogil
    cdef bint has_output(self) noexcept nogil
    cdef void wake_by(self, int64_t time_ns) noexcept nogil
