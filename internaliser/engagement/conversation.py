"""Example messages: a conversation of clients with a node, as it took place.

    # Enter an order
    A> 8=FIX.4.4|9=..|35=D|..
    A< 8=FIX.4.4|9=..|35=8|..

One file per version under `examples`. `>` was sent by a client, `<` by the node. The tests hold the
same conversation again and compare.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

from internaliser.errors import DataError

Fields = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """One message. `text` has | between its fields; `title` is that of its part."""

    client: str
    is_sent: bool  # by the client
    text: str
    title: str

    @property
    def fields(self) -> Fields:
        """Tags and values, in order."""
        pairs = (field.partition("=") for field in self.text.split("|"))
        return [(int(tag), value) for tag, _, value in pairs]

    @property
    def msg_type(self) -> str:
        """MsgType(35)."""
        return dict(self.fields)[35]


def parse(text: str) -> Iterator[Line]:
    """The lines of a conversation. DataError names one that is none."""
    title = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            title = line.lstrip("# ")
        elif line.strip():
            client, mark, message = line[:1], line[1:3], line[3:].strip()
            if mark not in ("> ", "< ") or "|35=" not in message:
                raise DataError(f"line {number} of a conversation is no message: {line!r}")
            yield Line(client, mark == "> ", message, title)


def render(lines: Iterable[Line]) -> str:
    """The file that `parse` reads."""
    title = ""
    out = []
    for line in lines:
        if line.title != title:
            title = line.title
            out.append(f"\n# {title}")
        out.append(f"{line.client}{'>' if line.is_sent else '<'} {line.text}")
    return "\n".join(out).lstrip() + "\n"


def conversation(version: str) -> list[Line]:
    """The conversation in a version. DataError when there is none."""
    path = files(__package__).joinpath("examples", f"{version}.txt")
    if not path.is_file():
        raise DataError(f"no examples of {version}")
    return list(parse(path.read_text()))


def first_of(lines: Iterable[Line]) -> dict[tuple[str, bool], Line]:
    """The first example of every MsgType, by (MsgType, sent by the client)."""
    found: dict[tuple[str, bool], Line] = {}
    for line in lines:
        found.setdefault((line.msg_type, line.is_sent), line)
    return found
