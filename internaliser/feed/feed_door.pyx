"""One turn of the feed: bytes in, the journal's news, what changed to whom it concerns.

The journal is looked at every `poll_ms` and at no other time, so the core is never asked to wake
anybody. What is read at once is published at once: under load several changes become one.
"""

from libc.string cimport strlen

from internaliser.fix.buffer cimport buffer_consume
from internaliser.fix.codec cimport (
    FRAME_GARBLED, FRAME_OVERSIZE, FRAME_PARTIAL, Writer, frame, parse, writer_on,
)
from internaliser.fix.dictionary cimport Verdict
from internaliser.fix.rules cimport is_yes
from internaliser.fix.session cimport (
    SESSION_APPLICATION, SESSION_CLOSE, SESSION_CLOSE_NOW, SESSION_LOGGED_ON, SESSION_UNSUPPORTED,
    Session, logon_identity, session_connected, session_disconnected, session_early,
    session_logout, session_on_message, session_on_time, session_refuse, session_send,
)
from internaliser.fix.version cimport STATUS_NONE, STATUS_NOT_NOW, STATUS_WRONG_PASSWORD
from internaliser.gateway.business cimport BUSINESS_UNSUPPORTED_MSG_TYPE, encode_business_reject
from internaliser.gateway.enquiries cimport ANSWER_PASSED, ANSWER_VERDICT, ASK_TAKEN
from internaliser.gateway.links cimport LINK_CLIENT, LINK_FREE
from internaliser.gateway.roster cimport Seat
from internaliser.model.event cimport OrderEvent
from internaliser.model.record cimport KIND_CREDENTIALS, KIND_ORDER_EVENT, RecordHead

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
        self.access = Access(connections_max) if access is None else access
        if self.access.link_count != connections_max:
            raise ValueError(f"access is for {self.access.link_count} links")
        self.enquiries = enquiries
        self.logon_size_max = min(logon_size_max, message_size_max)
        self.roster = roster
        self.books = books
        self.tail = tail
        self.message_size_max = message_size_max
        self.output_max = output_max
        self.logon_timeout_ns = logon_timeout_ns
        self.poll_ns = poll_ms * NS_PER_MS
        self.idle_ns = idle_ms * NS_PER_MS
        self.open_slots(connections_max)

    def serve(self, Market market not None, Copies copies not None) -> None:
        """What the sessions are there for; once, before the first turn."""
        self.market = market
        self.copies = copies

    @property
    def is_current(self) -> bool:
        """Everything that was durable at the last look has been read, by drop copies too."""
        return self.tail.batch_start == NULL and self.copies.replaying_count == 0

    # --- receiving ---------------------------------------------------------------------------

    cdef uint32_t on_connect(self, uint8_t kind, uint16_t session, int64_t now_ns) noexcept nogil:
        cdef uint32_t index = self.take_slot(kind, now_ns)
        if index != <uint32_t> NONE32:
            self.links[index].input.limit = self.logon_size_max
            self.wake_by(now_ns + self.logon_timeout_ns)
        return index

    cdef uint32_t on_accept(self, const Origin* origin, int64_t now_ns) noexcept nogil:
        cdef uint32_t index
        if not self.access.admits(origin, now_ns):
            return <uint32_t> NONE32
        index = self.on_connect(LINK_CLIENT, NONE16, now_ns)
        if index != <uint32_t> NONE32:
            self.access.opened(index, origin)
        return index

    cdef void turn_away(self, uint32_t index, int64_t now_ns) noexcept nogil:
        """Before its Logon, without a word: nobody we know speaks like this."""
        self.links[index].wants_close_now = 1
        self.access.failed(index, now_ns)

    cdef void on_data(self, uint32_t index, int64_t now_ns) noexcept nogil:
        cdef Link* link = &self.links[index]
        cdef uint64_t used = 0
        cdef int result
        while not (link.wants_close or link.wants_close_now or link.is_waiting or self.halted):
            result = frame(
                link.input.data + link.input.start, link.input.end - link.input.start,
                link.input.limit, &used,
            )
            if result == FRAME_PARTIAL:
                break
            if result == FRAME_OVERSIZE:
                if link.session == NONE16:
                    self.turn_away(index, now_ns)
                link.wants_close_now = 1
                break
            if result != FRAME_GARBLED and self.read(link, <uint32_t> used) == 0:
                self.on_message(index, now_ns)
            elif link.session == NONE16:
                self.turn_away(index, now_ns)
            if not link.is_waiting:     # else the Logon is read again when the edge has judged it
                buffer_consume(&link.input, used)
        self.touch(index)

    cdef int read(self, Link* link, uint32_t size) noexcept nogil:
        """The next `size` bytes of input as `message`. 0, or -1: they are none."""
        return parse(&self.message, link.input.data + link.input.start, size)

    cdef void on_message(self, uint32_t index, int64_t now_ns) noexcept nogil:
        cdef Link* link = &self.links[index]
        if link.session == NONE16 and not self.identify(index, now_ns):
            return
        self.hand_on(index, now_ns)
        while session_early(&self.roster.sessions[link.session], &self.message):
            if link.wants_close or link.wants_close_now:
                break
            self.hand_on(index, now_ns)

    cdef void hand_on(self, uint32_t index, int64_t now_ns) noexcept nogil:
        cdef Link* link = &self.links[index]
        cdef uint16_t session = link.session
        cdef Verdict verdict
        cdef int result = session_on_message(
            &self.roster.sessions[session], &self.message, now_ns, &link.output, &verdict
        )
        self.settle(session)
        if result == SESSION_APPLICATION:
            self.on_application(session, now_ns)
        elif result == SESSION_UNSUPPORTED:
            self.refuse(
                session, BUSINESS_UNSUPPORTED_MSG_TYPE, b"message type not supported", now_ns
            )
        self.follow(index, result, now_ns)

    cdef void follow(self, uint32_t index, int result, int64_t now_ns) noexcept nogil:
        cdef Link* link = &self.links[index]
        if result == SESSION_LOGGED_ON:
            if self.logged_on_count == 0:
                self.pump_due_ns = now_ns
            self.logged_on_count += 1
            self.access.succeeded(index, now_ns)
            self.roster.seats[link.session].is_fresh = 1
            if self.copies.is_copy(link.session):
                self.copies.begin(link.session, &self.message, now_ns)
        elif result == SESSION_CLOSE:
            link.wants_close = 1
        elif result == SESSION_CLOSE_NOW:
            link.wants_close_now = 1
        self.wake_by(self.roster.sessions[link.session].deadline_ns)

    cdef bint starts_anew(self) noexcept nogil:
        """Does the Logon in `message` begin at 1?"""
        return is_yes(&self.message, 141) or self.message.msg_seq_num == 1

    cdef bint identify(self, uint32_t index, int64_t now_ns) noexcept nogil:
        """The first message of a link must be the Logon of a session that is free."""
        cdef Link* link = &self.links[index]
        cdef Seat* seat
        cdef const char* begin_string
        cdef const char* theirs
        cdef const char* ours
        cdef const char* why = NULL
        cdef uint32_t begin_size, their_size, our_size
        cdef uint16_t session = NONE16
        if not self.message.is_cut and logon_identity(
            &self.message, &begin_string, &begin_size, &theirs, &their_size, &ours, &our_size,
        ):
            session = self.roster.find(
                begin_string, begin_size, theirs, their_size, ours, our_size
            )
        if session == NONE16 or not self.access.may_be(index, self.roster.seats[session].client):
            self.turn_away(index, now_ns)
            return False
        seat = &self.roster.seats[session]
        if self.access.must_check(index, session, seat.client):
            self.ask_credentials(index, session, now_ns)
            return False
        if seat.link != <uint32_t> NONE32:
            why = b"already logged on"
        elif not self.starts_anew():
            why = b"numbers start at 1 here: log on with ResetSeqNumFlag(141)=Y"
        if why != NULL:
            self.refuse_logon(index, session, why, STATUS_NONE, now_ns)
            return False
        link.session = session
        link.input.limit = self.message_size_max
        seat.link = index
        seat.output = &link.output
        seat.has_overflowed = 0
        seat.is_fresh = 0
        session_connected(&self.roster.sessions[session], now_ns, &link.output)
        self.settle(session)
        return True

    cdef void ask_credentials(
        self, uint32_t index, uint16_t session, int64_t now_ns
    ) noexcept nogil:
        """Have the edge look at `message`, which stays in the link's input. The session is nobody's
        meanwhile: a stranger's Logon never stands in its owner's way."""
        cdef Link* link = &self.links[index]
        if self.enquiries is None or self.enquiries.ask(
            KIND_CREDENTIALS, &self.message, 0, None, session, index, link.generation, now_ns
        ) != ASK_TAKEN:
            self.refuse_logon(
                index, session, b"logon cannot be checked now: try later", STATUS_NOT_NOW, now_ns
            )
        else:
            link.is_waiting = 1

    cdef void on_answer(self, const Answer* answer, int64_t now_ns) noexcept nogil:
        if not self.halted and answer.flags & ANSWER_VERDICT:
            self.judge(answer, now_ns)

    cdef void judge(self, const Answer* answer, int64_t now_ns) noexcept nogil:
        """What the edge says of a Logon's credentials; a link that is gone hears nothing of it."""
        cdef uint64_t index = answer.msg_seq_num
        cdef Link* link
        if index >= self.link_count or answer.session >= self.roster.capacity:
            return
        link = &self.links[index]
        if link.generation != answer.generation or not link.is_waiting:
            return
        link.is_waiting = 0
        if answer.flags & ANSWER_PASSED:
            self.access.passed(<uint32_t> index, answer.session)
            self.on_data(<uint32_t> index, now_ns)
        else:
            self.access.failed(<uint32_t> index, now_ns)
            self.refuse_logon(
                <uint32_t> index, answer.session, b"logon refused", STATUS_WRONG_PASSWORD, now_ns
            )
            self.touch(<uint32_t> index)

    cdef void refuse_logon(
        self, uint32_t index, uint16_t session, const char* why, uint8_t status, int64_t now_ns
    ) noexcept nogil:
        """A Logout that tells nothing of the session, not even its numbers."""
        cdef Session* refused = &self.roster.sessions[session]
        cdef uint64_t number = refused.next_out
        refused.next_out = 1
        session_refuse(refused, why, status, now_ns, &self.links[index].output)
        refused.next_out = number
        self.links[index].wants_close = 1

    cdef void settle(self, uint16_t session) noexcept nogil:
        """Nothing of a session here outlives it, so nobody is told of its counters."""
        self.roster.sessions[session].is_dirty = 0
        self.roster.sessions[session].was_reset = 0

    cdef void on_application(self, uint16_t session, int64_t now_ns) noexcept nogil:
        # The dictionary takes in MarketDataRequest(V) and nothing else.
        if self.copies.is_copy(session):
            self.refuse(
                session, BUSINESS_NOT_AUTHORIZED, b"a drop copy is told reports only", now_ns
            )
        else:
            self.market.on_request(session, &self.message, now_ns)

    cdef void refuse(
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

    cdef void on_disconnect(self, uint32_t index, int64_t now_ns) noexcept nogil:
        cdef Link* link = &self.links[index]
        cdef Seat* seat
        if link.session != NONE16:
            seat = &self.roster.seats[link.session]
            self.market.forget(link.session)
            if self.copies.is_copy(link.session):
                self.copies.end(link.session)
            if seat.is_fresh:
                self.logged_on_count -= 1
            seat.is_fresh = 0
            seat.link = <uint32_t> NONE32
            seat.output = NULL
            session_disconnected(&self.roster.sessions[link.session], now_ns)
            self.settle(link.session)
        self.access.closed(index)
        self.free_slot(index)

    # --- sending -----------------------------------------------------------------------------

    cdef int end_turn(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        cdef Link* link
        if self.halted:
            return -1
        if now_ns >= self.pump_due_ns and self.pump(now_ns) < 0:
            self.halted = 1
            return -1
        for i in range(self.touched_count):
            link = &self.links[self.touched[i]]
            link.released = link.output.end - link.output.start
            if link.session != NONE16 and self.roster.seats[link.session].has_overflowed:
                link.wants_close_now = 1
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
        cdef uint32_t i, open_count = 0
        cdef Link* link
        if self.pump(now_ns) < 0:       # the last reports go out before the goodbye
            self.halted = 1
        for i in range(self.link_count):
            link = &self.links[i]
            if link.kind == LINK_FREE:
                continue
            open_count += 1
            self.touch(i)
            if link.session == NONE16:
                link.wants_close_now = 1
            else:
                session_logout(
                    &self.roster.sessions[link.session], b"node stops", now_ns, &link.output
                )
                self.wake_by(self.roster.sessions[link.session].deadline_ns)
        return open_count

    # --- time --------------------------------------------------------------------------------

    cdef void on_time(self, int64_t now_ns) noexcept nogil:
        if self.next_deadline != 0 and self.next_deadline <= now_ns:
            self.visit_links(now_ns)

    cdef void visit_links(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        cdef Link* link
        cdef Session* session
        cdef int result
        self.next_deadline = 0
        for i in range(self.link_count):
            link = &self.links[i]
            if link.kind == LINK_FREE:
                continue
            if link.session == NONE16:
                if now_ns >= link.opened_ns + self.logon_timeout_ns:
                    link.wants_close_now = 1
                    self.touch(i)
                else:
                    self.wake_by(link.opened_ns + self.logon_timeout_ns)
                continue
            session = &self.roster.sessions[link.session]
            if 0 < session.deadline_ns <= now_ns:
                result = session_on_time(session, now_ns, &link.output)
                self.settle(link.session)
                self.follow(i, result, now_ns)
                self.touch(i)
            self.wake_by(session.deadline_ns)

    cdef int64_t deadline(self) noexcept nogil:
        # 1 = at once: 0 would mean never.
        cdef int64_t pump_due = max(self.pump_due_ns, <int64_t> 1)
        if 0 < self.next_deadline < pump_due:
            return self.next_deadline
        return pump_due

    cdef void wake_by(self, int64_t time_ns) noexcept nogil:
        if time_ns > 0 and (self.next_deadline == 0 or time_ns < self.next_deadline):
            self.next_deadline = time_ns
