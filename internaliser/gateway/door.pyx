"""The door of the core thread: links in, links out, one turn at a time.

A turn: the reactor appends received bytes to `links[n].input` and calls `on_data`; commands and
timers come the same way; `end_turn` journals and releases. Nothing in a link's output may leave
before that.
"""

cimport cython

from libc.string cimport memcpy, memmove, memset

from internaliser.core.core cimport Core
from internaliser.fix.session cimport SESSION_ACTIVE
from internaliser.gateway.absence cimport cancels_of
from internaliser.gateway.access cimport Access
from internaliser.gateway.enquiries cimport (
    ANSWER_HOURS, ANSWER_VERDICT, ANSWER_WRONG, ASK_TAKEN, deliver, why_not_asked,
)
from internaliser.gateway.entrance cimport Entrance
from internaliser.gateway.links cimport Link
from internaliser.gateway.orders cimport DECODE_BUSINESS_REJECT, DECODE_COLD, DECODED, decode_order
from internaliser.gateway.roster cimport Roster, Seat
from internaliser.gateway.sources cimport decode_source
from internaliser.gateway.steps cimport Steps
from internaliser.gateway.throttle cimport Throttle
from internaliser.journal.writer cimport JournalWriter
from internaliser.model.command cimport (
    COMMAND_HEAD, SOURCE_DOWN, SOURCE_UP, TIMER_GRACE_OVER, TIMER_JOB,
)
from internaliser.model.record cimport KIND_QUESTION, OUT_COLD

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
        self.steps = steps
        self.journal = journal
        self.throttle = Throttle(roster.capacity)
        self.hours = Hours()
        self.open_entrance(
            roster, access, enquiries, connections_max, message_size_max, logon_size_max,
            output_max, logon_timeout_ns,
        )

    # --- for Python: start-up, tests, tools --------------------------------------------------

    def apply(self, bytes command, int64_t now_ns) -> bytes:
        """One command from start-up or the operator, given as its record. Its events' records."""
        if not COMMAND_HEAD <= len(command) <= sizeof(Command):
            raise ValueError(f"a command has {COMMAND_HEAD} to {sizeof(Command)} bytes, "
                             f"not {len(command)}")
        memset(&self.command, 0, sizeof(Command))
        memcpy(&self.command, <const char*> command, len(command))
        self.on_command(&self.command, now_ns)
        return (<char*> self.core.events.data)[:self.core.events.used]

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

    cdef void welcome(self, uint16_t session, int64_t now_ns) noexcept nogil:
        cdef Seat* seat = &self.roster.seats[session]
        if seat.source != NONE16:
            self.source_state(seat.source, SOURCE_UP, now_ns)
            self.subscribe(session, now_ns)
            return
        seat.cancels = cancels_of(&self.message, seat.cancels_configured)
        self.link_up(session, now_ns)

    cdef void left(self, uint16_t session, int64_t now_ns) noexcept nogil:
        cdef uint16_t source = self.roster.seats[session].source
        if source != NONE16:
            self.steps.books.forget(source)
            self.source_state(source, SOURCE_DOWN, now_ns)
        else:
            self.link_down(session, now_ns)

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
        if result == DECODE_BUSINESS_REJECT and self.gathered_used > 0:
            self.catch_up()         # its answers first, which are written where this refusal stood
            self.steps.body.used = 0
            result = decode_order(self.core, &self.message, &self.command, &self.steps.body)
        if result == DECODED:
            if not self.throttle.is_on or self.is_admitted(session, now_ns):
                self.gather(now_ns)
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
            if self.hours.keep(self, answer, now_ns) < 0:
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

    cdef void on_command(self, Command* command, int64_t now_ns) noexcept nogil:
        if self.halted:
            return
        if self.steps.take(command, now_ns) < 0:
            self.halted = 1
        elif self.steps.has_more:
            if command.target_id == 0:
                command.target_id = self.core.latest_step()
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
        self.release()
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
        while self.repeat_count > 0 and not self.halted:
            self.repeat(now_ns)
        return Entrance.close_sessions(self, now_ns)

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

    cdef int64_t deadline(self) noexcept nogil:
        return sooner(sooner(self.core.deadline(), self.next_deadline), self.timers.first_ns())

    @cython.final
    cdef void wake_by(self, int64_t time_ns) noexcept nogil:
        if time_ns > 0 and (self.next_deadline == 0 or time_ns < self.next_deadline):
            self.next_deadline = time_ns
