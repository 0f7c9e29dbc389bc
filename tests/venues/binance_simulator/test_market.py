from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.venues.binance_simulator.listing import listing_of
from internaliser.venues.binance_simulator.market import (
    BUY,
    DEPTH,
    SELL,
    Depth,
    Market,
    best_of,
    is_as_good,
    opposite,
)

from .support import ASKS, BIDS, LISTING, levels


def known() -> Market:
    market = Market(LISTING, seed=1)
    market.set_crowd(levels(BIDS), levels(ASKS))
    market.publish()
    return market


def walk(seed: int, count: int) -> list[object]:
    market = Market(LISTING, seed)
    found: list[object] = []
    for _ in range(count):
        found += [market.move(), market.publish()]
    return found


def test_the_same_seed_is_the_same_market() -> None:
    assert walk(7, 300) == walk(7, 300)
    assert walk(7, 300) != walk(8, 300)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1 << 32), count=st.integers(1, 200))
def test_snapshot_and_changes_make_the_book_and_ids_have_no_gap(seed: int, count: int) -> None:
    market = Market(LISTING, seed)
    last_id = market.last_id
    book = {side: dict(market.levels(side, 1 << 20)) for side in (BUY, SELL)}
    for _ in range(count):
        market.move()
        depth = market.publish()
        if depth is None:
            continue
        assert depth.first_id == last_id + 1
        assert depth.last_id == last_id + len(depth.bids) + len(depth.asks)
        last_id = depth.last_id
        for side, changes in ((BUY, depth.bids), (SELL, depth.asks)):
            for price, qty in changes:
                book[side][price] = qty
                if not qty:
                    del book[side][price]
        assert book == {side: dict(market.levels(side, 1 << 20)) for side in (BUY, SELL)}
        assert max(book[BUY]) < min(book[SELL]), "never crossed"


def test_levels_are_on_the_tick_and_in_lots() -> None:
    market = Market(LISTING, seed=3)
    for _ in range(500):
        market.move()
    for side in (BUY, SELL):
        for price, qty in market.levels(side, DEPTH):
            assert (price % LISTING.tick, qty % LISTING.lot) == (0, 0)
            assert qty > 0


def test_a_price_near_zero_stays_above_it() -> None:
    market = Market(listing_of("A/B:0.00000101:0.00000001:1"), seed=1)
    for _ in range(2_000):
        market.move()
    assert min(market.crowd[BUY]) > 0


def test_a_known_book_is_told_whole_and_then_nothing_is_new() -> None:
    market = known()
    assert market.levels(BUY, 9) == levels(BIDS)
    assert market.levels(SELL, 9) == levels(ASKS)
    assert market.publish() is None
    assert market.mid == LISTING.mid


def test_the_next_move_draws_a_known_book_anew() -> None:
    market = known()
    market.move()
    assert len(market.crowd[BUY]) == DEPTH


def test_orders_that_rest_and_go_are_published_with_the_crowd() -> None:
    market = known()
    price, last_id = levels(BIDS)[0][0], market.last_id
    market.place(BUY, price, 7)
    assert market.publish() == Depth(last_id + 1, last_id + 1, [(price, 5 * 10**8 + 7)], [])
    market.withdraw(BUY, price, 7)
    market.take(BUY, price, 5 * 10**8)
    assert market.publish() == Depth(last_id + 2, last_id + 2, [(price, 0)], [])
    assert market.best(BUY) == levels(BIDS)[1]


def test_the_best_of_nothing_is_nothing() -> None:
    market = Market(LISTING, seed=1)
    market.set_crowd([], levels(ASKS))
    assert (market.best(BUY), best_of(market.levels(BUY, 1))) == (None, (0, 0))


def test_sides() -> None:
    assert [opposite(BUY), opposite(SELL)] == [SELL, BUY]
    assert [is_as_good(BUY, 1, 2), is_as_good(SELL, 1, 2), is_as_good(BUY, 2, 2)] == [
        True, False, True,
    ]  # fmt: skip
