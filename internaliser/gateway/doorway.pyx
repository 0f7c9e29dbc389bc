"""What the door does in a session's name: takes its commands, refuses, tells of its link."""

cimport cython

from libc.string cimport memcpy, memset, strlen

from internaliser.fix.session cimport Session, session_logout
from internaliser.gateway.absence cimport link_command
from internaliser.gateway.business cimport (
    BUSINESS_THROTTLED, BUSINESS_THROTTLED_OFF, BUSINESS_UNSUPPORTED_MSG_TYPE, business_reason_in,
    encode_business_reject,
)
from internaliser.gateway.roster cimport Seat
from internaliser.gateway.sources cimport encode_subscription
from internaliser.gateway.throttle cimport ADMITTED, THROTTLED_OFF, Throttle
from internaliser.model.command cimport COMMAND_HEAD, LINK_DOWN, LINK_UP, ConfigListing
from internaliser.model.enums cimport REASON_DISCONNECT, REASON_LOGOUT
from internaliser.model.record cimport (
    KIND_CANCEL, KIND_MASS_CANCEL, KIND_REPLACE, KIND_SOURCE_STATE, OUT_COLD,
)

cdef const char* TURNED_AWAY = b"THROTTLED: beyond the messages per second of session or account"
cdef const char* TURNED_OFF = b"THROTTLED: too many messages beyond the limit"


cdef class Doorway:
    """The part of the door that knows no links."""

    def limit(self, Throttle throttle not None) -> None:
        """From now on clients may send what `throttle` allows."""
        self.throttle = throttle

    cdef void refuse(self, uint16_t session, int64_t now_ns) noexcept nogil:
        self.refuse_with(
            session, BUSINESS_UNSUPPORTED_MSG_TYPE, b"message type not supported", now_ns
        )

    cdef void refuse_with(
        self, uint16_t session, uint8_t reason, const char* text, int64_t now_ns,
    ) noexcept nogil:
        self.catch_up()
        self.steps.body.used = 0
        self.steps.body.overflowed = 0
        encode_business_reject(
            &self.message, reason, text, <uint32_t> strlen(text), &self.steps.body
        )
        self.send_cold(session, b"j", OUT_COLD, now_ns)

    cdef bint is_admitted(self, uint16_t session, int64_t now_ns) noexcept nogil:
        """May `self.command` be taken now? What takes quantity out of the market always may."""
        cdef uint16_t kind = self.command.head.kind
        cdef int admission
        if kind == KIND_CANCEL or kind == KIND_MASS_CANCEL:
            return True
        if kind == KIND_REPLACE:
            self.catch_up()         # it may be of an order among them
            if self.core.reduces(&self.command):
                return True
        admission = self.throttle.admit(session, self.command.client, now_ns)
        if admission == ADMITTED:
            return True
        self.slow_down(session, admission, now_ns)
        return False

    cdef void slow_down(self, uint16_t session, int admission, int64_t now_ns) noexcept nogil:
        cdef Session* place = &self.roster.sessions[session]
        cdef bint is_last = admission == THROTTLED_OFF
        cdef const char* text = TURNED_OFF if is_last else TURNED_AWAY
        self.refuse_with(
            session,
            business_reason_in(
                BUSINESS_THROTTLED_OFF if is_last else BUSINESS_THROTTLED, place.version
            ),
            text, now_ns,
        )
        if is_last:
            session_logout(place, TURNED_OFF, now_ns, self.roster.seats[session].output)
            if self.roster.settle(session, now_ns) < 0:
                self.halted = 1

    cdef void link_up(self, uint16_t session, int64_t now_ns) noexcept nogil:
        """A client is there. The core is told where that matters to its orders."""
        cdef Seat* seat = &self.roster.seats[session]
        if seat.cancels == 0 and not self.core.follows_link(session):
            return
        link_command(
            &self.command, LINK_UP, session, seat.client, seat.cancels, seat.grace_ns, 0
        )
        seat.is_followed = 1
        self.take(now_ns)

    cdef void link_down(self, uint16_t session, int64_t now_ns) noexcept nogil:
        cdef Seat* seat = &self.roster.seats[session]
        if not seat.is_followed:
            return
        seat.is_followed = 0
        link_command(
            &self.command, LINK_DOWN, session, seat.client, 0, 0,
            REASON_LOGOUT if seat.has_logged_out else REASON_DISCONNECT,
        )
        self.take(now_ns)

    @cython.final
    cdef void take(self, int64_t now_ns) noexcept nogil:
        if not self.halted and self.steps.take(&self.command, now_ns) < 0:
            self.halted = 1

    @cython.final
    cdef void gather(self, int64_t now_ns) noexcept nogil:
        if self.roster.sessions[self.command.session].tells_last:
            self.take(now_ns)       # its report is to tell its number, not that of the last read
            return
        if self.gathered_used + self.command.head.size > GATHERED_MAX:
            self.catch_up()
        memcpy(self.gathered + self.gathered_used, &self.command, self.command.head.size)
        self.gathered_used += self.command.head.size
        self.gathered_ns = now_ns

    cdef void catch_up(self) noexcept nogil:
        cdef uint32_t end = self.gathered_used
        cdef uint32_t at = 0
        cdef Command* command
        self.gathered_used = 0
        while at < end and not self.halted:
            command = <Command*> (self.gathered + at)
            at += command.head.size
            if self.steps.take(command, self.gathered_ns) < 0:
                self.halted = 1

    cdef void send_cold(
        self, uint16_t session, const char* msg_type, uint16_t flags, int64_t now_ns,
    ) noexcept nogil:
        if self.roster.send(
            session, self.core.seq, msg_type, self.steps.body.data, self.steps.body.used, flags,
            now_ns,
        ) < 0:
            self.halted = 1

    cdef void source_state(self, uint16_t source, uint8_t action, int64_t now_ns) noexcept nogil:
        memset(&self.command, 0, COMMAND_HEAD)
        self.command.head.size = COMMAND_HEAD
        self.command.head.kind = KIND_SOURCE_STATE
        self.command.session = NONE16
        self.command.client = NONE16
        self.command.instrument = NONE16
        self.command.source = source
        self.command.action = action
        self.take(now_ns)

    cdef void subscribe(self, uint16_t session, int64_t now_ns) noexcept nogil:
        cdef uint16_t source = self.roster.seats[session].source
        cdef uint32_t number = 0
        cdef const ConfigListing* listing = self.core.listing(number)
        while listing != NULL:
            if listing.source == source and listing.is_listed:
                self.steps.body.used = 0
                self.steps.body.overflowed = 0
                encode_subscription(self.core, source, listing.instrument, &self.steps.body)
                self.send_cold(session, b"V", OUT_COLD, now_ns)
            number += 1
            listing = self.core.listing(number)
