"""The slow trusted book: sorted prices, a queue per price. Same doors as internaliser's OrderBook.

Nothing here is clever on purpose: it judges the fast one.
"""

import struct
from collections.abc import Iterator

from sortedcontainers import SortedDict

BUY, SELL = 49, 50
PLACE, CANCEL, REPLACE, TAKE = 1, 2, 3, 4
OP = struct.Struct("<BBHIqq")
FNV_START, FNV_PRIME, WORD = 0xCBF29CE484222325, 0x100000001B3, (1 << 64) - 1

Fills = list[tuple[int, int, int]]


class OracleBook:
    def __init__(self) -> None:
        # Per side: price -> {slot: leaves}, the dict in order of arrival.
        self.sides = {BUY: SortedDict(), SELL: SortedDict()}
        self.places: dict[int, tuple[int, int, int]] = {}  # slot -> side, price, owner

    def _prices(self, side: int) -> Iterator[int]:
        levels = self.sides[side]
        return iter(levels) if side == SELL else reversed(levels)

    def take(self, side: int, price: int, qty: int) -> Fills:
        fills: Fills = []
        contra = SELL if side == BUY else BUY
        levels = self.sides[contra]
        while qty and levels:
            level_price, queue = levels.peekitem(-1 if contra == BUY else 0)
            too_far = level_price > price if side == BUY else level_price < price
            if too_far:
                break
            for slot in list(queue):
                if qty == 0:
                    break
                executed = min(qty, queue[slot])
                fills.append((slot, level_price, executed))
                qty -= executed
                queue[slot] -= executed
                if queue[slot] == 0:
                    self.cancel(slot)
        return fills

    def place(self, slot: int, side: int, price: int, qty: int, owner: int = 0) -> Fills:
        fills = self.take(side, price, qty)
        left = qty - sum(executed for _, _, executed in fills)
        if left:
            self.sides[side].setdefault(price, {})[slot] = left
            self.places[slot] = (side, price, owner)
        return fills

    def cancel(self, slot: int) -> bool:
        if slot not in self.places:
            return False
        side, price, _ = self.places.pop(slot)
        del self.sides[side][price][slot]
        if not self.sides[side][price]:
            del self.sides[side][price]
        return True

    def replace(self, slot: int, price: int, leaves_qty: int) -> Fills | None:
        if slot not in self.places:
            return None
        side, old_price, owner = self.places[slot]
        if price == old_price and leaves_qty <= self.sides[side][price][slot]:
            self.sides[side][price][slot] = leaves_qty
            return []
        self.cancel(slot)
        return self.place(slot, side, price, leaves_qty, owner)

    def best(self, side: int) -> tuple[int, int] | None:
        for price in self._prices(side):
            return price, sum(self.sides[side][price].values())
        return None

    def depth(self, side: int, depth_max: int = 1024) -> list[tuple[int, int, int]]:
        prices = list(self._prices(side))[:depth_max]
        queues = [self.sides[side][price] for price in prices]
        return [(p, sum(q.values()), len(q)) for p, q in zip(prices, queues, strict=True)]

    def available(self, side: int, limit: int, enough: int) -> int:
        contra = SELL if side == BUY else BUY
        within = (
            sum(queue.values())
            for price, queue in self.sides[contra].items()
            if (price <= limit if side == BUY else price >= limit)
        )
        return min(int(sum(within)), enough)

    def orders(self, side: int) -> list[tuple[int, int, int, int]]:
        return [
            (slot, price, leaves, self.places[slot][2])
            for price in self._prices(side)
            for slot, leaves in self.sides[side][price].items()
        ]

    @property
    def order_count(self) -> int:
        return len(self.places)

    def apply(self, op: tuple[int, int, int, int, int, int]) -> Fills | None:
        """One packed operation; None where its order does not rest (or, to place, does)."""
        kind, side, owner, slot, price, qty = op
        if kind == PLACE:
            return None if slot in self.places else self.place(slot, side, price, qty, owner)
        if kind == CANCEL:
            return [] if self.cancel(slot) else None
        if kind == REPLACE:
            return self.replace(slot, price, qty)
        return self.take(side, price, qty)

    def run(self, ops: bytes) -> tuple[int, int, int, int, int]:
        """(operations, missed, fills, quantity, digest), as OrderBook.run returns them."""
        missed = fill_count = total = number = 0
        digest = FNV_START
        for number, op in enumerate(OP.iter_unpack(ops), 1):
            fills = self.apply(op)
            if fills is None:
                missed += 1
                continue
            for slot, price, qty in fills:
                fill_count += 1
                total += qty
                for word in (number - 1, slot, price & WORD, qty):
                    digest = ((digest ^ word) * FNV_PRIME) & WORD
        return number, missed, fill_count, total, digest
