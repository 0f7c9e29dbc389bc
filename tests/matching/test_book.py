"""The book against its slow twin, and the rules of price-time priority one by one."""

import os
import random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from internaliser.matching.order_book import OrderBook, Pool
from tests.oracle.book import BUY, OP, SELL, OracleBook

DEEP = os.environ.get("INTERNALISER_DEEP") == "1"
ORDERS_MAX = 64


@pytest.fixture
def book() -> OrderBook:
    return OrderBook(Pool(orders_max=64, levels_max=64))


def test_orders_at_one_price_execute_in_order_of_arrival(book: OrderBook) -> None:
    book.place(3, SELL, 100, 5)
    book.place(1, SELL, 100, 5)
    book.place(2, SELL, 100, 5)
    assert book.take(BUY, 100, 12) == [(3, 100, 5), (1, 100, 5), (2, 100, 2)]


def test_a_better_price_executes_first_at_the_resting_price(book: OrderBook) -> None:
    book.place(1, BUY, 98, 5)
    book.place(2, BUY, 100, 5)
    book.place(3, BUY, 99, 5)
    assert book.take(SELL, 99, 20) == [(2, 100, 5), (3, 99, 5)]
    assert book.orders(BUY) == [(1, 98, 5, 0)]


def test_what_does_not_match_rests(book: OrderBook) -> None:
    book.place(1, SELL, 100, 5)
    assert book.place(2, BUY, 101, 8, owner=7) == [(1, 100, 5)]
    assert book.orders(BUY) == [(2, 101, 3, 7)]
    assert book.best(SELL) is None


def test_less_quantity_keeps_the_place_in_the_queue(book: OrderBook) -> None:
    book.place(1, SELL, 100, 5)
    book.place(2, SELL, 100, 5)
    assert book.replace(1, 100, 3) == []
    assert book.orders(SELL) == [(1, 100, 3, 0), (2, 100, 5, 0)]


def test_more_quantity_loses_the_place_in_the_queue(book: OrderBook) -> None:
    book.place(1, SELL, 100, 5, owner=9)
    book.place(2, SELL, 100, 5)
    assert book.replace(1, 100, 6) == []
    assert book.orders(SELL) == [(2, 100, 5, 0), (1, 100, 6, 9)]


def test_a_new_price_may_execute(book: OrderBook) -> None:
    book.place(1, BUY, 90, 5)
    book.place(2, SELL, 100, 2)
    assert book.replace(1, 100, 4) == [(2, 100, 2)]
    assert book.orders(BUY) == [(1, 100, 2, 0)]


def test_a_canceled_order_is_gone_and_cancels_only_once(book: OrderBook) -> None:
    book.place(1, BUY, 90, 5)
    assert book.cancel(1)
    assert not book.cancel(1)
    assert (book.best(BUY), book.order_count, book.level_count) == (None, 0, 0)


def test_prices_may_be_negative_and_extreme(book: OrderBook) -> None:
    lowest, highest = -(2**63), 2**63 - 1
    for slot, price in enumerate([5, lowest, -1, 0, highest]):
        book.place(slot, SELL, price, 1)
    assert [price for price, _, _ in book.depth(SELL)] == [lowest, -1, 0, 5, highest]
    assert book.take(BUY, -1, 9) == [(1, lowest, 1), (2, -1, 1)]


class BookMachine(RuleBasedStateMachine):
    """Any operations, on a few close prices or on far ones; compared whole after every step."""

    @initialize(stride=st.sampled_from([1, 17, 1 << 12, 1 << 58]))
    def open(self, stride: int) -> None:
        self.pool = Pool(orders_max=ORDERS_MAX, levels_max=ORDERS_MAX)
        self.book, self.oracle, self.stride = OrderBook(self.pool), OracleBook(), stride

    slots = st.integers(0, ORDERS_MAX - 1)
    sides = st.sampled_from([BUY, SELL])
    steps = st.integers(-20, 20)
    qtys = st.integers(1, 12)

    @rule(slot=slots, side=sides, step=steps, qty=qtys, owner=st.integers(0, 3))
    def place(self, slot: int, side: int, step: int, qty: int, owner: int) -> None:
        if slot in self.oracle.places:
            with pytest.raises(ValueError, match="resting already"):
                self.book.place(slot, side, step * self.stride, qty, owner)
            return
        self.same("place", slot, side, step * self.stride, qty, owner)

    @rule(side=sides, step=steps, qty=st.integers(1, 60))
    def take(self, side: int, step: int, qty: int) -> None:
        self.same("take", side, step * self.stride, qty)

    @rule(slot=slots)
    def cancel(self, slot: int) -> None:
        self.same("cancel", slot)

    @rule(slot=slots, step=steps, qty=qtys)
    def replace(self, slot: int, step: int, qty: int) -> None:
        self.same("replace", slot, step * self.stride, qty)

    @rule(ops=st.lists(st.tuples(st.integers(1, 4), sides, st.integers(0, 3), slots, steps, qtys)))
    def run_packed(self, ops: list[tuple[int, int, int, int, int, int]]) -> None:
        packed = b"".join(
            OP.pack(kind, side, owner, slot, step * self.stride, qty)
            for kind, side, owner, slot, step, qty in ops
        )
        if packed:
            assert tuple(self.book.run(packed)) == self.oracle.run(packed)

    @rule(side=sides, step=steps, enough=st.integers(1, 60))
    def available(self, side: int, step: int, enough: int) -> None:
        self.same("available", side, step * self.stride, enough)

    @rule()
    def copy_bytes(self) -> None:
        pool = Pool(orders_max=ORDERS_MAX, levels_max=ORDERS_MAX)
        book = OrderBook(pool)
        pool.restore(self.pool.snapshot(ORDERS_MAX))
        book.restore(self.book.snapshot())
        self.pool, self.book = pool, book

    def same(self, verb: str, *args: Any) -> None:
        assert getattr(self.book, verb)(*args) == getattr(self.oracle, verb)(*args)

    @invariant()
    def is_sound_and_equal(self) -> None:
        if not hasattr(self, "book"):
            return
        assert self.book.fault() == 0
        assert self.book.order_count == self.oracle.order_count
        for side in (BUY, SELL):
            assert self.book.orders(side) == self.oracle.orders(side)
            assert self.book.depth(side) == self.oracle.depth(side)
            assert self.book.best(side) == self.oracle.best(side)
        assert self.pool.level_count == self.book.level_count


# When deep at least 200,000 steps: 4,000 machines of up to 60.
BookMachine.TestCase.settings = settings(
    max_examples=4_000 if DEEP else 40,
    stateful_step_count=60,
    deadline=None,
    derandomize=not DEEP,
    suppress_health_check=list(HealthCheck),
)
TestBookMachine = BookMachine.TestCase


def test_a_thousand_books_share_a_pool_without_meeting() -> None:
    chance = random.Random(1_000)
    pool = Pool(orders_max=20_000, levels_max=20_000)
    pairs = [(OrderBook(pool), OracleBook()) for _ in range(1_000)]
    for slot in range(20_000):
        book, oracle = chance.choice(pairs)
        op = chance.choice([BUY, SELL]), chance.randrange(90, 110), chance.randrange(1, 50)
        assert book.place(slot, *op) == oracle.place(slot, *op)
        canceled = chance.randrange(slot + 1)
        assert book.cancel(canceled) == oracle.cancel(canceled)
    for book, oracle in pairs:
        assert book.fault() == 0
        assert [book.orders(side) for side in (BUY, SELL)] == [
            oracle.orders(side) for side in (BUY, SELL)
        ]
    assert pool.level_count == sum(book.level_count for book, _ in pairs)
    assert len(pairs[0][0].snapshot()) == 32


# Part of the pool's snapshot, item size, offset in the item, facts of which one must be reported.
DAMAGES = {
    "next": (0, 32, 0, {101, 102, 105, 106}),
    "previous": (0, 32, 4, {102}),
    "level": (0, 32, 8, {102}),
    "leaves": (0, 32, 16, {104, 106}),
    "price": (0, 32, 24, {103}),
    "first": (2, 40, 0, {102, 105}),
    "last": (2, 40, 4, {105}),
    "better": (2, 40, 8, {13}),
    "worse": (2, 40, 12, {12, 13, 14, 16}),
    "key": (2, 40, 16, {4, 5, 14, 15, 103}),
    "qty": (2, 40, 24, {106}),
    "count": (2, 40, 32, {101, 105}),
    "side": (2, 40, 36, {100}),
    "child": (4, 64, 16, {1, 2, 4}),
    "fork": (4, 64, 0, {1, 2, 4, 5}),
}


@pytest.mark.parametrize("field", DAMAGES)
def test_the_checker_finds_a_changed_byte(field: str) -> None:
    part, size, offset, facts = DAMAGES[field]
    pool = Pool(64, 64)
    book = OrderBook(pool)
    for slot in range(40):
        book.place(slot, BUY, 100 + slot // 2, 5)
    damaged = [bytearray(stretch) for stretch in pool.snapshot(64)]
    at = 3 if part != 4 else 0
    damaged[part][at * size + offset] ^= 1
    pool.restore([bytes(stretch) for stretch in damaged])
    assert book.fault() in facts


def test_the_checker_finds_a_fork_at_a_wrong_digit() -> None:
    book = OrderBook(Pool(64, 64))
    for slot in range(40):
        book.place(slot, BUY, 100 + slot, 5)
    damaged = bytearray(book.snapshot())
    damaged[3] ^= 8
    book.restore(bytes(damaged))
    assert book.fault() in {3, 4, 5}


def test_the_checker_finds_a_crossed_book() -> None:
    pool = Pool(8, 8)
    book, contra = OrderBook(pool), OrderBook(pool)
    book.place(0, BUY, 100, 5)
    contra.place(1, SELL, 99, 5)
    crossed = OrderBook(pool)
    crossed.restore(book.snapshot()[:16] + contra.snapshot()[16:])
    assert (book.fault(), contra.fault(), crossed.fault()) == (0, 0, 108)
