"""Logons whose credentials are checked on the edge: a few at once, each address in its turn.

    credentials = EdgeCredentials(node.config, node.kept_credentials)
    port = Port(door.access, node.answers, {0: "ALICE"})
    credentials.on_logon(port, asked)       # the verdict comes on the port's ring of answers
    credentials.listen(ring, port)          # or: every Logon that comes on this ring

Whose address has failed least is looked at first, and of one address one at a time: wrong Logons in
any number delay each other, not the owner of the account at an address of his own.
"""

import asyncio
import logging
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from internaliser import log
from internaliser.admission import configured_password, credential_of, parties
from internaliser.config import Config
from internaliser.credential_file import CredentialFile
from internaliser.credentials import SIGNED_TAGS, Credential, Shown, hash_password
from internaliser.fix.codec import decode, parse_time
from internaliser.gateway.access import Access
from internaliser.gateway.enquiries import PASSED, VERDICT, answer_record, enquiry_fields
from internaliser.reactor.asking import RING_CREDENTIALS
from internaliser.reactor.inlet import RING_ANSWER
from internaliser.reactor.ring import Ring

TAKEN_PER_TURN = 64  # from a ring before the loop looks at its sockets again
RETRY_S = 0.001  # the ring of answers is full: the core empties it every turn


@dataclass(frozen=True, slots=True)
class Port:
    """A door whose Logons are judged here: where its links come from, the way back, who is who."""

    access: Access
    answers: Ring
    names: dict[int, str]  # by session; those of clients and drop copies differ


@dataclass(slots=True)
class Line:
    """The Logons of one address."""

    failures: int
    waiting: deque[tuple[Port, dict[str, Any]]] = field(default_factory=deque)
    is_busy: bool = False


class EdgeCredentials:
    """Verdicts for every door, in a thread pool of `access.checks_at_once`."""

    def __init__(self, config: Config, kept: CredentialFile) -> None:
        limits = config.access
        self._at_once = limits.checks_at_once
        self._waiting_max = limits.checks_waiting_max
        self._pool = ThreadPoolExecutor(self._at_once, thread_name_prefix="credentials")
        self._kept = kept
        self._credentials: dict[str, Credential] = {}
        self._configured: dict[str, str] = {}  # the hashes that changed ones replace
        for party in parties(config):
            credential = credential_of(party, kept)
            if credential is not None:
                self._credentials[party.name] = credential
                self._configured[party.name] = configured_password(party)
        self._lines: dict[bytes, Line] = {}
        self._waiting = 0
        self._running: set[asyncio.Task[None]] = set()
        self._rings: list[Ring] = []

    def listen(self, ring: Ring, port: Port) -> None:
        """Judge the Logons that come on this ring, until `close`."""
        self._rings.append(ring)
        asyncio.get_running_loop().add_reader(ring.fileno(), self._take, ring, port)

    def _take(self, ring: Ring, port: Port) -> None:
        for kind, record in ring.take(TAKEN_PER_TURN):
            if kind == RING_CREDENTIALS:
                self.on_logon(port, enquiry_fields(record))

    def on_logon(self, port: Port, asked: dict[str, Any]) -> None:
        """A Logon to be judged, as `enquiry_fields` gives it."""
        address, failures = port.access.glance(asked["link"])
        line = self._lines.setdefault(address, Line(failures))
        line.failures = failures
        line.waiting.append((port, asked))
        self._waiting += 1
        if self._waiting > self._waiting_max:
            longest = max(self._lines.values(), key=lambda one: len(one.waiting))
            self._waiting -= 1
            self._tell(*longest.waiting.pop(), False)
        self._start_some()

    def change_password(self, name: str, old: str, new: str) -> Future[str | None]:
        """As cold/users.py has it: None once it is changed, "" when the old one is wrong."""
        return self._pool.submit(self._change, name, old.encode("latin-1"), new.encode("latin-1"))

    def _change(self, name: str, old: bytes, new: bytes) -> str | None:
        credential = self._credentials.get(name)
        if credential is None or not credential.has_password:
            return "this session has no password to change"
        if not credential.is_password(old):
            log.event("password_not_changed", level=logging.WARNING, client=name)
            return ""
        if new == old:
            return "the new password is the old one"
        stored = hash_password(new)
        self._kept.keep_password(name, self._configured[name], stored)
        credential.change(stored)
        log.event("password_changed", client=name)
        return None

    def close(self) -> None:
        """Give up what waits."""
        for ring in self._rings:
            asyncio.get_running_loop().remove_reader(ring.fileno())
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
            task = asyncio.get_running_loop().create_task(
                self._check(line, *line.waiting.popleft())
            )
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _check(self, line: Line, port: Port, asked: dict[str, Any]) -> None:
        name = port.names.get(asked["session"], "")
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
        self._tell(port, asked, passed)
        line.is_busy = False
        line.failures = 0 if passed else line.failures + 1
        for address in [a for a, one in self._lines.items() if not one.waiting and not one.is_busy]:
            del self._lines[address]
        asyncio.get_running_loop().call_soon(self._start_some)

    def _tell(self, port: Port, asked: dict[str, Any], passed: bool) -> None:
        record = answer_record(
            asked["session"],
            "",
            b"",
            msg_seq_num=asked["link"],
            generation=asked["generation"],
            flags=VERDICT | (PASSED if passed else 0),
        )
        if not port.answers.put(RING_ANSWER, record):
            loop = asyncio.get_running_loop()
            loop.call_later(RETRY_S, self._tell, port, asked, passed)


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
