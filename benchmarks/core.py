"""How fast does the core apply order entry, accounts and events included, against the bare book?

python -m benchmarks.core [--smoke]

The flow of benchmarks/book.py (seeded, one instrument, drifting middle) as commands: new orders
with ClOrdIDs of 14 characters from 8 clients with finite credit and fees, cancels and replaces by
OrigClOrdID. The same operations drive the bare book in the same run; both books must end equal. A
second part rests orders that never match. Not included: FIX, the journal, sockets.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from internaliser.core.core import Core
from internaliser.matching.order_book import CANCEL, PLACE, REPLACE, OrderBook, Pool
from internaliser.model import records
from internaliser.model.commands import config_command
from tests.oracle.book import BUY, OP, SELL

from .book import LEVELS_MAX, MIX, SEED, Flow, Operation

CLIENTS = 8
SIDES = {BUY: "buy", SELL: "sell"}
ORDERS_LIMIT = 3_000_000
PAGE = 4096
INSTRUMENT = {
    "base": 0, "quote": 1, "is_open": 1, "price_decimals": 2, "tick_mantissa": 1,
    "lot_mantissa": 1, "qty_decimals": 0, "price_min": 1, "price_max": 10**9, "qty_min": 1,
    "qty_max": 10**9, "lot_base_units": 1, "tick_lot_quote_units": 1,
}  # fmt: skip


def set_up(orders_max: int, closed_orders_max: int) -> Core:
    core = Core(1, orders_max=ORDERS_LIMIT)
    limits = {
        "orders_max": orders_max, "closed_orders_max": closed_orders_max, "children_max": 100,
        "expiry_chunk": 256, "fills_per_step_max": 4096, "levels_max": LEVELS_MAX,
    }  # fmt: skip
    core.apply_bytes(records.epoch())
    core.apply_bytes(config_command("limits", limits))
    core.apply_bytes(config_command("asset", {"decimals": 0}, name="BTC"))
    core.apply_bytes(config_command("asset", {"decimals": 2}, name="USD"))
    core.apply_bytes(config_command("instrument", INSTRUMENT, name="BTC/USD"))
    for client in range(CLIENTS):
        terms = {"maker_fee": -2_000, "taker_fee": 50_000}
        core.apply_bytes(config_command("client", terms, name=f"CLIENT{client + 1}"))
        for asset in (0, 1):
            money = {"asset": asset, "amount": 10**24, "owner": client, "owner_kind": 1}
            core.apply_bytes(config_command("funding", money))
    return core


class Translator:
    """The book's operations as commands; remembers names and quantities by slot."""

    def __init__(self) -> None:
        self.count = 0
        self.named: dict[int, tuple[str, int, str]] = {}  # slot -> ClOrdID, client, side
        self.asked: dict[int, int] = {}  # slot -> OrderQty

    def name(self) -> str:
        self.count += 1
        return f"ORD{self.count:011d}"

    def command(self, operation: Operation, leaves: int) -> bytes:
        kind, side, _, slot, price, qty = operation
        if kind == PLACE:
            name, client = self.name(), self.count % CLIENTS
            self.named[slot] = name, client, SIDES[side]
            self.asked[slot] = qty
            return records.new_order(
                client=client, instrument=0, side=self.named[slot][2], qty=qty, price=price,
                cl_ord_id=name, tif="gtc", session=client,
            )  # fmt: skip
        orig, client, word = self.named[slot]
        name = self.name()
        if kind == CANCEL:
            return records.cancel_order(
                client=client, instrument=0, side=word, cl_ord_id=name, orig_cl_ord_id=orig
            )
        self.named[slot] = name, client, word
        self.asked[slot] += qty - leaves  # FIX names the whole quantity, the book what is left
        return records.replace_order(
            client=client, instrument=0, side=word, cl_ord_id=name, orig_cl_ord_id=orig,
            qty=self.asked[slot], price=price,
        )  # fmt: skip


class WatchedFlow(Flow):
    """Knows what was left of an order just before its replace."""

    leaves = 0

    def draw(self) -> Operation:
        operation = super().draw()
        if operation[0] == REPLACE:
            side, price, _ = self.book.places[operation[3]]
            self.leaves = self.book.sides[side][price][operation[3]]
        return operation


def translate(count: int) -> tuple[bytes, bytes, int]:
    """(book operations, commands, order slots of the book): the same flow twice."""
    flow, translator = WatchedFlow(SEED), Translator()
    operations, commands = [], []
    for number in range(count):
        operation = flow.step(number)
        operations.append(OP.pack(*operation))
        commands.append(translator.command(operation, flow.leaves))
    return b"".join(operations), b"".join(commands), flow.slots_used


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def resting_commands(first: int, count: int) -> bytes:
    """Orders that never match: bids and asks apart, 2,000 prices a side."""
    return b"".join(
        records.new_order(
            client=number % CLIENTS, instrument=0, side="buy" if number % 2 else "sell", qty=5,
            price=(10_000 - number % 2_000) if number % 2 else (20_000 + number % 2_000),
            cl_ord_id=f"REST{number:010d}", tif="gtc", session=0,
        )
        for number in range(first, first + count)
    )  # fmt: skip


def rest_many(count: int, chunk: int = 50_000) -> dict[str, float]:
    """ns and bytes for an order that rests, up to `count` open ones."""
    core = set_up(count + 1, 1000)
    before = resident()
    spent = 0
    for first in range(0, count, chunk):
        packed = resting_commands(first, min(chunk, count - first))
        start = time.perf_counter_ns()
        core.apply_packed(packed)
        spent += time.perf_counter_ns() - start
    grown = resident() - before
    return {
        "rest_orders": count,
        "rest_ns": round(spent / count, 1),
        "rest_bytes_per_order": round(grown / count, 1),
    }


def timed(passes: int, once: Callable[[], int]) -> int:
    return int(statistics.median(once() for _ in range(passes)))


def run_core(commands: bytes) -> tuple[int, Core, tuple[int, int, int]]:
    core = set_up(1_000_000, 100_000)
    start = time.perf_counter_ns()
    totals = core.apply_packed(commands)
    return time.perf_counter_ns() - start, core, totals


def run_book(operations: bytes, slots: int) -> tuple[int, OrderBook]:
    book = OrderBook(Pool(slots, LEVELS_MAX))
    start = time.perf_counter_ns()
    book.run(operations)
    return time.perf_counter_ns() - start, book


def measure(count: int, passes: int, resting: int) -> dict[str, object]:
    operations, commands, slots = translate(count)
    core_ns = timed(passes, lambda: run_core(commands)[0])
    book_ns = timed(passes, lambda: run_book(operations, slots)[0])
    _, core, (applied, events, event_bytes) = run_core(commands)
    _, book = run_book(operations, slots)
    core.check()
    is_identical = core.depth(0) == (book.depth(BUY, 1000), book.depth(SELL, 1000))
    return {
        "benchmark": "core",
        "commands": applied,
        "mix": MIX,
        "events_per_command": round(events / applied, 2),
        "event_bytes_per_command": round(event_bytes / applied, 1),
        "open_end": sum(len(side) and sum(level[2] for level in side) for side in core.depth(0)),
        "identical": is_identical,
        "commands_per_s": round(count / core_ns * 1e9),
        "ns_per_command": round(core_ns / count, 1),
        "book_ns_per_operation": round(book_ns / count, 1),
        "ratio_to_book": round(core_ns / book_ns, 2),
        **rest_many(resting),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--smoke", action="store_true", help="a small run that proves it works")
    smoke = parser.parse_args().smoke
    result = measure(*((5_000, 1, 5_000) if smoke else (500_000, 5, 1_000_000)))
    print(json.dumps(result))
    return 0 if result["identical"] else 1


if __name__ == "__main__":
    sys.exit(main())
