"""Questions of clients on the edge: taken from their ring, answered by the desk at a bounded pace.

    questions = EdgeQuestions(node, credentials.change_password)
    await questions.serve()            # until cancelled

A question waits until the journal is read up to where it was asked, so that an answer knows
everything that happened before. Sessions take turns; one gets at most `requests.answers_per_s`
messages, and none while it has not read what it was sent.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from internaliser import log
from internaliser.cold.question import (
    FIX42,
    NOT_AVAILABLE,
    WAITING,
    Out,
    Question,
    reject,
)
from internaliser.cold.users import ChangePassword
from internaliser.edge_desk import EdgeDesk
from internaliser.gateway.enquiries import (
    IF_PRESENT,
    LAST,
    WRONG,
    answer_record,
    enquiry_fields,
)
from internaliser.reactor.asking import RING_QUESTION
from internaliser.reactor.inlet import RING_ANSWER

if TYPE_CHECKING:
    from internaliser.node import Node

LINE_SHARE = 8  # one part in so many of what may wait is the most of one session
TAKEN_PER_TURN = 64  # from the ring before the loop looks at its sockets again
ANSWERS_PER_TURN = 16  # messages to one session before the next has its turn
RETRY_S = 0.001  # the ring of answers is full: the core empties it every turn
PAUSE_S = 0.02  # a session has had its share, or reads slowly
POLL_S = 0.05  # between two looks at a journal that has nothing new
BEHIND_S = 0.002  # and at one that has: the loop's sockets have their turn

Handler = Callable[[dict[str, Any]], None]


@dataclass(slots=True)
class Job:
    """One question being answered."""

    question: Question
    size: int  # bytes of the message
    outs: Iterator[Out | None] | None = None  # None: not begun
    waiting: Out | None = None  # made and not yet handed over


@dataclass(slots=True)
class Line:
    """The questions of one session, in order, and how many messages it may have by now."""

    jobs: deque[Job] = field(default_factory=deque)
    size: int = 0  # bytes of their messages
    credit: float = 0.0
    credited_s: float = 0.0


class EdgeQuestions:
    """Takes what the core hands over; `handlers` by ring kind may be added to before `serve`."""

    def __init__(self, node: "Node", change_password: ChangePassword) -> None:
        self.node = node
        self.limits = node.config.requests
        self.desk = EdgeDesk(node, change_password)
        self.handlers: dict[int, Handler] = {RING_QUESTION: self._ask}
        self.faults = 0
        self._who = {row["index"]: row for row in node.state.core.sessions()}
        self._client_names = [row["name"] for row in node.state.core.clients()]
        self._lines: dict[int, Line] = {}
        self._waiting_bytes = 0
        self._updates: deque[tuple[Question, Out]] = deque()
        self._present: dict[int, int] = {}  # generations of the sessions that got their list
        self._wake = asyncio.Event()

    async def serve(self) -> None:
        """Answer until cancelled."""
        loop, ring = asyncio.get_running_loop(), self.node.asking.ring
        loop.add_reader(ring.fileno(), self._take)
        try:
            while True:
                pause_s = self._follow()
                if self._lines:
                    pause_s = min(pause_s, self._turn())
                await self._sleep(pause_s)
        finally:
            loop.remove_reader(ring.fileno())
            self.desk.close()

    async def _sleep(self, pause_s: float) -> None:
        """For so long, or until a question comes."""
        if pause_s <= RETRY_S:
            await asyncio.sleep(pause_s)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), pause_s)
        self._wake.clear()

    def _follow(self) -> float:
        """Read on, and tell what changed; how long to sleep before the next look."""
        has_more = self.desk.read()
        for session in self.desk.subscriptions.sessions:
            self.desk.subscriptions.keep(session, self.node.door.presence(session)[0])
        if not self._updates:
            self._updates.extend(self.desk.subscriptions.updates(self._is_reading))
        for fault in self.desk.subscriptions.faults:
            self.faults += 1
            log.event("subscription_fault", level=logging.ERROR, error=fault)
        self.desk.subscriptions.faults.clear()
        while self._updates and self._put(self._updates[0][0], self._updates[0][1], is_asked=False):
            self._updates.popleft()
        if self.limits.list_after_logon:
            self._list_to_new()
        if self._updates:
            return RETRY_S
        return BEHIND_S if has_more else POLL_S

    def _is_reading(self, session: int) -> bool:
        return self.node.door.presence(session)[1] <= self.limits.unread_bytes_max

    def _list_to_new(self) -> None:
        """The list of securities to every client that has logged on since the last look."""
        for session, who in self._who.items():
            if who["client"] is None or who["begin_string"] == FIX42:
                continue
            generation = self.node.door.presence(session)[0]
            if generation and generation != self._present.get(session):
                fields = ((320, b"LOGON"), (559, b"4"))
                question = Question(
                    session,
                    who["client"],
                    self._client_names[who["client"]],
                    who["begin_string"],
                    "x",
                    generation=generation,
                    fields=fields,
                )
                self._lines.setdefault(session, Line()).jobs.append(Job(question, 0))
            self._present[session] = generation

    # In

    def _take(self) -> None:
        for kind, record in self.node.asking.ring.take(TAKEN_PER_TURN):
            handler = self.handlers.get(kind)
            if handler is not None:
                handler(enquiry_fields(record))

    def _ask(self, asked: dict[str, Any]) -> None:
        who = self._who[asked["session"]]
        question = Question.read(
            asked, who["client"], self._client_names[who["client"]], who["begin_string"]
        )
        line = self._lines.setdefault(question.session, Line())
        size, most = len(asked["raw"]), self.limits.waiting_bytes_max
        if self._waiting_bytes + size > most or line.size + size > most // LINE_SHARE:
            out = reject(question, NOT_AVAILABLE, "requests are not answered now: ask again later")
            line.jobs.append(Job(replace(question, fields=()), 0, iter((out,))))
        else:
            self._waiting_bytes += size
            line.size += size
            line.jobs.append(Job(question, size))
        self._wake.set()

    # Out

    def _turn(self) -> float:
        """A few messages to every session that waits; how long to sleep before the next turn."""
        pause_s = PAUSE_S
        for session, line in list(self._lines.items()):
            state = self._serve_line(line)
            if not line.jobs:
                del self._lines[session]
            elif state > 0:
                pause_s = min(pause_s, state)
            else:
                pause_s = 0.0
        return pause_s if self._lines else 0.0

    def _serve_line(self, line: Line) -> float:
        """Up to ANSWERS_PER_TURN messages; 0 = there is more to do now, else when to look again."""
        for _ in range(ANSWERS_PER_TURN):
            if not line.jobs:
                return PAUSE_S
            job = line.jobs[0]
            generation, unread = self.node.door.presence(job.question.session)
            if unread > self.limits.unread_bytes_max or not self._has_credit(line):
                return PAUSE_S
            if job.outs is None and not self.desk.is_ready(job.question):
                return RETRY_S
            if job.waiting is None:
                job.waiting, is_over = self._next(job)
                if job.waiting is None and not is_over:
                    return 0.0
                if job.waiting is WAITING:
                    job.waiting = None
                    return RETRY_S
            out = job.waiting
            if out is not None and not out.is_kept and generation != job.question.generation:
                out = None  # nobody is there to read the rest
            if not self._put(job.question, out):
                return RETRY_S
            job.waiting = None
            if out is None:
                line.jobs.popleft()
                self._waiting_bytes -= job.size
                line.size -= job.size
            else:
                line.credit -= 1
        return 0.0

    def _next(self, job: Job) -> tuple[Out | None, bool]:
        """The next message of the answer, or none yet; and whether the answer is over."""
        try:
            if job.outs is None:
                job.outs = self.desk.answer(job.question)
            for out in job.outs:
                return out, False
            return None, True
        except Exception as error:  # a fault in one answer must not silence the others
            self.faults += 1
            job.outs = iter(())
            log.event(
                "question_fault",
                level=logging.ERROR,
                client=job.question.client_name,
                msg_type=job.question.msg_type,
                error=f"{type(error).__name__}: {error}",
            )
            return reject(job.question, NOT_AVAILABLE, "it cannot be answered now"), False

    def _has_credit(self, line: Line) -> bool:
        now_s = time.monotonic()
        rate = self.limits.answers_per_s
        most = max(1.0, rate * PAUSE_S)
        line.credit = min(most, line.credit + (now_s - line.credited_s) * rate)
        line.credited_s = now_s
        return line.credit >= 1

    def _put(self, question: Question, out: Out | None, *, is_asked: bool = True) -> bool:
        """Hand one message to the core, or the end of the answer; False when there is no room."""
        record = answer_record(
            question.session,
            out.msg_type if out else "",
            out.body if out else b"",
            msg_seq_num=question.msg_seq_num if is_asked else 0,
            generation=question.generation,
            flags=LAST if out is None else _flags(out),
        )
        return self.node.answers.put(RING_ANSWER, record)


def _flags(out: Out) -> int:
    return (0 if out.is_kept else IF_PRESENT) | (WRONG if out.is_wrong else 0)
