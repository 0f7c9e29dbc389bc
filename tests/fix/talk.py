"""A session under test and a hand-written peer that speaks one-line messages.

    talk = Talk()
    talk.log_on()
    assert talk.say("35=1|34=2|112=HELLO") == ["35=0|34=2|112=HELLO"]

Lines leave out 8, 9, 10, 49, 52 and 56 unless a test is about them. Times are written T, T+10,
T-121: the clock of the talk and seconds around it. What the session says is shown the same way; its
122 as seconds since the start.
"""

import re
from typing import Any

from internaliser.fix.codec import encode, format_time, parse_time, split
from internaliser.fix.fix_session import FixSession, SessionEvent

START_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000
HIDDEN = {8, 9, 10, 49, 52, 56}


def pairs_of(message: bytes) -> list[tuple[int, bytes]]:
    pairs = (field.partition(b"=") for field in message.split(b"\x01") if field)
    return [(int(tag), value) for tag, _, value in pairs]


class Talk:
    def __init__(
        self, role: str = "acceptor", begin_string: str = "FIX.4.4", **options: Any
    ) -> None:
        self.now_ns = START_NS
        self.begin_string = begin_string
        self.events: list[SessionEvent] = []
        self.session = FixSession(role, begin_string, "NODE", "CLIENT1", **options)
        self.session.connect(self.now_ns)

    def expand(self, text: str) -> bytes:
        shift = re.fullmatch(r"T([+-]\d+)?", text)
        if shift is None:
            return text.encode("latin-1")
        moment = self.now_ns + int(shift.group(1) or 0) * SECOND_NS
        return format_time(moment, 3).encode()

    def wire(self, line: str) -> bytes:
        """The bytes of one line, with the header fields it does not name."""
        begin_string = self.begin_string
        if line.startswith("8="):
            first, _, line = line.partition("|")
            begin_string = first[2:]
        given = [part.partition("=")[::2] for part in line.split("|")]
        tags = {tag for tag, _ in given}
        header = [("49", "CLIENT1"), ("52", "T"), ("56", "NODE")]
        fields = given[:1] + [f for f in header if f[0] not in tags] + given[1:]
        return encode(begin_string, [(int(tag), self.expand(value)) for tag, value in fields])

    def say(self, *lines: str) -> list[str]:
        """Hand the session these messages, in one piece; what it says to that."""
        data = b"".join(self.wire(line) for line in lines)
        self.events += self.session.receive_data(data, self.now_ns)
        return self.heard()

    def heard(self) -> list[str]:
        return [self.show(message) for message in split(self.session.data_to_send()).messages]

    def show(self, message: bytes) -> str:
        shown = []
        for tag, value in pairs_of(message):
            if tag == 122:
                value = b"T%+d" % ((parse_time(value) - START_NS) // SECOND_NS)
            if tag not in HIDDEN:
                shown.append(f"{tag}={value.decode('latin-1')}")
        return "|".join(shown)

    def log_on(self, heart_bt_s: int = 30) -> list[str]:
        answer = self.say(f"35=A|34={self.session.next_in}|98=0|108={heart_bt_s}")
        assert self.events.pop() == SessionEvent("logged_on")
        return answer

    def send(self, body: str, msg_type: str = "8", **options: bool) -> int:
        """The application sends; `body` in one line."""
        raw = "".join(part + "\x01" for part in body.split("|")).encode("latin-1")
        return self.session.send(msg_type, raw, self.now_ns, **options)

    def wait(self, seconds: float) -> list[str]:
        """Let time pass, calling the session whenever it wants to be called; what it says
        meanwhile.
        """
        end_ns = self.now_ns + int(seconds * SECOND_NS)
        while 0 < self.session.deadline_ns <= end_ns and not self.is_closed:
            self.now_ns = max(self.now_ns, self.session.deadline_ns)
            self.events += self.session.on_time(self.now_ns)
        self.now_ns = end_ns
        return self.heard()

    @property
    def is_closed(self) -> bool:
        return any(event.kind in ("close", "close_now") for event in self.events)

    def taken(self) -> list[tuple[str, int, str]]:
        """The events so far without the bytes of the messages, once."""
        taken = [event[:3] for event in self.events]
        self.events.clear()
        return taken
