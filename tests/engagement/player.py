"""Hold the conversation of script.txt with a running node, in one version.

    # Title of a part
    A logon                 connect and log on, numbers from 1
    A> 35=D|11=a1|..        send; 52 and, where the message takes it, 60 are added; {37} is what was
                            received last with that tag
    A< 8                    receive: the next message must have this MsgType(35)
    A logout                say Logout, hear it
    A cut                   end the connection without a word

A part with a message that the version does not take in is left out whole.
"""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from internaliser.certify.versions import VERSIONS
from internaliser.dictionaries import dictionary_of
from internaliser.engagement.conversation import Line
from internaliser.fix import codec
from internaliser.fix.spec import Spec

SCRIPT = Path(__file__).with_name("script.txt")
ANSWER_S = 20.0
CLIENTS = {"A": "CLIENT1", "B": "CLIENT2"}
_RECEIVED = re.compile(r"\{(\d+)\}")

Part = tuple[str, list[str]]


def parts(text: str) -> Iterator[Part]:
    """(title, lines) of every part."""
    title, lines = "", list[str]()
    for line in text.splitlines():
        if line.startswith("#"):
            if lines:
                yield title, lines
            title, lines = line.lstrip("# "), []
        elif line.strip():
            lines.append(line)
    yield title, lines


def is_spoken(spec: Spec, lines: list[str]) -> bool:
    """Whether the version takes in all that the part sends, or knows it and the part says so."""
    sent = [line[3:].split("|")[0].removeprefix("35=") for line in lines if line[1:3] == "> "]
    known = [spec.messages[kind] for kind in sent if kind in spec.messages]
    is_refused = any(line[1:] == "< j" for line in lines)
    return len(known) == len(sent) and all(
        "acceptor" in message.accepted_by or is_refused for message in known
    )


class Speaker:
    """One client: what it sends and receives is appended to `heard`."""

    def __init__(self, letter: str, version: str, port: int, heard: list[Line]) -> None:
        self.letter = letter
        self.version = VERSIONS[version]
        self.spec = dictionary_of(version).spec
        self.port = port
        self.heard = heard
        self.title = ""
        self.received: dict[int, str] = {}
        self._link: socket.socket | None = None
        self._unread = b""
        self._next_out = 1

    def log_on(self) -> None:
        self._link = socket.create_connection(("127.0.0.1", self.port), ANSWER_S)
        self._next_out = 1
        self.send("35=A|98=0|108=30|141=Y")
        self.expect("A")

    def log_out(self) -> None:
        self.send("35=5")
        self.expect("5")
        self.cut()

    def cut(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
        self._unread = b""

    def send(self, body: str) -> None:
        body = _RECEIVED.sub(lambda match: self.received[int(match[1])], body)
        (_, kind), *fields = [part.split("=", 1) for part in body.split("|")]
        added = [(str(tag), text) for tag, text in self.version.added.get(kind, ())]
        fields += [list(pair) for pair in added if pair[0] not in dict(fields)]
        now = codec.format_time(time.time_ns(), 6)
        if "60" not in dict(fields) and _takes(self.spec, kind, 60):
            fields.append(["60", now])
        head = [["35", kind], ["34", str(self._next_out)], ["49", CLIENTS[self.letter]]]
        head += [["52", now], ["56", "NODE"]]
        self._next_out += 1
        message = codec.encode(
            self.version.begin_string, [(int(tag), text) for tag, text in [*head, *fields]]
        )
        assert self._link is not None
        self._link.sendall(message)
        self._note(True, message)

    def expect(self, kind: str) -> None:
        message = self._next()
        self._note(False, message)
        found = self.heard[-1]
        assert found.msg_type == kind, f"expected 35={kind}, received {found.text}"
        self.received.update(dict(found.fields))

    def _next(self) -> bytes:
        assert self._link is not None
        self._link.settimeout(ANSWER_S)
        while not (result := codec.split(self._unread, 1 << 20)).messages:
            data = self._link.recv(65536)
            assert data, f"{self.letter}: the node ended the connection"
            self._unread += data
        first = result.messages[0]
        self._unread = self._unread[len(first) :]
        return first

    def _note(self, is_sent: bool, message: bytes) -> None:
        text = message.decode("latin-1").rstrip("\x01").replace("\x01", "|")
        self.heard.append(Line(self.letter, is_sent, text, self.title))


def _takes(spec: Spec, kind: str, tag: int) -> bool:
    return any(member.tag == tag for member in spec.messages[kind].members)


def play(version: str, port: int) -> list[Line]:
    """The whole conversation with the node on `port`."""
    heard: list[Line] = []
    speakers = {letter: Speaker(letter, version, port, heard) for letter in CLIENTS}
    try:
        for title, lines in parts(SCRIPT.read_text()):
            if is_spoken(dictionary_of(version).spec, lines):
                for line in lines:
                    speakers[line[0]].title = title
                    _do(speakers[line[0]], line[1:])
    finally:
        for speaker in speakers.values():
            speaker.cut()
    return heard


def _do(speaker: Speaker, what: str) -> None:
    if what.startswith("> "):
        speaker.send(what[2:])
    elif what.startswith("< "):
        speaker.expect(what[2:])
    else:
        {"logon": speaker.log_on, "logout": speaker.log_out, "cut": speaker.cut}[what.strip()]()
