"""Links in, links out: framing, the Logon and its credentials, the sessions' clock, the end.

A link is nobody's until its Logon named a session that is free and, where its owner wants that, the
edge has looked at the credentials.
"""

cimport cython

from internaliser.fix.buffer cimport buffer_consume
from internaliser.fix.codec cimport (
    FRAME_GARBLED, FRAME_OVERSIZE, FRAME_PARTIAL, Message, frame, parse,
)
from internaliser.fix.dictionary cimport Verdict
from internaliser.fix.habit cimport Habit, parse_usual
from internaliser.fix.session cimport (
    SESSION_APPLICATION, SESSION_CLOSE, SESSION_CLOSE_NOW, SESSION_LOGGED_ON, SESSION_UNSUPPORTED,
    Session, logon_identity, session_connected, session_disconnected, session_early,
    session_logout, session_on_message, session_on_time, session_refuse,
)
from internaliser.fix.version cimport STATUS_NONE, STATUS_NOT_NOW, STATUS_WRONG_PASSWORD
from internaliser.gateway.access cimport Origin, origin_from
from internaliser.gateway.enquiries cimport ANSWER_PASSED, ASK_TAKEN, is_answer
from internaliser.gateway.links cimport LINK_CLIENT, LINK_FREE, LINK_SOURCE
from internaliser.gateway.roster cimport Seat
from internaliser.model.memory cimport prefetch, prefetch_all
from internaliser.model.record cimport KIND_CREDENTIALS

cdef enum:
    LOGOUT = 53                 # MsgType(35) '5'
    ORDER_FIELDS = 20           # of an order, as most peers write it


cdef inline bint is_order(const Message* message) noexcept nogil:
    """One about a single order: D, F, G, H."""
    cdef char letter = message.msg_type[0]
    return b'D' <= letter <= b'H' and letter != b'E' and message.msg_type[1] == 0


cdef void catch_up_of(void* entrance) noexcept nogil:
    (<Entrance> entrance).catch_up()


cdef class Entrance:
    """The links of one door and the sessions of its roster."""

    cdef int open_entrance(
        self, Roster roster, Access access, Enquiries enquiries, uint32_t connections_max,
        uint64_t message_size_max, uint64_t logon_size_max, uint64_t output_max,
        int64_t logon_timeout_ns,
    ) except -1:
        self.access = Access(connections_max) if access is None else access
        if self.access.link_count != connections_max:
            raise ValueError(f"access is for {self.access.link_count} links")
        self.roster = roster
        self.enquiries = enquiries
        self.message_size_max = message_size_max
        self.logon_size_max = min(logon_size_max, message_size_max)
        self.output_max = output_max
        self.logon_timeout_ns = logon_timeout_ns
        self.unsent.context = <void*> self
        self.unsent.send = catch_up_of
        self.timers = Timers(connections_max)
        return self.open_slots(connections_max)

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

    def answer(self, bytes record, int64_t now_ns) -> None:
        """An answer of the edge, given as its record."""
        cdef const Answer* answer = <const Answer*> <const char*> record
        if not is_answer(answer, len(record)):
            raise ValueError(f"not an answer: {len(record)} bytes")
        self.on_answer(answer, now_ns)

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

    cdef void expect(self, uint32_t index) noexcept nogil:
        """With many sessions what is known of each has left the caches: it comes back while the
        kernel works."""
        cdef Link* link = &self.links[index]
        cdef const Session* session
        prefetch(link.input.data + link.input.end)
        prefetch(link.output.data + link.output.end)
        if link.session == NONE16:
            return
        session = &self.roster.sessions[link.session]
        prefetch_all(session, &session.habits[0].fields[ORDER_FIELDS])
        prefetch_all(session.begin_part, session + 1)
        prefetch(&self.roster.seats[link.session])
        prefetch(&self.roster.early[link.session])
        prefetch(&self.roster.sent.sessions[link.session])

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
        self.catch_up()
        self.touch(index)

    @cython.final
    cdef int read(self, Link* link, uint32_t size) noexcept nogil:
        """The next `size` bytes of input as `message`. 0, or -1: they are none."""
        cdef const char* raw = link.input.data + link.input.start
        cdef Habit* habits = NULL
        if link.session != NONE16:
            habits = self.roster.sessions[link.session].habits
        if parse_usual(&self.message, raw, size, habits) != 0:
            if parse(&self.message, raw, size) != 0:
                return -1
        return 0

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
        """`message` to the session of its link, and what comes of it."""
        cdef Link* link = &self.links[index]
        cdef Session* session = &self.roster.sessions[link.session]
        cdef Verdict verdict
        cdef int result
        if not is_order(&self.message):
            self.catch_up()
        session.unsent = self.unsent
        result = session_on_message(session, &self.message, now_ns, &link.output, &verdict)
        session.unsent.send = NULL
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
        if result == SESSION_LOGGED_ON:
            self.access.succeeded(index, now_ns)
            self.welcome(link.session, now_ns)
        elif result == SESSION_CLOSE:
            link.wants_close = 1
            self.roster.seats[link.session].has_logged_out = self.message.msg_type[0] == LOGOUT
        elif result == SESSION_CLOSE_NOW:
            link.wants_close_now = 1
        self.timers.by(index, self.roster.sessions[link.session].deadline_ns)

    @cython.final
    cdef void turn_away(self, uint32_t index, int64_t now_ns) noexcept nogil:
        """Before its Logon, without a word: nobody we know speaks like this."""
        self.links[index].wants_close_now = 1
        self.access.failed(index, now_ns)

    @cython.final
    cdef uint16_t named(self) noexcept nogil:
        """The session whose Logon `message` is, NONE16 if it is none."""
        cdef const char* begin_string
        cdef const char* theirs
        cdef const char* ours
        cdef uint32_t begin_size, their_size, our_size
        if self.message.is_cut or not logon_identity(
            &self.message, &begin_string, &begin_size, &theirs, &their_size, &ours, &our_size,
        ):
            return NONE16
        return self.roster.find(begin_string, begin_size, theirs, their_size, ours, our_size)

    @cython.final
    cdef bint identify(self, uint32_t index, int64_t now_ns) noexcept nogil:
        """The first message of an accepted link must be the Logon of a session that is free."""
        cdef Link* link = &self.links[index]
        cdef uint16_t session = self.named()
        cdef const Seat* seat
        cdef const char* why
        if session == NONE16 or not self.access.may_be(index, self.roster.seats[session].client):
            self.turn_away(index, now_ns)
            return False
        seat = &self.roster.seats[session]
        if self.access.must_check(index, session, seat.client):
            self.ask_credentials(index, session, now_ns)
            return False
        if seat.link != NONE32:
            session_refuse(
                &self.roster.sessions[session], b"already logged on", STATUS_NONE, now_ns,
                &link.output,
            )
            link.wants_close = 1
            return False
        why = self.why_not(session)
        if why != NULL:
            self.refuse_logon(index, session, why, STATUS_NONE, now_ns)
            return False
        self.attach(index, session, now_ns)
        return True

    @cython.final
    cdef void ask_credentials(
        self, uint32_t index, uint16_t session, int64_t now_ns,
    ) noexcept nogil:
        """Have the edge look at `message`. The session is nobody's meanwhile: a stranger's Logon
        never stands in its owner's way."""
        cdef Link* link = &self.links[index]
        if self.enquiries is None or self.enquiries.ask(
            KIND_CREDENTIALS, &self.message, 0, None, session, index, link.generation, now_ns,
        ) != ASK_TAKEN:
            self.refuse_logon(
                index, session, b"logon cannot be checked now: try later", STATUS_NOT_NOW, now_ns
            )
        else:
            link.is_waiting = 1

    @cython.final
    cdef void judge(self, const Answer* answer, int64_t now_ns) noexcept nogil:
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

    @cython.final
    cdef void refuse_logon(
        self, uint32_t index, uint16_t session, const char* reason, uint8_t status, int64_t now_ns
    ) noexcept nogil:
        """A Logout that tells nothing of the session, not even its numbers."""
        cdef Session* refused = &self.roster.sessions[session]
        cdef uint64_t number = refused.next_out
        refused.next_out = 1
        session_refuse(refused, reason, status, now_ns, &self.links[index].output)
        refused.next_out = number
        self.links[index].wants_close = 1

    @cython.final
    cdef void count_wrong(self, uint32_t index, int64_t now_ns) noexcept nogil:
        cdef uint16_t session = self.links[index].session
        self.access.failed(index, now_ns)
        if not self.access.is_blocked(index, now_ns):
            return
        session_logout(
            &self.roster.sessions[session], b"too many wrong passwords", now_ns,
            &self.links[index].output,
        )
        self.settle(session, now_ns)
        self.timers.by(index, self.roster.sessions[session].deadline_ns)
        self.touch(index)

    @cython.final
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
        self.settle(session, now_ns)
        self.timers.by(index, self.roster.sessions[session].deadline_ns)

    @cython.final
    cdef void settle(self, uint16_t session, int64_t now_ns) noexcept nogil:
        if self.roster.settle(session, now_ns) < 0:
            self.halted = 1

    cdef void on_disconnect(self, uint32_t index, int64_t now_ns) noexcept nogil:
        cdef uint16_t session = self.links[index].session
        cdef Seat* seat
        if session != NONE16:
            seat = &self.roster.seats[session]
            seat.link = NONE32
            seat.output = NULL
            session_disconnected(&self.roster.sessions[session], now_ns)
            self.settle(session, now_ns)
            self.left(session, now_ns)
        self.access.closed(index)
        self.free_slot(index)

    # --- sending -----------------------------------------------------------------------------

    @cython.final
    cdef void release(self) noexcept nogil:
        cdef uint32_t i
        cdef Link* link
        for i in range(self.touched_count):
            link = &self.links[self.touched[i]]
            link.released = link.output.end - link.output.start
            if link.session != NONE16 and self.roster.seats[link.session].has_overflowed:
                link.wants_close_now = 1

    cdef uint32_t close_sessions(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t i, open_count = 0
        cdef Link* link
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
                self.settle(link.session, now_ns)
                self.timers.by(i, self.roster.sessions[link.session].deadline_ns)
        return open_count

    # --- time --------------------------------------------------------------------------------

    @cython.final
    cdef void visit_links(self, int64_t now_ns) noexcept nogil:
        cdef uint32_t i, index
        cdef Link* link
        cdef Session* session
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
            session = &self.roster.sessions[link.session]
            if 0 < session.deadline_ns <= now_ns:
                result = session_on_time(session, now_ns, &link.output)
                self.settle(link.session, now_ns)
                self.follow(index, result, now_ns)
                self.touch(index)
            else:
                self.timers.by(index, session.deadline_ns)

    # --- for those who inherit ---------------------------------------------------------------

    cdef const char* why_not(self, uint16_t session) noexcept nogil:
        return NULL

    cdef void welcome(self, uint16_t session, int64_t now_ns) noexcept nogil:
        pass

    cdef void on_application(self, uint16_t session, int64_t now_ns) noexcept nogil:
        pass

    cdef void catch_up(self) noexcept nogil:
        pass

    cdef void refuse(self, uint16_t session, int64_t now_ns) noexcept nogil:
        pass

    cdef void left(self, uint16_t session, int64_t now_ns) noexcept nogil:
        pass
