"""The slow trusted book of a venue: sorted dicts of Decimals. Same doors as VenueBook.

Nothing here is clever on purpose: it judges the fast one. It knows no state but the levels, so what
a view shows is made from them each time.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Context, Decimal
from itertools import islice

from sortedcontainers import SortedDict

BUY, SELL = 49, 50
REFUSED, UNCHANGED, CHANGED = -1, 0, 1
SHOWN_LEVELS = 20
EXACT = Context(prec=200)
PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)

Levels = Sequence[Sequence[str]]
Read = list[tuple[int, int]]


def decimals_of(step: Decimal) -> int:
    return max(-int(step.normalize(EXACT).as_tuple().exponent), 0)


def steps_of(text: object, step: Decimal, is_floored: bool = False) -> int | None:
    """A plain decimal text in steps, exactly or floored; None for anything else."""
    if not isinstance(text, str) or len(text) > 64 or not PLAIN.fullmatch(text):
        return None
    value = Decimal(text)
    if EXACT.scaleb(value, decimals_of(step)) >= 10**18 + 1:
        return None
    steps = EXACT.divide_int(value, step)
    if EXACT.multiply(steps, step) != value and not is_floored:
        return None
    return int(steps)


class OracleVenueBook:
    def __init__(
        self,
        tick: Decimal,
        lot: Decimal,
        levels_max: int,
        price_step: Decimal | None = None,
        qty_step: Decimal | None = None,
    ) -> None:
        finest = Decimal(1).scaleb(-max(8, decimals_of(tick)))
        self.tick, self.lot = tick, lot
        self.price_step, self.qty_step = price_step or finest, qty_step or lot
        self.per_tick = int(EXACT.divide(tick, self.price_step))
        self.per_lot = int(EXACT.divide(lot, self.qty_step))
        self.levels_max = levels_max
        self.sides = {BUY: SortedDict(), SELL: SortedDict()}
        self.is_loaded = False

    def load(self, bids: Levels, asks: Levels) -> int:
        read = self._read(bids), self._read(asks)
        for levels in read:
            if levels is None or len({price for price, _ in levels}) != len(levels):
                return REFUSED
        self.clear()
        self.is_loaded = True
        self._change(read)
        return CHANGED

    def apply(self, bids: Levels, asks: Levels) -> int:
        read = self._read(bids), self._read(asks)
        if not self.is_loaded or None in read:
            return REFUSED
        before = self.shown()
        self._change(read)
        return CHANGED if self.shown() != before else UNCHANGED

    def clear(self) -> None:
        for levels in self.sides.values():
            levels.clear()
        self.is_loaded = False

    def walk(self, side: int) -> Iterator[tuple[int, int]]:
        levels = self.sides[side]
        return ((price, levels[price]) for price in (reversed(levels) if side == BUY else levels))

    def stored(self, side: int, limit: int) -> Read:
        return list(islice(self.walk(side), limit))

    def levels(self, side: int, limit: int = SHOWN_LEVELS) -> Read:
        found: Read = []
        for price, qty in self.walk(side):
            if len(found) == limit:
                break
            lots = qty // self.per_lot
            if lots and price % self.per_tick == 0:
                found.append((price // self.per_tick, lots))
        return found

    def best(self, side: int) -> tuple[int, int] | None:
        return next(iter(self.levels(side, 1)), None)

    def shown(self) -> tuple[Read, Read]:
        return self.levels(BUY), self.levels(SELL)

    def count(self, side: int) -> int:
        return len(self.sides[side])

    @property
    def is_crossed(self) -> bool:
        bid, ask = self.best(BUY), self.best(SELL)
        return bid is not None and ask is not None and bid[0] >= ask[0]

    def _read(self, levels: Levels) -> Read | None:
        read = []
        for price_text, qty_text, *_ in levels:
            price = steps_of(price_text, self.price_step)
            qty = steps_of(qty_text, self.qty_step, is_floored=True)
            if not price or qty is None:
                return None
            read.append((price, qty))
        return read

    def _change(self, read: tuple[Read, Read]) -> None:
        for side, levels in zip((BUY, SELL), read, strict=True):
            book = self.sides[side]
            for price, qty in levels:
                if qty:
                    book[price] = qty
                else:
                    book.pop(price, None)
            while len(book) > self.levels_max:
                book.popitem(0 if side == BUY else -1)
