"""What the core shows on the board of its outside views."""

import threading
from typing import Any

from internaliser.core.view_board import ViewBoard
from internaliser.model import records
from internaliser.model.commands import admin_command

from .market import NS, Market


def market_with_board() -> tuple[Market, ViewBoard]:
    market = Market()
    market.client("A")
    market.source("X", stale_after_ns=5 * NS)
    market.source("Y")
    board = ViewBoard(2, 1)
    market.core.show_views(board)
    for source in (0, 1):
        market.apply(records.source_state(source=source, action="up"))
    board.take_news()
    return market, board


def show(market: Market, source: int = 0, **levels: list[tuple[int, int]]) -> None:
    command = records.market_view(
        source=source,
        instrument=0,
        time_ns=market.now_ns,
        **levels,  # type: ignore[arg-type]
    )
    market.core.apply_raw(command)


def seen(board: ViewBoard, source: int = 0) -> dict[str, Any]:
    view = board.view(source, 0)
    assert view is not None
    return view


def test_a_view_stands_on_the_board_as_it_came() -> None:
    market, board = market_with_board()
    show(market, bids=[(99, 3), (98, 1)], asks=[(101, 2)])
    assert board.take_news() == [(0, 0)]
    assert seen(board) == {
        "is_usable": True,
        "received_ns": market.now_ns,
        "bids": [(99, 3), (98, 1)],
        "asks": [(101, 2)],
    }
    assert board.take_news() == []


def test_a_crossed_view_and_one_whose_source_is_down_or_halted_do_not_count() -> None:
    market, board = market_with_board()
    show(market, bids=[(102, 3)], asks=[(101, 2)])
    assert not seen(board)["is_usable"]
    show(market, bids=[(99, 3)], asks=[(101, 2)])
    show(market, 1, bids=[(98, 3)])
    board.take_news()
    market.apply(records.source_state(source=0, action="down"))
    assert board.take_news() == [(0, 0)]
    assert not seen(board)["is_usable"]
    assert seen(board, 1)["is_usable"]
    market.apply(admin_command("halt", source=1))
    assert not seen(board, 1)["is_usable"]
    market.apply(admin_command("resume", source=1))
    assert seen(board, 1)["is_usable"]


def test_a_board_given_late_shows_what_there_is() -> None:
    market, _ = market_with_board()
    show(market, bids=[(99, 3)])
    late = ViewBoard(2, 1)
    market.core.show_views(late)
    assert seen(late)["bids"] == [(99, 3)]


def test_a_reader_beside_the_writer_never_sees_half_a_view() -> None:
    market, board = market_with_board()
    ended = threading.Event()
    mixed = []

    def read() -> None:
        while not ended.is_set():
            view = board.view(0, 0)
            if view is not None and len({qty for _, qty in view["bids"] + view["asks"]}) > 1:
                mixed.append(view)

    reader = threading.Thread(target=read)
    reader.start()
    for qty in range(1, 2000):
        show(market, bids=[(99 - i, qty) for i in range(20)], asks=[(101, qty)])
    ended.set()
    reader.join()
    assert not mixed
