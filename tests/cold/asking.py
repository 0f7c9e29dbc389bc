"""Questions as clients write them, and answers read back: checked against the dictionary first."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from internaliser.cold.question import Out, Question
from internaliser.fix import codec
from internaliser.fix.dictionary import Dictionary
from internaliser.resources import resource
from tests.whole_node import START_NS

try:
    import quickfix
except ImportError:  # the interop extra
    quickfix = None

HEADER = "34=9|49=NODE|52=20231114-22:13:20.000|56=CLIENT1|"
GOOD = -1


@cache
def dictionary(role: str) -> Dictionary:
    """FIX 4.4 as we speak it, for one side."""
    return Dictionary(resource("fix_specs/FIX44.xml"), role=role)


def judged_by_quickfix(raw: bytes) -> None:
    """QuickFIX reads it by our dictionary and finds nothing wrong; where it is installed."""
    if quickfix is not None:
        judge = quickfix_dictionary()
        judge.validate(quickfix.Message(raw.decode("latin-1"), judge, True))


@cache
def quickfix_dictionary() -> Any:
    """Our own file, as any QuickFIX client loads it."""
    return quickfix.DataDictionary(str(resource("fix_specs/FIX44.xml")))


def message(msg_type: str, body: bytes) -> bytes:
    """A whole message around a body."""
    return codec.encode(
        "FIX.4.4", [*codec.from_text(f"35={msg_type}|{HEADER}"), *codec.from_text(shown(body))]
    )


def asked(text: str, *, client: int = 0, name: str = "CLIENT1", **more: object) -> Question:
    """`x|320=r1|559=4`, taken in by our own dictionary as the session would."""
    msg_type, _, rest = text.partition("|")
    whole = message(msg_type, rest.replace("|", "\x01").encode("latin-1") + b"\x01")
    assert dictionary("acceptor").verdict(whole).reason == GOOD, text
    facts: dict[str, object] = {
        "session": client,
        "client": client,
        "client_name": name,
        "begin_string": "FIX.4.4",
        "msg_type": msg_type,
        "msg_seq_num": 2,
        "generation": 1,
        "time_ns": START_NS,
        "fields": tuple(codec.split_fields(whole)),
    }
    return Question(**(facts | more))  # type: ignore[arg-type]


def shown(body: bytes) -> str:
    """A body for people."""
    return body.decode("latin-1").replace("\x01", "|").removesuffix("|")


def said(outs: Iterable[Out]) -> list[str]:
    """What a client reads: every message stands up to the dictionary of the receiving side."""
    found = []
    for out in outs:
        whole = message(out.msg_type, out.body)
        verdict = dictionary("initiator").verdict(whole)
        text = f"{out.msg_type}|{shown(out.body)}"
        assert verdict.reason == GOOD, f"{verdict}: {text}"
        judged_by_quickfix(whole)
        found.append(text)
    return found


def values(text: str, tag: int) -> list[str]:
    """Every value of a tag in what `said` gave."""
    return [part.split("=", 1)[1] for part in text.split("|") if part.startswith(f"{tag}=")]
