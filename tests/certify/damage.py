"""A recorded conversation with one thing wrong in it: every clause must notice."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from internaliser.certify.clause import Clause
from internaliser.certify.message import DECIMAL_TAGS, Message, encode, mismatch
from internaliser.certify.runner import Outcome, Runner
from internaliser.certify.script import Condition
from internaliser.certify.settings import Settings
from internaliser.certify.wire import Clock, Connector
from internaliser.fix import codec
from tests.certify.links import FakeClock, Heard, Playback, Recording

Fitted = list[tuple[str, tuple[Condition, ...]]]  # a message and what was expected of it


@dataclass(frozen=True, slots=True)
class Recorded:
    """A clause that was run, and what came over each of its links."""

    clause: Clause
    settings: Settings
    links: list[Heard]


def record(
    clause: Clause, settings: Settings, connector: Connector, clock: Clock
) -> tuple[Outcome, Recorded]:
    """Run a clause for real and keep it."""
    recording = Recording(connector, clock)
    outcome = Runner(settings, recording, clock, run_id(clause)).run(clause)
    return outcome, Recorded(clause, settings, recording.links)


def replay(recorded: Recorded, links: list[Heard]) -> Outcome:
    """The clause again, over what was heard."""
    clock, clause = FakeClock(), recorded.clause
    return Runner(recorded.settings, Playback(links, clock), clock, run_id(clause)).run(clause)


def run_id(clause: Clause) -> str:
    """The same ids in the replay, others in each clause."""
    return f"{zlib.crc32(clause.name.encode()):x}"


def fitted(recorded: Recorded) -> Fitted:
    """Which message met which expectation."""
    found: Fitted = []

    def noted(
        message: Message, msg_type: str, conditions: tuple[Condition, ...], *more: Any
    ) -> str:
        fault = mismatch(message, msg_type, conditions, *more)
        if not fault and conditions not in (before for _, before in found):
            found.append((str(message), conditions))
        return fault

    with patch("internaliser.certify.attempt.mismatch", noted):
        replay(recorded, recorded.links)
    return found


def damaged(recorded: Recorded) -> Iterator[tuple[str, list[Heard]]]:
    """What is wrong, and the conversation with it."""
    whole = [_messages(link) for link in recorded.links]
    for text, conditions in fitted(recorded):
        for condition in conditions:
            for what, changed in _changes(text, condition):
                yield what, _with(whole, text, changed)
        yield f"another MsgType in {text}", _with(whole, text, _set(text, 35, "B"))
        yield f"a wrong CheckSum in {text}", _with(whole, text, None)
        yield f"a wrong TargetCompID in {text}", _with(whole, text, _set(text, 56, "NOBODY"))


def _messages(link: Heard) -> Heard:
    """One entry per message."""
    messages: Heard = []
    unread = b""
    for at_s, data in link:
        if not data:
            messages.append((at_s, b""))
            continue
        result = codec.split(unread + data)
        unread = (unread + data)[result.used :]
        messages += [(at_s, message) for message in result.messages]
    return messages


def _with(whole: list[Heard], text: str, changed: str | None) -> list[Heard]:
    """The conversation with one message changed; None = its CheckSum."""
    before = encode([*text.split("|")[:-1], "10={checksum}"])
    new = before[:-4] + b"999\x01" if changed is None else encode(changed.split("|"))
    return [[(at_s, new if data == before else data) for at_s, data in link] for link in whole]


def _set(text: str, tag: int, value: str | None) -> str:
    """A message with another value, None = without the tag; BodyLength and CheckSum are right."""
    parts = []
    for part in text.split("|"):
        if part.startswith("9="):
            parts.append("9={length}")
        elif part.startswith("10="):
            parts.append("10={checksum}")
        elif not part.startswith(f"{tag}="):
            parts.append(part)
        elif value is not None:
            parts.append(f"{tag}={value}")
    return "|".join(parts)


def _changes(text: str, condition: Condition) -> Iterator[tuple[str, str]]:
    tag = condition.tag
    if condition.operator == "absent":
        added = _set(text, 52, f"20260101-00:00:00|{tag}=1")
        yield f"{tag} added to {text}", added
        return
    yield f"{tag} left out of {text}", _set(text, tag, None)
    is_new_name = condition.operator == "=" and all(
        value.startswith("{") and value[1].isalpha() for value in condition.values
    )
    if condition.operator in ("=", "~") and not is_new_name:
        other = "77.5" if tag in DECIMAL_TAGS else "~"
        yield f"{tag}={other} in {text}", _set(text, tag, other)
