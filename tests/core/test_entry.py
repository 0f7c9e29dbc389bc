"""Order entry: what a client asks for and is told."""

import pytest

from .scenario import play


def test_an_order_rests_and_is_executed_at_its_own_price() -> None:
    play("""
        client A
        client B
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > B new b1 sell 4 @ 99
          B b1 accepted new 0/4
          A a1 executed partially_filled 4/10 4@100 added
          B b1 executed filled 4/4 4@100 removed
        = book 6@100 |
        = account A BTC 4
        = account A USD -400 reserved 600
        = account B BTC -4 reserved 0
        = account B USD 400
    """)


def test_a_market_order_takes_what_is_there_and_its_rest_is_canceled() -> None:
    play("""
        client A
        client B
        > A new a1 sell 3 @ 100
          A a1 accepted new 0/3
        > A new a2 sell 3 @ 105 gtc
          A a2 accepted new 0/3
        > B new b1 buy 10 market
          B b1 accepted new 0/10
          A a1 executed filled 3/3 3@100 added
          B b1 executed partially_filled 3/10 3@100 removed
          A a2 executed filled 3/3 3@105 added
          B b1 executed partially_filled 6/10 3@105 removed
          B b1 canceled canceled 6/10 no_liquidity
        = book |
    """)


def test_ioc_takes_within_its_limit_and_cancels_the_rest() -> None:
    play("""
        client A
        client B
        > A new a1 sell 3 @ 100
          A a1 accepted new 0/3
        > A new a2 sell 3 @ 105
          A a2 accepted new 0/3
        > B new b1 buy 10 @ 104 ioc
          B b1 accepted new 0/10
          A a1 executed filled 3/3 3@100 added
          B b1 executed partially_filled 3/10 3@100 removed
          B b1 canceled canceled 3/10 no_liquidity
        = book | 3@105
    """)


def test_fok_is_executed_whole_or_not_at_all() -> None:
    play("""
        client A
        client B
        > A new a1 sell 3 @ 100
          A a1 accepted new 0/3
        > A new a2 sell 3 @ 105
          A a2 accepted new 0/3
        > B new b1 buy 6 @ 104 fok
          B b1 accepted new 0/6
          B b1 canceled canceled 0/6 fok_unfillable
        > B new b2 buy 6 @ 105 fok
          B b2 accepted new 0/6
          A a1 executed filled 3/3 3@100 added
          B b2 executed partially_filled 3/6 3@100 removed
          A a2 executed filled 3/3 3@105 added
          B b2 executed filled 6/6 3@105 removed
    """)


def test_a_known_cl_ord_id_is_refused_and_the_first_order_is_not_disturbed() -> None:
    play("""
        client A
        > A new a1 buy 10000 @ 100
          A a1 accepted new 0/10000
        > A new a1 buy 10000 @ 100 again
          A a1 status new 0/10000
        > A new a1 buy 20000 @ 100
          A a1 rejected new 0/10000 duplicate_cl_ord_id
        > A new a1 buy 20000 @ 100 again
          A a1 rejected new 0/10000 duplicate_cl_ord_id
        > A new a2 buy 15000 @ 100 again
          A a2 accepted new 0/15000
        = book 25000@100 |
    """)


def test_a_cl_ord_id_of_another_client_is_no_duplicate() -> None:
    play("""
        client A
        client B
        > A new x buy 1 @ 100
          A x accepted new 0/1
        > B new x buy 1 @ 100
          B x accepted new 0/1
    """)


def test_cancel_before_any_fill() -> None:
    play("""
        client A
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > A cancel a2 of a1
          A a2<a1 canceled canceled 0/10 client_request
        = book |
        = account A USD 0 reserved 0
    """)


def test_cancel_of_an_unknown_order_consumes_neither_id() -> None:
    play("""
        client A
        > A cancel a2 of a1
          A a2<a1 cancel_refused rejected 0/0 unknown_order
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > A cancel a2 of a1
          A a2<a1 canceled canceled 0/10 client_request
    """)


def test_a_foreign_order_is_as_unknown_as_none() -> None:
    play("""
        client A
        client B
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > B cancel b1 of a1
          B b1<a1 cancel_refused rejected 0/0 unknown_order
        > B replace b2 of a1 5 @ 100
          B b2<a1 replace_refused rejected 0/5 unknown_order
        > B status a1
          B a1 status rejected 0/0 unknown_order
    """)


def test_cancel_too_late_tells_the_true_status() -> None:
    play("""
        client A
        client B
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > B new b1 sell 10 @ 100
          B b1 accepted new 0/10
          A a1 executed filled 10/10 10@100 added
          B b1 executed filled 10/10 10@100 removed
        > A cancel a2 of a1
          A a2<a1 cancel_refused filled 10/10 too_late
        > B cancel b1 of b1
          B b1<b1 cancel_refused filled 10/10 duplicate_cl_ord_id
    """)


def test_status_by_every_name_of_the_chain() -> None:
    play("""
        client A
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > A replace a2 of a1 8 @ 100
          A a2<a1 replaced new 0/8
        > A status a1
          A a1 status new 0/8
        > A status a2
          A a2 status new 0/8
        > A cancel a3 of a2
          A a3<a2 canceled canceled 0/8 client_request
        > A status a3
          A a3 status canceled 0/8 client_request
    """)


def test_orig_cl_ord_id_must_be_the_last_accepted() -> None:
    play("""
        client A
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > A replace a2 of a1 8 @ 100
          A a2<a1 replaced new 0/8
        > A cancel a3 of a1
          A a3<a1 cancel_refused rejected 0/0 unknown_order
        > A cancel a3 of a2
          A a3<a2 canceled canceled 0/8 client_request
    """)


def test_a_cl_ord_id_may_be_used_again_after_the_trading_day() -> None:
    play("""
        client A
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > day end
          A a1 expired expired 0/10 day_end
          state timer day_end count 1
        > A new a1 sell 7 @ 100
          A a1 accepted new 0/7
        > A status a1
          A a1 status new 0/7
    """)


def test_a_closed_order_beyond_the_limit_is_forgotten_with_its_names() -> None:
    play(
        """
        client A
        > A new a1 buy 1 @ 100 ioc
          A a1 accepted new 0/1
          A a1 canceled canceled 0/1 no_liquidity
        > A new a2 buy 1 @ 100 ioc
          A a2 accepted new 0/1
          A a2 canceled canceled 0/1 no_liquidity
        > A status a1
          A a1 status canceled 0/1 no_liquidity
        > A new a3 buy 1 @ 100 ioc
          A a3 accepted new 0/1
          A a3 canceled canceled 0/1 no_liquidity
        > A status a1
          A a1 status rejected 0/0 unknown_order
        > A new a1 buy 1 @ 100 ioc
          A a1 accepted new 0/1
          A a1 canceled canceled 0/1 no_liquidity
        """,
        closed_orders_max=2,
    )


def test_the_limit_on_open_orders_of_the_node_is_capacity() -> None:
    play(
        """
        client A
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > A new a2 buy 1 @ 100
          A a2 accepted new 0/1
        > A new a3 buy 1 @ 100
          A a3 rejected rejected 0/1 capacity
        = account A USD 0 reserved 200
        """,
        orders_max=2,
    )


@pytest.mark.parametrize("size", [1, 39, 40, 64])
def test_cl_ord_ids_of_every_length_are_kept_apart(size: int) -> None:
    name, other = "x" * size, "x" * (size - 1) + "y"
    play(f"""
        client A
        > A new {name} buy 1 @ 100
          A {name} accepted new 0/1
        > A new {other} buy 2 @ 100
          A {other} accepted new 0/2
        > A status {name}
          A {name} status new 0/1
        > A status {other}
          A {other} status new 0/2
    """)


def test_a_cl_ord_id_that_is_too_long_is_refused() -> None:
    name = "x" * 65
    play(f"""
        client A
        > A new {name} buy 1 @ 100
          A {name[:64]} rejected rejected 0/1 cl_ord_id_length
    """)
