"""Listings: what a source takes, what is offered of its levels, and what orders do with that."""

import os
import random

import pytest

from internaliser.core.listings import offered
from internaliser.core.planner import is_worse
from internaliser.model import records
from internaliser.model.commands import config_command
from tests.oracle import listings as oracle
from tests.oracle.planner import BUY, SELL

from .listed import Field, random_levels, random_listing
from .market import INSTRUMENT, LISTING, Market
from .scenario import play

IS_DEEP = os.environ.get("INTERNALISER_DEEP") == "1"
LADDERS = 100_000 if IS_DEEP else 1_000
VENUE_TIER = 2


# What is offered of levels.


def offers(levels: list[tuple[int, int]], **terms: int) -> list[tuple[int, int]]:
    found = offered(levels, {**LISTING, **terms})
    return [(price, qty) for price, qty, _ in found if qty]


def test_a_plain_listing_offers_every_level_as_it_is() -> None:
    assert offers([(100, 4), (101, 1), (105, 9)]) == [(100, 4), (101, 1), (105, 9)]


def test_a_level_too_small_is_offered_with_the_next_one_at_its_price() -> None:
    assert offers([(100, 3), (101, 8), (102, 1)], qty_min=5) == [(101, 11)]
    assert offers([(100, 3), (101, 1), (102, 1)], qty_min=5) == [(102, 5)]


def test_what_is_no_whole_step_goes_with_the_next_level() -> None:
    assert offers([(100, 7), (101, 8), (102, 4)], qty_step=5) == [(100, 5), (101, 10)]


def test_a_price_the_source_does_not_have_goes_with_the_next_one_it_has() -> None:
    assert offers([(101, 3), (102, 4)], price_step=2) == [(102, 7)]
    assert offers([(9, 3), (10, 4), (12, 1)], price_min=10, price_max=11) == [(10, 7)]


def test_a_least_notional_is_counted_at_the_level_s_price() -> None:
    assert offered([(99, 9), (100, 9)], {**LISTING, "notional_min": 500, "qty_step": 2}) == [
        (99, 8, 6), (100, 10, 6),
    ]  # fmt: skip


def test_a_price_whose_largest_order_is_not_two_of_the_least_is_not_used() -> None:
    assert offers([(10, 50), (100, 50)], notional_min=1000, qty_max=50) == [(100, 100)]
    assert offers([(100, 50)], qty_min=2**62, qty_max=2**63 - 1) == []
    assert offers([(100, 50)], qty_min=10, qty_max=19) == []
    assert offers([(100, 50)], price_min=10, price_max=9) == []


def test_absurd_quantities_do_not_overflow() -> None:
    many = 2**63 - 1
    found = offered([(price, many) for price in range(1, 21)], {**LISTING, "qty_min": 2**40 - 1})
    assert all(0 < qty <= 2**56 for _, qty, _ in found)
    assert offered([(1, many)], {**LISTING, "notional_min": 2**88 - 1})[0][1] == 0


def test_no_listing_without_steps_offers_anything() -> None:
    with pytest.raises(ValueError, match="no source lists"):
        offered([(1, 1)], {"qty_step": 0})


def test_what_is_offered_equals_trying_every_quantity_on_random_listings() -> None:
    chance = random.Random(20_261_121)
    for number in range(LADDERS):
        listing = random_listing(chance)
        levels = random_levels(chance, chance.choice([BUY, SELL]))
        found = [(price, qty) for price, qty, _ in offered(levels, listing.terms())]
        assert found == listing.offers(levels), (number, listing, levels)


def test_the_never_worse_rule_counts_the_part_that_can_be_had_on_random_ladders() -> None:
    chance = random.Random(20_261_122)
    forbidden = 0
    for number in range(LADDERS):
        side, qty = chance.choice([BUY, SELL]), chance.randint(1, 25)
        price, rate = chance.randint(97, 104), chance.choice([0, 10_000, -2_500])
        rungs, parts = [], []
        for source in range(chance.randrange(4)):
            listing, its_rate = random_listing(chance), chance.choice([0, 0, 10_000, -10_000])
            for at, lots, least in offered(random_levels(chance, side), listing.terms()):
                rungs.append((at, lots, its_rate, source, VENUE_TIER, True, listing.lot, least))
                parts.append(((at, lots, its_rate, source), listing))
        expected = oracle.is_worse(side, price, rate, qty, parts)
        assert is_worse(side, price, rate, qty, rungs) == expected, (number, rungs, price, qty)
        forbidden += expected
    assert 0.2 < forbidden / LADDERS < 0.8


def test_orders_go_the_way_of_the_oracle_over_random_ladders() -> None:
    chance = random.Random(20_261_123)
    field = Field()
    for number in range(LADDERS):
        assert field.difference(chance) == "", number


# What orders do with it.


def test_a_child_is_whole_steps_and_the_rest_goes_elsewhere() -> None:
    play(
        """
        client A
        client B
        source X
        source Y
        listing X lot 5
        > source Y up
          state source_state up
        > source X up
          state source_state up
        > B new b1 sell 1 @ 105 local
          B b1 accepted new 0/1
        > view X asks 20@100
        > view Y asks 1@101
        > A new a1 buy 13 @ 105 ioc
          A a1 accepted new 0/13
          X c1 requested pending 0/10@100
          Y c2 requested pending 0/1@101
          B b1 executed filled 1/1 1@105 added
          A a1 executed partially_filled 1/13 1@105 removed
    """
    )


def test_an_order_too_small_for_a_source_goes_elsewhere_or_stays() -> None:
    play(
        """
        client A
        source X
        source Y
        listing X least 10
        > source Y up
          state source_state up
        > source X up
          state source_state up
        > view X asks 20@100
        > A new a1 buy 9 @ 101
          A a1 accepted new 0/9
        = book 9@101 |
        > view Y asks 4@101
          Y c1 requested pending 0/4@101
        = book 5@101 |
    """
    )


def test_a_part_of_an_order_too_small_for_the_source_is_planned_anew() -> None:
    play(
        """
        client A
        source X
        source Y
        listing X worth 1000
        > source Y up
          state source_state up
        > source X up
          state source_state up
        > view X asks 30@101
        > view Y asks 5@100 9@103
        > A new a1 buy 14 @ 103 ioc      # 9 at 101 are worth less than 1000
          A a1 accepted new 0/14
          Y c1 requested pending 0/5@100
          Y c2 requested pending 0/9@103
        > A new a2 buy 10 @ 103 ioc
          A a2 accepted new 0/10
          X c3 requested pending 0/10@101
    """
    )


def test_what_nobody_could_have_outside_does_not_forbid_a_trade_inside() -> None:
    play(
        """
        client A
        client B
        source X
        listing X least 10
        > source X up
          state source_state up
        > view X asks 9@99 30@102 bids 9@98 30@90
        > A new a1 sell 12 @ 95 local
          A a1 accepted new 0/12
        > B new b1 buy 12 @ 100 ioc
          B b1 accepted new 0/12
          A a1 executed filled 12/12 12@95 added
          B b1 executed filled 12/12 12@95 removed
        > A new a2 sell 9 @ 97
          A a2 accepted new 0/9
        > B new b2 buy 9 @ 97 ioc       # of the 98 outside they could have sold none
          B b2 accepted new 0/9
          A a2 executed filled 9/9 9@97 added
          B b2 executed filled 9/9 9@97 removed
    """
    )


def test_dust_taken_with_a_level_is_spent_with_it() -> None:
    play(
        """
        client A
        source X
        listing X least 10
        > source X up
          state source_state up
        > view X asks 7@100 5@101 20@102
        > A new a1 buy 12 @ 101 ioc
          A a1 accepted new 0/12
          X c1 requested pending 0/12@101
        > A new a2 buy 15 @ 105 ioc
          A a2 accepted new 0/15
          X c2 requested pending 0/15@102
        > A new a3 buy 15 @ 105 ioc
          A a3 accepted new 0/15
          A a3 canceled canceled 0/15 no_liquidity
    """
    )


def test_more_than_the_largest_goes_in_several_children_each_of_them_enough() -> None:
    play(
        """
        client A
        source X
        listing X lot 2 least 6 most 20
        > source X up
          state source_state up
        > view X asks 90@100
        > A new a1 buy 45 @ 100 ioc
          A a1 accepted new 0/45
          X c1 requested pending 0/20@100
          X c2 requested pending 0/18@100
          X c3 requested pending 0/6@100
    """
    )


def test_money_for_less_than_the_least_is_of_no_use_there() -> None:
    play(
        """
        client A
        source X finite
        source Y
        listing X lot 5 least 10
        fund X USD 1299
        > source X up
          state source_state up
        > source Y up
          state source_state up
        > view X asks 90@100
        > view Y asks 90@101
        > A new a1 buy 20 @ 101 ioc
          A a1 accepted new 0/20
          X c1 requested pending 0/10@100
          Y c2 requested pending 0/10@101
        > A new a2 buy 10 @ 100 ioc
          A a2 accepted new 0/10
          A a2 canceled canceled 0/10 no_liquidity
    """
    )


def test_a_gross_price_that_cannot_be_had_is_none() -> None:
    play(
        """
        client A
        client B fees 0 0 gross
        source X fee 5000000
        listing X lot 5 least 5
        > source X up
          state source_state up
        > view X asks 30@99
        > A new a1 sell 12 @ 100 local
          A a1 accepted new 0/12
        > B new b1 buy 12 @ 100 ioc
          B b1 accepted new 0/12
          X c1 requested pending 0/10@99
          A a1 executed partially_filled 2/12 2@100 added
          B b1 executed partially_filled 2/12 2@100 removed
    """
    )


def test_a_resting_order_leaves_in_whole_steps_and_keeps_the_rest_of_its_place() -> None:
    play(
        """
        client A
        source X
        listing X lot 5
        > source X up
          state source_state up
        > A new a1 buy 13 @ 100
          A a1 accepted new 0/13
        > view X asks 20@99
          X c1 requested pending 0/10@99
        = book 3@100 |
    """
    )


@pytest.mark.parametrize("change", ["off", "tick 0 lot 0"])
def test_where_nothing_is_listed_nothing_is_sent(change: str) -> None:
    play(
        f"""
        client A
        source X
        listing X {change}
        > source X up
          state source_state up
        > view X asks 20@99
        > A new a1 buy 5 @ 100 ioc
          A a1 accepted new 0/5
          A a1 canceled canceled 0/5 no_liquidity
    """
    )


# The command.


def reason_of(market: Market, symbol: str = "BTC/USD", theirs: str = "XBT", **terms: int) -> object:
    values = {"source": 0, "instrument": 0, **LISTING, **terms}
    return market.apply(config_command("listing", values, name=symbol, note=theirs))[-1].reason


def sourced() -> Market:
    market = Market()
    market.client("A")
    market.source("X")
    return market


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"source": 1}, "unknown_account"),
        ({"instrument": 1}, "unknown_symbol"),
        ({"symbol": "ETH/USD"}, "unknown_symbol"),
        ({"theirs": ""}, "unsupported"),
        ({"theirs": "X" * 33}, "unsupported"),
        ({"price_step": 0}, "unsupported"),
        ({"qty_step": 0}, "unsupported"),
        ({"price_step": 0, "qty_step": 0, "qty_min": 1}, "unsupported"),
        ({"price_step": -1}, "unsupported"),
        ({"qty_step": 2**40}, "unsupported"),
        ({"qty_min": -1}, "unsupported"),
        ({"qty_max": -1}, "unsupported"),
        ({"qty_min": 2**62 + 1}, "unsupported"),
        ({"notional_min": -1}, "unsupported"),
        ({"notional_min": 2**88}, "unsupported"),
        ({"price_min": -1}, "unsupported"),
        ({"price_max": -1}, "unsupported"),
    ],
)
def test_a_listing_that_contradicts_itself_is_refused(terms: dict[str, int], reason: str) -> None:
    market = sourced()
    before = market.core.listings()
    assert reason_of(market, **terms) == reason  # type: ignore[arg-type]
    assert market.core.listings() == before


def test_a_listing_is_kept_and_changed_as_told() -> None:
    market = sourced()
    assert reason_of(market, qty_step=5, notional_min=2**70) is None
    assert market.core.listings() == [{
        "index": 0, "source": 0, "instrument": 0, "symbol": "BTC/USD", "source_symbol": "XBT",
        "is_listed": True, "price_step": 1, "qty_step": 5, "qty_min": 0, "qty_max": 0,
        "notional_min": 2**70, "price_min": 0, "price_max": 0,
    }]  # fmt: skip
    assert market.copied().listings() == market.core.listings()
    assert market.replayed().state_hash() == market.core.state_hash()


def test_every_term_of_a_listing_is_part_of_the_state() -> None:
    market = sourced()
    hashes = {market.core.state_hash()}
    for theirs, terms in (("XBT", {}), ("XBT", {"qty_min": 2}), ("XBT", {"is_listed": 0})):
        assert reason_of(market, theirs=theirs, **terms) is None
        hashes.add(market.core.state_hash())
    assert len(hashes) == 4


def test_one_symbol_of_a_source_means_one_instrument() -> None:
    market = sourced()
    market.source("Y")
    market.configure("instrument", INSTRUMENT, "ETH/USD")
    assert reason_of(market, "ETH/USD", "BTCUSD", instrument=1) == "stale_command"
    assert reason_of(market, "ETH/USD", "BTCUSD", instrument=1, source=1) == "stale_command"
    assert reason_of(market, theirs="BTCUSD", is_listed=0) is None
    assert reason_of(market, "ETH/USD", "BTCUSD", instrument=1) is None


def test_a_symbol_stays_while_something_is_under_way_by_it() -> None:
    market = play(
        """
        client A
        source X
        > source X up
          state source_state up
        > view X asks 20@99
        > A new a1 buy 5 @ 100 ioc
          A a1 accepted new 0/5
          X c1 requested pending 0/5@99
    """
    )
    assert reason_of(market, theirs="OTHER") == "stale_command"
    assert reason_of(market, theirs="BTCUSD", is_listed=0) is None
    market.apply(records.venue_report(source=0, child_id=1 << 44 | 1, is_final=True, cum_qty=0))
    assert reason_of(market, theirs="OTHER") is None
