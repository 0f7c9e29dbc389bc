"""Requests about many orders of a client: mass cancel, mass status, in chunks of three."""

from internaliser.model import records
from tests.core.market import Market
from tests.core.scenario import play

FOUR = """
        client A
        client B
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > A new a2 sell 1 @ 110 gtc
          A a2 accepted new 0/1
        > B new b1 buy 1 @ 100
          B b1 accepted new 0/1
        > A new a3 buy 1 @ 99
          A a3 accepted new 0/1
        > A new a4 buy 1 @ 98
          A a4 accepted new 0/1
"""


def test_a_mass_cancel_of_one_side_names_what_it_canceled_and_leaves_the_rest() -> None:
    play(
        FOUR
        + """
        > A mass_cancel q1 sell
          A a2 canceled canceled 0/1 client_request
          mass A q1 1 a2
        = book 2@100 1@99 1@98 |
    """
    )


def test_what_does_not_fit_one_step_is_canceled_in_turns_and_answered_at_the_end() -> None:
    play(
        FOUR
        + """
        > A mass_cancel q1
          A a1 canceled canceled 0/1 client_request
          A a3 canceled canceled 0/1 client_request
          A a4 canceled canceled 0/1 client_request
        > A new a5 buy 1 @ 97
          A a5 accepted new 0/1
        > due
          A a2 canceled canceled 0/1 client_request
          mass A q1 4
          state timer job count 1
        = book 1@100 1@97 |
    """
    )


def test_two_requests_take_turns_and_each_is_answered_for_its_own() -> None:
    play(
        FOUR
        + """
        > B new b2 buy 1 @ 99
          B b2 accepted new 0/1
        > B new b3 buy 1 @ 98
          B b3 accepted new 0/1
        > B new b4 buy 1 @ 97
          B b4 accepted new 0/1
        > A mass_cancel q1
          A a1 canceled canceled 0/1 client_request
          A a3 canceled canceled 0/1 client_request
          A a4 canceled canceled 0/1 client_request
        > B mass_cancel q2
          B b1 canceled canceled 0/1 client_request
          B b2 canceled canceled 0/1 client_request
          B b3 canceled canceled 0/1 client_request
        > due
          A a2 canceled canceled 0/1 client_request
          mass A q1 4
          state timer job count 1
        > due
          B b4 canceled canceled 0/1 client_request
          mass B q2 4
          state timer job count 1
    """
    )


def test_an_order_whose_validity_changes_while_the_request_is_worked_is_not_missed() -> None:
    """Its place is behind what was looked at already."""
    play(
        FOUR
        + """
        > A mass_cancel q1
          A a1 canceled canceled 0/1 client_request
          A a3 canceled canceled 0/1 client_request
          A a4 canceled canceled 0/1 client_request
        > A replace a6 of a2 2 @ 110 day
          A a6<a2 replaced new 0/2
        > due
          A a6 canceled canceled 0/2 client_request
          mass A q1 4
          state timer job count 1
    """
    )


def test_an_order_that_ends_by_itself_meanwhile_is_stepped_over() -> None:
    play(
        FOUR
        + """
        > A mass_cancel q1
          A a1 canceled canceled 0/1 client_request
          A a3 canceled canceled 0/1 client_request
          A a4 canceled canceled 0/1 client_request
        > A cancel a9 of a2
          A a9<a2 canceled canceled 0/1 client_request
        > due
          mass A q1 3
          state timer job
    """
    )


def test_a_request_that_is_refused_cancels_nothing() -> None:
    market = play(FOUR)
    (refused,) = market.apply(
        records.mass_cancel(client=0, cl_ord_id="q", request_type="3", reason=11, symbol="X")
    )
    assert (refused.kind, refused.reason, refused.affected) == ("mass_event", "unsupported", 0)
    assert (refused.cl_ord_id, refused.symbol, refused.orders) == ("q", "X", [])
    assert len(market.core.orders(open_only=True)) == 5


def test_children_at_a_source_are_canceled_first_and_the_answer_does_not_wait_for_them() -> None:
    play("""
        client A
        source X
        > source X up
          state source_state up
        > view X asks 5@100
        > A new a1 buy 5 @ 100
          A a1 accepted new 0/5
          X c1 requested pending 0/5@100
        > A new a2 buy 1 @ 90
          A a2 accepted new 0/1
        > A mass_cancel q1
          A a1 cancel_pending pending_cancel 0/5 client_request
          X c1 cancel pending 0/5@100
          A a2 canceled canceled 0/1 client_request
          mass A q1 2 a1 a2
        > A mass_status s1
          A a1 mass_status pending_cancel 0/5 of s1 1 last
    """)


def test_a_mass_status_tells_every_open_order_and_marks_the_last() -> None:
    play(
        FOUR
        + """
        > A mass_status s1 buy
          A a1 mass_status new 0/1 of s1 3
          A a3 mass_status new 0/1 of s1 3
          A a4 mass_status new 0/1 of s1 3 last
        > B mass_status s2
          B b1 mass_status new 0/1 of s2 1 last
    """
    )


def test_a_mass_status_of_many_orders_says_how_many_there_are_once_it_knows() -> None:
    play(
        FOUR
        + """
        > A mass_status s1
          A a1 mass_status new 0/1 of s1 ?
          A a3 mass_status new 0/1 of s1 ?
          A a4 mass_status new 0/1 of s1 ?
        > A new a5 buy 1 @ 97
          A a5 accepted new 0/1
        > due
          A a2 mass_status new 0/1 of s1 4 last
          state timer job count 1
    """
    )


def test_the_last_report_comes_though_the_orders_left_have_gone_meanwhile() -> None:
    play(
        FOUR
        + """
        > A mass_status s1
          A a1 mass_status new 0/1 of s1 ?
          A a3 mass_status new 0/1 of s1 ?
          A a4 mass_status new 0/1 of s1 ?
        > A cancel a9 of a2
          A a9<a2 canceled canceled 0/1 client_request
        > due
          A a4 mass_status new 0/1 of s1 3 last
          state timer job
    """
    )


def test_a_mass_status_about_nothing_is_answered_too() -> None:
    play("""
        client A
        > A mass_status s1
          A  mass_status rejected 0/0 of s1 ? last unknown_order
    """)


def test_a_client_has_so_many_requests_under_way_and_no_more() -> None:
    market = Market(expiry_chunk=1)
    market.client("A")
    for number in range(2):
        market.apply(
            records.new_order(
                client=0, instrument=0, side="buy", qty=1, price=1, cl_ord_id=f"a{number}"
            )
        )
    for number in range(16):
        (told,) = market.apply(records.mass_status(client=0, request_id=f"s{number}"))
        assert told.reason is None
    (refused,) = market.apply(records.mass_status(client=0, request_id="one too many"))
    assert refused.reason == "capacity"
    while command := market.core.timer_due(market.core.now_ns):
        market.apply(command)
    (told,) = market.apply(records.mass_status(client=0, request_id="again"))
    assert told.reason is None
