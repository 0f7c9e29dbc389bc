"""What the other end says, as bytes, and a run against it without sockets."""

from decimal import Decimal

from internaliser.certify.always import Reports
from internaliser.certify.clause import parse_clause
from internaliser.certify.message import encode
from internaliser.certify.names import Names
from internaliser.certify.runner import Outcome, Runner
from internaliser.certify.settings import Settings
from internaliser.certify.talker import Counters, Talker
from internaliser.certify.versions import VERSIONS
from tests.certify.links import FakeClock, Heard, Playback

SETTINGS = Settings(VERSIONS["FIX.4.4"], second="CLIENT2")


def says(text: str, number: int = 1, to: str = "CLIENT1", begin: str = "FIX.4.4") -> bytes:
    """A good message of the node's: "0|112=x"."""
    msg_type, _, body = text.partition("|")
    head = ["49=NODE", f"56={to}", f"34={number}", "52=20260101-00:00:00.000"]
    parts = [f"8={begin}", "9={length}", f"35={msg_type}", *head]
    return encode(
        [*parts, *body.split("|"), "10={checksum}"] if body else [*parts, "10={checksum}"]
    )


def heard(*texts: str, every_s: float = 0.01) -> Heard:
    """A link on which the node says these one after another; "" closes it."""
    return [
        ((number - 1) * every_s, says(text, number) if text else b"")
        for number, text in enumerate(texts, 1)
    ]


LOGON = "A|98=0|108=30|141=Y"


def run(script: str, *links: Heard, settings: Settings = SETTINGS, head: str = "") -> Outcome:
    """A clause of that script over what is heard. Ids are t-1, t-2, ..."""
    clause = parse_clause("test", f"clause: c\nsource: s\n{head}\n{script}")
    clock = FakeClock()
    return Runner(settings, Playback(list(links), clock), clock, "t").run(clause)


def talker_over(*links: Heard, settings: Settings = SETTINGS) -> tuple[Talker, Playback, list[str]]:
    """A connected talker, its links, and what the transcript says."""
    clock, said = FakeClock(), list[str]()
    ids = (f"id{number}" for number in range(1, 100))
    names = Names(settings.names(), Decimal(1), clock.now_ns, lambda: next(ids))
    playback = Playback(list(links), clock)
    talker = Talker(
        "first",
        settings.sender,
        settings,
        names,
        clock,
        playback,
        lambda who, direction, text: said.append(f"{who} {direction} {text}"),
        Counters(),
        Reports(),
    )
    talker.connect()
    return talker, playback, said
