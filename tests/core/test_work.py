"""One order's way: FOK and resting orders beside sources, levels that run out, many instruments."""

from internaliser.model.commands import config_command
from internaliser.model.records import new_order

from .market import INSTRUMENT, Market
from .scenario import play


def test_fok_counts_only_what_stays_inside_after_better_prices_outside_were_taken() -> None:
    play("""
        client A
        client B scope 0
        source X finite
        > source X up
          state source_state up
        > A new a1 sell 4 @ 100
          A a1 accepted new 0/4
        > view X bids 3@105
        fund X BTC 10
        > B new b1 buy 4 @ 100 fok
          B b1 accepted new 0/4
          X c1 requested pending 0/3@105
          B b1 canceled canceled 0/4 fok_unfillable
        = book | 1@100
    """)


def test_an_order_that_finds_no_free_level_is_canceled() -> None:
    play(
        """
        client A
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > A new a2 buy 1 @ 101
          A a2 accepted new 0/1
        > A new a3 buy 1 @ 102
          A a3 accepted new 0/1
          A a3 canceled canceled 0/1 capacity
        > A cancel a4 of a1
          A a4<a1 canceled canceled 0/1 client_request
        > A new a5 buy 1 @ 102
          A a5 accepted new 0/1
    """,
        levels_max=2,
    )


def test_instruments_keep_their_own_books() -> None:
    market = Market(orders_max=2500)
    market.client("A")
    market.client("B")
    for number in range(1, 1000):
        market.core.apply_bytes(config_command("instrument", INSTRUMENT, name=f"I{number}"))
    for number in range(1000):
        market.core.apply_bytes(
            new_order(
                client=0, instrument=number, side="buy", qty=2, price=100, cl_ord_id=f"{number}"
            )
        )
    for number in range(0, 1000, 2):
        market.core.apply_bytes(
            new_order(
                client=1, instrument=number, side="sell", qty=2, price=100, cl_ord_id=f"{number}"
            )
        )
    market.core.check()
    assert [market.core.depth(number)[0] for number in (0, 1)] == [[], [(100, 2, 1)]]
    assert len(market.core.orders(open_only=True)) == 500
