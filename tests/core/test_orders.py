"""Names: chains, reuse, and what a refused request leaves behind."""

from .scenario import play


def test_a_refused_request_consumes_no_cl_ord_id() -> None:
    play("""
        client A
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > A replace a2 of a1 0 @ 100
          A a2<a1 replace_refused new 0/10 qty_out_of_range
        > A cancel a2 of nothing
          A a2<nothing cancel_refused rejected 0/0 unknown_order
        > A new a2 buy 1 @ 0
          A a2 rejected rejected 0/1 price_out_of_range
        > A replace a2 of a1 5 @ 100
          A a2<a1 replaced new 0/5
    """)


def test_a_cancels_cl_ord_id_is_a_name_of_the_order_too() -> None:
    play("""
        client A
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > A cancel a2 of a1
          A a2<a1 canceled canceled 0/10 client_request
        > A new a2 buy 10 @ 100
          A a2 rejected canceled 0/10 duplicate_cl_ord_id
        > A status a2
          A a2 status canceled 0/10 client_request
    """)


def test_a_name_given_up_to_a_later_order_stays_with_it_when_the_earlier_is_forgotten() -> None:
    play(
        """
        client A
        > A new a1 buy 1 @ 100 ioc
          A a1 accepted new 0/1
          A a1 canceled canceled 0/1 no_liquidity
        > day end
          state timer day_end
        > A new a1 buy 2 @ 100
          A a1 accepted new 0/2
        > A new a2 buy 1 @ 90 ioc
          A a2 accepted new 0/1
          A a2 canceled canceled 0/1 no_liquidity
        > A new a3 buy 1 @ 90 ioc
          A a3 accepted new 0/1
          A a3 canceled canceled 0/1 no_liquidity
        > A status a1
          A a1 status new 0/2
        > A cancel a4 of a1
          A a4<a1 canceled canceled 0/2 client_request
    """,
        closed_orders_max=1,
    )


def test_a_long_chain_keeps_every_name() -> None:
    lines = ["client A", "> A new n0 buy 100 @ 100", "A n0 accepted new 0/100"]
    for number in range(1, 40):
        name, qty = f"n{number}" + "x" * (number % 3 * 20), 100 - number
        orig = f"n{number - 1}" + "x" * ((number - 1) % 3 * 20)
        lines += [
            f"> A replace {name} of {orig} {qty} @ 100",
            f"A {name}<{orig} replaced new 0/{qty}",
        ]
    lines += ["> A status n7" + "x" * 20, "A n7" + "x" * 20 + " status new 0/61"]
    play("\n".join(lines))
