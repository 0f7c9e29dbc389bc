"""Amounts as the venue writes them, and rounding that is always to the safe side.

    decimal_of("0.42300000")                              Decimal('0.42300000')
    floored(Decimal("0.4234"), Decimal("0.001"))          Decimal('0.423')
    text_of(Decimal("50.00"))                             '50'

An amount is plain digits in a JSON string: no sign where none belongs, no exponent, no NaN, and not
more digits than any asset has. Anything else makes what holds it unreadable.
"""

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Annotated

from msgspec import Meta

WHOLE_DIGITS_MAX = 20
FRACTION_DIGITS_MAX = 18
_PLAIN = rf"[0-9]{{1,{WHOLE_DIGITS_MAX}}}(\.[0-9]{{1,{FRACTION_DIGITS_MAX}}})?"

Amount = Annotated[str, Meta(pattern=rf"\A{_PLAIN}\Z")]
SignedAmount = Annotated[str, Meta(pattern=rf"\A-?{_PLAIN}\Z")]

# Products of two amounts and quotients by the finest step fit; what does not is refused, not cut.
MATH = Context(
    prec=4 * (WHOLE_DIGITS_MAX + FRACTION_DIGITS_MAX), traps=[Inexact, InvalidOperation, Overflow]
)
ZERO = Decimal(0)


def decimal_of(text: str) -> Decimal:
    """The number of a text that already passed as an Amount."""
    return Decimal(text)


def text_of(value: Decimal) -> str:
    """Plain digits without trailing zeros, as the venue wants them: never an exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def floored(value: Decimal, step: Decimal) -> Decimal:
    """The greatest multiple of `step` (above zero) that is not above `value` (not below zero)."""
    assert step > 0
    assert value >= 0
    return MATH.subtract(value, MATH.remainder(value, step))


def raised(value: Decimal, step: Decimal) -> Decimal:
    """The least multiple of `step` that is not below `value`."""
    floor = floored(value, step)
    return floor if floor == value else MATH.add(floor, step)


def is_multiple(value: Decimal, step: Decimal) -> bool:
    return floored(value, step) == value
