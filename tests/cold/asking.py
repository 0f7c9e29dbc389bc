"""Questions as clients write them, and answers read back: checked against the dictionary first."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from internaliser.cold.question import FIX44, FIX50, Out, Question
from internaliser.dictionaries import FILES, dictionary_of
from internaliser.fix import codec
from internaliser.resources import resource
from tests.whole_node import START_NS

try:
    import quickfix
except ImportError:  # the interop extra
    quickfix = None

HEADER = "34=9|49=NODE|52=20231114-22:13:20.000|56=CLIENT1|"
GOOD = -1


def judged_by_quickfix(raw: bytes, begin_string: str) -> None:
    """QuickFIX reads it by our dictionary and finds nothing wrong; where it is installed. FIXT has
    two files, which it takes from Python one at a time only."""
    if quickfix is not None and begin_string != FIX50:
        judge = quickfix_dictionary(begin_string)
        judge.validate(quickfix.Message(raw.decode("latin-1"), judge, True))


@cache
def quickfix_dictionary(begin_string: str) -> Any:
    """Our own file, as any QuickFIX client loads it."""
    return quickfix.DataDictionary(str(resource(f"fix_specs/{FILES[begin_string][0]}")))


def message(msg_type: str, body: bytes, begin_string: str = FIX44) -> bytes:
    """A whole message around a body."""
    return codec.encode(
        begin_string, [*codec.from_text(f"35={msg_type}|{HEADER}"), *codec.from_text(shown(body))]
    )


def asked(
    text: str,
    *,
    client: int = 0,
    name: str = "CLIENT1",
    begin_string: str = FIX44,
    also: frozenset[str] = frozenset(),
    **more: object,
) -> Question:
    """`x|320=r1|559=4`, taken in by our own dictionary as the session would."""
    msg_type, _, rest = text.partition("|")
    told = rest.replace("|", "\x01").encode("latin-1") + b"\x01"
    whole = message(msg_type, told, begin_string)
    assert dictionary_of(begin_string, also=also).verdict(whole).reason == GOOD, text
    facts: dict[str, object] = {
        "session": client,
        "client": client,
        "client_name": name,
        "begin_string": begin_string,
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


def said(
    outs: Iterable[Out], begin_string: str = FIX44, also: frozenset[str] = frozenset()
) -> list[str]:
    """What a client reads: every message stands up to the dictionary of the receiving side."""
    found = []
    for out in outs:
        whole = message(out.msg_type, out.body, begin_string)
        verdict = dictionary_of(begin_string, "initiator", also=also).verdict(whole)
        text = f"{out.msg_type}|{shown(out.body)}"
        assert verdict.reason == GOOD, f"{verdict}: {text}"
        if not also:
            judged_by_quickfix(whole, begin_string)
        found.append(text)
    return found


def values(text: str, tag: int) -> list[str]:
    """Every value of a tag in what `said` gave."""
    return [part.split("=", 1)[1] for part in text.split("|") if part.startswith(f"{tag}=")]


class Changing:
    """A store of credentials: what it was asked for, and a change that takes some looks."""

    def __init__(self, outcome: str | None = None, looks: int = 0) -> None:
        self.asked_for: list[tuple[str, str, str]] = []
        self.outcome = outcome
        self.looks = looks

    def __call__(self, client: str, old: str, new: str) -> "Changing":
        self.asked_for.append((client, old, new))
        return self

    def done(self) -> bool:
        self.looks -= 1
        return self.looks < 0

    def result(self) -> str | None:
        return self.outcome
