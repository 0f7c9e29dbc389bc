"""The merged ladder: local and outside levels in order of net price, and the never-worse rule."""

from .scenario import play

UP = """
        > source X up
          state source_state up
"""


def test_the_cheaper_net_price_goes_first_wherever_it_is() -> None:
    play(
        """
        client A
        client B fees 0 1000000
        source X fee 3000000
    """
        + UP
        + """
        > A new a1 sell 5 @ 101 local
          A a1 accepted new 0/5
        > A new a2 sell 5 @ 103 local
          A a2 accepted new 0/5
        > view X asks 3@100 4@102
        > B new b1 buy 12 @ 103
          B b1 accepted new 0/12
          A a1 executed filled 5/5 5@101 added         # 102.01 net
          B b1 executed partially_filled 5/12 5@101 removed fee 5
          X c1 requested pending 0/3@100               # 103
          A a2 executed partially_filled 4/5 4@103 added   # 104.03
          B b1 executed partially_filled 9/12 4@103 removed fee 4
    """
    )


def test_at_equal_net_price_inside_comes_first() -> None:
    play(
        """
        client A
        client B
        source X
    """
        + UP
        + """
        > A new a1 sell 5 @ 100 local
          A a1 accepted new 0/5
        > view X asks 5@100
        > B new b1 buy 7 @ 100
          B b1 accepted new 0/7
          A a1 executed filled 5/5 5@100 added
          B b1 executed partially_filled 5/7 5@100 removed
          X c1 requested pending 0/2@100
    """
    )


def test_a_risk_discount_puts_a_source_further_back() -> None:
    play(
        """
        client A
        source X adj 2000000
        source Y fee 1000000
        > source Y up
          state source_state up
    """
        + UP
        + """
        > view X asks 5@100
        > view Y asks 5@100
        > A new a1 buy 7 @ 100 ioc
          A a1 accepted new 0/7
          Y c1 requested pending 0/5@100
          X c2 requested pending 0/2@100
    """
    )


def test_a_client_that_may_not_route_and_a_local_order_stay_inside() -> None:
    play(
        """
        client A scope 0
        client B
        source X
    """
        + UP
        + """
        > view X asks 5@100
        > A new a1 buy 5 @ 100 ioc
          A a1 accepted new 0/5
          A a1 canceled canceled 0/5 no_liquidity
        > B new b1 buy 5 @ 100 ioc local
          B b1 accepted new 0/5
          B b1 canceled canceled 0/5 no_liquidity
        > B new b2 buy 5 @ 100 fok
          B b2 accepted new 0/5
          B b2 canceled canceled 0/5 fok_unfillable
    """
    )


def test_stale_crossed_down_and_halted_sources_are_left_out() -> None:
    play(
        """
        client A
        source X stale 2
    """
        + UP
        + """
        > view X asks 5@100 bids 5@90
        > clock 3
        > A new a1 buy 5 @ 100 ioc
          A a1 accepted new 0/5
          A a1 canceled canceled 0/5 no_liquidity
        > view X asks 5@100 bids 5@100
        > A new a2 buy 5 @ 100 ioc
          A a2 accepted new 0/5
          A a2 canceled canceled 0/5 no_liquidity
        > view X asks 5@100 bids 5@90
        > admin halt X
          state admin halt
        > A new a3 buy 5 @ 100 ioc
          A a3 accepted new 0/5
          A a3 canceled canceled 0/5 no_liquidity
        > admin resume X
          state admin resume
        > source X stale
          state source_state stale
        > A new a4 buy 5 @ 100 ioc
          A a4 accepted new 0/5
          A a4 canceled canceled 0/5 no_liquidity
        > source X up
          state source_state up
        > A new a5 buy 5 @ 100 ioc
          A a5 accepted new 0/5
          X c1 requested pending 0/5@100
    """
    )


def test_outside_quantity_is_spent_once_until_a_view_newer_than_the_outcome() -> None:
    play(
        """
        client A
        source X
    """
        + UP
        + """
        > view X asks 5@100
        > A new a1 buy 3 @ 100 ioc
          A a1 accepted new 0/3
          X c1 requested pending 0/3@100
        > A new a2 buy 5 @ 100 ioc
          A a2 accepted new 0/5
          X c2 requested pending 0/2@100
        > clock 1
        > view X asks 5@100                   # newer, but the outcomes are still out
        > A new a3 buy 5 @ 100 ioc
          A a3 accepted new 0/5
          A a3 canceled canceled 0/5 no_liquidity
        > clock 1
        > report X c1 fill 3@100 cum 3 final
          X c1 filled pending 3/3@100 3@100
          A a1 executed filled 3/3 3@100 routed at X
          X c1 finished done 3/3@100
        > A new a4 buy 5 @ 100 ioc
          A a4 accepted new 0/5
          A a4 canceled canceled 0/5 no_liquidity
        > clock 1
        > view X asks 5@100                   # newer than c1's outcome; c2 is still out
        > A new a5 buy 5 @ 100 ioc
          A a5 accepted new 0/5
          X c3 requested pending 0/3@100
    """
    )


def test_quantity_beyond_the_children_rests_at_once_and_what_comes_back_joins_it() -> None:
    play(
        """
        client A
        client B
        source X
    """
        + UP
        + """
        > view X asks 4@100
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
          X c1 requested pending 0/4@100
        = book 6@100 |
        > report X c1 fill 1@100 cum 1 final
          X c1 filled pending 1/4@100 1@100
          A a1 executed partially_filled 1/10 1@100 routed at X
          X c1 finished done 1/4@100
        = book 9@100 |
        = account A USD -100 reserved 900
    """
    )


def test_what_comes_back_meets_what_has_rested_meanwhile() -> None:
    play(
        """
        client A
        client B scope 0
        source X
    """
        + UP
        + """
        > view X asks 4@100
        > A new a1 buy 4 @ 100
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > B new b1 sell 3 @ 99
          B b1 accepted new 0/3
        > report X c1 expired
          X c1 finished done 0/4@100
          B b1 executed filled 3/3 3@99 added
          A a1 executed partially_filled 3/4 3@99 removed
        = book 1@100 |
    """
    )


def test_a_view_that_makes_resting_orders_marketable_sends_them_out() -> None:
    play(
        """
        client A
        client B
        client C scope 0
        source X
    """
        + UP
        + """
        > A new a1 buy 4 @ 100
          A a1 accepted new 0/4
        > C new c1 buy 9 @ 100
          C c1 accepted new 0/9
        > B new b1 buy 4 @ 99
          B b1 accepted new 0/4
        > view X asks 5@101
        > view X asks 6@99
          X c1 requested pending 0/4@99
          X c2 requested pending 0/2@99
        = book 9@100 2@99 |
        > view X asks 6@99
    """
    )


def test_a_resting_order_that_does_better_outside_goes_there_before_it_is_executed_inside() -> None:
    # The view was not marketable for it when it came: the source had no money left of ours.
    play(
        """
        client A
        client B scope 0
        source X finite
    """
        + UP
        + """
        > A new a1 buy 4 @ 100
          A a1 accepted new 0/4
        > view X asks 4@95
        fund X USD 1000
        > B new b1 sell 6 @ 98
          B b1 accepted new 0/6
          X c1 requested pending 0/4@95
        = book | 6@98
    """
    )


def test_never_worse_gross_is_an_option_of_the_client() -> None:
    for gross, lines in (
        (
            "",
            """
          A a1 executed filled 5/5 5@101 added
          B b1 executed filled 5/5 5@101 removed
        """,
        ),
        (
            "gross",
            """
          X c1 requested pending 0/2@100
          A a1 executed partially_filled 3/5 3@101 added
          B b1 executed partially_filled 3/5 3@101 removed
        """,
        ),
    ):
        play(
            """
        client A
        client B
        source X fee 3000000
        """
            + UP
            + f"""
        > A new a1 sell 5 @ 101 local
          A a1 accepted new 0/5
        > view X asks 2@100
        > B new b1 buy 5 @ 101 {gross}
          B b1 accepted new 0/5
        """
            + lines
        )


def test_a_parent_that_only_meets_refusals_stops_after_the_rounds_of_the_source() -> None:
    play(
        """
        client A
        source X rounds 1
    """
        + UP
        + """
        > view X asks 4@100 4@101 4@102 4@103
        > A new a1 buy 4 @ 110
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report X c1 rejected
          X c1 finished done 0/4@100 venue
          X c2 requested pending 0/4@101
        > report X c2 rejected
          X c2 finished done 0/4@101 venue
        = book 4@110 |
        > clock 1
        > view X asks 4@100
        > A replace a2 of a1 4 @ 109
          A a2<a1 replaced new 0/4
          X c3 requested pending 0/4@100
    """
    )


def test_a_source_without_money_of_ours_is_passed_over() -> None:
    play(
        """
        client A
        source X finite
        source Y
        > source Y up
          state source_state up
        fund X USD 250
    """
        + UP
        + """
        > view X asks 5@100
        > view Y asks 5@101
        > A new a1 buy 5 @ 101 ioc
          A a1 accepted new 0/5
          X c1 requested pending 0/2@100
          Y c2 requested pending 0/3@101
        = account X USD -250 reserved 200
    """
    )
