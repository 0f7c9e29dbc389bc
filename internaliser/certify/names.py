"""The {names} of a clause: what they stand for when we send, and when we compare what came.

{out} {in}            our next number, and the next we expect from them
{out+3} {now-200s}    shifted
{10 lots}             a quantity
{symbol} {price} ...  settings of the run
{a}                   any other name: first used in what we send, it is a new id; first used in
                      what we expect, it is whatever came
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from internaliser.fix import codec

NS_PER_S = 1_000_000_000
# SendingTime(52) by the digits of its second's fraction.
_CLOCKS = {"now": 3, "now-in-seconds": 0, "now-in-micros": 6, "now-in-nanos": 9}
_BRACES = re.compile(r"\{([^{}]*)\}")
_SHIFTED = re.compile(r"([a-z][a-z-]*?)([+-]\d+)(s?)")
_LOTS = re.compile(r"(\d+) lots")
LATE = ("length", "checksum")  # known when the message is encoded


class Unbound(Exception):
    """A name that nothing has been sent or received for yet."""


class Names:
    """Names of one clause. `numbers` gives {out} and {in} of whoever speaks."""

    def __init__(
        self,
        settings: Mapping[str, str],
        lot: Decimal,
        now_ns: Callable[[], int],
        fresh: Callable[[], str],
    ) -> None:
        self._known = dict(settings)
        self._lot = lot
        self._now_ns = now_ns
        self._fresh = fresh

    def to_send(self, template: str, numbers: Mapping[str, int]) -> str:
        """The template with every name filled in; unknown ones become new ids. {length+1} and
        {checksum+1} stay for the encoder."""

        def fill(match: re.Match[str]) -> str:
            word = match[1]
            if word.startswith(LATE):
                return match[0]
            try:
                return self._value(word, numbers)
            except Unbound:
                self._known[word] = self._fresh()
                return self._known[word]

        return _BRACES.sub(fill, template)

    def expected(self, template: str, numbers: Mapping[str, int]) -> str:
        """The template with every name filled in. Unbound when one is not known yet."""
        return _BRACES.sub(lambda match: self._value(match[1], numbers), template)

    def new_id(self) -> str:
        """An id that was never used before."""
        return self._fresh()

    def bind(self, name: str, value: str) -> None:
        """From now on `name` stands for what came."""
        self._known[name] = value

    def _value(self, word: str, numbers: Mapping[str, int]) -> str:
        lots = _LOTS.fullmatch(word)
        if lots:
            return plain(int(lots[1]) * self._lot)
        shifted = _SHIFTED.fullmatch(word)
        base, shift = (shifted[1], int(shifted[2])) if shifted else (word, 0)
        if base in _CLOCKS:
            return codec.format_time(self._now_ns() + shift * NS_PER_S, 9)[: _size(base)]
        if base in numbers:
            return str(numbers[base] + shift)
        if base not in self._known:
            raise Unbound(base)
        value = self._known[base]
        return str(int(value) + shift) if shift else value


def _size(clock: str) -> int:
    digits = _CLOCKS[clock]
    return len("20260101-00:00:00") + (digits + 1 if digits else 0)


def plain(number: Decimal) -> str:
    """A decimal without exponent and without zeros at its end."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def only_name(template: str) -> str | None:
    """The name when the template is nothing but {name}."""
    match = _BRACES.fullmatch(template)
    return match[1] if match else None
