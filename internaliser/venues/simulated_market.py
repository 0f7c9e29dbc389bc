"""The market of the simulated exchange: a seeded random order book that moves. No I/O, no clock.

The book is what is published and what orders execute against: one object, so that the two cannot
differ.

    market = Market(Listing("BTC/USD", Decimal("30000")), seed=1)
    market.step()                       # prices move
    market.take("1", Decimal("30001"), Decimal(2))  # a buyer takes what is offered up to 30001
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

BUY, SELL = "1", "2"
DEPTH = 10  # levels a side
QTY_MAX = 50  # lots at one level
MOVE_MAX = 3  # ticks the middle moves in one step


@dataclass(frozen=True, slots=True)
class Listing:
    """An instrument of the exchange: its symbol and the steps of its numbers."""

    symbol: str
    mid: Decimal = Decimal(100)
    tick: Decimal = Decimal("0.01")
    lot: Decimal = Decimal(1)

    @property
    def base(self) -> str:
        return self.symbol.partition("/")[0]

    @property
    def quote(self) -> str:
        return self.symbol.partition("/")[2] or "USD"


def listing_of(text: str) -> Listing:
    """A listing from "SYMBOL[:MID[:TICK[:LOT]]]"."""
    symbol, *numbers = text.split(":")
    try:
        values = [Decimal(number) for number in numbers]
    except InvalidOperation:
        values = []
    if not symbol or len(numbers) > 3 or len(values) != len(numbers) or any(v <= 0 for v in values):
        raise ValueError(f"an instrument is SYMBOL[:MID[:TICK[:LOT]]], not {text!r}")
    return Listing(symbol, *values)


@dataclass(frozen=True, slots=True)
class Change:
    """One level as published: `qty` 0 = gone."""

    side: str
    price: Decimal
    qty: Decimal
    is_new: bool


class Market:
    """One instrument's book. `levels[BUY]` are the bids, price -> qty; `levels[SELL]` the offers.

    Orders of clients that rest (`place`, `withdraw`) are kept apart from the crowd's levels: the
    crowd moves with the random walk, they do not. Both are published and both can be taken.
    """

    def __init__(self, listing: Listing, seed: int) -> None:
        self.listing = listing
        self.random = random.Random(f"{seed} {listing.symbol}")
        self.mid = listing.mid
        self.crowd: dict[str, dict[Decimal, Decimal]] = {BUY: {}, SELL: {}}
        self.placed: dict[str, dict[Decimal, Decimal]] = {BUY: {}, SELL: {}}
        self.published: dict[str, dict[Decimal, Decimal]] = {BUY: {}, SELL: {}}
        self._draw()

    # The crowd.

    def step(self) -> None:
        """The middle moves a few ticks, levels come and go."""
        tick = self.listing.tick
        self.mid += self.random.randint(-MOVE_MAX, MOVE_MAX) * tick
        self._draw()

    def set_crowd(self, bids: dict[Decimal, Decimal], asks: dict[Decimal, Decimal]) -> None:
        """The crowd's levels exactly so, for a known book. The next step draws again."""
        self.crowd = {BUY: dict(bids), SELL: dict(asks)}

    def _draw(self) -> None:
        tick, lot = self.listing.tick, self.listing.lot
        # Every bid stays above zero.
        self.mid = max(self.mid, tick * (DEPTH + 1))
        middle = (self.mid / tick).to_integral_value() * tick
        for side, direction in ((BUY, -1), (SELL, 1)):
            old, new = self.crowd[side], {}
            for i in range(1, DEPTH + 1):
                price = middle + direction * i * tick
                # Most levels stay as they were: a feed is mostly small changes.
                keeps = price in old and self.random.random() < 0.7
                new[price] = old[price] if keeps else self.random.randint(1, QTY_MAX) * lot
            self.crowd[side] = new

    # Clients' orders.

    def place(self, side: str, price: Decimal, qty: Decimal) -> None:
        """`qty` more of a client's order rests at `price`."""
        self.placed[side][price] = self.placed[side].get(price, Decimal(0)) + qty

    def withdraw(self, side: str, price: Decimal, qty: Decimal) -> None:
        left = self.placed[side][price] - qty
        assert left >= 0, "more withdrawn than placed"
        if left:
            self.placed[side][price] = left
        else:
            del self.placed[side][price]

    def offered(self, side: str, limit: Decimal) -> list[tuple[Decimal, Decimal]]:
        """What the crowd offers an order of `side` up to `limit`, best first."""
        other = SELL if side == BUY else BUY
        return [
            (price, qty)
            for price, qty in sorted(self.crowd[other].items(), reverse=other == BUY)
            if (price <= limit if side == BUY else price >= limit)
        ]

    def take(self, side: str, limit: Decimal, qty: Decimal) -> list[tuple[Decimal, Decimal]]:
        """Execute against the crowd: (price, qty) of each level taken, best first."""
        other = SELL if side == BUY else BUY
        taken = []
        for price, offered in self.offered(side, limit):
            part = min(offered, qty)
            if part <= 0:
                break
            taken.append((price, part))
            qty -= part
            if part == offered:
                del self.crowd[other][price]
            else:
                self.crowd[other][price] = offered - part
        return taken

    # What is told.

    def book(self) -> dict[str, dict[Decimal, Decimal]]:
        """The whole book: crowd and clients' orders summed per price."""
        whole = {}
        for side in (BUY, SELL):
            levels = dict(self.crowd[side])
            for price, qty in self.placed[side].items():
                levels[price] = levels.get(price, Decimal(0)) + qty
            whole[side] = levels
        return whole

    def snapshot(self) -> list[Change]:
        """Every level of the book as last published, best first."""
        return [
            Change(side, price, qty, is_new=True)
            for side in (BUY, SELL)
            for price, qty in sorted(self.published[side].items(), reverse=side == BUY)
        ]

    def publish(self) -> list[Change]:
        """What changed since the last call: deletions first, so that nobody sees a crossed book."""
        book = self.book()
        gone, changed = [], []
        for side in (BUY, SELL):
            old, new = self.published[side], book[side]
            gone += [
                Change(side, price, Decimal(0), is_new=False) for price in old if price not in new
            ]
            changed += [
                Change(side, price, qty, is_new=price not in old)
                for price, qty in new.items()
                if old.get(price) != qty
            ]
        self.published = book
        return gone + changed
