"""The door of the core thread: links in, links out, one turn at a time.

A turn: the reactor appends received bytes to `links[n].input` and calls `on_data`; commands and
timers come the same way; `end_turn` journals and releases. Nothing in a link's output may leave
before that.
"""

cimport cython

from libc.string cimport memcpy, memmove, memset

from internaliser.core.core cimport Core
from internaliser.fix.buffer cimport buffer_consume
from internaliser.fix.codec cimport (
    FRAME_GARBLED, FRAME_OVERSIZE, FRAME_PARTIAL, frame, parse,
)
from internaliser.fix.dictionary cimport Verdict
from internaliser.fix.habit cimport Habit, parse_usual
from internaliser.fix.session cimport (
    SESSION_ACTIVE, SESSION_APPLICATION, SESSION_CLOSE, SESSION_CLOSE_NOW, SESSION_LOGGED_ON,
    SESSION_UNSUPPORTED, Session, logon_identity, session_connected,
    session_disconnected, session_early, session_logout, session_on_message, session_on_time,
    session_refuse,
)
from internaliser.fix.version cimport STATUS_NONE, STATUS_NOT_NOW, STATUS_WRONG_PASSWORD
from internaliser.gateway.absence cimport cancels_of
from internaliser.gateway.access cimport Access, Origin, origin_from
from internaliser.gateway.enquiries cimport (
    ANSWER_HOURS, ANSWER_PASSED, ANSWER_VERDICT, ANSWER_WRONG, ASK_TAKEN, deliver, is_answer,
    why_not_asked,
)
from internaliser.gateway.links cimport LINK_CLIENT, LINK_FREE, LINK_SOURCE, Links
from internaliser.gateway.orders cimport DECODE_BUSINESS_REJECT, DECODE_COLD, DECODED, decode_order
from internaliser.gateway.roster cimport Roster, Seat
from internaliser.gateway.sources cimport decode_source
from internaliser.gateway.steps cimport Steps
from internaliser.gateway.throttle cimport Throttle
from internaliser.journal.writer cimport JournalWriter
from internaliser.model.command cimport (
    COMMAND_HEAD, SOURCE_DOWN, SOURCE_UP, TIMER_GRACE_OVER, TIMER_JOB,
)
from internaliser.model.record cimport KIND_CREDENTIALS, KIND_QUESTION, OUT_COLD

cdef enum:
    LOGOUT = 53                 # MsgType(35) '5'

cdef int64_t COUNTERS_DELAY_NS = 1_000_000_000  # so late is a heartbeat alone journalled


cdef inline int64_t sooner(int64_t one_ns, int64_t other_ns) noexcept nogil:
    """The earlier of two times of which 0 means never."""
    if one_ns == 0 or other_ns == 0:
        return one_ns + other_ns
    return min(one_ns, other_ns)


cdef class Door:
    """Sessions, gateway, core and journal joined, sans-I/O, for `connections_max` links."""

    def __cinit__(
        self, Core core, Roster roster, Steps steps, JournalWriter journal, *,
        Access access=None, uint32_t connections_max=1024, uint64_t message_size_max=1 << 20,
        uint64_t logon_size_max=1 << 16,
        uint64_t output_max=32 << 20, int64_t logon_timeout_ns=10_000_000_000,
        Enquiries enquiries=None,
    ):
        self.core = core
        self.roster = roster
        self.steps = steps
        self.journal = journal
        self.access = Access(connections_max) if access is None else access
        if self.access.link_count != connections_max:
            raise ValueError(f"access is for {self.access.link_count} links")
        self.enquiries = enquiries
        self.message_size_max = message_size_max
        self.logon_size_max = min(logon_size_max, message_size_max)
        self.output_max = output_max
        self.logon_timeout_ns = logon_timeout_ns
        self.throttle = Throttle(roster.capacity)
        self.open_slots(connections_max)
        self.timers = Timers(connections_max)
        self.hours = Hours()

    # --- for Python: start-up, tests, tools --------------------------------------------------

    def connect(self, int64_t now_ns, session=None, *, address=None, certified=None) -> int:
        """A link came up; with a session number it is one of ours to a source.

        `address` (16 bytes) and `certified` (a bit per client its certificate names) as Access
        takes them; without an address no limit on addresses counts.
        """
        cdef Origin origin
        if address is None:
            return Links.connect(self, now_ns, session)
        origin_from(&origin, address, certified)
        link = self.on_accept(&origin, now_ns)
        if link == NONE32:
            raise ConnectionRefusedError("the address is blocked, or connections are used up")
        return link

    def apply(self, bytes command, int64_t now_ns) -> bytes:
        """One command from start-up or the operator, given as its record. Its events' records."""
        if not COMMAND_HEAD <= len(command) <= sizeof(Command):
            raise ValueError(f"a command has {COMMAND_HEAD} to {sizeof(Command)} bytes, "
                             f"not {len(command)}")
        memset(&self.command, 0, sizeof(Command))
        memcpy(&self.command, <const char*> command, len(command))
        self.on_command(&self.command, now_ns)
        return (<char*> self.core.events.data)[:self.core.events.used]

    def answer(self, bytes record, int64_t now_ns) -> None:
        """An answer of the edge, given as its record."""
        cdef const Answer* answer = <const Answer*> <const char*> record
        if not is_answer(answer, len(record)):
            raise ValueError(f"not an answer: {len(record)} bytes")
        self.on_answer(answer, now_ns)

    def presence(self, uint16_t session) -> tuple[int, int]:
        """The generation of the link a session is logged on by (0 = none), bytes it has not read.

        A glance from another thread: each is what it was a moment ago.
        """
        if session >= self.roster.capacity:
            raise IndexError(f"there are {self.roster.capacity} sessions, asked for {session}")
        cdef uint32_t index = self.roster.seats[session].link
        cdef Link* link
        if index >= self.link_count or self.roster.sessions[session].state != SESSION_ACTIVE:
            return 0, 0
        link = &self.links[index]
        return link.generation, max(<int64_t> (link.output.end - link.output.start), 0)

    # --- receiving ---------------------------------------------------------------------------

    cdef uint32_t on_connect(self, uint8_t kind, uint16_t session, int64_t now_ns) noexcept nogil:
        cdef uint32_t index = self.take_slot(kind, now_ns)
        if index == NONE32:
            return NONE32
        if kind == LINK_CLIENT:
            self.links[index].input.limit = self.logon_size_max
        self.timers.by(index, now_ns + self.logon_timeout_ns)
        if kind == LINK_SOURCE:
            self.attach(index, session, now_ns)
            self.touch(index)
        return index

    cdef uint32_t on_accept(self, const Origin* origin, int64_t now_ns) noexcept nogil:
        cdef uint32_t index
        if not self.access.admits(origin, now_ns):
            return NONE32
        index = self.on_connect(LINK_CLIENT, NONE16, now_ns)
        if index != NONE32:
            self.access.opened(index, origin)
        return index

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

    @cython.final
    cdef int read(self, Link* link, uint32_t size) noexcept nogil:
        """The next `size` bytes of input as `self.message`. 0, or -1: they are no message."""
        cdef const char* raw = link.input.data + link.input.start
        cdef Habit* habits = NULL
        if link.session != NONE16:
            habits = self.roster.sessions[link.session].habits
        if parse_usual(&self.message, raw, size, habits) == 0:
            return 0
        return parse(&self.message, raw, size)

    @cython.final
    cdef void on_message(self, uint32_t index, int64_t now_ns) noexcept nogil:
        cdef Link* link = &self.links[index]
        cdef Session* session
        if link.session == NONE16 and not self.identify(index, now_ns):
            return
        session = &self.roster.sessions[link.session]
        self.hand_on(index, now_ns)
        while session.early.end > session.early.start:
            if link.wants_close or link.wants_close_now or self.halted:
                break
            if not session_early(session, &self.message):
                break
            self.hand_on(index, now_ns)

    @cython.final
    cdef void hand_on(self, uint32_t index, int64_t now_ns) noexcept nogil:
        """`self.message` to the session of its link, and what comes of it."""
        cdef Link* link = &self.links[index]
        cdef Session* session = &self.roster.sessions[link.session]
        cdef Verdict verdict
        cdef int result
        result = session_on_message(session, &self.message, now_ns, &link.output, &verdict)
        if self.roster.settle(link.session, now_ns) < 0:
            self.halted = 1
        elif result == SESSION_APPLICATION:
            self.on_application(link.session, now_ns)
        elif result == SESSION_UNSUPPORTED:
            self.refuse(link.session, now_ns)
        self.follow(index, result, now_ns)

    @cython.final
    cdef void follow(self, uint32_t index, int result, int64_t now_ns) noexcept nogil:
        """What a session's answer means for its link."""
        cdef Link* link = &self.links[index]
        cdef Seat* seat = &self.roster.seats[link.session]
        if result == SESSION_LOGGED_ON and seat.source != NONE16:
            self.source_state(seat.source, SOURCE_UP, now_ns)
            self.subscribe(link.session, now_ns)
        elif result == SESSION_LOGGED_ON:
            self.access.succeeded(index, now_ns)
            self.link_up(link.session, now_ns)
        elif result == SESSION_CLOSE:
            link.wants_close = 1
            seat.has_logged_out = self.message.msg_type[0] == LOGOUT
        elif result == SESSION_CLOSE_NOW:
            link.wants_close_now = 1
        self.timers.by(index, self.roster.sessions[link.session].deadline_ns)

    cdef void turn_away(self, uint32_t index, int64_t now_ns) noexcept nogil:
        """Before its Logon, without a word: nobody we know speaks like this."""
        self.links[index].wants_close_now = 1
        self.access.failed(index, now_ns)

    cdef bint identify(self, uint32_t index, int64_t now_ns) noexcept nogil:
        """The first message of an accepted link must be the Logon of a session that is free."""
        cdef Link* link = &self.links[index]
        cdef const char* begin_string
        cdef const char* theirs
        cdef const char* ours
        cdef uint32_t begin_size, their_size, our_size
        cdef uint16_t session
        if self.message.is_cut or not logon_identity(
            &self.message, &begin_string, &begin_size, &theirs, &their_size, &ours, &our_size,
        ):
            self.turn_away(index, now_ns)
            return False
        session = self.roster.find(begin_string, begin_size, theirs, their_size, ours, our_size)
        if session == NONE16 or not self.access.may_be(index, self.roster.seats[session].client):
            self.turn_away(index, now_ns)
            return False
        if self.access.must_check(index, session, self.roster.seats[session].client):
            self.ask_credentials(index, session, now_ns)
            return False
        if self.roster.seats[session].link != NONE32:
            session_refuse(
                &self.roster.sessions[session], b"already logged on", STATUS_NONE, now_ns,
                &link.output,
            )
            link.wants_close = 1
            return False
        self.attach(index, session, now_ns)
        self.roster.seats[session].cancels = cancels_of(
            &self.message, self.roster.seats[session].cancels_configured
        )
        return True

    cdef void ask_credentials(
        self, uint32_t index, uint16_t session, int64_t now_ns,
    ) noexcept nogil:
        """Have the edge look at `self.message`. The session is nobody's meanwhile: a stranger's
        Logon never stands in its owner's way."""
        cdef Link* link = &self.links[index]
        if self.enquiries is None or self.enquiries.ask(
            KIND_CREDENTIALS, &self.message, self.core.seq, self.journal, session, index,
            link.generation, now_ns,
        ) != ASK_TAKEN:
            self.refuse_logon(
                index, session, b"logon cannot be checked now: try later", STATUS_NOT_NOW, now_ns
            )
        else:
            link.is_waiting = 1

    cdef void judge(self, const Answer* answer, int64_t now_ns) noexcept nogil:
        """What the edge says of a Logon's credentials; a link that is gone hears nothing of it."""
        cdef uint64_t index = answer.msg_seq_num
        cdef Link* link
        if index >= self.link_count:
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
        self, uint32_t index, uint16_t session, const char* reason, uint8_t status, int64_t now_ns,
    ) noexcept nogil:
        """A Logout that tells nothing of the session, not even its numbers."""
        cdef Session* refused = &self.roster.sessions[session]
        cdef uint64_t number = refused.next_out
        refused.next_out = 1
        session_refuse(refused, reason, status, now_ns, &self.links[index].output)
        refused.next_out = number
        self.links[index].wants_close = 1

    cdef void attach(self, uint32_t index, uint16_t session, int64_t now_ns) noexcept nogil:
        cdef Link* link = &self.links[index]
        cdef Seat* seat = &self.roster.seats[session]
        assert seat.link == NONE32
        link.session = session
        link.input.limit = self.message_size_max
        seat.link = index
        seat.output = &link.output
        seat.has_overflowed = 0
        seat.has_logged_out = 0
        session_connected(&self.roster.sessions[session], now_ns, &link.output)
        if self.roster.settle(session, now_ns) < 0:
            self.halted = 1
        self.timers.by(index, self.roster.sessions[session].deadline_ns)

    @cython.final
    cdef void on_application(self, uint16_t session, int64_t now_ns) noexcept nogil:
        cdef Seat* seat = &self.roster.seats[session]
        cdef int result
        self.command.session = session
        self.command.client = seat.client
        self.command.msg_seq_num = self.message.msg_seq_num
        self.steps.body.used = 0
        self.steps.body.overflowed = 0
        if seat.source != NONE16:
            result = decode_source(
                self.core, self.steps.books, seat.source, &self.message, &self.command
            )
            while result:
                self.take(now_ns)
                result = self.steps.books.next_view(&self.command)
            return
        result = decode_order(self.core, &self.message, &self.command, &self.steps.body)
        if result == DECODED:
            if not self.throttle.is_on or self.is_admitted(session, now_ns):
                self.take(now_ns)
        elif result == DECODE_BUSINESS_REJECT:
            self.send_cold(session, b"j", OUT_COLD, now_ns)
        elif result == DECODE_COLD:
            self.ask_edge(session, now_ns)

    cdef void ask_edge(self, uint16_t session, int64_t now_ns) noexcept nogil:
        """`self.message` whole to the edge, or refused at once: nothing waits for the edge."""
        cdef uint32_t link = self.roster.seats[session].link
        cdef bint has_throttle = self.roster.sessions[session].begin_string[3] == b"T"
        cdef uint8_t reason = 0
        cdef const char* text
        cdef int result
        if self.enquiries is None:
            self.refuse(session, now_ns)
            return
        result = self.enquiries.ask(
            KIND_QUESTION, &self.message, self.core.seq, self.journal, session, link,
            0 if link == NONE32 else self.links[link].generation, now_ns,
        )
        if result != ASK_TAKEN:
            text = why_not_asked(result, has_throttle, &reason)
            self.refuse_with(session, reason, text, now_ns)

    cdef void on_answer(self, const Answer* answer, int64_t now_ns) noexcept nogil:
        cdef uint32_t link
        if self.halted or answer.session >= self.roster.capacity:
            return
        if answer.flags & ANSWER_VERDICT:
            self.judge(answer, now_ns)
            return
        if answer.flags & ANSWER_HOURS:
            if self.hours.keep(self.roster, self.timers, answer, now_ns) < 0:
                self.halted = 1
            return
        link = self.roster.seats[answer.session].link
        if deliver(
            self.roster, self.enquiries, answer,
            0 if link == NONE32 else self.links[link].generation, self.core.seq, now_ns,
        ) < 0:
            self.halted = 1
        elif answer.flags & ANSWER_WRONG and link != NONE32:
            self.count_wrong(link, now_ns)

    cdef void count_wrong(self, uint32_t index, int64_t now_ns) noexcept nogil:
        """A wrong password inside a session counts as one of a Logon; too many end the session."""
        cdef Session* session = &self.roster.sessions[self.links[index].session]
        self.access.failed(index, now_ns)
        if not self.access.is_blocked(index, now_ns):
            return
        session_logout(session, b"too many wrong passwords", now_ns, &self.links[index].output)
        if self.roster.settle(session.index, now_ns) < 0:
            self.halted = 1
        self.timers.by(index, session.deadline_ns)
        self.touch(index)

    cdef void on_disconnect(self, uint32_t index, int64_t now_ns) noexcept nogil:
        cdef Link* link = &self.links[index]
        cdef Seat* seat
        if link.session != NONE16:
            seat = &self.roster.seats[link.session]
            seat.link = NONE32
            seat.output = NULL
            session_disconnected(&self.roster.sessions[link.session], now_ns)
            if self.roster.settle(link.session, now_ns) < 0:
                self.halted = 1
            if seat.source != NONE16:
                self.steps.books.forget(seat.source)
                self.source_state(seat.source, SOURCE_DOWN, now_ns)
            else:
                self.link_down(link.session, now_ns)
        self.access.closed(index)
        self.free_slot(index)

    cdef void on_command(self, Command* command, int64_t now_ns) noexcept nogil:
        if self.halted:
            return
        if self.steps.take(command, now_ns) < 0:
            self.halted = 1
        elif self.steps.has_more:
            if self.repeat_count == REPEATS_MAX:
                self.repeat(now_ns)
            self.repeats[self.repeat_count] = command[0]
            self.repeat_count += 1
            self.wake_by(now_ns)

    cdef void repeat(self, int64_t now_ns) noexcept nogil:
        """One more chunk of the oldest command with work left; all of it when no more can wait."""
        cdef bint is_full = self.repeat_count == REPEATS_MAX
        while not self.halted:
            if self.steps.take(&self.repeats[0], now_ns) < 0:
                self.halted = 1
            if not (self.steps.has_more and is_full):
                break
        if not self.steps.has_more:
            self.repeat_count -= 1
            memmove(&self.repeats[0], &self.repeats[1], self.repeat_count * sizeof(Command))
        if self.repeat_count > 0:
            self.wake_by(now_ns)

    # --- sending -----------------------------------------------------------------------------

    cdef int end_turn(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t i
        cdef Link* link
        cdef bint must_write = self.steps.record_count > 0 or self.roster.sent_count > 0
        if self.halted:
            return -1
        self.touch_reported()
        if self.roster.late_count > 0 and not must_write:
            must_write = self.has_output() or 0 < self.counters_due <= now_ns
            if not must_write and self.counters_due == 0:
                self.counters_due = now_ns + COUNTERS_DELAY_NS
                self.wake_by(self.counters_due)
        if must_write:
            self.counters_due = 0
            if (
                self.roster.journal_counters(now_ns) < 0
                or self.journal.commit(now_ns, self.steps.child_count > 0) < 0
            ):
                self.halted = 1
                return -1
            self.steps.child_count = 0
            self.steps.record_count = 0
            if self.steps.requests is not None:
                self.steps.requests.release()
        for i in range(self.touched_count):
            link = &self.links[self.touched[i]]
            link.released = link.output.end - link.output.start
            if link.session != NONE16 and self.roster.seats[link.session].has_overflowed:
                link.wants_close_now = 1
        return 0

    cdef void touch_reported(self) noexcept nogil:
        cdef uint32_t i
        cdef Seat* seat
        for i in range(self.roster.fresh_count):
            seat = &self.roster.seats[self.roster.fresh[i]]
            seat.is_fresh = 0
            if seat.link != NONE32:
                self.touch(seat.link)
        self.roster.fresh_count = 0

    cdef bint has_output(self) noexcept nogil:
        """Something unreleased waits on a touched link: its number must be journalled first."""
        cdef uint32_t i
        cdef Link* link
        for i in range(self.touched_count):
            link = &self.links[self.touched[i]]
            if link.output.end - link.output.start > link.released:
                return True
        return False

    cdef uint32_t close_sessions(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t i, open_count = 0
        cdef Link* link
        while self.repeat_count > 0 and not self.halted:
            self.repeat(now_ns)
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
                if self.roster.settle(link.session, now_ns) < 0:
                    self.halted = 1
                self.timers.by(i, self.roster.sessions[link.session].deadline_ns)
        return open_count

    # --- time --------------------------------------------------------------------------------

    cdef void on_time(self, int64_t now_ns) noexcept nogil:
        cdef int64_t due = self.core.deadline()
        while due != 0 and due <= now_ns and self.core.due(now_ns, &self.command):
            self.take(now_ns)
            if self.command.action == TIMER_JOB or self.command.action == TIMER_GRACE_OVER:
                break               # one chunk a turn: sessions come in between
            due = self.core.deadline()
        if 0 < self.timers.first_ns() <= now_ns:
            self.visit_links(now_ns)
        if self.next_deadline != 0 and self.next_deadline <= now_ns:
            self.next_deadline = 0
            if self.counters_due != 0:
                self.wake_by(max(self.counters_due, now_ns + 1))
            if self.repeat_count > 0:
                self.repeat(now_ns)

    cdef void visit_links(self, int64_t now_ns) noexcept nogil:
        """Let the sessions that asked for it look at the time, and the others be."""
        cdef uint32_t i, index
        cdef Link* link
        cdef int result
        for i in range(self.timers.take(now_ns)):
            index = self.timers.taken[i]
            link = &self.links[index]
            if link.kind == LINK_FREE:
                continue
            if link.session == NONE16:
                if now_ns >= link.opened_ns + self.logon_timeout_ns:
                    link.wants_close_now = 1
                    self.touch(index)
                else:
                    self.timers.by(index, link.opened_ns + self.logon_timeout_ns)
                continue
            if 0 < self.roster.sessions[link.session].deadline_ns <= now_ns:
                result = session_on_time(&self.roster.sessions[link.session], now_ns, &link.output)
                if self.roster.settle(link.session, now_ns) < 0:
                    self.halted = 1
                self.follow(index, result, now_ns)
                self.touch(index)
            else:
                self.timers.by(index, self.roster.sessions[link.session].deadline_ns)

    cdef int64_t deadline(self) noexcept nogil:
        return sooner(sooner(self.core.deadline(), self.next_deadline), self.timers.first_ns())

    @cython.final
    cdef void wake_by(self, int64_t time_ns) noexcept nogil:
        if time_ns > 0 and (self.next_deadline == 0 or time_ns < self.next_deadline):
            self.next_deadline = time_ns
