"""The language of a clause's script: lines to steps. Knows words, not sockets.

    logon 108=1             connect, log on, take the answer; fields are added to the Logon
    logon kept              the same without a reset: both numbers go on
    > 1|112={t}             send; header and trailer are filled in. A field given replaces the
                            automatic one, "-56" leaves it out. A message with 34 takes no number
    raw > 8=*|9=*|35=0|..   exactly these fields in this order; * is what would have been filled in
    in pieces > 0           one byte at a time
    < 0|112={t}|58|-43      the next message: value, present, absent; "39=0 or 1", "58~word"
                            (contains), "108!=0" as well
    maybe < 5               taken if it is the next message
    after 0.8 within 2 < 0  not before, not later (seconds)
    closed                  the link ends, with nothing more said
    refused                 the same after any Reject or Logout, or after none
    quiet 0.3               nothing comes for so long
    ping                    a TestRequest, and its Heartbeat is all that comes
    fill                    gap-fill up to our next number, as answer to a ResendRequest
    next out {out+5}        our next number; "next in": the next one we expect
    connect, disconnect     the bare link
    silent                  from here on no heartbeats of our own
    wait 1.5                seconds, with our heartbeats

Blocks are indented: "at once" (sends in one write), "in any order" (expectations), "repeat 3",
"either" and "or" (the first whose first line fits what came next). "second" before a line: the
other session; "twin": another link with the first one's CompIDs.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

TALKERS = ("first", "second", "twin")
BLOCKS = ("at once", "in any order", "either", "or", "repeat")
PLAIN = ("connect", "disconnect", "closed", "refused", "ping", "fill", "silent")
NUMBERED = ("quiet", "wait")
REPEATS_MAX = 1000

Verb = Literal["send", "raw", "in pieces", "expect", "maybe", "block", "do"]
Operator = Literal["=", "!=", "~", "present", "absent"]

_TIMED = re.compile(r"(?:after ([\d.]+) )?(?:within ([\d.]+) )?(.*)")
_CONDITION = re.compile(r"(\d+)(!=|=|~)(.*)")
_FIELD = re.compile(r"-?[^=|]+=.*|-\d+")


class ScriptError(ValueError):
    """A clause file that cannot be read. Names the line."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must hold of a message. `values`: templates, any of them will do."""

    tag: int
    operator: Operator
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.operator == "absent":
            return f"no {self.tag}"
        if self.operator == "present":
            return f"{self.tag}"
        return f"{self.tag}{self.operator}{' or '.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Step:
    """One line. What `words` holds depends on the verb: fields to send, or a deed's arguments."""

    verb: Verb
    line: int
    text: str
    talker: str = "first"
    words: tuple[str, ...] = ()
    msg_type: str = ""
    conditions: tuple[Condition, ...] = ()
    after_s: float = 0.0
    within_s: float = 0.0  # 0 = the run's time-out
    branches: tuple[tuple["Step", ...], ...] = field(default=())


Line = tuple[int, int, str]  # number, indent, text


def parse_script(lines: list[tuple[int, str]], phrases: Mapping[str, str]) -> tuple[Step, ...]:
    """The steps of numbered lines. ScriptError for what is no step."""
    meaningful = [
        (number, len(text) - len(text.lstrip()), text.split(" #")[0].strip())
        for number, text in lines
        if text.strip() and not text.lstrip().startswith("#")
    ]
    return tuple(_steps(meaningful, phrases))


def _steps(lines: list[Line], phrases: Mapping[str, str]) -> Iterator[Step]:
    at = 0
    while at < len(lines):
        number, indent, text = lines[at]
        if not text.startswith(BLOCKS):
            yield _simple(number, text, phrases)
            at += 1
            continue
        branches: list[tuple[Step, ...]] = []
        while not branches or (at < len(lines) and lines[at][2] == "or" and text == "either"):
            end = at + 1
            while end < len(lines) and lines[end][1] > indent:
                end += 1
            branches.append(tuple(_steps(lines[at + 1 : end], phrases)))
            at = end
        yield _block(number, text, tuple(branches))


def _block(number: int, text: str, branches: tuple[tuple[Step, ...], ...]) -> Step:
    verbs = {"at once": {"send", "raw"}, "in any order": {"expect"}}.get(text)
    if not all(branches) or text == "or":
        raise ScriptError(f"line {number}: {text!r} needs indented lines")
    if verbs and not {step.verb for step in branches[0]} <= verbs:
        raise ScriptError(f"line {number}: only {' or '.join(sorted(verbs))} in {text!r}")
    if text == "either" and not all(_is_awaited(branch[0]) for branch in branches):
        raise ScriptError(f"line {number}: each way begins with what comes")
    words = tuple(text.split())
    if words[0] == "repeat" and not (words[1:] and words[1].isdecimal()):
        raise ScriptError(f"line {number}: repeat how often?")
    return Step("block", number, text, words=words, branches=branches)


def _is_awaited(step: Step) -> bool:
    return step.verb == "expect" or step.words[:1] in (("closed",), ("refused",), ("quiet",))


def _simple(number: int, text: str, phrases: Mapping[str, str]) -> Step:
    talker, _, rest = text.partition(" ")
    if talker not in TALKERS:
        talker, rest = "first", text
    timed = _TIMED.fullmatch(rest)
    assert timed is not None
    after_s, within_s, rest = float(timed[1] or 0), float(timed[2] or 0), timed[3]
    for mark, send in ((">", "send"), ("raw >", "raw"), ("in pieces >", "in pieces")):
        if rest.startswith(mark):
            words = _fields(number, rest.removeprefix(mark).strip(), send)
            return Step(send, number, text, talker, words)  # type: ignore[arg-type]
    for mark, expect in (("<", "expect"), ("maybe <", "maybe")):
        if rest.startswith(mark):
            parts = rest.removeprefix(mark).strip().split("|")
            return Step(
                expect,  # type: ignore[arg-type]
                number,
                text,
                talker,
                msg_type=parts[0],
                conditions=tuple(_conditions(number, parts[1:], phrases)),
                after_s=after_s,
                within_s=within_s,
            )
    words = tuple(rest.split())
    if not _is_deed(words):
        raise ScriptError(f"line {number}: {text!r} is no step")
    return Step("do", number, text, talker, words, after_s=after_s, within_s=within_s)


def _is_deed(words: tuple[str, ...]) -> bool:
    if not words:
        return False
    if words[0] == "logon":
        rest = words[2:] if words[1:2] == ("kept",) else words[1:]
        return len(rest) <= 1 and all("=" in word or word.startswith("-") for word in rest)
    if words[0] == "next":
        return len(words) == 3 and words[1] in ("in", "out")
    if words[0] in NUMBERED:
        return len(words) == 2
    return words[0] in PLAIN and len(words) == 1


def _fields(number: int, text: str, verb: str) -> tuple[str, ...]:
    words = tuple(text.split("|"))
    if verb != "raw" and not all(_FIELD.fullmatch(word) for word in words[1:]):
        raise ScriptError(f"line {number}: expected TYPE|tag=value|-tag, found {text!r}")
    return words


def _conditions(number: int, parts: list[str], phrases: Mapping[str, str]) -> Iterator[Condition]:
    for part in parts:
        match = _CONDITION.fullmatch(part)
        if part in phrases:
            yield from _conditions(number, phrases[part].split("|"), phrases)
        elif part.isdecimal():
            yield Condition(int(part), "present")
        elif part.startswith("-") and part[1:].isdecimal():
            yield Condition(int(part[1:]), "absent")
        elif match:
            operator: Operator = match[2]  # type: ignore[assignment]
            yield Condition(int(match[1]), operator, tuple(match[3].split(" or ")))
        else:
            raise ScriptError(f"line {number}: {part!r} is neither a condition nor a phrase")
