"""The books that events tell of are the books of the core that told them."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.feed.books import LocalBooks
from internaliser.model import records
from tests.core.market import Market
from tests.core.stream import Driver, full_stream, local_stream

quick = settings(max_examples=100, deadline=None)


def books_of(market: Market) -> LocalBooks:
    books = LocalBooks(1, orders_max=1000, children_max=1000)
    books.load(market.core)
    return books


def compare(driver: Driver, books: LocalBooks, stream: list[tuple[Any, ...]]) -> None:
    """Play on, the books following step by step; after each they are the core's."""
    for step in stream:
        told = len(driver.market.events)
        driver.play([step])
        for events in driver.market.events[told:]:
            books.step(events)
        assert books.depth(0) == driver.market.core.depth(0), step
        open_orders = driver.market.core.orders(open_only=True)
        assert books.order_count == len(open_orders), step


@quick
@given(local_stream)
def test_local_books_follow_a_core_that_trades_inside(stream: list[tuple[Any, ...]]) -> None:
    driver = Driver()
    compare(driver, books_of(driver.market), stream)


@quick
@given(full_stream)
def test_local_books_follow_a_core_whose_orders_go_to_sources(
    stream: list[tuple[Any, ...]],
) -> None:
    driver = Driver()
    compare(driver, books_of(driver.market), [("link", 0, "up"), ("link", 1, "up"), *stream])


@quick
@given(full_stream, st.lists(st.just(("day",)), max_size=2), full_stream)
def test_books_loaded_from_a_core_go_on_as_those_that_saw_it_all(
    before: list[tuple[Any, ...]], days: list[tuple[Any, ...]], after: list[tuple[Any, ...]]
) -> None:
    driver = Driver()
    driver.play([("link", 0, "up"), ("link", 1, "up"), *before, *days])
    books = books_of(driver.market)
    assert books.depth(0) == driver.market.core.depth(0)
    compare(driver, books, after)
    assert books.child_count == len(driver.market.core.children(live_only=True))


def test_an_order_that_ends_with_its_day_leaves_the_book_before_its_child_does() -> None:
    driver = Driver()
    stream: list[tuple[Any, ...]] = [
        ("link", 0, "up"),
        ("view", 0, [], [(2, 3)]),
        ("new", 0, "buy", 100, 8, "day", 0),
    ]
    books = books_of(driver.market)
    compare(driver, books, stream)
    assert books.depth(0) == ([(100, 5, 1)], [])
    compare(driver, books, [("day",)])
    assert books.depth(0) == ([], [])
    assert books.order_count == 1


def test_the_id_rises_once_with_every_step_that_changes_the_book() -> None:
    market = Market()
    market.client("A")
    market.client("B")
    books = books_of(market)
    ids = []
    for name, client, side, qty in (("a", 0, "sell", 2), ("b", 1, "buy", 5), ("c", 1, "buy", 1)):
        market.apply(
            records.new_order(
                client=client, instrument=0, side=side, qty=qty, price=100, cl_ord_id=name
            )
        )
        books.step(market.events[-1])
        ids.append(books.id_of(0))
    market.apply(records.order_status(client=0, cl_ord_id="a"))
    books.step(market.events[-1])
    assert [*ids, books.id_of(0)] == [1, 2, 3, 3]
