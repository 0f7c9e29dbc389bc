"""Lines to steps."""

import pytest

from internaliser.certify.script import Condition, ScriptError, Step, parse_script

PHRASES = {"new": "150=0|39=0"}


def parse(text: str) -> tuple[Step, ...]:
    return parse_script(list(enumerate(text.splitlines(), 1)), PHRASES)


def test_what_is_sent() -> None:
    assert parse("> 1|112=x|-56") == (
        Step("send", 1, "> 1|112=x|-56", words=("1", "112=x", "-56")),
    )


def test_raw_and_in_pieces_by_others() -> None:
    raw, pieces = parse("second raw > 8=*|noise\ntwin in pieces > 0")
    assert (raw.verb, raw.talker, raw.words) == ("raw", "second", ("8=*", "noise"))
    assert (pieces.verb, pieces.talker, pieces.words) == ("in pieces", "twin", ("0",))


def test_what_is_expected() -> None:
    (step,) = parse("after 0.8 within 2 < 8|new|37|-58|103=0 or 6|58~late|17!={e}")
    assert (step.verb, step.msg_type, step.after_s, step.within_s) == ("expect", "8", 0.8, 2.0)
    assert step.conditions == (
        Condition(150, "=", ("0",)),
        Condition(39, "=", ("0",)),
        Condition(37, "present"),
        Condition(58, "absent"),
        Condition(103, "=", ("0", "6")),
        Condition(58, "~", ("late",)),
        Condition(17, "!=", ("{e}",)),
    )


def test_conditions_read_as_they_were_written() -> None:
    (step,) = parse("< 8|37|-58|103=0 or 6|58~late")
    assert [str(condition) for condition in step.conditions] == [
        "37",
        "no 58",
        "103=0 or 6",
        "58~late",
    ]


def test_deeds_comments_and_empty_lines() -> None:
    logon, closed = parse(
        "# a comment\n\nlogon kept 789={in}  # so\nsecond within 4 closed",
    )
    assert (logon.line, logon.words) == (3, ("logon", "kept", "789={in}"))
    assert (closed.talker, closed.words, closed.within_s) == ("second", ("closed",), 4.0)


def test_blocks_nest() -> None:
    either, after = parse(
        "either\n  < 3\n  repeat 2\n    ping\nor\n  closed\nor\n  quiet 0.3\nping"
    )
    assert either.text == "either"
    assert [[step.text for step in branch] for branch in either.branches] == [
        ["< 3", "repeat 2"],
        ["closed"],
        ["quiet 0.3"],
    ]
    assert after.text == "ping"


@pytest.mark.parametrize(
    "text",
    [
        "dance",
        "within 4 second closed",
        "within 4 ",
        "either\n  ping",
        "> 1|112",
        "< 8|odd",
        "< 8|37>1",
        "wait",
        "next out",
        "logon 108",
        "or\n  ping",
        "either\n  ping\nor",
        "either\n  > 0\nor\n  < 3",
        "at once\n  < 3",
        "in any order\n  ping",
        "repeat\n  ping",
        "repeat 2",
    ],
)
def test_what_is_no_step_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(ScriptError, match=r"line [12]"):
        parse(text)
