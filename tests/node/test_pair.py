"""Two kinds of venue at once: one order by net price from both; what one does harms not the other.

The FIX exchange charges 2 bp, the simulated Binance 10.
"""

import os
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from internaliser.inspect import rows
from internaliser.verify import verify
from tests.node.pair import BUY, Pair, total
from tests.node.rest_venue import KINDS, run

IS_DEEP = bool(os.environ.get("INTERNALISER_DEEP"))
FIX_ASKS = [("100", "5"), ("100.12", "5")]  # 100.02 and 100.14 with the fee
REST_ASKS = [("100.01", "4"), ("100.05", "6")]  # 100.11 and 100.15


@pytest.fixture(params=("rest", "ws") if IS_DEEP else ("rest",))
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    with Pair(tmp_path, tmp_path / "data", seed=1, by=request.param) as made:
        yield made


def is_verified(pair: Pair) -> bool:
    pair.node.kill()
    return verify(pair.data)[0] == []


def test_one_order_is_filled_by_both_by_net_price_and_the_choice_can_be_read_back(
    pair: Pair,
) -> None:
    pair.set_books(FIX_ASKS, REST_ASKS)
    told = pair.order(BUY, 12, "101")
    pair.wait(lambda: pair.is_over(told))
    assert told.status == b"2"
    assert total(told) == {Decimal(100): 5, Decimal("100.01"): 4, Decimal("100.12"): 3}
    assert pair.executed() == {
        "MARKET": [("5", "100"), ("3", "100.12")],
        "BINANCE": [("4", "100.01")],
    }
    (decision,) = rows("decisions", pair.data)
    assert decision["chose"] == [
        {"source": "MARKET", "level": "5@100"},
        {"source": "BINANCE", "level": "4@100.01"},
        {"source": "MARKET", "level": "3@100.12"},
    ]
    seen = {
        row["source"]: (row["usable"], row["fee_bp"], row["levels"]) for row in decision["seen"]
    }
    assert seen == {
        "MARKET": (True, "2", ["5@100", "5@100.12"]),
        "BINANCE": (True, "10", ["4@100.01", "6@100.05"]),
    }
    executions = pair.dumped()
    assert sorted((row["source"], row["last_qty"], row["last_px"]) for row in executions) == [
        ("BINANCE", "4", "100.01"),
        ("MARKET", "3", "100.12"),
        ("MARKET", "5", "100"),
    ]
    assert {row["decided_seq"] for row in executions} == {decision["seq"]}
    assert all(row["seen"] == decision["seen"] for row in executions)
    assert pair.differences() == []
    assert is_verified(pair)


def test_a_venue_that_stopped_breathing_does_not_keep_the_other_from_filling(pair: Pair) -> None:
    pair.set_books(FIX_ASKS, REST_ASKS)
    pair.rest.freeze()
    try:
        both = pair.order(BUY, 7, "101")
        pair.wait(lambda: total(both) == {Decimal(100): 5})
        began_s = time.monotonic()
        here = pair.order(BUY, 2, "101")
        pair.set_fix_asks([("99", "2")])
        there = pair.order(BUY, 2, "99")
        pair.wait(lambda: pair.is_over(there))
        assert time.monotonic() - began_s < 2
        assert total(there) == {Decimal(99): 2}
        assert not pair.is_over(both)  # its part at the other venue is unknown, and not guessed at
    finally:
        pair.rest.thaw()
    pair.wait(lambda: pair.is_over(both) and pair.is_over(here))
    pair.wait(lambda: pair.differences() == [])
    assert is_verified(pair)


def test_the_other_way_round_a_frozen_fix_venue_leaves_the_rest(pair: Pair) -> None:
    pair.set_books([("100", "5")], [("100.01", "9")])
    pair.fix.freeze()
    try:
        both = pair.order(BUY, 9, "101")
        pair.wait(lambda: total(both) == {Decimal("100.01"): 4})
        assert not pair.is_over(both)
    finally:
        pair.fix.thaw()
    pair.wait(lambda: pair.is_over(both))
    assert total(both) == {Decimal(100): 5, Decimal("100.01"): 4}
    assert pair.differences() == []
    assert is_verified(pair)


def test_a_venue_that_shows_what_it_does_not_have_only_costs_its_own_share(pair: Pair) -> None:
    pair.set_books([("100", "20")], [("99", "10")])
    pair.rest.post("misbehave", kind="stale")
    pair.rest.post("book", symbol=pair.rest.theirs, bids=[["90", "5"]], asks=[["110", "10"]])
    told = pair.order(BUY, 15, "101")
    pair.wait(lambda: pair.is_over(told))
    assert total(told) == {Decimal(100): 15}
    assert told.status == b"2"
    assert pair.executed()["BINANCE"] == []
    assert pair.differences() == []
    assert is_verified(pair)


def test_a_venue_that_lies_about_an_end_does_not_touch_the_other(pair: Pair) -> None:
    pair.set_books([("100.20", "20")], [("99", "10")])
    pair.rest.post("misbehave", kind="fill_after_cancel", next=1, delay_ms=300)
    told = pair.order(BUY, 15, "101")
    pair.wait(lambda: pair.is_over(told))
    pair.wait(lambda: pair.differences() == [])  # the house has what came too late
    assert told.cum_qty == 15
    assert sum(int(qty) for qty, _ in pair.executed()["BINANCE"]) == 10
    assert is_verified(pair)


def test_whatever_both_do_at_once_the_node_ends_where_their_truth_is(tmp_path: Path) -> None:
    kinds = KINDS if IS_DEEP else ("late_answer",)
    figures = run(
        tmp_path, tmp_path / "data", 20 if IS_DEEP else 2, seed=7, kinds=kinds, is_pair=True
    )
    assert figures["findings"] == []
    assert figures["children_filled"] > 0
