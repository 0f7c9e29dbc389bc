"""What doors have in common: who comes in by which link, from its first byte to its end. What sessions are there for
is the business of those who inherit: the door of the core thread, that of the feed.
"""

from internaliser.model.types cimport *
from internaliser.fix.codec cimport Message
from internaliser.fix.session cimport Unsent
from internaliser.gateway.access cimport Access
from internaliser.gateway.enquiries cimport Answer, Enquiries
from internaliser.gateway.links cimport Link, Links
from internaliser.gateway.roster cimport Roster
from internaliser.gateway.timers cimport Timers

cdef class Entrance(Links):
    cdef Roster roster
    cdef readonly Access access         # by the `client` of a seat
    cdef readonly Enquiries enquiries   # None = nobody checks a Logon, nor answers what is not the door's
    cdef Message message        # scratch: the message being read
    cdef Unsent unsent          # orders put off, as a session sees them
    cdef Timers timers          # of sessions, and of links without a Logon
    cdef int64_t logon_timeout_ns
    cdef uint64_t logon_size_max    # of a link without a Logon

    cdef int open_entrance(
        self, Roster roster, Access access, Enquiries enquiries, uint32_t connections_max, uint64_t message_size_max,
        uint64_t logon_size_max, uint64_t output_max, int64_t logon_timeout_ns,
    ) except -1
    cdef int read(self, Link* link, uint32_t size) noexcept nogil
    cdef void on_message(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void hand_on(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void follow(self, uint32_t index, int result, int64_t now_ns) noexcept nogil
    cdef void turn_away(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef uint16_t named(self) noexcept nogil
    cdef bint identify(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void ask_credentials(self, uint32_t index, uint16_t session, int64_t now_ns) noexcept nogil
    # What the edge says of a Logon's credentials; a link that is gone hears nothing of it.
    cdef void judge(self, const Answer* answer, int64_t now_ns) noexcept nogil
    cdef void refuse_logon(
        self, uint32_t index, uint16_t session, const char* reason, uint8_t status, int64_t now_ns
    ) noexcept nogil
    # A wrong password inside a session counts as one of a Logon; too many end the session.
    cdef void count_wrong(self, uint32_t index, int64_t now_ns) noexcept nogil
    cdef void attach(self, uint32_t index, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void settle(self, uint16_t session, int64_t now_ns) noexcept nogil
    # What stands in the touched links' output may leave.
    cdef void release(self) noexcept nogil
    # Let the sessions that asked for it look at the time, and the others be.
    cdef void visit_links(self, int64_t now_ns) noexcept nogil

    # --- for those who inherit: about `message`, or a session's link ---
    # Why its session may not log on with it, NULL if it may.
    cdef const char* why_not(self, uint16_t session) noexcept nogil
    # It was the Logon and is answered.
    cdef void welcome(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void on_application(self, uint16_t session, int64_t now_ns) noexcept nogil
    # No order comes next for now: those put off are taken.
    cdef void catch_up(self) noexcept nogil
    # It is of no type that its session takes.
    cdef void refuse(self, uint16_t session, int64_t now_ns) noexcept nogil
    # The link is gone, the session knows.
    cdef void left(self, uint16_t session, int64_t now_ns) noexcept nogil
