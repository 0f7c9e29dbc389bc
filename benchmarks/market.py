"""What does an outside book cost the edge, from the venue's bytes to the view for the core?

python -m benchmarks.market [--smoke]

Seeded depth messages of 20 symbols, in Binance's own format, 5,000 levels a side: JSON decode
(msgspec), DiffSync, VenueBook, and a view whenever it would show something new. The peer does the
same work on the sorted book that judges ours in the tests, from the same bytes; every view of both
must be equal, or the benchmark fails. Not included: sockets, WebSocket frames, TLS, the ring.
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
from decimal import Decimal

import msgspec

from internaliser.market.diff_sync import DiffSync, SyncResult
from internaliser.market.sync_rules import BINANCE
from internaliser.market.venue_book import VenueBook
from internaliser.model.fields import record_fields
from tests.oracle.venue_book import OracleVenueBook, Read

SEED = 20_241_103
SYMBOLS = 20
DEPTH = 5_000  # levels a side
TICK, LOT = Decimal("0.01"), Decimal("0.00001")
MIDDLE = 6_000_000  # ticks
NEAR_MEAN = 12  # levels between the best and a change, exponential: most news is near the top
REMOVED_SHARE = 30  # percent of changes that remove their level
CHANGES_MAX = 9  # levels a message, uniform from 1: both sides together
MESSAGE_NS = 1_000_000
MIX = "1-9 changes a message, 70 % set, 30 % remove, exponential from the top, mean 12 levels"

Levels = list[tuple[str, str]]
Told = list[bytes | None]
Shown = tuple[Read, Read]  # the bids and the asks


class Depth(msgspec.Struct):
    """A depthUpdate as the adapter decodes it."""

    s: str
    U: int
    u: int
    b: Levels
    a: Levels


def price_text(ticks: int) -> str:
    return f"{ticks // 100}.{ticks % 100:02d}000000"


def qty_text(chance: random.Random) -> str:
    return f"{chance.randrange(5)}.{chance.randrange(1, 100_000):05d}000"


def snapshot(chance: random.Random) -> tuple[Levels, Levels]:
    bids = [(price_text(MIDDLE - i), qty_text(chance)) for i in range(DEPTH)]
    asks = [(price_text(MIDDLE + 1 + i), qty_text(chance)) for i in range(DEPTH)]
    return bids, asks


def change(chance: random.Random, is_bid: bool) -> tuple[str, str]:
    away = int(chance.expovariate(1 / NEAR_MEAN))
    price = MIDDLE - away if is_bid else MIDDLE + 1 + away
    is_removed = chance.randrange(100) < REMOVED_SHARE
    return price_text(price), "0.00000000" if is_removed else qty_text(chance)


def messages(count: int, chance: random.Random) -> tuple[list[bytes], int]:
    """Depth messages in turn over the symbols, and how many level changes they hold."""
    made, levels = [], 0
    for number in range(count):
        first_id = number // SYMBOLS * 3 + 1
        sides: tuple[Levels, Levels] = ([], [])
        for _ in range(chance.randrange(1, CHANGES_MAX + 1)):
            is_bid = chance.randrange(2) == 0
            sides[not is_bid].append(change(chance, is_bid))
            levels += 1
        body = {
            "e": "depthUpdate",
            "E": number,
            "s": f"S{number % SYMBOLS}",
            "U": first_id,
            "u": first_id + 2,
            "b": sides[0],
            "a": sides[1],
        }
        made.append(json.dumps(body, separators=(",", ":")).encode())
    return made, levels


def opened(start: tuple[Levels, Levels]) -> dict[str, DiffSync]:
    syncs = {}
    for number in range(SYMBOLS):
        sync = syncs[f"S{number}"] = DiffSync(VenueBook(TICK, LOT, DEPTH), BINANCE)
        sync.on_open(0)
        assert sync.on_snapshot(0, *start, 0) is SyncResult.CHANGED
    return syncs


def run(syncs: dict[str, DiffSync], arrived: list[bytes]) -> Told:
    """As the adapter does. Each message's view, None where nothing shown changed."""
    decode = msgspec.json.Decoder(Depth).decode
    told: Told = []
    tell = told.append
    now_ns = 0
    for data in arrived:
        now_ns += MESSAGE_NS
        depth = decode(data)
        sync = syncs[depth.s]
        result = sync.on_diff(depth.U, depth.u, depth.b, depth.a, now_ns)
        if result is SyncResult.CHANGED:
            tell(sync.book.view(1, 2, True))
        else:
            tell(None)
    return told


def run_sorted(books: dict[str, OracleVenueBook], arrived: list[bytes]) -> list[Shown | None]:
    """The same by the sorted book: ids followed, twenty levels a side shown when they changed."""
    decode = msgspec.json.Decoder(Depth).decode
    last_ids = dict.fromkeys(books, 0)
    told: list[Shown | None] = []
    for data in arrived:
        depth = decode(data)
        assert depth.U <= last_ids[depth.s] + 1 <= depth.u
        last_ids[depth.s] = depth.u
        book = books[depth.s]
        told.append(book.shown() if book.apply(depth.b, depth.a) else None)
    return told


def is_equal(told: Told, expected: list[Shown | None]) -> bool:
    for view, levels in zip(told, expected, strict=True):
        if (view is None) != (levels is None):
            return False
        if view is not None and levels is not None:
            fields = record_fields(view)
            if (fields["bids"], fields["asks"]) != tuple([*map(list, side)] for side in levels):
                return False
    return True


def timed(work: Callable[[], object]) -> int:
    gc.collect()
    gc.disable()
    start = time.process_time_ns()
    work()
    spent = time.process_time_ns() - start
    gc.enable()
    return spent


def apply_ns(start: tuple[Levels, Levels], arrived: list[bytes], levels: int) -> float:
    """CPU of the book alone, per level change: decoded before, no ids, no view."""
    decode = msgspec.json.Decoder(Depth).decode
    book = VenueBook(TICK, LOT, DEPTH)
    book.load(*start)
    decoded = [decode(data) for data in arrived]

    def work() -> None:
        apply = book.apply
        for depth in decoded:
            apply(depth.b, depth.a)

    return timed(work) / levels


def far_ns(start: tuple[Levels, Levels], chance: random.Random, count: int) -> float:
    """The same for changes anywhere in the book: the arrays move half their length."""
    book = VenueBook(TICK, LOT, DEPTH)
    book.load(*start)
    prices = [price_text(MIDDLE - chance.randrange(DEPTH)) for _ in range(count)]
    changes = [[(price, "0" if chance.randrange(2) else "1")] for price in prices]

    def work() -> None:
        apply = book.apply
        for one in changes:
            apply(one, [])

    return timed(work) / count


def measure(count: int, sorted_count: int, passes: int) -> dict[str, object]:
    chance = random.Random(SEED)
    start = snapshot(chance)
    arrived, levels = messages(count, chance)
    spent = statistics.median(timed(lambda: run(opened(start), arrived)) for _ in range(passes))
    spent -= statistics.median(timed(lambda: opened(start)) for _ in range(passes))
    decode = msgspec.json.Decoder(Depth).decode
    decoding = timed(lambda: [decode(data) for data in arrived])

    books = {f"S{number}": OracleVenueBook(TICK, LOT, DEPTH) for number in range(SYMBOLS)}
    for book in books.values():
        book.load(*start)
    expected: list[Shown | None] = []
    sorted_ns = timed(lambda: expected.extend(run_sorted(books, arrived[:sorted_count])))
    told = run(opened(start), arrived)
    ours = count / spent * 1e9
    peer = sorted_count / sorted_ns * 1e9
    deep = start[0][: DEPTH // 2]
    loading = VenueBook(TICK, LOT, DEPTH)
    return {
        "benchmark": "market",
        "messages": count,
        "symbols": SYMBOLS,
        "levels_a_side": DEPTH,
        "mix": MIX,
        "identical": is_equal(told[:sorted_count], expected),
        "views": sum(view is not None for view in told),
        "messages_per_s": round(ours),
        "us_per_message": round(spent / count / 1000, 2),
        "us_decoding": round(decoding / count / 1000, 2),
        "cpu_at_10000_per_s": round(spent / count / 1e5, 4),
        "level_changes": levels,
        "book_ns_per_level_change": round(apply_ns(start, arrived, levels)),
        "far_ns_per_level_change": round(far_ns(start, chance, min(count, 20_000))),
        "load_us": round(timed(lambda: loading.load(deep, start[1])) / 1000),
        "sorted_messages_per_s": round(peer),
        "ratio_to_sorted": round(ours / peer, 1),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--smoke", action="store_true", help="a small run that proves it works")
    smoke = parser.parse_args().smoke
    result = measure(*((2_000, 200, 1) if smoke else (200_000, 10_000, 5)))
    print(json.dumps(result))
    return 0 if result["identical"] else 1


if __name__ == "__main__":
    sys.exit(main())
