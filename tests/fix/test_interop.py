"""QuickFIX on the other end of a real socket, as initiator and as acceptor, with our own dictionary
in its hands.
"""

import importlib.util
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from internaliser.dictionaries import dictionary_of
from internaliser.fix.fix_session import FixSession, LogonIdentity, SessionEvent
from tests.fix.acceptor import Acceptor, Initiator, join
from tests.fix.talk import pairs_of

HAS_QUICKFIX = importlib.util.find_spec("quickfix") is not None
pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(not HAS_QUICKFIX, reason="the quickfix package is not installed"),
]

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "fix_specs"
WAIT_S = 15
SETTINGS = """[DEFAULT]
ConnectionType={role}
SocketAcceptPort={port}
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
SocketReuseAddress=Y
ReconnectInterval=1
HeartBtInt=30
StartTime=00:00:00
EndTime=00:00:00
{spec}
{more}
[SESSION]
BeginString={version}
SenderCompID={ours}
TargetCompID={theirs}
"""
# Both sides read by our dictionaries.
SPEC = {
    "FIX.4.2": f"DataDictionary={SPECS}/FIX42.xml",
    "FIX.4.4": f"DataDictionary={SPECS}/FIX44.xml",
    "FIXT.1.1": f"TransportDataDictionary={SPECS}/FIXT11.xml\n"
    f"AppDataDictionary={SPECS}/FIX50SP2.xml\nDefaultApplVerID=FIX.5.0SP2",
}
in_every_version = pytest.mark.parametrize("version", SPEC)


class Log:
    """What happened, from any thread; `wait` until what should come next has come."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.lines: list[str] = []

    def add(self, line: str) -> None:
        with self.changed:
            self.lines.append(line)
            self.changed.notify_all()

    def is_like(self, expected: tuple[str, ...]) -> bool:
        return len(self.lines) >= len(expected) and all(map(fnmatchcase, self.lines, expected))

    def wait(self, *expected: str) -> None:
        with self.changed:
            if not self.changed.wait_for(lambda: self.is_like(expected), WAIT_S):
                pytest.fail(f"expected {expected}, happened {self.lines}")
            del self.lines[: len(expected)]


class Theirs:
    """QuickFIX's side: a process that is told and tells in lines."""

    def __init__(self, settings: Path) -> None:
        self.log = Log()
        command = [sys.executable, "-m", "tests.fix.quickfix_peer", str(settings)]
        self.process = subprocess.Popen(
            command, text=True, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.log.add(line.strip())

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def send(self, msg_type: str, fields: list[tuple[int, str]]) -> None:
        self.tell(f"send {msg_type} " + "|".join(f"{tag}={value}" for tag, value in fields))

    def sync(self) -> None:
        """Wait until everything told so far is done."""
        self.tell("sync")
        self.log.wait("sync")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()


class Ours:
    """Our side, written down the same way."""

    def __init__(self) -> None:
        self.log = Log()

    def __call__(self) -> Callable[[SessionEvent], list[tuple[str, bytes]]]:
        return self.take

    def take(self, event: SessionEvent) -> list[tuple[str, bytes]]:
        values = dict(pairs_of(event.message))
        self.log.add(values[11].decode() + (" again" if 43 in values else ""))
        return []


def order(cl_ord_id: str, version: str = "FIX.4.4") -> list[tuple[int, str]]:
    moment = "20260101-00:00:00.000"
    fields = [(11, cl_ord_id), (55, "BTC/USD"), (54, "1"), (60, moment), (38, "1"), (40, "1")]
    return [*fields, (21, "1")] if version == "FIX.4.2" else fields


def report(cl_ord_id: str, version: str = "FIX.4.4") -> list[tuple[int, str]]:
    fields = [(37, "O1"), (11, cl_ord_id), (17, "E1"), (150, "0"), (39, "0"), (55, "BTC/USD")]
    kind = [(20, "0")] if version == "FIX.4.2" else []
    return [*fields, *kind, (54, "1"), (151, "1"), (14, "0"), (6, "0")]


def body(fields: list[tuple[int, str]]) -> bytes:
    return join([(tag, value.encode()) for tag, value in fields])


@contextmanager
def quickfix(
    tmp_path: Path, role: str, port: int, ours: str, theirs: str, version: str, more: str = ""
) -> Iterator[Theirs]:
    path = tmp_path / "quickfix.cfg"
    values = {"role": role, "port": port, "ours": ours, "theirs": theirs, "version": version}
    path.write_text(SETTINGS.format(spec=SPEC[version], more=more, **values))
    peer = Theirs(path)
    try:
        peer.log.wait("up")
        yield peer
    finally:
        peer.end()


def new_session(role: str, ours: str, theirs: str, version: str) -> FixSession:
    fields = b"1137=9\x01" if version == "FIXT.1.1" else b""
    dictionary = dictionary_of(version, role)
    return FixSession(role, version, ours, theirs, dictionary=dictionary, logon_fields=fields)


@contextmanager
def they_dial(
    tmp_path: Path, more: str = "", version: str = "FIX.4.4"
) -> Iterator[tuple[Acceptor, FixSession, Ours, Theirs]]:
    """Our acceptor NODE, their initiator CLIENT1, logged on."""
    session, ours = new_session("acceptor", "NODE", "CLIENT1", version), Ours()
    identity = LogonIdentity(version, "CLIENT1", "NODE")
    with (
        Acceptor({identity: session}, ours) as acceptor,
        quickfix(tmp_path, "initiator", acceptor.port, "CLIENT1", "NODE", version, more) as theirs,
    ):
        theirs.log.wait("logon")
        yield acceptor, session, ours, theirs


@contextmanager
def we_dial(
    tmp_path: Path, free_port: int, more: str = "", version: str = "FIX.4.4"
) -> Iterator[tuple[Initiator, FixSession, Ours, Theirs]]:
    """Their acceptor VENUE, our initiator NODE, logged on."""
    session, ours = new_session("initiator", "NODE", "VENUE", version), Ours()
    with (
        quickfix(tmp_path, "acceptor", free_port, "VENUE", "NODE", version, more) as theirs,
        Initiator(session, ours, port=free_port) as initiator,
    ):
        theirs.log.wait("logon")
        yield initiator, session, ours, theirs


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@in_every_version
def test_their_initiator_trades_with_us(tmp_path: Path, version: str) -> None:
    with they_dial(tmp_path, version=version) as (acceptor, session, ours, theirs):
        for n in range(3):
            theirs.send("D", order(f"A{n}", version))
        ours.log.wait("A0", "A1", "A2")
        for n in range(3):
            acceptor.send(session, "8", body(report(f"A{n}", version)))
        theirs.log.wait("A0", "A1", "A2")


@in_every_version
def test_their_initiator_gets_what_it_missed(tmp_path: Path, version: str) -> None:
    with they_dial(tmp_path, version=version) as (acceptor, session, _, theirs):
        acceptor.send(session, "8", body(report("A0", version)))
        theirs.log.wait("A0")
        acceptor.cut()
        for n in range(1, 4):
            acceptor.send(session, "8", body(report(f"A{n}", version)))
        theirs.log.wait("logout", "logon", "A1 again", "A2 again", "A3 again")
        acceptor.send(session, "8", body(report("A4", version)))
        theirs.log.wait("A4")


def test_we_get_what_we_missed_from_their_initiator(tmp_path: Path) -> None:
    with they_dial(tmp_path) as (acceptor, _, ours, theirs):
        theirs.send("D", order("A0"))
        ours.log.wait("A0")
        acceptor.cut()
        theirs.log.wait("logout")
        for n in range(1, 4):
            theirs.send("D", order(f"A{n}"))
        theirs.log.wait("logon")
        ours.log.wait("A1 again", "A2 again", "A3 again")
        theirs.send("D", order("A4"))
        ours.log.wait("A4")


def test_what_we_lost_inside_the_session_comes_again(tmp_path: Path) -> None:
    with they_dial(tmp_path) as (acceptor, session, ours, theirs):
        for n in range(3):
            theirs.send("D", order(f"A{n}"))
        ours.log.wait("A0", "A1", "A2")
        acceptor.call(lambda: setattr(session, "next_in", 3))
        theirs.send("D", order("A3"))
        ours.log.wait("A1 again", "A2 again", "A3 again")
        theirs.send("D", order("A4"))
        ours.log.wait("A4")


def test_what_they_lost_inside_the_session_comes_again(tmp_path: Path) -> None:
    with they_dial(tmp_path) as (acceptor, session, ours, theirs):
        for n in range(3):
            acceptor.send(session, "8", body(report(f"A{n}")))
        theirs.log.wait("A0", "A1", "A2")
        # Once their next message is here they have counted the last of ours.
        theirs.send("D", order("B0"))
        ours.log.wait("B0")
        theirs.tell("expect 3")
        theirs.sync()
        acceptor.send(session, "8", body(report("A3")))
        theirs.log.wait("A1 again", "A2 again", "A3*")
        acceptor.send(session, "8", body(report("A4")))
        theirs.log.wait("A4")


def test_their_logout_is_answered(tmp_path: Path) -> None:
    with they_dial(tmp_path) as (acceptor, session, _, theirs):
        theirs.tell("logout")
        assert acceptor.is_idle.wait(WAIT_S)
        assert (session.next_in, session.next_out) == (3, 3)


def test_our_logout_is_answered_by_their_initiator(tmp_path: Path) -> None:
    with they_dial(tmp_path) as (acceptor, session, ours, theirs):
        acceptor.log_out(session, "end of day")
        theirs.log.wait("logout", "logon")
        theirs.send("D", order("A0"))
        # QuickFIX numbers a second Logout that nobody gets: the order may come with the resend.
        ours.log.wait("A0*")


def test_their_initiator_resets_the_session(tmp_path: Path) -> None:
    with they_dial(tmp_path, "ResetOnLogon=Y") as (acceptor, session, ours, theirs):
        theirs.send("D", order("A0"))
        ours.log.wait("A0")
        acceptor.cut()
        theirs.log.wait("logout", "logon")
        assert (session.next_in, session.next_out) == (2, 2)


@in_every_version
def test_we_trade_with_their_acceptor(tmp_path: Path, free_port: int, version: str) -> None:
    with we_dial(tmp_path, free_port, version=version) as (initiator, session, ours, theirs):
        for n in range(3):
            initiator.send(session, "D", body(order(f"A{n}", version)))
        theirs.log.wait("A0", "A1", "A2")
        for n in range(3):
            theirs.send("8", report(f"A{n}", version))
        ours.log.wait("A0", "A1", "A2")


@in_every_version
def test_we_get_what_we_missed_from_their_acceptor(
    tmp_path: Path, free_port: int, version: str
) -> None:
    with we_dial(tmp_path, free_port, version=version) as (initiator, _, ours, theirs):
        initiator.cut()
        theirs.log.wait("logout")
        for n in range(3):
            theirs.send("8", report(f"A{n}", version))
        theirs.sync()
        initiator.dial()
        theirs.log.wait("logon")
        ours.log.wait("A0 again", "A1 again", "A2 again")
        theirs.send("8", report("A3", version))
        ours.log.wait("A3")


def test_their_acceptor_gets_fills_and_not_our_old_orders(tmp_path: Path, free_port: int) -> None:
    with we_dial(tmp_path, free_port) as (initiator, session, _, theirs):
        initiator.cut()
        theirs.log.wait("logout")

        def send_while_down() -> None:
            session.send("D", body(order("OLD")), 0, is_own_order=True)
            session.send("D", body(order("A1")), 0)

        initiator.call(send_while_down)
        initiator.dial()
        theirs.log.wait("logon", "A1 again")


def test_we_reset_the_session_at_their_acceptor(tmp_path: Path, free_port: int) -> None:
    with we_dial(tmp_path, free_port) as (initiator, session, _, theirs):
        initiator.send(session, "D", body(order("A0")))
        theirs.log.wait("A0")
        initiator.cut()
        theirs.log.wait("logout")
        session.reset_on_logon = True
        initiator.dial()
        theirs.log.wait("logon")
        initiator.send(session, "D", body(order("A1")))
        theirs.log.wait("A1")
        assert (session.next_in, session.next_out) == (2, 3)


def test_our_logout_is_answered_by_their_acceptor(tmp_path: Path, free_port: int) -> None:
    with we_dial(tmp_path, free_port) as (initiator, session, *_):
        initiator.log_out(session, "end of day")
        assert initiator.is_idle.wait(WAIT_S)
        assert (session.next_in, session.next_out, session.state) == (3, 3, "disconnected")


def test_their_acceptor_logs_us_out(tmp_path: Path, free_port: int) -> None:
    with we_dial(tmp_path, free_port) as (initiator, session, _, theirs):
        theirs.tell("logout")
        assert initiator.is_idle.wait(WAIT_S)
        assert (session.next_in, session.next_out) == (3, 3)
