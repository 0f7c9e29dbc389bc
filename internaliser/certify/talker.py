"""One end of a session under test: its numbers, what it fills in, what it takes in."""

import re
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from internaliser.certify.always import Reports, form_fault
from internaliser.certify.message import Message, encode, text_of
from internaliser.certify.names import Names
from internaliser.certify.settings import Settings
from internaliser.certify.wire import Clock, Connector, Wire
from internaliser.fix import codec

MESSAGE_BYTES_MAX = 1 << 20
BEATS_ITSELF_S = 10  # with a longer HeartBtInt no clause waits long enough to need our heartbeats
ORDER_TYPES = frozenset("DFG")
TIMED_TYPES = frozenset("DFGq")
HEADER = ("49", "56", "34", "43", "97", "52", "122")
_LEFT_OUT = re.compile(r"-\d+")


@dataclass(frozen=True, slots=True)
class Ended:
    """The link is over."""

    def __str__(self) -> str:
        return "the link was closed"


@dataclass(frozen=True, slots=True)
class Garbled:
    """Bytes that are no message: framing, BodyLength or CheckSum."""

    data: bytes

    def __str__(self) -> str:
        return f"no FIX message: {text_of(self.data)}"


Event = Message | Ended | Garbled
Say = Callable[[str, str, str], None]  # talker, "<" or ">", text: the transcript


@dataclass(slots=True)
class Counters:
    """A session's numbers, which outlive its links."""

    next_out: int = 1
    next_in: int = 1
    is_refused: bool = False  # the last attempts to log on all failed


@dataclass(slots=True)
class Talker:
    """`counters` and `reports` belong to the session and are shared by a twin."""

    name: str
    sender: str
    settings: Settings
    names: Names
    clock: Clock
    connector: Connector
    say: Say
    counters: Counters
    reports: Reports
    wire: Wire | None = None
    was_connected: bool = False  # in this clause
    is_silent: bool = False
    heart_bt_s: int = 30
    asked_from: int = 1  # BeginSeqNo(7) of the last ResendRequest that came
    resend_next: int = 0  # number that the resend in progress must bring next; 0 = none asked for
    last_out_s: float = 0.0
    _events: deque[Event] = field(default_factory=deque)
    _unread: bytes = b""

    @property
    def numbers(self) -> dict[str, int]:
        """{out} and {in}."""
        return {"out": self.counters.next_out, "in": self.counters.next_in}

    # ---- receiving -----------------------------------------------------------------------------

    def peek(self, deadline_s: float) -> Event | None:
        """What comes next, without taking it; None when nothing comes until the deadline."""
        while not self._events:
            if self.wire is None:
                return Ended()
            now_s = self.clock.now_s()
            wake_s = deadline_s
            if self.heart_bt_s <= BEATS_ITSELF_S and not self.is_silent:
                wake_s = min(deadline_s, self.last_out_s + self.heart_bt_s)
            if now_s >= wake_s and wake_s < deadline_s:
                self.send(("0",))
                continue
            data = self.wire.read(max(0.0, wake_s - now_s))
            if data is None:
                if self.clock.now_s() >= deadline_s:
                    return None
            else:
                self._frame(data)
        return self._events[0]

    def _frame(self, data: bytes) -> None:
        if not data:
            self._events.append(Ended())
            return
        buffer = self._unread + data
        result = codec.split(buffer, MESSAGE_BYTES_MAX)
        self._unread = buffer[result.used :]
        for raw in result.messages:
            message = Message.of(raw)
            self.say(self.name, "<", str(message))
            self._events.append(message)
        if result.garbled or result.is_oversize:
            self.say(self.name, "<", f"garbled: {text_of(buffer)}")
            self._events.append(Garbled(buffer))

    def take(self, named: Collection[int] = ()) -> str:
        """Consume what `peek` gave; what is wrong with it whatever was expected, "" = nothing.

        `named`: tags that the expectation has judged itself.
        """
        event = self._events.popleft()
        if isinstance(event, Ended):
            self.disconnect()
            return ""
        if isinstance(event, Garbled):
            return str(event)
        settings = self.settings
        if settings.is_listening and event.msg_type == "A" and event.get(141) == "Y":
            self.counters.next_out = self.counters.next_in = 1
        fault = form_fault(event, settings.version, settings.target, self.sender, named)
        fault = fault or self._number_fault(event, 34 in named)
        if event.msg_type == "2":
            self.asked_from = event.number(7) or 1
        if not fault and event.msg_type == "8":
            fault = self.reports.fault_of(event)
        return fault

    def drop(self) -> None:
        """Consume what `peek` gave without judging it."""
        if isinstance(self._events.popleft(), Ended):
            self.disconnect()

    def _number_fault(self, message: Message, is_judged: bool) -> str:
        number, counters = message.number(34), self.counters
        is_reset = message.msg_type == "4" and message.get(123) != "Y"
        after = (message.number(36) or 0) if message.msg_type == "4" else (number or 0) + 1
        if is_reset:
            counters.next_in = after
            return ""
        if number is None:
            return f"MsgSeqNum(34) is no number: {message.get(34)}"
        if message.is_repeat and number < counters.next_in:
            if self.resend_next and number != self.resend_next and not is_judged:
                return f"34={number} in a resend where {self.resend_next} was due"
            self.resend_next = after
        elif number != counters.next_in and not is_judged:
            return f"34={number} where {counters.next_in} was due"
        counters.next_in = max(counters.next_in, after)
        return ""

    # ---- sending -------------------------------------------------------------------------------

    def connect(self) -> None:
        """Open the link; nothing is sent yet."""
        self.disconnect()
        self._events.clear()
        self._unread = b""
        self.is_silent = False
        self.heart_bt_s = 30
        self.resend_next = 0
        self.wire = self.connector.open()
        self.was_connected = True
        self.last_out_s = self.clock.now_s()

    def disconnect(self) -> None:
        """Close the link without a word."""
        if self.wire is not None:
            self.wire.close()
            self.wire = None

    def send(
        self, words: tuple[str, ...], *, is_raw: bool = False, in_pieces: bool = False
    ) -> None:
        """Fill in and send one message of a script."""
        data = self.message(words, is_raw=is_raw)
        self.write([data[at : at + 1] for at in range(len(data))] if in_pieces else [data])

    def write(self, pieces: list[bytes]) -> None:
        """Send bytes; several pieces leave one by one."""
        for piece in pieces:
            if self.wire is not None:
                self.wire.write(piece)
        self.last_out_s = self.clock.now_s()

    def message(self, words: tuple[str, ...], *, is_raw: bool = False) -> bytes:
        """The bytes of one message of a script; its number is taken unless the script gave one."""
        parts = self._raw_parts(words) if is_raw else self._parts(words)
        data = encode(parts)
        self.say(self.name, ">", text_of(data))
        sent = dict(part.partition("=")[::2] for part in parts)
        if sent.get("35") == "2" and sent.get("7", "").isdecimal():
            self.resend_next = int(sent["7"])
        if sent.get("35") == "A":
            self._start(sent)
        return data

    def _start(self, sent: dict[str, str]) -> None:
        """What a Logon of ours settles."""
        if sent.get("108", "").isdecimal():
            self.heart_bt_s = max(1, int(sent["108"]))
        if self._resets(sent.get("35"), sent.get("141")) and sent.get("34") == "1":
            self.counters.next_out, self.counters.next_in = 2, 1

    def _resets(self, msg_type: str | None, flag: str | None) -> bool:
        """Whether this starts the numbers again; towards an initiator we only repeat the flag."""
        return msg_type == "A" and flag == "Y" and not self.settings.is_listening

    def _automatic(self, tag: str) -> str:
        if tag == "34":
            self.counters.next_out += 1
            return str(self.counters.next_out - 1)
        values = {
            "8": self.settings.version.begin_string,
            "9": "{length}",
            "10": "{checksum}",
            "49": self.sender,
            "52": "{now}",
            "56": self.settings.target,
        }
        return self._fill(values[tag])

    def _fill(self, template: str) -> str:
        return self.names.to_send(template, self.numbers)

    def _raw_parts(self, words: tuple[str, ...]) -> list[str]:
        parts = []
        for word in words:
            tag, equals, value = word.partition("=")
            star = equals and value == "*"
            parts.append(f"{tag}={self._automatic(tag)}" if star else self._fill(word))
        return parts

    def _parts(self, words: tuple[str, ...]) -> list[str]:
        msg_type, *given = words
        left_out = {word[1:] for word in given if _LEFT_OUT.fullmatch(word)}
        pairs = [word.partition("=")[::2] for word in given if not _LEFT_OUT.fullmatch(word)]
        told: dict[str, str] = {}
        for tag, value in pairs:
            told.setdefault(tag, value)
        first: set[str] = set()
        body = []
        for tag, value in pairs:
            if tag in ("8", "9", "10", *HEADER) and tag not in first:
                first.add(tag)
            else:
                body.append(f"{tag}={self._fill(value)}")
        for tag, value in self._added(msg_type):
            if tag not in told and tag not in left_out:
                body.append(f"{tag}={self._fill(value)}")
        parts = []
        for tag in ("8", "9", "35", *HEADER):
            if tag == "35":
                parts.append(f"35={msg_type}")
            elif tag in told:
                parts.append(f"{tag}={self._fill(told[tag])}")
            elif tag not in left_out and tag not in ("43", "97", "122"):
                is_reset = tag == "34" and self._resets(msg_type, told.get("141"))
                parts.append(f"{tag}={1 if is_reset else self._automatic(tag)}")
        last = [] if "10" in left_out else [f"10={self._fill(told.get('10', '{checksum}'))}"]
        return [*parts, *body, *last]

    def _added(self, msg_type: str) -> list[tuple[str, str]]:
        settings = self.settings
        fields = [(str(tag), value) for tag, value in settings.version.added.get(msg_type, ())]
        words: tuple[str, ...] = ()
        if msg_type == "A":
            words = (*settings.credentials(self.name), *settings.logon_fields)
        elif msg_type in ORDER_TYPES:
            words = settings.order_fields
        if msg_type in TIMED_TYPES:
            fields.append(("60", "{now}"))
        return [*fields, *(word.partition("=")[::2] for word in words)]
