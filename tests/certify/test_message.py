"""What came against what was expected; what goes, as bytes."""

from decimal import Decimal

import pytest

from internaliser.certify.message import Message, encode, mismatch, text_of
from internaliser.certify.names import Names
from internaliser.certify.script import Condition, parse_script
from internaliser.fix import codec

NUMBERS = {"out": 5, "in": 9}


def names() -> Names:
    return Names({"price": "100"}, Decimal(1), lambda: 0, lambda: "new")


def message(text: str) -> Message:
    parts = ["8=FIX.4.4", "9={length}", *text.split("|"), "10={checksum}"]
    return Message.of(encode(parts))


def conditions(text: str) -> tuple[Condition, ...]:
    (step,) = parse_script([(1, f"< 8|{text}")], {})
    return step.conditions


REPORT = message("35=8|34=9|11=a1|44=100.00|58=too late")


@pytest.mark.parametrize(
    "text", ["11=a1", "44={price}", "34={in}", "11=b or a1", "58~late", "58", "-41", "11!=b"]
)
def test_what_fits(text: str) -> None:
    assert mismatch(REPORT, "8", conditions(text), names(), NUMBERS) == ""


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("11=b", "11=a1 where b was expected"),
        ("44=100.01", "44=100.00 where 100.01 was expected"),
        ("34={in+1}", "34=9 where 10 was expected"),
        ("11=b or c", "11=a1 where b or c was expected"),
        ("58~early", "'too late' without ['early']"),
        ("41", "41 is missing, expected 41"),
        ("-58", "58=too late where none was expected"),
        ("11!=a1", "11=a1 where a1 must not be"),
    ],
)
def test_what_does_not_fit_is_said(text: str, fault: str) -> None:
    assert mismatch(REPORT, "8", conditions(text), names(), NUMBERS) == fault


def test_another_message_does_not_fit() -> None:
    fault = mismatch(REPORT, "3", (), names(), NUMBERS)
    assert fault == "35=8 where 35=3 was expected"


def test_a_new_name_is_bound_when_all_fits_and_only_then() -> None:
    known = names()
    assert mismatch(REPORT, "8", conditions("11={a}|58=no"), known, NUMBERS) != ""
    assert mismatch(REPORT, "8", conditions("11={a}"), known, NUMBERS) == ""
    assert known.expected("{a}", NUMBERS) == "a1"
    assert mismatch(REPORT, "8", conditions("58={a}"), known, NUMBERS) != ""


def test_a_name_met_twice_must_be_the_same_twice() -> None:
    assert mismatch(REPORT, "8", conditions("11={a}|58={a}"), names(), NUMBERS) != ""


def test_an_encoded_message_is_whole() -> None:
    data = encode(["8=FIX.4.4", "9={length}", "35=0", "34=2", "10={checksum}"])
    assert codec.split(data).messages == [data]
    assert text_of(data) == "8=FIX.4.4|9=10|35=0|34=2|10=166"


@pytest.mark.parametrize("wrong", ["9={length+1}", "9={length-1}", "10={checksum+1}"])
def test_a_shift_makes_it_garbled(wrong: str) -> None:
    parts = ["8=FIX.4.4", "9={length}", "35=0", "34=2", "10={checksum}"]
    tag = wrong[:2].rstrip("=")
    data = encode([wrong if part.startswith(f"{tag}=") else part for part in parts])
    assert codec.split(data).messages == []


def test_values_are_read_as_numbers_where_they_are() -> None:
    assert REPORT.number(34) == 9
    assert REPORT.number(11) is None
    assert REPORT.amount(44) == Decimal(100)
    assert REPORT.amount(58) is None
