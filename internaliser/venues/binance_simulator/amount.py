"""Amounts of the simulated Binance: integers of 10^-8 inside, text with eight decimals outside.

units("0.1", "price")  # 10_000_000
told(10_000_000)       # "0.10000000"
"""

from __future__ import annotations

import re

from internaliser.venues.binance_simulator.refusal import Refusal

DECIMALS = 8
UNIT = 100_000_000
LEGAL = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"

_AMOUNT = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,20}))?")


def units(text: str, name: str) -> int:
    """The amount sent as parameter `name`. -1100 when it is none, -1111 when too fine."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise Refusal(
            -1100, f"Illegal characters found in parameter '{name}'; legal range is '{LEGAL}'."
        )
    fraction = match[2] or ""
    if len(fraction) > DECIMALS:
        raise Refusal(-1111, f"Parameter '{name}' has too much precision.")
    return int(match[1]) * UNIT + int(fraction.ljust(DECIMALS, "0"))


def told(amount: int) -> str:
    """As the venue writes it."""
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), UNIT)
    return f"{sign}{whole}.{fraction:08d}"


def whole_number(text: str) -> int | None:
    """Of at most 20 plain digits, else None."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 20 else None


def product(price: int, qty: int) -> int:
    """price x qty in the quote asset; exact, because a listing's tick x lot is whole units."""
    amount, rest = divmod(price * qty, UNIT)
    assert rest == 0, "an amount finer than the venue's decimals"
    return amount
