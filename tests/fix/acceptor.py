"""FixSession on real sockets, both roles, and an application that sends orders back.

    python -m tests.fix.acceptor --port 9876 --session "FIX.4.4:ISLD:TW44" --reset

Orders (35=D), SecurityDefinitions (d) and Email (C) come back with the fields of their body sorted
by tag; a PossResend order whose ClOrdID was seen is passed over; anything else gets a
BusinessMessageReject.
"""

import argparse
import asyncio
import threading
import time
from collections.abc import Callable
from typing import Self

from internaliser.fix.dictionary import Dictionary
from internaliser.fix.fix_session import FixSession, LogonIdentity, SessionEvent, first_logon

HEADER_TAGS = {8, 9, 35, 49, 56, 34, 52, 43, 97, 122, 115, 116, 128, 129, 144, 145, 50, 57}
TRAILER_TAGS = {10, 89, 93}
ECHOED = {"D", "d", "C"}
LOGON_TIMEOUT_S = 5.0

Answer = Callable[[SessionEvent], list[tuple[str, bytes]]]


def fields_of(message: bytes) -> list[tuple[int, bytes]]:
    pairs = (field.partition(b"=") for field in message.split(b"\x01") if field)
    return [(int(tag), value) for tag, _, value in pairs]


def join(fields: list[tuple[int, bytes]]) -> bytes:
    return b"".join(b"%d=%b\x01" % field for field in fields)


class Echo:
    """The application that the QuickFIX acceptance scripts assume."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()

    def __call__(self, event: SessionEvent) -> list[tuple[str, bytes]]:
        fields = fields_of(event.message)
        values = dict(fields)
        if event.msg_type not in ECHOED:
            refusal = [
                (45, b"%d" % event.msg_seq_num),
                (58, b"Unsupported Message Type"),
                (372, event.msg_type.encode()),
                (380, b"3"),
            ]
            return [("j", join(refusal))]
        is_resent = values.get(97) == b"Y"
        if is_resent and values.get(11) in self.seen:
            return []
        self.seen.add(values.get(11, b""))
        body = sorted(f for f in fields if f[0] not in HEADER_TAGS | TRAILER_TAGS)
        return [(event.msg_type, join(([(97, b"Y")] if is_resent else []) + body))]


class Link(asyncio.Protocol):
    """One TCP connection: bytes in, bytes out, and a timer at the session's deadline.

    With a `session` we have dialled; without one the first message tells whose link it is.
    """

    def __init__(self, endpoint: "Endpoint", session: FixSession | None = None) -> None:
        self.endpoint = endpoint
        self.session = session
        self.answer: Answer = endpoint.application()
        self.waiting = b""
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.endpoint.links.add(self)
        self.endpoint.is_idle.clear()
        if self.session is not None:
            self.session.connect(time.time_ns())
            self.act([], time.time_ns())
        else:
            self.timer = asyncio.get_running_loop().call_later(LOGON_TIMEOUT_S, transport.close)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.session is None:
            self.waiting += data
            used, identity = first_logon(self.waiting)
            if used == 0:
                return
            data = self.waiting
            if identity is None or not self.take_session(identity):
                self.transport.close()
                return
        assert self.session is not None
        now_ns = time.time_ns()
        self.act(self.session.receive_data(data, now_ns), now_ns)

    def take_session(self, identity: LogonIdentity) -> bool:
        session = self.endpoint.sessions.get(identity)
        if session is None:
            return False
        if session in [link.session for link in self.endpoint.links]:
            if self.endpoint.says_why:
                self.transport.write(session.refusal("Already logged on", time.time_ns()))
            return False
        self.session = session
        session.connect(time.time_ns())
        return True

    def act(self, events: list[SessionEvent], now_ns: int) -> None:
        assert self.session is not None
        for event in events:
            if event.kind in ("application", "unsupported"):
                for msg_type, body in self.answer(event):
                    self.session.send(msg_type, body, now_ns)
        self.transport.write(self.session.data_to_send())
        if any(event.kind in ("close", "close_now") for event in events):
            self.end()
        else:
            self.set_timer()

    def set_timer(self) -> None:
        assert self.session is not None
        if self.timer is not None:
            self.timer.cancel()
        delay_s = max(0.0, (self.session.deadline_ns - time.time_ns()) / 1e9)
        self.timer = asyncio.get_running_loop().call_later(delay_s, self.on_timer)

    def on_timer(self) -> None:
        if self.session is not None:
            now_ns = time.time_ns()
            self.act(self.session.on_time(now_ns), now_ns)

    def end(self) -> None:
        self.transport.close()
        if self.timer is not None:
            self.timer.cancel()
        if self.session is not None:
            self.session.disconnect(time.time_ns())
            self.session = None

    def connection_lost(self, error: Exception | None) -> None:
        self.end()
        self.endpoint.links.discard(self)
        if not self.endpoint.links:
            self.endpoint.is_idle.set()


class Endpoint:
    """Sessions and their links on a thread of their own. A context manager."""

    def __init__(self, application: Callable[[], Answer]) -> None:
        self.application = application
        self.sessions: dict[LogonIdentity, FixSession] = {}
        self.says_why = True
        self.links: set[Link] = set()
        self.is_idle = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self.loop).result()
        return self

    def __exit__(self, *error: object) -> None:
        asyncio.run_coroutine_threadsafe(self.stop(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def start(self) -> None:
        """Listen or dial."""

    async def stop(self) -> None:
        for link in list(self.links):
            link.end()
        await asyncio.sleep(0)

    def call(self, function: Callable[[], None]) -> None:
        """Run on this thread, the only one that may touch the sessions."""

        async def run() -> None:
            function()

        asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    def send(self, session: FixSession, msg_type: str, body: bytes) -> None:
        """Send through a session, connected or not."""
        self.call(lambda: self.write(session, msg_type, body))

    def write(self, session: FixSession, msg_type: str, body: bytes) -> None:
        session.send(msg_type, body, time.time_ns())
        for link in self.links:
            if link.session is session:
                link.act([], time.time_ns())

    def log_out(self, session: FixSession, reason: str) -> None:
        def start() -> None:
            session.logout(time.time_ns(), reason)
            for link in self.links:
                link.act([], time.time_ns())

        self.call(start)

    def cut(self) -> None:
        """Drop every link without a word."""

        def end() -> None:
            for link in list(self.links):
                link.end()

        self.call(end)


class Acceptor(Endpoint):
    """Sessions by the identity of a Logon, and a listening socket."""

    def __init__(
        self,
        sessions: dict[LogonIdentity, FixSession],
        application: Callable[[], Answer] = Echo,
        *,
        port: int = 0,
        says_why: bool = True,
    ) -> None:
        super().__init__(application)
        self.sessions = sessions
        self.port = port
        self.says_why = says_why

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: Link(self), "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.close()
        await super().stop()


class Initiator(Endpoint):
    """One session that dials; `dial` again after the link is gone."""

    def __init__(
        self, session: FixSession, application: Callable[[], Answer], *, port: int
    ) -> None:
        super().__init__(application)
        self.session = session
        self.port = port

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: Link(self, self.session), "127.0.0.1", self.port)

    def dial(self) -> None:
        asyncio.run_coroutine_threadsafe(self.start(), self.loop).result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=9876)
    parser.add_argument("--session", default="FIX.4.4:ISLD:TW44", help="BeginString:ours:theirs")
    parser.add_argument("--dictionary", help="XML file; without one fields are not checked")
    parser.add_argument("--reset", action="store_true", help="both counters at 1 at every Logon")
    options = parser.parse_args()
    begin_string, ours, theirs = options.session.split(":")
    session = FixSession(
        "acceptor",
        begin_string,
        ours,
        theirs,
        dictionary=Dictionary(options.dictionary) if options.dictionary else None,
        reset_on_logon=options.reset,
        keeps_early=True,
    )
    identity = LogonIdentity(begin_string, theirs, ours)
    with Acceptor({identity: session}, port=options.port, says_why=False) as acceptor:
        print(f"listening on {acceptor.port}", flush=True)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main()
