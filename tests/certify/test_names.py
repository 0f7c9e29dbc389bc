"""What the {names} of a clause stand for."""

from decimal import Decimal

import pytest

from internaliser.certify.names import Names, Unbound, only_name, plain

NOW_NS = 1_767_225_600_123_456_789  # 2026-01-01
NUMBERS = {"out": 7, "in": 4}


def names() -> Names:
    ids = iter(["id1", "id2", "id3"])
    return Names({"price": "100"}, Decimal("0.5"), lambda: NOW_NS, lambda: next(ids))


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{out}", "7"),
        ("{out+3}", "10"),
        ("{in-4}", "0"),
        ("{3 lots}", "1.5"),
        ("-{4 lots}", "-2"),
        ("{price}", "100"),
        ("{now}", "20260101-00:00:00.123"),
        ("{now-60s}", "20251231-23:59:00.123"),
        ("{now-in-seconds+1s}", "20260101-00:00:01"),
        ("{now-in-micros}", "20260101-00:00:00.123456"),
        ("{now-in-nanos}", "20260101-00:00:00.123456789"),
        ("{length+3}{checksum}", "{length+3}{checksum}"),
        ("no names", "no names"),
    ],
)
def test_a_template_is_filled_in(template: str, value: str) -> None:
    assert names().to_send(template, NUMBERS) == value


def test_an_unknown_name_in_what_we_send_is_a_new_id_and_stays_it() -> None:
    known = names()
    assert known.to_send("{a}|{b}|{a}", NUMBERS) == "id1|id2|id1"
    assert known.expected("{b}", NUMBERS) == "id2"


def test_an_unknown_name_in_what_we_expect_is_not_known_until_it_is_bound() -> None:
    known = names()
    with pytest.raises(Unbound):
        known.expected("{o}", NUMBERS)
    known.bind("o", "41")
    assert known.expected("{o}", NUMBERS) == "41"
    assert known.expected("{o+1}", NUMBERS) == "42"


def test_a_name_alone_is_told_from_one_in_words() -> None:
    assert only_name("{a}") == "a"
    assert only_name("x{a}") is None


@pytest.mark.parametrize(
    ("number", "text"), [("100", "100"), ("1E+2", "100"), ("0.50", "0.5"), ("3.00", "3")]
)
def test_decimals_are_plain(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text
