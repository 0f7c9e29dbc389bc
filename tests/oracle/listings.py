"""The slow trusted listing: what a source would take, tried quantity by quantity, and an order's
way along local levels and sources that list their instrument so."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from tests.oracle.planner import BUY, LOCAL, net_price

Level = tuple[int, int]  # price, quantity
Step = tuple[int, int, int]  # source (LOCAL = inside), price, quantity
Part = tuple[int, int, int, int]  # price, quantity, rate, source


@dataclass(frozen=True)
class Listing:
    tick: int = 1
    lot: int = 1
    least: int = 0
    most: int = 0
    worth: int = 0

    def terms(self) -> dict[str, int]:
        """As ConfigListing has them."""
        return {
            "is_listed": 1, "price_step": self.tick, "qty_step": self.lot, "qty_min": self.least,
            "qty_max": self.most, "notional_min": self.worth,
        }  # fmt: skip

    def takes(self, price: int, qty: int) -> bool:
        """Would the source take this one order?"""
        if price <= 0 or qty <= 0 or price % self.tick or qty % self.lot:
            return False
        return self.least <= qty <= (self.most or qty) and price * qty >= self.worth

    @cache  # noqa: B019 - few listings, and as long as the tests run
    def sends(self, price: int, qty: int) -> int:
        """The most of `qty` that it takes, in as many orders as that needs."""
        for lots in range(qty, 0, -1):
            if self.splits(price, lots):
                return lots
        return 0

    @cache  # noqa: B019
    def splits(self, price: int, qty: int) -> bool:
        """Can orders that it takes make up exactly this quantity?"""
        if not self.most or qty <= self.most:
            return self.takes(price, qty)
        return any(
            self.takes(price, one) and self.splits(price, qty - one)
            for one in range(self.most, 0, -1)
        )

    def offers(self, levels: list[Level]) -> list[Level]:
        """Of levels, best first: what stands before one and was not given there goes with it."""
        found, shown, given = [], 0, 0
        for price, qty in levels:
            shown += max(qty, 0)
            part = self.sends(price, shown - given)
            found.append((price, part))
            given += part
        return found


@dataclass
class Source:
    rate: int
    listing: Listing
    levels: list[Level] = field(default_factory=list)

    def take(self, side: int, price: int, qty: int) -> None:
        """As the source itself executes it: the best levels first."""
        left = []
        for level, lots in self.levels:
            is_reached = level <= price if side == BUY else level >= price
            taken = min(lots, qty) if is_reached else 0
            qty -= taken
            left.append((level, lots - taken))
        assert qty == 0, "more was promised than was there"
        self.levels = left


def way(
    side: int, limit: int, qty: int, local: list[Level], rate: int, sources: dict[int, Source]
) -> Iterator[Step]:
    """What an incoming order does: the cheapest offer net of which it can take a part, again and
    again, each time as much as it can."""
    inside = Source(rate, Listing(), local)
    while qty > 0:
        offers = [
            (net_price(side, price, one.rate), number != LOCAL, number, i, price, offered)
            for number, one in [(LOCAL, inside), *sources.items()]
            for i, (price, offered) in enumerate(one.listing.offers(one.levels))
            if (price <= limit if side == BUY else price >= limit)
            and one.listing.sends(price, min(offered, qty))
        ]
        if not offers:
            return
        _, _, number, _, price, offered = min(offers)
        place = inside if number == LOCAL else sources[number]
        part = place.listing.sends(price, min(offered, qty))
        place.take(side, price, part)
        qty -= part
        yield number, price, part


def is_worse(side: int, price: int, rate: int, qty: int, parts: list[tuple[Part, Listing]]) -> bool:
    """Would the outside, taken cheapest first as far as each offer can be had, have cost less?"""
    inside = net_price(side, price, rate)
    saved = inside * 0
    for (offer, offered, its_rate, _), listing in sorted(
        parts, key=lambda one: (net_price(side, one[0][0], one[0][2]), one[0][3])
    ):
        part = listing.sends(offer, min(offered, qty))
        saved += (inside - net_price(side, offer, its_rate)) * part
        qty -= part
    return saved > 0
