"""Logons whose credentials are checked on the edge: a few at once, each address in its turn.

    credentials = EdgeCredentials(node)
    questions.handlers[RING_CREDENTIALS] = credentials.on_logon

Whose address has failed least is looked at first, and of one address one at a time: wrong Logons in
any number delay each other, not the owner of the account at an address of his own.
"""

import asyncio
import logging
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from internaliser import log
from internaliser.admission import credential_of
from internaliser.credentials import SIGNED_TAGS, Credential, Shown
from internaliser.fix.codec import decode, parse_time
from internaliser.gateway.enquiries import PASSED, VERDICT, answer_record
from internaliser.reactor.inlet import AnswerRingKind

if TYPE_CHECKING:
    from internaliser.node import Node

RETRY_S = 0.001  # the ring of answers is full: the core empties it every turn


@dataclass(slots=True)
class Line:
    """The Logons of one address."""

    failures: int
    waiting: deque[dict[str, Any]] = field(default_factory=deque)
    is_busy: bool = False


class EdgeCredentials:
    """Verdicts for the core, in a thread pool of `access.checks_at_once`."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        limits = node.config.access
        self._at_once = limits.checks_at_once
        self._waiting_max = limits.checks_waiting_max
        self._pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="credentials")
        self._credentials: dict[str, Credential] = {}
        for client in node.config.clients:
            credential = credential_of(client)
            if credential is not None:
                self._credentials[client.name] = credential
        names = [str(row["name"]) for row in node.state.core.clients()]
        self._clients = {
            row["index"]: names[row["client"]]
            for row in node.state.core.sessions()
            if row["client"] is not None
        }
        self._lines: dict[bytes, Line] = {}
        self._waiting = 0
        self._running: set[asyncio.Task[None]] = set()

    def on_logon(self, asked: dict[str, Any]) -> None:
        """A Logon to be judged, as `enquiry_fields` gives it."""
        address, failures = self._node.door.access.glance(asked["link"])
        line = self._lines.setdefault(address, Line(failures))
        line.failures = failures
        line.waiting.append(asked)
        self._waiting += 1
        if self._waiting > self._waiting_max:
            longest = max(self._lines.values(), key=lambda one: len(one.waiting))
            self._waiting -= 1
            self._tell(longest.waiting.pop(), False)
        self._start_some()

    def close(self) -> None:
        """Give up what waits."""
        for task in self._running:
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _start_some(self) -> None:
        while len(self._running) < self._at_once:
            ready = [one for one in self._lines.values() if one.waiting and not one.is_busy]
            if not ready:
                return
            # Of equals the one that came last: in a flood the others would be too late anyway.
            line = min(reversed(ready), key=lambda one: one.failures)
            line.is_busy = True
            self._waiting -= 1
            task = asyncio.get_running_loop().create_task(self._check(line, line.waiting.popleft()))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _check(self, line: Line, asked: dict[str, Any]) -> None:
        name = self._clients.get(asked["session"], "")
        credential = self._credentials.get(name)
        passed = False
        try:
            shown = shown_by(asked["raw"])
            if credential is not None:
                loop = asyncio.get_running_loop()
                passed = await loop.run_in_executor(self._pool, credential.passes, shown)
        except Exception as error:  # a fault in one check refuses that Logon, not the others
            fault = f"{type(error).__name__}: {error}"
            log.event("logon_check_fault", level=logging.ERROR, client=name, error=fault)
        log.event("logon_checked", level=logging.DEBUG, client=name, passed=passed)
        self._tell(asked, passed)
        line.is_busy = False
        line.failures = 0 if passed else line.failures + 1
        for address in [a for a, one in self._lines.items() if not one.waiting and not one.is_busy]:
            del self._lines[address]
        asyncio.get_running_loop().call_soon(self._start_some)

    def _tell(self, asked: dict[str, Any], passed: bool) -> None:
        record = answer_record(
            asked["session"],
            "",
            b"",
            msg_seq_num=asked["link"],
            generation=asked["generation"],
            flags=VERDICT | (PASSED if passed else 0),
        )
        if not self._node.answers.put(AnswerRingKind.RING_ANSWER, record):
            loop = asyncio.get_running_loop()
            loop.call_later(RETRY_S, self._tell, asked, passed)


def shown_by(raw: bytes) -> Shown:
    """What the fields of a Logon show."""
    fields: dict[int, bytes] = {}
    for tag, value in decode(raw):
        fields.setdefault(tag, value)
    return Shown(
        username=fields.get(553, b"").decode("latin-1"),
        password=fields.get(554, b""),
        signature=fields.get(96, b""),
        signed=b"\x01".join(fields.get(tag, b"") for tag in SIGNED_TAGS),
        sending_time_ns=_time(fields.get(52, b"")),
    )


def _time(text: bytes) -> int:
    """Nanoseconds; 0, before any Logon that passed, for what is no time."""
    try:
        return parse_time(text)
    except ValueError:
        return 0
