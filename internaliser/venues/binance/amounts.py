"""Amounts as the venue writes them, and rounding that is always to the safe side.

    floored(Decimal("0.4234"), Decimal("0.001"))          Decimal('0.423')
    text_of(Decimal("50.00"))                             '50'

An amount is plain digits in a JSON string: no sign where none belongs, no exponent, no NaN, and not
more digits than an asset can have; zeros at the end are none. The venue counts in 64-bit integers,
so sums of its amounts are exact in Decimal's default 28 digits. Anything else makes what holds it
unreadable.
"""

from collections.abc import Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Annotated

from msgspec import Meta

WHOLE_DIGITS_MAX = 15
FRACTION_DIGITS_MAX = 18
_CHARS = "0123456789.;"
CHARS_MAX = WHOLE_DIGITS_MAX + 1 + FRACTION_DIGITS_MAX
_PLAIN = rf"[0-9]{{1,{WHOLE_DIGITS_MAX}}}(\.[0-9]{{1,{FRACTION_DIGITS_MAX}}})?"

Amount = Annotated[str, Meta(pattern=rf"\A{_PLAIN}\Z")]
SignedAmount = Annotated[str, Meta(pattern=rf"\A-?{_PLAIN}\Z")]

# Products of two amounts and quotients by the finest step fit; what does not is refused, not cut.
MATH = Context(
    prec=4 * (WHOLE_DIGITS_MAX + FRACTION_DIGITS_MAX), traps=[Inexact, InvalidOperation, Overflow]
)
ZERO = Decimal(0)


def read_amounts(texts: Sequence[str]) -> list[Decimal] | None:
    """The numbers of `texts` (one at least), or None when one of them is no Amount.

    One look at all of them: matching the pattern once for each costs several times as much.
    """
    joined = f"{';'.join(texts)};"
    if (
        joined.strip(_CHARS)  # nothing is left of a text of such characters only
        or joined.count(";") != len(texts)
        or ".;" in joined
        or ";." in joined
        or joined[0] in ".;"
        or max(map(len, texts)) > CHARS_MAX
    ):
        return None
    try:
        return list(map(Decimal, texts))
    except InvalidOperation:  # empty, or with two points
        return None


def text_of(value: Decimal) -> str:
    """Plain digits without trailing zeros, as the venue wants them: never an exponent."""
    text = str(value)
    if "E" in text:
        text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def floored(value: Decimal, step: Decimal) -> Decimal:
    """The greatest multiple of `step` (above zero) that is not above `value` (not below zero)."""
    assert step > 0
    assert value >= 0
    over = MATH.remainder(value, step)
    return value - over if over else value


def raised(value: Decimal, step: Decimal) -> Decimal:
    """The least multiple of `step` that is not below `value`."""
    floor = floored(value, step)
    return floor if floor == value else floor + step


def is_multiple(value: Decimal, step: Decimal) -> bool:
    return floored(value, step) == value
