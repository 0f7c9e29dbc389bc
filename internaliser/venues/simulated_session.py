"""The simulated exchange's end of a FIX session: numbers, resends, beats. An acceptor, sans-I/O.

It shares nothing with the node's session engine, so a mistake made in one is not made in both.
Bytes are made and read by internaliser.fix.codec alone. What is to be sent collects in `outbox`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from internaliser.fix import codec

NS_PER_S = 1_000_000_000
BEGIN_STRING = "FIX.4.4"

Pairs = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Received:
    """A message: its fields in order, and the first value of each tag."""

    pairs: Pairs
    values: dict[int, str]

    @property
    def msg_type(self) -> str:
        return self.values.get(35, "")

    @property
    def number(self) -> int:
        text = self.values.get(34, "")
        return int(text) if text.isdecimal() else 0

    def all(self, tag: int) -> list[str]:
        return [value for found, value in self.pairs if found == tag]


def received(data: bytes) -> Received:
    pairs = [(tag, value.decode("latin-1")) for tag, value in codec.decode(data)]
    values: dict[int, str] = {}
    for tag, value in pairs:
        values.setdefault(tag, value)
    return Received(pairs, values)


@dataclass(frozen=True, slots=True)
class Sent:
    msg_type: str
    fields: Pairs
    sending_time: str


class SimulatedSession:
    """One client's session. Lives on between connections, until `reset`."""

    def __init__(self, ours: str, theirs: str) -> None:
        self.ours = ours
        self.theirs = theirs
        self.next_in: int | None = 1  # None: whatever number comes first is right
        self.next_out = 1
        self.sent: dict[int, Sent] = {}
        self.outbox: list[bytes] = []
        self.is_logged_on = False
        self.wants_close = False
        self.was_reset = False
        self.gap_open = False
        self.heartbeat_s = 30
        self.last_out_ns = 0

    def connected(self) -> None:
        """A connection for this session is up: nothing of the last one remains to be sent on it."""
        self.outbox.clear()
        self.is_logged_on = False
        self.wants_close = False
        self.gap_open = False

    def reset(self) -> None:
        """The exchange restarts and forgets its numbers and what it sent."""
        self.next_in = 1
        self.next_out = 1
        self.sent.clear()
        self.was_reset = True

    # Receiving.

    def receive(self, message: Received, now_ns: int) -> Received | None:
        """Take one message; gives it back when it is for the exchange."""
        if message.msg_type == "A":
            self._on_logon(message, now_ns)
            return None
        if not self.is_logged_on:
            self.wants_close = True
            return None
        if message.msg_type == "4" and message.values.get(123) != "Y":
            self.next_in = int(message.values.get(36, "1"))
            return None
        if not self._is_next(message, now_ns):
            return None
        return self._on_next(message, now_ns)

    def _on_logon(self, message: Received, now_ns: int) -> None:
        is_reset = message.values.get(141) == "Y"
        self.heartbeat_s = int(message.values.get(108, "30"))
        if is_reset:
            self.reset()
            self.was_reset = False
        elif self.was_reset:
            # Restarted: our numbers begin again; the client may go on with any.
            self.was_reset = False
            self.next_in = None
            self._reply("A", [(98, "0"), (108, str(self.heartbeat_s)), (141, "Y")], now_ns)
            self.is_logged_on = True
            return
        expected = self.next_in or 1
        if message.number < expected:
            self._too_low(message, now_ns)
            return
        self.is_logged_on = True
        flags = [(141, "Y")] if is_reset else []
        self._reply("A", [(98, "0"), (108, str(self.heartbeat_s)), *flags], now_ns)
        if message.number > expected:
            self._ask_again(expected, now_ns)
        else:
            self.next_in = expected + 1

    def _is_next(self, message: Received, now_ns: int) -> bool:
        """Is its number the expected one? Too high asks for the gap, too low ends the session."""
        if self.next_in is None:
            self.next_in = message.number
        if message.number > self.next_in:
            if message.msg_type == "2":
                # Serve it now, or two ends with gaps would wait for each other.
                self._resend(message, now_ns)
            if not self.gap_open:
                self._ask_again(self.next_in, now_ns)
            return False
        if message.number < self.next_in:
            if message.values.get(43) != "Y":
                self._too_low(message, now_ns)
            return False
        self.gap_open = False
        return True

    def _on_next(self, message: Received, now_ns: int) -> Received | None:
        assert self.next_in is not None
        self.next_in += 1
        msg_type = message.msg_type
        if msg_type == "1":
            self._reply("0", [(112, message.values.get(112, ""))], now_ns)
        elif msg_type == "2":
            self._resend(message, now_ns)
        elif msg_type == "4":
            self.next_in = max(self.next_in, int(message.values.get(36, "0")))
        elif msg_type == "5":
            self._reply("5", [], now_ns)
            self.is_logged_on = False
            self.wants_close = True
        elif msg_type not in ("0", "3"):
            return message
        return None

    def _too_low(self, message: Received, now_ns: int) -> None:
        text = f"MsgSeqNum too low, expecting {self.next_in} but received {message.number}"
        self._reply("5", [(58, text)], now_ns)
        self.is_logged_on = False
        self.wants_close = True

    def _ask_again(self, first: int, now_ns: int) -> None:
        self.gap_open = True
        self._reply("2", [(7, str(first)), (16, "0")], now_ns)

    def _resend(self, message: Received, now_ns: int) -> None:
        """Reports again with PossDupFlag; everything else as gap fill."""
        begin = int(message.values.get(7, "1"))
        end = int(message.values.get(16, "0")) or self.next_out - 1
        gap_start = 0
        for number in range(begin, min(end, self.next_out - 1) + 1):
            sent = self.sent.get(number)
            if sent is None:
                gap_start = gap_start or number
                continue
            if gap_start:
                self._fill(gap_start, number, now_ns)
                gap_start = 0
            again = [(43, "Y"), (122, sent.sending_time)]
            self._write(sent.msg_type, number, again, sent.fields, now_ns)
        if gap_start:
            self._fill(gap_start, min(end, self.next_out - 1) + 1, now_ns)

    def _fill(self, number: int, next_number: int, now_ns: int) -> None:
        self._write("4", number, [(43, "Y")], [(123, "Y"), (36, str(next_number))], now_ns)

    # Sending.

    def send(
        self, msg_type: str, fields: Iterable[tuple[int, str]], now_ns: int, *, is_kept: bool = True
    ) -> None:
        """One application message. Without a connection it takes its number and, if kept, waits."""
        body = list(fields)
        number = self.next_out
        self.next_out += 1
        if is_kept:
            self.sent[number] = Sent(msg_type, body, codec.format_time(now_ns, 6))
        if self.is_logged_on:
            self._write(msg_type, number, [], body, now_ns)

    def logout(self, text: str, now_ns: int) -> None:
        if self.is_logged_on:
            self._reply("5", [(58, text)], now_ns)
            self.wants_close = True

    def _reply(self, msg_type: str, fields: Pairs, now_ns: int) -> None:
        number = self.next_out
        self.next_out += 1
        self._write(msg_type, number, [], fields, now_ns)

    def _write(self, msg_type: str, number: int, flags: Pairs, fields: Pairs, now_ns: int) -> None:
        self.last_out_ns = now_ns
        header = [
            (35, msg_type), (49, self.ours), (56, self.theirs), (34, str(number)), *flags,
            (52, codec.format_time(now_ns, 6)),
        ]  # fmt: skip
        self.outbox.append(codec.encode(BEGIN_STRING, [*header, *fields]))

    # Time.

    def on_time(self, now_ns: int) -> None:
        if self.is_logged_on and now_ns - self.last_out_ns >= self.heartbeat_s * NS_PER_S:
            self._reply("0", [], now_ns)
