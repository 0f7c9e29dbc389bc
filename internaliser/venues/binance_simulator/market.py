"""One symbol's market at the simulated Binance: a seeded crowd that moves. No I/O, no clock.

The book is what is published and what orders execute against: one object, so that the two cannot
differ. Prices and quantities in units of 10^-8.

    market = Market(listing_of("BTC/USDT:30000"), seed=1)
    market.move()             # levels come and go, sometimes the middle moves
    market.publish()          # what changed, with the venue's update ids
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from internaliser.venues.binance_simulator.amount import UNIT
from internaliser.venues.binance_simulator.listing import Listing

BUY, SELL = "BUY", "SELL"
DEPTH = 100  # levels a side
LEVEL_NOTIONALS = 4_000  # of the least that may be ordered: the most at one level
SHIFT_CHANCE = 0.2  # of a move to be one of the middle
PRINT_CHANCE = 0.1  # of a move to print a trade of the crowd with itself
EMPTY_CHANCE = 0.1  # of a changed level to be gone
FIRST_UPDATE_ID = 1_000_000

Levels = list[tuple[int, int]]  # price, qty


@dataclass(frozen=True, slots=True)
class Depth:
    """What changed, as the diff stream tells it: absolute quantities, 0 = gone."""

    first_id: int
    last_id: int
    bids: Levels
    asks: Levels


@dataclass(frozen=True, slots=True)
class Print:
    """One trade as everybody sees it, before it has its number."""

    price: int
    qty: int
    is_buyer_maker: bool


class Market:
    """The crowd's levels per side, and beside them what clients' resting orders add (`placed`)."""

    def __init__(self, listing: Listing, seed: int) -> None:
        self.listing = listing
        self.random = random.Random(f"{seed} {listing.symbol}")
        self.mid = listing.mid
        self.last_id = FIRST_UPDATE_ID
        self.crowd: dict[str, dict[int, int]] = {BUY: {}, SELL: {}}
        self.placed: dict[str, dict[int, int]] = {BUY: {}, SELL: {}}
        self.changed: dict[str, dict[int, None]] = {BUY: {}, SELL: {}}
        self.is_drawn = False
        self.lots_max = max(
            10, LEVEL_NOTIONALS * listing.notional_min * UNIT // (listing.mid * listing.lot)
        )
        self._draw()
        self.publish()

    # The crowd.

    def move(self) -> Print | None:
        """A few levels change, or the middle moves by a tick; now and then the crowd trades."""
        chance = self.random.random
        roll = chance()
        if not self.is_drawn:
            self._draw()
        elif roll < SHIFT_CHANCE:
            self._shift(1 if roll < SHIFT_CHANCE / 2 else -1)
        else:
            for _ in range(1 + int(chance() * 2)):
                # Near the middle more often than far from it.
                steps = 1 + int(chance() * chance() * DEPTH)
                if chance() < 0.5:
                    self.set_level(BUY, self.mid - steps * self.listing.tick, self._some_qty())
                else:
                    self.set_level(SELL, self.mid + steps * self.listing.tick, self._some_qty())
        return self._print() if chance() < PRINT_CHANCE else None

    def set_level(self, side: str, price: int, qty: int) -> None:
        """The crowd's quantity at a price, 0 = none."""
        if qty:
            self.crowd[side][price] = qty
        else:
            self.crowd[side].pop(price, None)
        self.changed[side][price] = None

    def set_crowd(self, bids: Levels, asks: Levels) -> None:
        """The crowd's levels exactly so, for a known book. The next move draws anew."""
        for side, levels in ((BUY, bids), (SELL, asks)):
            for price in [*self.crowd[side]]:
                self.set_level(side, price, 0)
            for price, qty in levels:
                self.set_level(side, price, qty)
        if bids and asks:
            tick = self.listing.tick
            self.mid = (max(bids)[0] + min(asks)[0]) // 2 // tick * tick
        self.is_drawn = False

    def _draw(self) -> None:
        tick = self.listing.tick
        self.mid = max(self.mid, tick * (DEPTH + 1))
        for side, direction in ((BUY, -tick), (SELL, tick)):
            wanted = [self.mid + direction * i for i in range(1, DEPTH + 1)]
            for price in [price for price in self.crowd[side] if price not in wanted]:
                self.set_level(side, price, 0)
            for price in wanted:
                self.set_level(side, price, self._lots())
        self.is_drawn = True

    def _shift(self, direction: int) -> None:
        """The middle goes up (1) or down (-1) by a tick; the window of levels goes with it."""
        tick = self.listing.tick
        if direction < 0 and self.mid <= tick * (DEPTH + 2):
            direction = 1
        ahead, behind = (SELL, BUY) if direction > 0 else (BUY, SELL)
        step = tick * direction
        self.set_level(behind, self.mid - DEPTH * step, 0)
        self.set_level(behind, self.mid, self._lots())
        self.mid += step
        self.set_level(ahead, self.mid, 0)
        self.set_level(ahead, self.mid + DEPTH * step, self._lots())

    def _lots(self) -> int:
        return (1 + int(self.random.random() * self.lots_max)) * self.listing.lot

    def _some_qty(self) -> int:
        return 0 if self.random.random() < EMPTY_CHANCE else self._lots()

    def _print(self) -> Print | None:
        side = BUY if self.random.random() < 0.5 else SELL
        best = self.best(side)
        if best is None:
            return None
        lots = 1 + int(self.random.random() * (best[1] // self.listing.lot))
        qty = min(best[1], lots * self.listing.lot)
        return Print(best[0], qty, is_buyer_maker=side == BUY)

    # Clients' orders.

    def place(self, side: str, price: int, qty: int) -> None:
        """`qty` more of clients' orders rests at `price`."""
        self.placed[side][price] = self.placed[side].get(price, 0) + qty
        self.changed[side][price] = None

    def withdraw(self, side: str, price: int, qty: int) -> None:
        left = self.placed[side][price] - qty
        assert left >= 0, "more withdrawn than placed"
        if left:
            self.placed[side][price] = left
        else:
            del self.placed[side][price]
        self.changed[side][price] = None

    def take(self, side: str, price: int, qty: int) -> None:
        """Someone executes against the crowd's level on `side`."""
        self.set_level(side, price, self.crowd[side][price] - qty)

    def best(self, side: str) -> tuple[int, int] | None:
        """The crowd's best price on a side and its quantity."""
        levels = self.crowd[side]
        if not levels:
            return None
        if self.is_drawn:
            step = -self.listing.tick if side == BUY else self.listing.tick
            price = self.mid + step
            for _ in range(DEPTH):  # the window is dense: one or two looks find it
                if price in levels:
                    return price, levels[price]
                price += step
        price = max(levels) if side == BUY else min(levels)
        return price, levels[price]

    def prices(self, side: str) -> list[int]:
        """Every price of the book's side, best first: the crowd's and the clients'."""
        found = self.crowd[side].keys() | self.placed[side].keys()
        return sorted(found, reverse=side == BUY)

    # What is told.

    def qty(self, side: str, price: int) -> int:
        return self.crowd[side].get(price, 0) + self.placed[side].get(price, 0)

    def levels(self, side: str, count: int) -> Levels:
        return [(price, self.qty(side, price)) for price in self.prices(side)[:count]]

    def publish(self) -> Depth | None:
        """What changed since the last call, None when nothing. Each level takes one update id."""
        bids, asks = self.changed[BUY], self.changed[SELL]
        if not bids and not asks:
            return None
        depth = self._numbered(
            [(price, self.qty(BUY, price)) for price in bids],
            [(price, self.qty(SELL, price)) for price in asks],
        )
        bids.clear()
        asks.clear()
        return depth

    def _numbered(self, bids: Levels, asks: Levels) -> Depth:
        first_id = self.last_id + 1
        self.last_id += len(bids) + len(asks)
        return Depth(first_id, self.last_id, bids, asks)


def is_as_good(side: str, price: int, other: int) -> bool:
    """Is `price` at least as good as `other` for someone who trades on `side`?"""
    return price <= other if side == BUY else price >= other


def opposite(side: str) -> str:
    return SELL if side == BUY else BUY


def best_of(levels: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The first level, or nothing at nothing: the venue tells an empty side like that."""
    return levels[0] if levels else (0, 0)
