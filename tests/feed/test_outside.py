"""Aggregated books: local levels and what fresh outside views show."""

from pathlib import Path

import pytest

from internaliser.core.view_board import ViewBoard
from internaliser.feed.outside import OutsideBooks
from internaliser.model import records
from tests.feed.desk import Desk, Talk
from tests.feed.follower import Follower, Shown
from tests.whole_node import LISTED

SOURCES = "".join(
    f"""
[[venues]]
name = "{name}"
host = "127.0.0.1"
port = 9880
sender_comp_id = "NODE"
target_comp_id = "{name}"
credit = "unlimited"
stale_after_ms = 1000
instruments = {{ {LISTED} }}
"""
    for name in ("EAST", "WEST")
)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    # Orders stay inside: what is shown is what is tested here.
    desk = Desk(tmp_path, "clients.CLIENT1.route_scope=local", more=SOURCES)
    for source in (0, 1):
        desk.node.door.apply(records.source_state(source=source, action="up"), desk.now_ns)
    return desk


def instrument_of(desk: Desk) -> int:
    (row,) = [one for one in desk.node.state.core.instruments() if one["symbol"] == "TEST1"]
    index: int = row["index"]
    return index


def show(desk: Desk, source: int, bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> None:
    """A view in whole units of price; TEST1 counts hundredths."""
    view = records.market_view(
        source=source,
        instrument=instrument_of(desk),
        bids=[(100 * price, qty) for price, qty in bids],
        asks=[(100 * price, qty) for price, qty in asks],
        time_ns=desk.now_ns,
    )
    desk.node.door.apply(view, desk.now_ns)


def follow(desk: Desk, reader: Talk, follower: Follower) -> Shown:
    desk.turn()
    follower.take(reader.heard())
    return follower.books["r", "TEST1"].shown()


def test_prices_of_all_stand_together_best_first_without_counts(desk: Desk) -> None:
    alice, reader, follower = desk.client("CLIENT1"), desk.reader("CLIENT4"), Follower()
    reader.ask("r", "TEST1")
    alice.order("a", "buy", 5, 100)
    show(desk, 0, [(101, 3), (100, 2)], [(103, 1)])
    show(desk, 1, [(100, 4), (99, 1)], [(102, 7), (103, 2)])
    assert follow(desk, reader, follower) == (
        [(101, 3, 0), (100, 11, 0), (99, 1, 0)],
        [(102, 7, 0), (103, 3, 0)],
    )


def test_a_source_that_goes_stale_or_down_leaves_the_book(desk: Desk) -> None:
    reader, follower = desk.reader("CLIENT4"), Follower()
    reader.ask("r", "TEST1")
    show(desk, 0, [(101, 3)], [])
    show(desk, 1, [(100, 4)], [])
    assert follow(desk, reader, follower) == ([(101, 3, 0), (100, 4, 0)], [])
    desk.node.door.apply(records.source_state(source=0, action="down"), desk.now_ns)
    assert follow(desk, reader, follower) == ([(100, 4, 0)], [])
    desk.now_ns += 900_000_000
    assert follow(desk, reader, follower) == ([(100, 4, 0)], [])
    desk.now_ns += 200_000_000
    assert follow(desk, reader, follower) == ([], [])


def test_the_local_book_shows_nothing_from_outside(desk: Desk) -> None:
    alice, reader, follower = desk.client("CLIENT1"), desk.reader("CLIENT4"), Follower()
    reader.ask("r", "TEST1", depth=1, more=[("386", 1), ("336", "LOCAL")])
    alice.order("a", "buy", 5, 100)
    show(desk, 0, [(101, 3)], [])
    assert follow(desk, reader, follower) == ([(100, 5, 1)], [])


def test_a_depth_counts_levels_of_the_aggregated_book(desk: Desk) -> None:
    alice, reader, follower = desk.client("CLIENT1"), desk.reader("CLIENT4"), Follower()
    reader.ask("r", "TEST1", depth=1)
    alice.order("a", "buy", 5, 100)
    show(desk, 0, [(101, 3)], [(105, 1)])
    assert follow(desk, reader, follower) == ([(101, 3, 0)], [(105, 1, 0)])
    show(desk, 0, [(99, 3)], [(104, 1), (105, 1)])
    assert follow(desk, reader, follower) == ([(100, 5, 0)], [(104, 1, 0)])


def test_a_board_of_other_instruments_is_refused() -> None:
    with pytest.raises(ValueError, match="other instruments"):
        OutsideBooks(3, ViewBoard(1, 2))
