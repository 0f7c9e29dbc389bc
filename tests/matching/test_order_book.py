"""The Python face of the book: examples of other engines, refusals, packed runs, bytes."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from internaliser.matching.order_book import CANCEL, PLACE, REPLACE, TAKE, OrderBook, Pool
from tests.oracle.book import BUY, OP, SELL, OracleBook

ROOT = Path(__file__).parents[2]
EXAMPLES = next(
    (
        found
        for up in (ROOT.parent, ROOT.parent.parent)
        if (found := up / "shared/conformance/matching_examples.json").exists()
    ),
    None,
)
# What the book alone decides; post only, stops, owners and the like are the business of the core.
BOOK_FEATURES = {
    "price", "time", "partial", "market", "sweep", "ioc", "fok", "replace", "cancel"
}  # fmt: skip


def ticks(price: int | str) -> int:
    return int(Decimal(price) * 100)


def examples() -> list[Any]:
    if EXAMPLES is None:
        reason = "shared/conformance/matching_examples.json is not beside the checkout"
        return [pytest.param({}, marks=pytest.mark.skip(reason=reason))]
    return [
        pytest.param(case, id=case["id"])
        for case in json.loads(EXAMPLES.read_text())["cases"]
        if set(case["features"]) <= BOOK_FEATURES
    ]


class Desk:
    """Turns an example's steps into operations: FIX quantities and validities over one book."""

    def __init__(self) -> None:
        self.book = OrderBook(Pool(64, 64))
        self.names: list[str] = []
        self.orders: dict[int, dict[str, Any]] = {}

    def new(self, step: dict[str, Any]) -> list[dict[str, Any]]:
        slot = len(self.names)
        self.names.append(step["id"])
        side = BUY if step["side"] == "buy" else SELL
        collar = 2**62 if side == BUY else -(2**62)
        price = ticks(step["px"]) if "px" in step else collar
        self.orders[slot] = {"side": side, "price": price, "qty": step["qty"], "cum": 0}
        if step["tif"] == "fok" and self.book.available(side, price, step["qty"]) < step["qty"]:
            return []
        if step["tif"] in ("ioc", "fok") or step["type"] == "market":
            return self.told(slot, self.book.take(side, price, step["qty"]))
        return self.told(slot, self.book.place(slot, side, price, step["qty"]))

    def cancel(self, step: dict[str, Any]) -> bool:
        return self.book.cancel(self.names.index(step["id"]))

    def replace(self, step: dict[str, Any]) -> list[dict[str, Any]]:
        slot = self.names.index(step["id"])
        order = self.orders[slot]
        order["qty"] = step.get("qty", order["qty"])
        order["price"] = ticks(step["px"]) if "px" in step else order["price"]
        if order["qty"] <= order["cum"]:
            self.book.cancel(slot)
            return []
        return self.told(
            slot, self.book.replace(slot, order["price"], order["qty"] - order["cum"]) or []
        )

    def told(self, taker: int, fills: list[tuple[int, int, int]]) -> list[dict[str, Any]]:
        for maker, _, qty in fills:
            self.orders[maker]["cum"] += qty
            self.orders[taker]["cum"] += qty
        return [
            {"maker": self.names[maker], "taker": self.names[taker], "qty": qty, "px": price}
            for maker, price, qty in fills
        ]


@pytest.mark.parametrize("case", examples())
def test_examples_of_other_engines_come_out_the_same(case: dict[str, Any]) -> None:
    desk = Desk()
    for step in case["steps"]:
        if step["op"] == "cancel":
            assert desk.cancel(step) == (step["expect"]["result"] == "ok"), step
        else:
            expected = [{**fill, "px": ticks(fill["px"])} for fill in step["expect"]["fills"]]
            assert getattr(desk, step["op"])(step) == expected, step
    depth = {
        name: [[price, qty] for price, qty, _ in desk.book.depth(side)]
        for name, side in (("bids", BUY), ("asks", SELL))
    }
    assert depth == {
        side: [[ticks(price), qty] for price, qty in levels]
        for side, levels in case["book"].items()
    }


def test_wrong_arguments_are_refused_and_change_nothing() -> None:
    book = OrderBook(Pool(4, 4))
    book.place(1, BUY, 10, 5)
    with pytest.raises(ValueError, match="no 4"):
        book.place(4, BUY, 10, 5)
    with pytest.raises(ValueError, match="slot 1 is resting already"):
        book.place(1, SELL, 10, 5)
    with pytest.raises(ValueError, match="a side is 49 or 50, not 51"):
        book.take(51, 10, 5)
    with pytest.raises(ValueError, match="at least 1 lot, not 0"):
        book.replace(1, 10, 0)
    assert book.orders(BUY) == [(1, 10, 5, 0)]


def test_a_packed_run_stops_at_a_senseless_operation() -> None:
    good = OP.pack(PLACE, BUY, 0, 1, 10, 5)
    for bad, reason in [
        (OP.pack(9, BUY, 0, 1, 10, 5), "operation 1 has no such"),
        (OP.pack(PLACE, 51, 0, 2, 10, 5), "operation 1 has no such"),
        (OP.pack(PLACE, BUY, 0, 4, 10, 5), "operation 1 has no such"),
        (OP.pack(TAKE, BUY, 0, 1, 10, 0), "operation 1 has no such"),
    ]:
        book = OrderBook(Pool(4, 4))
        with pytest.raises(ValueError, match=reason):
            book.run(good + bad + good)
        assert book.orders(BUY) == [(1, 10, 5, 0)]


@pytest.mark.parametrize("ops", [b"", b"short", OP.pack(PLACE, BUY, 0, 1, 10, 5) + b"x"])
def test_a_packed_run_of_a_broken_size_applies_nothing(ops: bytes) -> None:
    book = OrderBook(Pool(4, 4))
    with pytest.raises(ValueError, match="24 bytes each"):
        book.run(ops)
    assert book.order_count == 0


def test_a_packed_run_counts_what_was_no_longer_there() -> None:
    book = OrderBook(Pool(4, 4))
    ops = [
        (PLACE, SELL, 0, 1, 10, 5),
        (PLACE, BUY, 0, 2, 10, 5),
        (CANCEL, SELL, 0, 1, 0, 0),
        (REPLACE, BUY, 0, 2, 11, 1),
    ]
    totals = book.run(b"".join(OP.pack(*op) for op in ops))
    assert totals[:4] == (4, 2, 1, 5)
    assert totals == OracleBook().run(b"".join(OP.pack(*op) for op in ops))


def test_the_levels_limit_refuses_the_new_level_only() -> None:
    book = OrderBook(Pool(8, 2))
    book.place(0, BUY, 10, 1)
    book.place(1, BUY, 11, 1)
    with pytest.raises(OverflowError, match="levels_max"):
        book.place(2, BUY, 12, 1)
    assert book.place(2, BUY, 11, 1) == []
    assert book.cancel(0)
    assert book.place(3, BUY, 12, 1) == []
    assert (book.fault(), [price for price, _, _ in book.depth(BUY)]) == (0, [12, 11])


def test_an_order_of_another_book_of_the_pool_is_not_found() -> None:
    pool = Pool(8, 8)
    first, second = OrderBook(pool), OrderBook(pool)
    first.place(1, BUY, 10, 5)
    second.place(2, BUY, 10, 5)
    assert not second.cancel(1)
    assert second.replace(1, 11, 5) is None
    assert first.cancel(1)


def test_a_pool_takes_over_only_bytes_that_fit() -> None:
    snapshot = Pool(64, 64).snapshot(64)
    with pytest.raises(ValueError, match="part 0"):
        Pool(32, 64).restore(snapshot)
    with pytest.raises(ValueError, match="5 parts, not 4"):
        Pool(64, 64).restore(snapshot[:4])
    with pytest.raises(ValueError, match="32 bytes"):
        OrderBook(Pool(64, 64)).restore(b"short")


def test_more_fills_than_are_read_at_once_all_come_out() -> None:
    book = OrderBook(Pool(3_000, 8))
    for slot in range(2_500):
        book.place(slot, SELL, 100 + slot % 3, 2)
    fills = book.take(BUY, 102, 5_001)
    assert [qty for _, _, qty in fills] == [2] * 2_500
    assert book.order_count == 0
