"""What sources state of our money, and marks: kept, shown, replayed; nothing else moves."""

import pytest

from internaliser.core.core import Core
from internaliser.model import records

from .market import NS, Market
from .scenario import play

WIDE = 3 * 10**30


def test_a_stated_balance_is_kept_until_the_next() -> None:
    market = play(
        f"""
        source X
        source Y
        > holds X BTC 5 2
          state venue_balance stated
        > holds Y USD {WIDE} 0
          state venue_balance stated
        > holds X BTC 7 0
          state venue_balance stated
    """
    )
    told = market.now_ns - 1
    assert market.core.stated_balances() == [
        {"source": "X", "asset": "BTC", "free": 7, "locked": 0, "stated_ns": told},
        {"source": "Y", "asset": "USD", "free": WIDE, "locked": 0, "stated_ns": told},
    ]
    assert market.core.accounts() == []


def test_a_silent_source_is_known_to_be_silent_since_it_first_was() -> None:
    market = play(
        """
        source X
        > holds X BTC 5 2
          state venue_balance stated
        > clock 3
        > silent X
          state venue_balance unanswered
        > clock 9
        > silent X
          state venue_balance unanswered
    """
    )
    (row,) = market.core.sources()
    assert row["unanswered_ns"] == market.now_ns - 9 * NS
    assert market.core.stated_balances()[0]["free"] == 5
    market.apply(records.venue_balance(source=0, asset=0, free=1))
    assert market.core.sources()[0]["unanswered_ns"] == 0


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (records.venue_balance(source=1, asset=0), "unknown_account"),
        (records.venue_balance(source=0, asset=2), "unknown_account"),
        (records.venue_balance(source=0, asset=0, free=-1), "unsupported"),
        (records.venue_balance(source=0, asset=0, locked=-(2**70)), "unsupported"),
        (records.mark(instrument=1, price=4), "unknown_symbol"),
        (records.mark(instrument=0, price=-4), "price_out_of_range"),
        (records.mark(instrument=0, price=1 << 49), "price_out_of_range"),
    ],
)
def test_a_statement_about_nothing_we_know_is_refused(command: bytes, reason: str) -> None:
    market = Market()
    market.source("X")
    (event,) = market.apply(command)
    assert event.reason == reason
    assert market.core.stated_balances() == market.core.marks() == []


def test_a_mark_is_taken_as_given() -> None:
    market = play(
        """
        > mark 201
          state mark
    """
    )
    assert market.core.marks() == [
        {"symbol": "BTC/USD", "mark_twice": 201, "mark_ns": market.now_ns}
    ]


def test_a_mark_without_a_price_is_the_mid_over_all_fresh_views() -> None:
    market = play(
        """
        source X
        source Y
        > source X up
          state source_state up
        > source Y up
          state source_state up
        > view X asks 4@104 bids 5@99
        > view Y asks 4@101 bids 5@90
        > mark
          state mark
    """
    )
    assert market.core.marks()[0]["mark_twice"] == 200
    *_, first, second, mark = map(records.read_records, market.journal)
    assert (first[0].kind, second[0].kind) == ("market_view", "market_view")
    assert mark[0].price == 200  # the journal has the complete command


def test_without_a_mid_there_is_no_mark() -> None:
    market = play(
        """
        source X
        > source X up
          state source_state up
        > view X asks 4@104
        > mark
          state mark no_liquidity
    """
    )
    assert market.core.marks() == []


def test_every_figure_is_part_of_the_state_hash() -> None:
    def hash_after(*commands: bytes) -> str:
        market = Market()
        market.source("X")
        market.source("Y")
        for command in commands:
            market.apply(command)
        return market.core.state_hash()

    base = {"source": 0, "asset": 0, "free": 5, "locked": 2, "stated_ns": 9}
    changes = ({"source": 1}, {"asset": 1}, {"free": 6}, {"locked": 3}, {"stated_ns": 8})
    found = {hash_after(records.venue_balance(**{**base, **change})) for change in ({}, *changes)}
    found.add(hash_after(records.venue_balance(source=0, asset=None)))
    found |= {hash_after(records.mark(instrument=0, price=price)) for price in (5, 6)}
    assert len(found) == 9


def test_a_snapshot_that_states_something_of_no_source_is_refused() -> None:
    market = Market()
    market.source("X")
    market.apply(records.venue_balance(source=0, asset=1, free=5))
    stretches = market.core.snapshot()
    (tag,) = [tag for tag, data in stretches.items() if tag % 2 and data[4:8] == b"\0\0\1\0"]
    torn = {**stretches, tag: stretches[tag][:4] + b"\7" + stretches[tag][5:]}
    with pytest.raises(ValueError, match="contradict"):
        Core(1, orders_max=5000, levels_max=5000).load(torn)
