"""Figures of a market in the core's units and back: exact, or not at all.

terms.lots(Decimal("0.5"))      # 5000 with a lot of 0.0001; None when it is no whole number
terms.qty(5000)                 # Decimal("0.5000")
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal

from internaliser.config.rules import steps

EXPONENT_MAX = 40  # no figure of a market is further from 1
DIGITS_MAX = 60
NARROW_MAX = 2**62  # of prices and quantities, in ticks and lots
WIDE_MAX = 2**120  # of money, in smallest units or ticks x lots
EXACT = Context(prec=120)


@dataclass(frozen=True, slots=True)
class AssetTerms:
    """An asset as the core counts it."""

    index: int
    decimals: int

    def units(self, amount: Decimal) -> int | None:
        """Smallest units, negative ones too; None when it has more decimals than the asset."""
        found = whole(abs(amount), Decimal(1).scaleb(-self.decimals), WIDE_MAX)
        return -found if found is not None and amount < 0 else found


@dataclass(frozen=True, slots=True)
class InstrumentTerms:
    """One instrument as the core counts it, and its name at the market."""

    index: int
    symbol: str
    venue_symbol: str
    tick: Decimal
    lot: Decimal

    def ticks(self, price: Decimal) -> int | None:
        """A price in ticks; None when it is off them, negative or beyond any market."""
        return whole(price, self.tick, NARROW_MAX)

    def lots(self, qty: Decimal) -> int | None:
        """A quantity in lots, by the same rule."""
        return whole(qty, self.lot, NARROW_MAX)

    def notional(self, value: Decimal) -> int | None:
        """An amount of quote in ticks x lots, by the same rule."""
        return whole(value, self.tick * self.lot, WIDE_MAX)

    def price(self, ticks: int) -> Decimal:
        """Ticks as the market writes them."""
        return EXACT.multiply(self.tick, Decimal(ticks))

    def qty(self, lots: int) -> Decimal:
        """Lots as the market writes them."""
        return EXACT.multiply(self.lot, Decimal(lots))


@dataclass(frozen=True, slots=True)
class VenueTerms:
    """What one source of the core is, for whoever translates between it and its market."""

    node_id: int
    name: str
    source: int
    instruments: tuple[InstrumentTerms, ...]
    assets: Mapping[str, AssetTerms]

    def of_symbol(self, venue_symbol: str) -> InstrumentTerms | None:
        """The instrument a market's symbol means; None = not one of ours."""
        for terms in self.instruments:
            if terms.venue_symbol == venue_symbol:
                return terms
        return None

    def of_index(self, index: int) -> InstrumentTerms | None:
        """The instrument of that number in the core."""
        for terms in self.instruments:
            if terms.index == index:
                return terms
        return None


def whole(value: Decimal, unit: Decimal, most: int) -> int | None:
    """How many `unit`s `value` is; None when no whole number from 0 to `most`."""
    if not is_sane(value):
        return None
    count = steps(value, unit)
    return count if count is not None and 0 <= count <= most else None


def at_least(value: Decimal, unit: Decimal) -> int:
    """The least number of `unit`s that is not below `value`."""
    return -at_most(-value, unit)


def at_most(value: Decimal, unit: Decimal) -> int:
    """The largest number of `unit`s that is not above `value`."""
    numerator, denominator = value.as_integer_ratio()
    unit_numerator, unit_denominator = unit.as_integer_ratio()
    return numerator * unit_denominator // (denominator * unit_numerator)


def is_sane(value: Decimal) -> bool:
    """A finite number of a size and length that a market may tell."""
    if not value.is_finite() or len(value.as_tuple().digits) > DIGITS_MAX:
        return False
    return not value or abs(value.adjusted()) <= EXPONENT_MAX
