"""The part of the door that knows no links: what a session asks is taken or refused, in its name."""

from internaliser.model.types cimport *
from internaliser.model.command cimport Command
from internaliser.core.core cimport Core
from internaliser.gateway.entrance cimport Entrance
from internaliser.gateway.steps cimport Steps
from internaliser.gateway.throttle cimport Throttle
from internaliser.journal.writer cimport JournalWriter

cdef enum:
    GATHERED_MAX = 16384        # bytes of commands: of some 150 orders

cdef class Doorway(Entrance):
    cdef Core core
    cdef Steps steps
    cdef JournalWriter journal
    cdef Command command        # scratch: what a message means
    cdef Throttle throttle
    # Orders of the read under way, one behind the other: read together and then taken together they cost less than in
    # turns, because the code of one half at a time stays in the processor's caches.
    cdef uint8_t gathered[GATHERED_MAX]
    cdef uint32_t gathered_used
    cdef int64_t gathered_ns

    cdef void refuse_with(self, uint16_t session, uint8_t reason, const char* text, int64_t now_ns) noexcept nogil
    cdef bint is_admitted(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void slow_down(self, uint16_t session, int admission, int64_t now_ns) noexcept nogil
    cdef void link_up(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void link_down(self, uint16_t session, int64_t now_ns) noexcept nogil
    cdef void take(self, int64_t now_ns) noexcept nogil
    # `command` is taken with the others of its read.
    cdef void gather(self, int64_t now_ns) noexcept nogil
    cdef void send_cold(self, uint16_t session, const char* msg_type, uint16_t flags, int64_t now_ns) noexcept nogil
    cdef void source_state(self, uint16_t source, uint8_t action, int64_t now_ns) noexcept nogil
    cdef void subscribe(self, uint16_t session, int64_t now_ns) noexcept nogil
