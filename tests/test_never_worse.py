"""The judge of I14 finds a fill that was worse than the outside, and only that."""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from internaliser.config import Config, parse
from internaliser.core.core import Core
from internaliser.model.commands import admin_command, epoch_command
from internaliser.model.fields import record_fields
from internaliser.model.records import (
    market_view,
    new_order,
    source_state,
    split_records,
    venue_report,
)
from internaliser.never_worse import Judge, Offer, saving
from internaliser.node_config import Held, commands_for
from internaliser.verify import report
from tests.journaled_core import journal_of
from tests.oracle.planner import is_worse

TEXT = """
[limits]
orders_max = 1000
closed_orders_max = 1000
levels_max = 1000
[[assets]]
name = "USD"
decimals = 6
[[assets]]
name = "BTC"
decimals = 0
[[instruments]]
symbol = "BTC/USD"
base = "BTC"
quote = "USD"
tick = 0.01
lot = 1
price_max = 100000
qty_max = 1000000
[[clients]]
name = "ALICE"
taker_fee_bp = 1
credit = "unlimited"
[[clients]]
name = "BOB"
credit = "unlimited"
[[clients]]
name = "CAROL"
credit = "unlimited"
route_scope = "local"
[[venues]]
name = "MARKET"
host = "127.0.0.1"
port = 1
sender_comp_id = "NODE"
target_comp_id = "MARKET"
taker_fee_bp = 5
credit = "unlimited"
instruments = { "BTC/USD" = { symbol = "BTC/USD" } }
[[venues]]
name = "OTHER"
host = "127.0.0.1"
port = 2
sender_comp_id = "NODE"
target_comp_id = "OTHER"
credit_adj_bp = 1
credit = "unlimited"
instruments = { "BTC/USD" = { symbol = "BTC/USD" } }
"""
CONFIG = parse(TEXT, "f.toml")
# Both list it in their own way: in steps of 5 and no less than 10; nothing worth less than 7.00.
COARSE = parse(
    TEXT.replace('"BTC/USD" }', '"XBT", lot = 5, qty_min = 10 }', 1).replace(
        'symbol = "BTC/USD" }', "notional_min = 700 }"
    ),
    "f.toml",
)
ALICE, BOB, CAROL = 0, 1, 2
IS_DEEP = bool(os.environ.get("INTERNALISER_DEEP"))
SILENT = 1  # core/core.pxd
UP = source_state(source=0, action="up")


def order(client: int, name: str, side: str, qty: int, price: int, **terms: Any) -> bytes:
    return new_order(
        client=client, instrument=0, side=side, qty=qty, price=price, cl_ord_id=name, session=None,
        **terms,
    )  # fmt: skip


def view(bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> bytes:
    return market_view(source=0, instrument=0, bids=bids, asks=asks)


class Bench:
    """A core with a judge of its records."""

    def __init__(self, config: Config = CONFIG) -> None:
        self.core = Core(1, 10_000, 10_000)
        self.found: list[str] = []
        self.judge = Judge(lambda fields, text: self.found.append(text))
        self.sides = 0  # of internal trades
        self.children: list[dict[str, Any]] = []  # asked for, not answered
        for command in [epoch_command(1, self.core.rules_version), *commands_for(config, Held())]:
            self.apply(command)

    def apply(self, command: bytes) -> None:
        result, stamped, views, events = self.core.apply_raw(command)
        assert result >= 0, self.core.fault
        if result == SILENT:
            return
        for record in [*split_records(views), stamped, *split_records(events)]:
            fields = record_fields(record)
            self.judge.take(fields)
            self.sides += fields.get("event") == "executed" and fields["source"] is None
            if fields.get("event") == "requested":
                self.children.append(fields)


def judged(commands: list[bytes], config: Config = CONFIG) -> tuple[list[str], int]:
    """What the judge finds in the records of a core, and how many internal sides there were."""
    bench = Bench(config)
    for command in commands:
        bench.apply(command)
    bench.judge.finish()
    return bench.found, bench.sides


# Bob's offer at 100.03 meets Alice's order; outside there is more at 100.05, which costs her more.
TRADE = [
    UP,
    view([(9990, 9)], [(10005, 9)]),
    order(BOB, "b1", "sell", 5, 10003),
    order(ALICE, "a1", "buy", 8, 10010),
]


def test_a_fill_no_worse_than_the_outside_is_judged_and_no_finding(tmp_path: Path) -> None:
    journal_of(tmp_path, CONFIG, TRADE)
    found = report(tmp_path)
    assert found["findings"] == []
    assert found["sides_judged_against_outside"] == 1  # of Bob the 99.90 asks less than his limit


def cheaper_outside(record: bytes) -> bytes:
    """The journalled view says that the outside sold at 99.91."""
    if record_fields(record)["kind"] != "market_view":
        return record
    return record.replace(struct.pack("<qq", 10005, 9), struct.pack("<qq", 9991, 9))


def dearer_inside(record: bytes) -> bytes:
    """The journalled view says that the outside bought at 100.50: Bob did not have to sell here."""
    if record_fields(record)["kind"] != "market_view":
        return record
    doctored = record.replace(struct.pack("<qq", 9990, 9), struct.pack("<qq", 10050, 9))
    return doctored.replace(struct.pack("<qq", 10005, 9), struct.pack("<qq", 10099, 9))


@pytest.mark.parametrize(
    ("doctor", "side"), [(cheaper_outside, "buy 5 at 10003"), (dearer_inside, "sell 5 at 10003")]
)
def test_a_doctored_view_makes_a_fill_a_finding(
    tmp_path: Path, doctor: Callable[[bytes], bytes], side: str
) -> None:
    journal_of(tmp_path, CONFIG, TRADE, doctor)
    found = report(tmp_path)
    assert not found["ok"]
    assert [text for text in found["findings"] if f"{side} inside was worse than outside" in text]


@pytest.mark.parametrize(
    "before",
    [
        [source_state(source=0, action="down")],
        [admin_command("halt", source=0, note="x")],
    ],
    ids=["a lost link", "a halted venue"],
)
def test_what_cannot_be_had_is_not_held_against_a_fill(before: list[bytes]) -> None:
    asked = [UP, view([(9990, 9)], [(9991, 9)]), order(ALICE, "a0", "buy", 1, 9995), *before]
    asked += [order(BOB, "b1", "sell", 5, 10003), order(ALICE, "a1", "buy", 5, 10010)]
    assert judged(asked) == ([], 2)


def test_spent_quantity_is_had_once() -> None:
    asked = [UP, view([(9990, 9)], [(9991, 9)]), order(BOB, "b1", "sell", 5, 10003)]
    asked += [order(ALICE, "a1", "buy", 9, 10010), order(ALICE, "a2", "buy", 5, 10010)]
    assert judged(asked) == ([], 2)


def test_a_client_that_stays_inside_has_no_outside() -> None:
    asked = [UP, view([(9990, 9)], [(9991, 9)]), order(BOB, "b1", "sell", 5, 10003)]
    asked += [order(CAROL, "c1", "buy", 5, 10010)]
    assert judged(asked) == ([], 2)


def test_dust_is_not_held_against_a_fill() -> None:
    """9 at 99.91 are too few for the venue; 13 would be 10 there, 3 inside."""
    asked = [UP, view([(9990, 9)], [(9991, 9), (10008, 40)]), order(BOB, "b1", "sell", 5, 10003)]
    asked += [order(ALICE, "a1", "buy", 5, 10010), order(BOB, "b2", "sell", 9, 10003)]
    asked += [order(ALICE, "a2", "buy", 9, 10010)]
    assert judged(asked, COARSE) == ([], 4)


@pytest.mark.parametrize(
    ("asks", "is_found"),
    [
        ([(9991, 9)], False),  # nobody could have had it
        ([(9991, 4), (9992, 4), (9993, 4)], True),  # the first two with the third: 10 at 99.93
        ([(9991, 9), (10008, 9)], False),  # only dearer than inside
        ([(9991, 20)], True),
    ],
)
def test_what_could_have_been_had_is_held_against_a_fill(
    tmp_path: Path, asks: list[tuple[int, int]], is_found: bool
) -> None:
    """The journalled view is doctored behind an order that met three others inside."""
    trade = [UP, view([], [(10050 + i, 9) for i in range(len(asks))])]
    trade += [order(BOB, f"b{i}", "sell", 4, 10003) for i in range(3)]
    trade += [order(ALICE, "a1", "buy", 12, 10010)]

    def doctor(record: bytes) -> bytes:
        for i, (price, qty) in enumerate(asks):
            record = record.replace(
                struct.pack("<qq", 10050 + i, 9), struct.pack("<qq", price, qty)
            )
        return record

    journal_of(tmp_path, COARSE, trade, doctor)
    found = report(tmp_path)["findings"]
    assert any("buy 12 at 10003 inside was worse" in text for text in found) == is_found


def test_the_saving_agrees_with_brute_force() -> None:
    random = Random(5)
    for _ in range(300):
        side, name = random.choice(((49, "buy"), (50, "sell")))
        price, rate = random.randint(90, 110), random.randint(-500_000, 2_000_000)
        qty = random.randint(1, 8)
        offers = [
            Offer(
                random.randint(90, 110), random.randint(1, 5), random.randint(-500_000, 2_000_000)
            )
            for _ in range(random.randint(0, 4))
        ]
        rungs = [(cost, lots, its, 0, 2, True) for cost, lots, its, _, _ in offers]
        assert (saving(name, price, rate, qty, offers) > 0) == is_worse(
            side, price, rate, qty, rungs
        )


class RandomMarket:
    """Views that move and cross each other, orders that cross them, links that come and go."""

    def __init__(self, seed: int, config: Config = CONFIG) -> None:
        self.random = Random(seed)
        self.bench = Bench(config)
        self.mid = 10_000
        self.count = 0
        self.now_ns = 0
        for source in (0, 1):
            self.bench.apply(source_state(source=source, action="up"))

    def step(self) -> None:
        self.now_ns += self.random.choice((0, 1, 10**6, 10**9))
        self.mid += self.random.randint(-3, 3)
        pick = self.random.random()
        if pick < 0.35:
            self.bench.apply(self._view())
        elif pick < 0.36:
            action = self.random.choice(("up", "up", "down"))
            source = self.random.randint(0, 1)
            self.bench.apply(source_state(source=source, action=action, time_ns=self.now_ns))
        elif pick < 0.65 and self.bench.children:
            self.bench.apply(self._report())
        else:
            self.bench.apply(self._order())

    def _view(self) -> bytes:
        pick = self.random.randint
        bids = [(self.mid - i, pick(1, 20)) for i in range(1, pick(2, 6))]
        asks = [(self.mid + i, pick(1, 20)) for i in range(pick(0, 1), 5)]
        return market_view(
            source=pick(0, 1), instrument=0, bids=bids, asks=asks, time_ns=self.now_ns
        )

    def _report(self) -> bytes:
        child = self.bench.children.pop(0)
        done = self.random.choice((0, child["qty"] // 2, child["qty"]))
        return venue_report(
            source=child["source"], child_id=child["child_id"], last_qty=done,
            last_px=child["price"], cum_qty=done, is_final=True, time_ns=self.now_ns,
        )  # fmt: skip

    def _order(self) -> bytes:
        self.count += 1
        pick = self.random.choice
        return order(
            pick((ALICE, BOB, BOB, CAROL)), f"o{self.count}", pick(("buy", "sell")),
            self.random.randint(1, 30), self.mid + self.random.randint(-6, 6),
            tif=pick(("day", "ioc", "ioc", "fok")), flags=pick((0, 0, 0, 1, 2)),
            time_ns=self.now_ns,
        )  # fmt: skip


@pytest.mark.parametrize("config", [CONFIG, COARSE], ids=["plain", "coarse"])
def test_no_random_market_makes_the_core_trade_worse_inside(config: Config) -> None:
    steps = 200_000 if IS_DEEP else 3_000
    market = RandomMarket(6, config)
    for _ in range(steps):
        market.step()
    market.bench.judge.finish()
    assert market.bench.found[:3] == []
    assert market.bench.judge.fills > steps // 50
