"""Amounts: plain digits only, and rounding to the safe side, exact."""

import re
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.venues.binance.amounts import (
    Amount,
    floored,
    is_multiple,
    raised,
    read_amounts,
    text_of,
)

amounts = st.decimals("0", "1e12", places=8, allow_nan=False)
steps = st.integers(1, 10**12).map(lambda n: Decimal(n).scaleb(-8))


@pytest.mark.parametrize("text", ["0", "0.00000001", "123456789012345.123456789012345678"])
def test_plain_digits_are_an_amount(text: str) -> None:
    assert msgspec.convert(text, Amount) == text


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", "1e5", "NaN", "Infinity", ".5", "5.", "1,5", " 1", "1\n", "0x1", "1_0",
     "\u0661", "1" * 16, "0." + "1" * 19],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, Amount)


@given(st.lists(st.from_regex(r"\A-?[0-9.;eN +]{0,30}\Z"), min_size=1, max_size=4))
def test_many_at_once_are_what_each_of_them_is(texts: list[str]) -> None:
    plain = [re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) and len(text) <= 34 for text in texts]
    assert read_amounts(texts) == ([*map(Decimal, texts)] if all(plain) else None)


@pytest.mark.parametrize(
    ("value", "text"),
    [("50.00", "50"), ("0.00078", "0.00078"), ("1E+3", "1000"), ("1E-8", "0.00000001"),
     ("10", "10"), ("0.20", "0.2")],
)  # fmt: skip
def test_an_amount_is_sent_as_plain_digits(value: str, text: str) -> None:
    assert text_of(Decimal(value)) == text


@given(amounts, steps)
def test_floored_is_the_greatest_multiple_not_above(value: Decimal, step: Decimal) -> None:
    result = floored(value, step)
    assert result <= value < result + step
    assert is_multiple(result, step)


@given(amounts, steps)
def test_raised_is_the_least_multiple_not_below(value: Decimal, step: Decimal) -> None:
    result = raised(value, step)
    assert result - step < value <= result
    assert is_multiple(result, step)
