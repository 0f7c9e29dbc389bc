"""Reservations, fees and their rounding."""

import pytest

from .market import Market
from .scenario import play


def test_a_buy_reserves_price_and_worst_fee_and_nothing_stays_when_it_ends() -> None:
    play("""
        client A fees 1000000 2000000 finite
        client B
        fund A USD 1020
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        = account A USD 1020 reserved 1020
        > A new a2 buy 1 @ 1
          A a2 rejected rejected 0/1 credit
        > B new b1 sell 10 @ 100
          B b1 accepted new 0/10
          A a1 executed filled 10/10 10@100 added fee 10
          B b1 executed filled 10/10 10@100 removed
        = account A USD 10 reserved 0
        = account house USD 10
    """)


def test_a_sell_reserves_the_base_asset() -> None:
    play("""
        client A finite
        fund A BTC 5
        > A new a1 sell 6 @ 100
          A a1 rejected rejected 0/6 credit
        > A new a2 sell 5 @ 100
          A a2 accepted new 0/5
        = account A BTC 5 reserved 5
        > A cancel a3 of a2
          A a3<a2 canceled canceled 0/5 client_request
        = account A BTC 5 reserved 0
    """)


def test_a_credit_line_counts_as_available() -> None:
    market = Market()
    market.client("A", has_unlimited_credit=0)
    market.fund("A", "USD", 300, kind="credit")
    (row,) = market.core.accounts()
    assert (row["balance"], row["credit_limit"], row["available"]) == (0, 300, 300)


def test_a_market_buy_is_paid_as_it_goes() -> None:
    play("""
        client A finite
        client B
        fund A USD 450
        > B new b1 sell 2 @ 100
          B b1 accepted new 0/2
        > B new b2 sell 5 @ 110
          B b2 accepted new 0/5
        > A new a1 buy 7 market
          A a1 accepted new 0/7
          B b1 executed filled 2/2 2@100 added
          A a1 executed partially_filled 2/7 2@100 removed
          B b2 executed partially_filled 2/5 2@110 added
          A a1 executed partially_filled 4/7 2@110 removed
          A a1 canceled canceled 4/7 credit
        = account A USD 30 reserved 0
        > A new a2 buy 1 market fok
          A a2 accepted new 0/1
          A a2 canceled canceled 0/1 credit
    """)


def test_children_of_a_market_buy_reserve_at_the_client_too() -> None:
    play("""
        client A fees 0 0 1000000 finite
        source X fee 2000000
        fund A USD 1000
        > source X up
          state source_state up
        > view X asks 5@100 20@101
        > A new a1 buy 20 market
          A a1 accepted new 0/20
          X c1 requested pending 0/5@100
          X c2 requested pending 0/4@101
        = account A USD 1000 reserved 931
        > report X c1 fill 5@80 cum 5 final
          X c1 filled pending 5/5@100 5@80
          A a1 executed partially_filled 5/20 5@80 routed at X fee 12
          X c1 finished done 5/5@100
          X c3 requested pending 0/1@101
        = account A USD 588 reserved 520
        > report X c2 fill 4@101 cum 4 final
          X c2 filled pending 4/4@101 4@101
          A a1 executed partially_filled 9/20 4@101 routed at X fee 12
          X c2 finished done 4/4@101
        > report X c3 fill 1@101 cum 1 final
          X c3 filled pending 1/1@101 1@101
          A a1 executed partially_filled 10/20 1@101 routed at X fee 3
          X c3 finished done 1/1@101
          A a1 canceled canceled 10/20 credit
        = account A USD 68 reserved 0
    """)


@pytest.mark.parametrize(
    ("rate", "fee"),
    [(1_999_999, 1), (2_000_000, 2), (-1_999_999, -1), (-2_000_000, -2), (999_999, 0)],
)
def test_fees_are_rounded_toward_zero(rate: int, fee: int) -> None:
    told = f" fee {fee}" if fee else ""
    play(f"""
        client A
        client B fees 0 {rate}
        > A new a1 sell 1 @ 100
          A a1 accepted new 0/1
        > B new b1 buy 1 @ 100
          B b1 accepted new 0/1
          A a1 executed filled 1/1 1@100 added
          B b1 executed filled 1/1 1@100 removed{told}
    """)


def test_many_small_fills_never_cost_more_than_was_reserved() -> None:
    market = play("""
        client A fees 1333333 1333333 finite
        client B
        fund A USD 1013
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
    """)
    for number in range(10):
        market.client("B")
        _sell_one(market, f"b{number}")
    balances = {
        row["owner"]: row["balance"] for row in market.core.accounts() if row["asset"] == "USD"
    }
    assert balances["A"] == 1013 - 1000 - 10


def _sell_one(market: Market, name: str) -> None:
    from internaliser.model.records import new_order

    market.apply(new_order(client=1, instrument=0, side="sell", qty=1, price=100, cl_ord_id=name))


def test_a_fee_that_rises_is_reserved_for_at_once() -> None:
    market = play("""
        client A
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
    """)
    market.client("A", taker_fee=5_000_000)
    market.core.check()
    rows = [row for row in market.core.accounts() if row["asset"] == "USD"]
    assert [row["reserved"] for row in rows] == [1050]
