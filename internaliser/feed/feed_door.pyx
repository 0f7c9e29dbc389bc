"""One turn of the feed: bytes in, the journal's news, what changed to whom it concerns.

The journal is looked at every `poll_ms` and at no other time, so the core is never asked to wake
anybody. What is read at once is published at once: under load several changes become one.
"""

from libc.string cimport strlen

from internaliser.fix.codec cimport Writer, writer_on
from internaliser.fix.rules cimport is_yes
from internaliser.fix.session cimport session_send
from internaliser.gateway.business cimport BUSINESS_UNSUPPORTED_MSG_TYPE, encode_business_reject
from internaliser.gateway.enquiries cimport ANSWER_HOURS, ANSWER_VERDICT
from internaliser.gateway.entrance cimport Entrance
from internaliser.gateway.hours cimport Hours
from internaliser.gateway.roster cimport Seat
from internaliser.model.event cimport OrderEvent
from internaliser.model.record cimport KIND_ORDER_EVENT, RecordHead

cdef enum:
    BUSINESS_NOT_AUTHORIZED = 6     # BusinessRejectReason(380)
    RECORDS_A_TURN = 65536          # read from the journal before sockets are looked at again
    REJECT_MAX = 1024               # bytes of the longest 35=j

cdef int64_t NS_PER_MS = 1_000_000


cdef class FeedDoor:
    """The feed of one node: what `tail` reads, to the sessions of `roster`.

    poll_ms     how often the journal is looked at while somebody is logged on
    idle_ms     and while nobody is
    access      who may come in; `enquiries` = how the edge is asked about a Logon
    """

    def __cinit__(
        self, Roster roster not None, LocalBooks books not None, JournalReader tail not None, *,
        Access access=None, Enquiries enquiries=None, uint32_t connections_max=1024,
        uint64_t message_size_max=1 << 20, uint64_t logon_size_max=65536,
        uint64_t output_max=8 << 20, int64_t logon_timeout_ns=10_000_000_000, int64_t poll_ms=1,
        int64_t idle_ms=50,
    ):
        self.books = books
        self.tail = tail
        self.poll_ns = poll_ms * NS_PER_MS
        self.idle_ns = idle_ms * NS_PER_MS
        self.hours = Hours()
        self.open_entrance(
            roster, access, enquiries, connections_max, message_size_max, logon_size_max,
            output_max, logon_timeout_ns,
        )

    def serve(self, Market market not None, Copies copies not None) -> None:
        """What the sessions are there for; once, before the first turn."""
        self.market = market
        self.copies = copies

    @property
    def is_current(self) -> bool:
        """Everything that was durable at the last look has been read, by drop copies too."""
        return self.tail.batch_start == NULL and self.copies.replaying_count == 0

    # --- receiving ---------------------------------------------------------------------------

    cdef const char* why_not(self, uint16_t session) noexcept nogil:
        if is_yes(&self.message, 141) or self.message.msg_seq_num == 1:
            return NULL
        return b"numbers start at 1 here: log on with ResetSeqNumFlag(141)=Y"

    cdef void welcome(self, uint16_t session, int64_t now_ns) noexcept nogil:
        if self.logged_on_count == 0:
            self.pump_due_ns = now_ns
        self.logged_on_count += 1
        self.roster.seats[session].is_fresh = 1
        if self.copies.is_copy(session):
            self.copies.begin(session, &self.message, now_ns)

    cdef void left(self, uint16_t session, int64_t now_ns) noexcept nogil:
        self.market.forget(session)
        if self.copies.is_copy(session):
            self.copies.end(session)
        if self.roster.seats[session].is_fresh:
            self.logged_on_count -= 1
        self.roster.seats[session].is_fresh = 0

    cdef void on_answer(self, const Answer* answer, int64_t now_ns) noexcept nogil:
        if self.halted:
            return
        if answer.flags & ANSWER_VERDICT:
            self.judge(answer, now_ns)
        elif answer.flags & ANSWER_HOURS and self.hours.keep(self, answer, now_ns) < 0:
            self.halted = 1

    cdef void on_application(self, uint16_t session, int64_t now_ns) noexcept nogil:
        # The dictionary takes in MarketDataRequest(V) and nothing else.
        if self.copies.is_copy(session):
            self.refuse_with(
                session, BUSINESS_NOT_AUTHORIZED, b"a drop copy is told reports only", now_ns
            )
        else:
            self.market.on_request(session, &self.message, now_ns)

    cdef void refuse(self, uint16_t session, int64_t now_ns) noexcept nogil:
        self.refuse_with(
            session, BUSINESS_UNSUPPORTED_MSG_TYPE, b"message type not supported", now_ns
        )

    cdef void refuse_with(
        self, uint16_t session, int reason, const char* why, int64_t now_ns
    ) noexcept nogil:
        cdef char[REJECT_MAX] room
        cdef Writer body = writer_on(room, REJECT_MAX)
        cdef Seat* seat = &self.roster.seats[session]
        encode_business_reject(
            &self.message, <uint8_t> reason, why, <uint32_t> strlen(why), &body
        )
        if session_send(
            &self.roster.sessions[session], b"j", body.data, body.used, now_ns, seat.output
        ) == 0:
            seat.has_overflowed = 1

    # --- sending -----------------------------------------------------------------------------

    cdef int end_turn(self, int64_t now_ns) noexcept nogil:
        if self.halted:
            return -1
        if now_ns >= self.pump_due_ns and self.pump(now_ns) < 0:
            self.halted = 1
            return -1
        self.release()
        return 0

    cdef int pump(self, int64_t now_ns) noexcept nogil:
        """The journal's news to everybody. 0, or -1: it cannot be read on."""
        cdef bint is_at_end = False
        cdef int has_more
        if self.read_some(&is_at_end, now_ns) < 0:
            return -1
        has_more = self.copies.replay(is_at_end, now_ns)
        if is_at_end:
            self.market.publish(now_ns)
        self.market.catch_up(now_ns)
        self.pump_due_ns = now_ns
        if is_at_end and not has_more:
            self.pump_due_ns += self.poll_ns if self.logged_on_count > 0 else self.idle_ns
        return 0

    cdef int read_some(self, bint* is_at_end, int64_t now_ns) noexcept nogil:
        cdef const RecordHead* record
        cdef uint64_t position = 0
        cdef uint32_t _i
        for _i in range(RECORDS_A_TURN):
            record = self.tail.next(&position)
            if record == NULL:
                # What is durable ends with a whole step.
                is_at_end[0] = True
                return -1 if self.tail.is_damaged or self.books.end_step() < 0 else 0
            self.records += 1
            self.copies.read_position = position
            if self.books.take(record) < 0:
                return -1
            if record.kind == KIND_ORDER_EVENT:
                self.copies.take(<const OrderEvent*> record, position, now_ns)
        return 0

    cdef uint32_t close_sessions(self, int64_t now_ns) noexcept nogil:
        if self.pump(now_ns) < 0:       # the last reports go out before the goodbye
            self.halted = 1
        return Entrance.close_sessions(self, now_ns)

    # --- time --------------------------------------------------------------------------------

    cdef void on_time(self, int64_t now_ns) noexcept nogil:
        if 0 < self.timers.first_ns() <= now_ns:
            self.visit_links(now_ns)

    cdef int64_t deadline(self) noexcept nogil:
        # 1 = at once: 0 would mean never.
        cdef int64_t pump_due = max(self.pump_due_ns, <int64_t> 1)
        if 0 < self.timers.first_ns() < pump_due:
            return self.timers.first_ns()
        return pump_due
