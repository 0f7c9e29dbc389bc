"""How fast is the book alone, from C and from Python, against a sorted book of plain Python?

python -m benchmarks.book [--smoke]

One flow of seeded operations on one instrument whose middle price drifts. Every contender gets the
same operations, each pass on an empty book, and must produce the same executions, or the benchmark
fails. Not included: ids as text, risk, accounts, journal, FIX.
"""

import argparse
import gc
import json
import platform
import random
import statistics
import sys
import time
from collections.abc import Callable

from internaliser.matching.order_book import CANCEL, PLACE, REPLACE, OrderBook, Pool
from tests.oracle.book import BUY, FNV_PRIME, FNV_START, OP, SELL, WORD, OracleBook

# The mix, in percent of operations; the rest of the flow's shape.
CANCEL_SHARE, REPLACE_SHARE, MARKETABLE = 35, 5, 5
MIX = "55 % add, 35 % cancel, 5 % marketable, 5 % replace"
SEED = 20_240_601
START_PRICE = 1_000_000  # ticks
DRIFT_EVERY = 100  # operations between one-tick moves of the middle
DEPTH_MEAN = 16  # ticks between the middle and a new resting order, exponential
THROUGH = 8  # ticks a marketable order reaches through the middle
LEVELS_MAX = 1 << 18
STRETCH = 5_000  # operations unpacked at a time: what a caller has at hand is in its cache
FAR_LEVELS = 1 << 17  # distinct prices of the worst case

Fills = list[tuple[int, int, int]]
Operation = tuple[int, int, int, int, int, int]


class Flow:
    """Draws operations; follows them with the oracle, so that cancels name orders that rest."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.book = OracleBook()
        self.middle = START_PRICE
        self.live: list[int] = []
        self.at: dict[int, int] = {}  # slot -> where in `live`
        self.free: list[int] = []
        self.slots_used = 0
        self.live_sum = 0

    def take_slot(self) -> int:
        # As a slab does: newest free first.
        if self.free:
            return self.free.pop()
        self.slots_used += 1
        return self.slots_used - 1

    def rested(self, slot: int) -> None:
        self.at[slot] = len(self.live)
        self.live.append(slot)

    def left(self, slot: int) -> None:
        hole, last = self.at.pop(slot), self.live.pop()
        if last != slot:
            self.live[hole] = last
            self.at[last] = hole
        self.free.append(slot)

    def draw(self) -> Operation:
        chance = self.chance
        kind = chance.randrange(100)
        side = chance.choice((BUY, SELL))
        away = -1 if side == BUY else 1
        qty = chance.randrange(1, 100)
        near = self.middle + away * (1 + int(chance.expovariate(1 / DEPTH_MEAN)))
        if kind < CANCEL_SHARE and self.live:
            return (CANCEL, side, 0, chance.choice(self.live), 0, 0)
        if kind < CANCEL_SHARE + REPLACE_SHARE and self.live:
            slot = chance.choice(self.live)
            side, price, _ = self.book.places[slot]
            step = chance.choice((0, 0, 1, 2)) * (-1 if side == BUY else 1)
            return (REPLACE, side, 0, slot, price + step, qty)
        if kind < CANCEL_SHARE + REPLACE_SHARE + MARKETABLE:
            return (PLACE, side, 1, self.take_slot(), self.middle - away * THROUGH, qty * 2)
        return (PLACE, side, 1, self.take_slot(), near, qty)

    def step(self, number: int) -> Operation:
        if number % DRIFT_EVERY == 0:
            self.middle += self.chance.choice((-1, 1))
        operation = self.draw()
        slot = operation[3]
        fills = self.book.apply(operation) or []
        for resting in {fill[0] for fill in fills}:
            if resting not in self.book.places:
                self.left(resting)
        if slot in self.at and slot not in self.book.places:
            self.left(slot)
        elif slot not in self.at and slot in self.book.places:
            self.rested(slot)
        elif slot not in self.at and operation[0] == PLACE:
            self.free.append(slot)
        self.live_sum += len(self.live)
        return operation


def rate(count: int, passes: int, once: Callable[[], int]) -> float:
    """Operations a second: the median of some passes, each of which says what it took in ns."""
    return count / statistics.median(once() for _ in range(passes)) * 1e9


def time_run(book: OrderBook, packed: bytes) -> int:
    start = time.perf_counter_ns()
    book.run(packed)
    return time.perf_counter_ns() - start


def time_calls(book: OrderBook | OracleBook, packed: bytes) -> int:
    """Only the calls: operations are unpacked between the stretches that are timed."""
    spent = 0
    gc.disable()
    for at in range(0, len(packed), STRETCH * OP.size):
        operations = list(OP.iter_unpack(packed[at : at + STRETCH * OP.size]))
        start = time.perf_counter_ns()
        replay(book, operations)
        spent += time.perf_counter_ns() - start
    gc.enable()
    return spent


def replay(book: OrderBook | OracleBook, operations: list[Operation]) -> list[Fills | None]:
    """One Python call per operation, the fills kept."""
    place, cancel, replace = book.place, book.cancel, book.replace
    told: list[Fills | None] = []
    tell = told.append
    for kind, side, owner, slot, price, qty in operations:
        if kind == PLACE:
            tell(place(slot, side, price, qty, owner))
        elif kind == CANCEL:
            cancel(slot)
        else:
            tell(replace(slot, price, qty))
    return told


def digest_of(operations: list[Operation], told: list[Fills | None]) -> int:
    digest, answers = FNV_START, iter(told)
    for number, operation in enumerate(operations):
        if operation[0] == CANCEL:
            continue
        for fill in next(answers) or []:
            for word in (number, *fill):
                digest = ((digest ^ word) * FNV_PRIME) & WORD
    return digest


def far_levels(count: int) -> dict[str, float]:
    """Every order at a price of its own, in random order over a wide range; then all canceled."""
    chance = random.Random(SEED)
    prices = chance.sample(range(1, 10**9), count)
    add = b"".join(OP.pack(PLACE, BUY, 1, slot, price, 1) for slot, price in enumerate(prices))
    slots = list(range(count))
    chance.shuffle(slots)
    cancel = b"".join(OP.pack(CANCEL, BUY, 0, slot, 0, 0) for slot in slots)
    pool = Pool(count, count)
    book = OrderBook(pool)
    add_ns = time_run(book, add)
    size = sum(len(part) for part in pool.snapshot(count))
    cancel_ns = time_run(book, cancel)
    return {
        "far_levels": count,
        "far_add_ns": round(add_ns / count, 1),
        "far_cancel_ns": round(cancel_ns / count, 1),
        "far_bytes_per_order": round(size / count, 1),
    }


def measure(count: int, passes: int) -> dict[str, object]:
    flow = Flow(SEED)
    operations = [flow.step(number) for number in range(count)]
    packed = b"".join(OP.pack(*operation) for operation in operations)
    slots = flow.slots_used

    def opened() -> OrderBook:
        return OrderBook(Pool(slots, LEVELS_MAX))

    bare = rate(count, passes, lambda: time_run(opened(), packed))
    called = rate(count, passes, lambda: time_calls(opened(), packed))
    sorted_book = rate(count, 1, lambda: time_calls(OracleBook(), packed))

    pool = Pool(slots, LEVELS_MAX)
    book, oracle = OrderBook(pool), OracleBook()
    told, expected = replay(book, operations), replay(oracle, operations)
    totals = opened().run(packed)
    is_identical = told == expected and totals.digest == digest_of(operations, expected)
    live = book.order_count
    return {
        "benchmark": "book",
        "ops": count,
        "mix": MIX,
        "live_mean": flow.live_sum // count,
        "live_end": live,
        "levels_end": book.level_count,
        "fills": totals.fills,
        "identical": is_identical and book.fault() == 0,
        "ops_per_s": round(bare),
        "ns_per_op": round(1e9 / bare, 1),
        "python_call_ops_per_s": round(called),
        "oracle_ops_per_s": round(sorted_book),
        "ratio_to_oracle": round(bare / sorted_book, 1),
        "python_call_ratio_to_oracle": round(called / sorted_book, 2),
        "orders_peak": slots,
        "bytes_per_order": round(sum(len(part) for part in pool.snapshot(slots)) / slots, 1),
        **far_levels(FAR_LEVELS if count >= FAR_LEVELS else count),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--smoke", action="store_true", help="a small run that proves it works")
    smoke = parser.parse_args().smoke
    result = measure(*((20_000, 1) if smoke else (1_000_000, 7)))
    print(json.dumps(result))
    return 0 if result["identical"] else 1


if __name__ == "__main__":
    sys.exit(main())
