"""The tree of levels: far apart, many, in any order; no more than needed, nothing left behind."""

import os
import random

import pytest

from internaliser.matching.order_book import OrderBook, Pool
from tests.oracle.book import BUY, CANCEL, OP, PLACE, SELL

MANY = 200_000 if os.environ.get("INTERNALISER_DEEP") == "1" else 20_000


def place_all(book: OrderBook, side: int, prices: list[int]) -> None:
    book.run(b"".join(OP.pack(PLACE, side, 0, i, price, 1) for i, price in enumerate(prices)))


def prices_of(book: OrderBook, side: int) -> list[int]:
    return [price for _, price, _, _ in book.orders(side)]


@pytest.mark.parametrize("span", [2 * MANY, 2**30, 2**64], ids=["dense", "wide", "whole"])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_many_levels_stay_sorted_and_all_go_again(span: int, side: int) -> None:
    chance = random.Random(span + side)
    drawn: dict[int, None] = {}
    while len(drawn) < MANY:
        drawn[chance.randrange(-span // 2, span // 2)] = None
    prices = list(drawn)
    pool = Pool(MANY, MANY)
    book = OrderBook(pool)
    place_all(book, side, prices)
    assert prices_of(book, side) == sorted(prices, reverse=side == BUY)
    assert book.fault() == 0
    slots = list(range(MANY))
    chance.shuffle(slots)
    cancels = [OP.pack(CANCEL, side, 0, slot, 0, 0) for slot in slots]
    book.run(b"".join(cancels[: MANY // 2]))
    kept = [prices[slot] for slot in slots[MANY // 2 :]]
    assert prices_of(book, side) == sorted(kept, reverse=side == BUY)
    assert book.fault() == 0
    book.run(b"".join(cancels[MANY // 2 :]))
    assert (pool.level_count, pool.fork_count, book.best(side)) == (0, 0, None)


def test_the_shape_of_the_tree_depends_only_on_the_prices_present() -> None:
    chance = random.Random(7)
    prices = chance.sample(range(10_000), 500)
    shapes = set()
    for _ in range(5):
        chance.shuffle(prices)
        pool = Pool(500, 500)
        place_all(OrderBook(pool), SELL, prices)
        shapes.add(pool.fork_count)
    assert len(shapes) == 1


def test_consecutive_prices_share_forks() -> None:
    pool = Pool(4_096, 4_096)
    place_all(OrderBook(pool), SELL, list(range(4_096)))
    assert pool.fork_count == 256 + 16 + 1


def test_used_bytes_do_not_grow_while_levels_come_and_go() -> None:
    pool = Pool(64, 4_096)
    book = OrderBook(pool)
    sizes = set()
    for base in range(0, 64_000, 64):
        place_all(book, BUY, list(range(base, base + 64)))
        sizes.add(sum(len(part) for part in pool.snapshot(64)))
        for slot in range(64):
            book.cancel(slot)
    assert len(sizes) == 1
