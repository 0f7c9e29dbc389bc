"""Market data of outside sources: W, X and Y in, the views the core plans with out."""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.core.core import Core
from internaliser.gateway import sources
from internaliser.gateway.source_books import SourceBooks
from internaliser.model.commands import config_command

from .support import View, core, fix, listed, view_of

CORE = core()
DEEP = 20 if os.environ.get("INTERNALISER_DEEP") else 1
DEPTH = 20
SNAPSHOT = (
    "35=W|262=M0|55=BTC/USD|268=3|269=0|270=100|271=5|269=0|270=99|271=6|269=1|270=101|271=4|"
)
BIDS, ASKS = [(10000, 5), (9900, 6)], [(10100, 4)]


def views(books: SourceBooks, line: str, source: int = 4) -> list[View]:
    return [view_of(record) for record in sources.decode(CORE, books, source, fix(line))]


def after(*lines: str) -> View:
    """The last view after the snapshot and these messages."""
    books = SourceBooks()
    found = views(books, SNAPSHOT)
    for line in lines:
        found = views(books, line)
    return found[-1]


def test_a_snapshot_is_the_whole_book() -> None:
    assert views(SourceBooks(), SNAPSHOT) == [View(0, 1, BIDS, ASKS)]


def test_levels_are_best_first_in_whatever_order_they_come() -> None:
    line = (
        "35=W|55=BTC/USD|268=4|269=1|270=103|271=1|269=0|270=98|271=2|"
        "269=1|270=102|271=3|269=0|270=99|271=4|"
    )
    assert views(SourceBooks(), line) == [
        View(0, 1, [(9900, 4), (9800, 2)], [(10200, 3), (10300, 1)])
    ]


def test_another_snapshot_forgets_the_first() -> None:
    assert after("35=W|55=BTC/USD|268=1|269=1|270=105|271=1|") == View(0, 2, [], [(10500, 1)])


def test_an_empty_snapshot_is_an_empty_book() -> None:
    assert after("35=W|55=BTC/USD|268=0|") == View(0, 2)


def test_updates_add_change_and_delete_levels_by_price() -> None:
    line = (
        "35=X|262=M0|268=3|279=0|269=0|55=BTC/USD|270=99.5|271=7|279=1|269=1|55=BTC/USD|270=101|271=9|"
        "279=2|269=0|55=BTC/USD|270=100|"
    )
    assert after(line) == View(0, 2, [(9950, 7), (9900, 6)], [(10100, 9)])


def test_updates_of_entries_go_by_their_id() -> None:
    books = SourceBooks()
    views(
        books,
        "35=W|55=BTC/USD|268=3|269=0|278=a|270=100|271=5|269=0|278=b|270=100|271=6|269=1|278=c|270=101|271=4|",
    )
    assert views(books, "35=X|268=1|279=1|269=0|278=b|55=BTC/USD|270=99|271=2|") == [
        View(0, 2, [(10000, 5), (9900, 2)], ASKS)
    ]
    assert views(books, "35=X|268=2|279=2|278=a|55=BTC/USD|279=2|278=c|") == [
        View(0, 3, [(9900, 2)], [])
    ]


def test_orders_at_one_price_are_one_level() -> None:
    line = "35=W|55=BTC/USD|268=2|269=0|278=a|270=100|271=5|269=0|278=b|270=100|271=6|"
    assert views(SourceBooks(), line) == [View(0, 1, [(10000, 11)], [])]


def test_a_change_by_id_may_leave_price_or_quantity_as_it_was() -> None:
    books = SourceBooks()
    views(books, "35=W|55=BTC/USD|268=1|269=0|278=a|270=100|271=5|")
    assert views(books, "35=X|268=1|279=1|269=0|278=a|55=BTC/USD|271=2|")[0].bids == [(10000, 2)]
    assert views(books, "35=X|268=1|279=1|269=0|278=a|55=BTC/USD|270=99|")[0].bids == [(9900, 2)]


def test_an_id_given_later_is_still_the_level_of_that_price() -> None:
    assert after("35=X|268=1|279=1|269=1|278=z|55=BTC/USD|270=101|271=1|").asks == [(10100, 1)]


def test_a_change_to_nothing_deletes() -> None:
    assert after("35=X|268=1|279=1|269=1|55=BTC/USD|270=101|271=0|").asks == []


def test_deleting_what_is_not_there_changes_nothing() -> None:
    assert after("35=X|268=1|279=2|269=1|55=BTC/USD|270=333|") == View(0, 2, BIDS, ASKS)


def test_trades_and_index_values_are_not_levels() -> None:
    assert after("35=X|268=1|279=0|269=2|55=BTC/USD|270=100|271=50|") == View(0, 2, BIDS, ASKS)


def test_a_part_of_a_lot_cannot_be_had() -> None:
    assert after("35=W|55=BTC/USD|268=2|269=0|270=100|271=5.9|269=0|270=99|271=0.9|").bids == [
        (10000, 5)
    ]


def test_a_price_between_our_ticks_is_left_out() -> None:
    assert after("35=W|55=BTC/USD|268=2|269=0|270=100.001|271=5|269=0|270=99|271=1|").bids == [
        (9900, 1)
    ]


def test_an_entry_without_symbol_is_about_the_one_before_it_or_the_request() -> None:
    assert after("35=X|262=M0|268=1|279=2|269=0|270=100|").bids == [(9900, 6)]


def test_one_message_may_touch_several_instruments() -> None:
    books = SourceBooks()
    views(books, SNAPSHOT)
    views(books, "35=W|55=ETH/USD|268=0|")
    line = "35=X|268=2|279=0|269=0|55=ETH/USD|270=20.15|271=1|279=2|269=1|55=BTC/USD|270=101|"
    found = views(books, line)
    assert sorted(found, key=lambda view: view.instrument) == [
        View(0, 2, BIDS, []),
        View(1, 2, [(403, 100)], []),
    ]


def test_updates_before_a_snapshot_mean_nothing() -> None:
    assert views(SourceBooks(), "35=X|268=1|279=0|269=0|55=BTC/USD|270=99|271=5|") == []


def test_a_forgotten_book_waits_for_its_next_snapshot() -> None:
    books = SourceBooks()
    views(books, SNAPSHOT)
    books.forget_source(4)
    assert views(books, "35=X|268=1|279=0|269=0|55=BTC/USD|270=99|271=5|") == []
    assert views(books, SNAPSHOT) == [View(0, 2, BIDS, ASKS)]


def test_sources_have_their_own_books() -> None:
    books = SourceBooks()
    views(books, SNAPSHOT, source=4)
    assert views(books, "35=X|268=1|279=0|269=0|55=BTC/USD|270=99|271=5|", source=5) == []


def test_a_refused_subscription_takes_the_book_off_the_ladder() -> None:
    assert after("35=Y|262=M0|281=0|") == View(0, 2, is_fresh=0)


def test_a_subscription_asked_for_twice_goes_on() -> None:
    books = SourceBooks()
    views(books, SNAPSHOT)
    assert views(books, "35=Y|262=M0|281=1|") == []
    assert views(books, "35=X|262=M0|268=1|279=2|269=1|55=BTC/USD|270=101|") == [
        View(0, 2, BIDS, [])
    ]


def test_an_unknown_symbol_is_nothing() -> None:
    assert views(SourceBooks(), "35=W|55=DOGE|268=1|269=0|270=1|271=1|") == []
    assert views(SourceBooks(), "35=Y|262=other|281=0|") == []


def test_a_source_s_own_symbols_say_which_book_is_meant() -> None:
    """Source 5 calls BTC/USD "XBT" and ETH/USD "BTC/USD"."""
    made, books = core(), SourceBooks()
    listed(made, 5, 0, "XBT")
    listed(made, 5, 1, "BTC/USD", price_step=2, qty_step=10)

    def told(line: str) -> list[View]:
        return [view_of(record) for record in sources.decode(made, books, 5, fix(line))]

    assert told("35=W|55=XBT|268=1|269=0|270=100|271=5|") == [View(0, 1, [(10000, 5)], [])]
    assert told("35=W|55=BTC/USD|268=1|269=0|270=20.1|271=0.5|") == [View(1, 1, [(402, 50)], [])]
    assert told("35=W|55=ETH/USD|268=1|269=0|270=20.1|271=0.5|") == []
    line = "35=X|262=M1|268=2|279=0|269=1|270=20.2|271=1|279=2|269=0|55=XBT|270=100|"
    found = told(line)
    assert sorted(found, key=lambda view: view.instrument) == [
        View(0, 2), View(1, 2, [(402, 50)], [(404, 100)]),
    ]  # fmt: skip


def test_a_request_for_what_a_source_does_not_list_is_nothing() -> None:
    made = Core(1, orders_max=10, levels_max=10)
    for name, decimals in (("BTC", 8), ("USD", 2)):
        made.apply_raw(config_command("asset", {"decimals": decimals}, name=name))
    made.apply_raw(config_command("source", {"kind": 2}, name="S"))
    assert sources.decode(made, SourceBooks(), 0, fix("35=Y|262=M0|281=0|")) == []
    assert sources.decode(CORE, SourceBooks(), 63, fix("35=Y|262=M0|281=0|")) == []


def test_only_the_best_levels_go_to_the_core_and_the_rest_comes_up_when_they_are_gone() -> None:
    books = SourceBooks()
    entries = "".join(f"269=1|270={100 + i}|271={i + 1}|" for i in range(100))
    levels = [(10000 + 100 * i, i + 1) for i in range(100)]
    assert views(books, f"35=W|55=BTC/USD|268=100|{entries}") == [View(0, 1, [], levels[:DEPTH])]
    gone = "".join(f"279=2|269=1|55=BTC/USD|270={100 + i}|" for i in range(30))
    assert views(books, f"35=X|268=30|{gone}") == [View(0, 2, [], levels[30 : 30 + DEPTH])]


def test_more_entries_than_are_kept_leave_the_best() -> None:
    books = SourceBooks()
    entries = "".join(f"269=0|270={400 - i}|271=1|" for i in reversed(range(300)))
    best = [(40000 - 100 * i, 1) for i in range(DEPTH)]
    assert views(books, f"35=W|55=BTC/USD|268=300|{entries}") == [View(0, 1, best, [])]


Updates = st.lists(
    st.tuples(
        st.sampled_from("012"), st.sampled_from("01"), st.integers(90, 110), st.integers(0, 9)
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=150 * DEEP, deadline=None)
@given(Updates)
def test_price_updates_leave_what_a_dict_of_prices_would_hold(
    updates: list[tuple[str, str, int, int]],
) -> None:
    books = SourceBooks()
    view = views(books, SNAPSHOT)[0]
    expected = {"0": dict(BIDS), "1": dict(ASKS)}
    for action, half, price, qty in updates:
        levels = expected[half]
        levels.pop(price * 100, None)
        if action != "2" and qty > 0:
            levels[price * 100] = qty
        line = f"35=X|268=1|279={action}|269={half}|55=BTC/USD|270={price}|271={qty}|"
        (view,) = views(books, line)
    assert view.bids == sorted(expected["0"].items(), reverse=True)[:DEPTH]
    assert view.asks == sorted(expected["1"].items())[:DEPTH]
