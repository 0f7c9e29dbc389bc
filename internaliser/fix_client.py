"""A small blocking FIX initiator: what `internaliser send` and the demo place orders with.

It keeps no store: it never asks for a resend and gap-fills whatever it is asked for. Order entry
that must survive a crash belongs to a real FIX engine.

    with FixClient("127.0.0.1", 9878, "CLIENT1", "NODE") as client:
        client.log_on()
        client.send([(35, "D"), (11, "1"), ...])
        report = client.receive(timeout_s=1.0)
"""

import re
import socket
import time
from collections.abc import Sequence
from types import TracebackType

from internaliser.errors import InternaliserError
from internaliser.fix import codec

Fields = list[tuple[int, bytes]]
Outgoing = Sequence[tuple[int, bytes | str | int]]

MESSAGE_BYTES_MAX = 2**20
CONNECT_TIMEOUT_S = 5.0
LOGON_TIMEOUT_S = 5.0
LOGOUT_TIMEOUT_S = 1.0
FIX50SP2 = 9  # ApplVerID(1128): what a FIXT.1.1 session carries
HEADER_TAGS = frozenset((8, 9, 10, 34, 35, 43, 49, 52, 56, 122))

_EXPECTED = re.compile(rb"expect(?:ed|ing)?\D{0,40}(\d+)", re.I)


class FixError(InternaliserError):
    """The other end cannot be reached, refuses the logon, or went away."""


class FixClient:
    """One session over one connection. Test requests and resend requests are answered."""

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        target: str,
        begin_string: str = "FIX.4.4",
        heart_bt_s: int = 30,
    ) -> None:
        self.address = (host, port)
        self.sender = sender
        self.target = target
        self.begin_string = begin_string
        self.heart_bt_s = heart_bt_s
        self.next_out = 1
        self._link: socket.socket | None = None
        self._unread = b""
        self._arrived: list[Fields] = []
        self._last_out_s = 0.0

    def __enter__(self) -> "FixClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # receiving

    def receive(self, timeout_s: float) -> Fields | None:
        """The next message that is not session upkeep; None when none comes in time.

        Raises FixError when the connection ends.
        """
        deadline_s = time.monotonic() + timeout_s
        while True:
            while self._arrived:
                fields = self._arrived.pop(0)
                if not self._answer_upkeep(fields):
                    return fields
            if not self._read(deadline_s):
                return None

    def _read(self, deadline_s: float) -> bool:
        """Take what arrived into `_arrived`; False at the deadline."""
        link = self._connected()
        while True:
            now_s = time.monotonic()
            beat_s = self._last_out_s + self.heart_bt_s
            if now_s >= beat_s:
                self.send([(35, "0")])
                continue
            if now_s >= deadline_s:
                return False
            link.settimeout(min(deadline_s, beat_s) - now_s)
            try:
                data = link.recv(65536)
            except TimeoutError:
                continue
            except OSError as error:
                raise self._failed(error.strerror or str(error)) from None
            if not data:
                self.close()
                raise self._failed("the connection was closed")
            result = codec.split(self._unread + data, MESSAGE_BYTES_MAX)
            self._unread = (self._unread + data)[result.used :]
            self._arrived += [codec.decode(message) for message in result.messages]
            if self._arrived:
                return True

    def _answer_upkeep(self, fields: Fields) -> bool:
        """Whether `fields` is upkeep of the session; answered where it wants an answer."""
        kind = value(fields, 35)
        if kind == b"1":
            self.send([(35, "0"), (112, value(fields, 112) or b"")])
        elif kind == b"2":
            begin = int(value(fields, 7) or b"1")
            original = (122, codec.format_time(time.time_ns(), 6))
            self._write(begin, [(35, "4"), (43, "Y"), original, (123, "Y"), (36, self.next_out)])
        return kind in (b"0", b"1", b"2", b"4")

    # sending

    def log_on(self, is_reset: bool = False) -> Fields:
        """Connect and log on; the Logon that answers.

        Without `is_reset` the session's numbers are kept: told that ours is too low, the client
        takes the number the other end expects and tries once more. With it both start again at 1.
        """
        for _ in range(2):
            self._connect()
            logon: dict[int, str | int] = {98: 0, 108: self.heart_bt_s}
            if is_reset:
                logon[141] = "Y"
            if self.begin_string == "FIXT.1.1":
                logon[1137] = FIX50SP2
            self.send([(35, "A"), *logon.items()])
            answer = self._logon_answer()
            if value(answer, 35) == b"A":
                return answer
            self.close()
            text = value(answer, 58) or b""
            expected = _EXPECTED.search(text)
            if is_reset or expected is None or int(expected[1]) <= 1:
                break
            self.next_out = int(expected[1])
        raise self._failed(f"logon refused: {text.decode('latin-1') or 'no reason given'}")

    def send(self, fields: Outgoing) -> int:
        """Number and send one message, its MsgType(35) first; the MsgSeqNum it got."""
        number = self.next_out
        self._write(number, fields)
        self.next_out += 1
        return number

    def log_out(self) -> None:
        """Say Logout, wait for the answer, close. What arrives meanwhile is dropped."""
        if self._link is None:
            return
        deadline_s = time.monotonic() + LOGOUT_TIMEOUT_S
        try:
            self.send([(35, "5")])
            while (fields := self.receive(deadline_s - time.monotonic())) is not None:
                if value(fields, 35) == b"5":
                    break
        except FixError:
            pass
        self.close()

    def close(self) -> None:
        """Close the connection without a word."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def link(self) -> socket.socket:
        """The connection itself, for a tool that times its own reads and writes."""
        return self._connected()

    def _connect(self) -> None:
        self.close()
        self._unread = b""
        self._arrived.clear()
        try:
            self._link = socket.create_connection(self.address, CONNECT_TIMEOUT_S)
        except OSError as error:
            raise self._failed(error.strerror or str(error)) from None
        self._link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _logon_answer(self) -> Fields:
        answer = self.receive(LOGON_TIMEOUT_S)
        if answer is None:
            raise self._failed(f"no answer to the logon within {LOGON_TIMEOUT_S:g} s")
        return answer

    def _write(self, number: int, fields: Outgoing) -> None:
        now_ns = time.time_ns()
        (_, kind), *body = fields
        head: Outgoing = [
            (35, kind),
            (49, self.sender),
            (56, self.target),
            (34, number),
            (52, codec.format_time(now_ns, 6)),
        ]
        try:
            self._connected().sendall(codec.encode(self.begin_string, [*head, *body]))
        except OSError as error:
            raise self._failed(error.strerror or str(error)) from None
        self._last_out_s = time.monotonic()

    def _connected(self) -> socket.socket:
        if self._link is None:
            raise self._failed("not connected")
        return self._link

    def _failed(self, text: str) -> FixError:
        return FixError(
            f"{self.sender} > {self.target} at {self.address[0]}:{self.address[1]}: {text}"
        )


def value(fields: Fields, tag: int) -> bytes | None:
    """The first value of `tag`; None when it is absent."""
    return next((text for number, text in fields if number == tag), None)
