from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.venues.simulated_market import (
    BUY,
    DEPTH,
    SELL,
    Change,
    Listing,
    Market,
    listing_of,
)

LISTING = Listing("BTC/USD")
D = Decimal


def market_with(bids: dict[str, int], asks: dict[str, int]) -> Market:
    market = Market(LISTING, seed=1)
    market.set_crowd(
        {D(price): D(qty) for price, qty in bids.items()},
        {D(price): D(qty) for price, qty in asks.items()},
    )
    market.publish()
    return market


def test_the_same_seed_is_the_same_market() -> None:
    first, second, other = Market(LISTING, 1), Market(LISTING, 1), Market(LISTING, 2)
    for market in (first, second, other):
        for _ in range(50):
            market.step()
    assert first.book() == second.book() != other.book()


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(0, 60))
def test_the_crowd_is_never_crossed_and_on_the_steps(seed: int, steps: int) -> None:
    market = Market(Listing("X/Y", D("0.05"), D("0.05"), D("0.001")), seed)
    for _ in range(steps):
        market.step()
    bids, asks = market.crowd[BUY], market.crowd[SELL]
    assert len(bids) == len(asks) == DEPTH
    assert 0 < max(bids) < min(asks)
    assert all(price % D("0.05") == 0 for price in [*bids, *asks])
    assert all(qty > 0 and qty % D("0.001") == 0 for qty in [*bids.values(), *asks.values()])


def test_taking_goes_from_the_best_price_to_the_limit() -> None:
    market = market_with({}, {"101": 5, "102": 10, "103": 1})
    assert market.take(BUY, D("102"), D(7)) == [(D(101), D(5)), (D(102), D(2))]
    assert market.crowd[SELL] == {D(102): D(8), D(103): D(1)}


def test_a_seller_takes_the_highest_bid_first() -> None:
    market = market_with({"98": 1, "99": 2}, {})
    assert market.take(SELL, D("98"), D(9)) == [(D(99), D(2)), (D(98), D(1))]


def test_what_is_published_is_what_changed_with_deletions_first() -> None:
    market = market_with({"99": 5}, {"101": 5, "102": 1})
    market.set_crowd({D(101): D(2), D(99): D(5)}, {D(102): D(3)})
    assert market.publish() == [
        Change(SELL, D(101), D(0), is_new=False),
        Change(BUY, D(101), D(2), is_new=True),
        Change(SELL, D(102), D(3), is_new=False),
    ]
    assert market.publish() == []


def test_resting_orders_are_published_with_the_crowd_and_outlive_its_steps() -> None:
    market = market_with({"99": 5}, {})
    market.place(BUY, D(99), D(3))
    assert market.publish() == [Change(BUY, D(99), D(8), is_new=False)]
    market.set_crowd({}, {})
    assert market.publish() == [Change(BUY, D(99), D(3), is_new=False)]
    market.withdraw(BUY, D(99), D(3))
    assert market.publish() == [Change(BUY, D(99), D(0), is_new=False)]


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_applying_every_change_gives_the_book(seed: int) -> None:
    market = Market(LISTING, seed)
    told: dict[tuple[str, Decimal], Decimal] = {}
    for _ in range(10):
        market.step()
        market.take(BUY, market.mid + 1, D(20))
        for change in market.publish():
            told.pop((change.side, change.price), None)
            if change.qty:
                told[change.side, change.price] = change.qty
    book = market.book()
    assert told == {(side, price): qty for side in book for price, qty in book[side].items()}


def test_a_listing_is_read_from_its_text() -> None:
    assert listing_of("A/B:5:0.1:2") == Listing("A/B", D(5), D("0.1"), D(2))
    assert listing_of("A/B") == Listing("A/B")


@pytest.mark.parametrize("text", ["", ":5", "A/B:x", "A/B:0", "A/B:1:2:3:4", "A/B:-1"])
def test_a_listing_without_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="an instrument is SYMBOL"):
        listing_of(text)
