"""What the end of a link cancels: by session, by account, after the client's grace."""

from internaliser.model import records
from tests.core.scenario import play

TWO_SESSIONS = """
        client A
        client B
        session A
        session A
        session B
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > A new a2 buy 1 @ 99 gtc via 1
          A a2 accepted new 0/1
        > B new b1 buy 1 @ 98 via 2
          B b1 accepted new 0/1
"""


def test_a_lost_link_cancels_what_came_through_its_session() -> None:
    play(
        TWO_SESSIONS
        + """
        > link 0 up session
          state link up
        > link 0 down
          state link down
        > due
          A a1 canceled canceled 0/1 disconnect
          state timer grace_over count 1
        = book 1@99 1@98 |
    """
    )


def test_a_lost_link_cancels_the_whole_account_where_the_client_asked_for_that() -> None:
    play(
        TWO_SESSIONS
        + """
        > link 0 up account
          state link up
        > link 0 down logout
          state link down
        > due
          A a1 canceled canceled 0/1 logout
          A a2 canceled canceled 0/1 logout
          state timer grace_over count 2
        = book 1@98 |
    """
    )


def test_a_client_that_is_back_within_its_grace_keeps_its_orders() -> None:
    market = play(
        TWO_SESSIONS
        + """
        > link 0 up session grace 5
          state link up
        > link 0 down
          state link down
        > clock 4
        > link 0 up session grace 5
          state link up
        > clock 60
    """
    )
    assert market.core.timer_due(market.now_ns) is None


def test_nothing_is_due_before_the_grace_is_over() -> None:
    market = play(
        TWO_SESSIONS
        + """
        > link 0 up session grace 5
          state link up
        > link 0 down
          state link down
        > clock 4
    """
    )
    assert market.core.timer_due(market.now_ns) is None
    (early,) = market.apply(records.timer(action="grace_over", session=0, time_ns=market.now_ns))
    assert (early.reason, early.count) == ("stale_command", 0)
    assert market.core.timer_due(market.now_ns + 10**9) is not None


def test_a_client_that_comes_back_and_asks_for_nothing_loses_nothing() -> None:
    market = play(
        TWO_SESSIONS
        + """
        > link 0 up account grace 5
          state link up
        > link 0 down
          state link down
        > link 0 up
          state link up
        > link 0 down
          state link down
        > clock 60
    """
    )
    assert market.core.timer_due(market.now_ns) is None


def test_after_a_start_every_session_that_was_up_counts_as_gone_from_then_on() -> None:
    play(
        TWO_SESSIONS
        + """
        > link 0 up session grace 5
          state link up
        > link 2 up session
          state link up
        > clock 100
        > epoch
          state epoch
        > due
          B b1 canceled canceled 0/1 disconnect
          state timer grace_over count 1
        > clock 5
        > due
          A a1 canceled canceled 0/1 disconnect
          state timer grace_over count 1
    """
    )


def test_an_absent_client_that_is_waited_for_is_so_over_a_start() -> None:
    play(
        TWO_SESSIONS
        + """
        > link 0 up session grace 5
          state link up
        > link 0 down logout
          state link down
        > clock 3
        > epoch
          state epoch
        > clock 2
        > due
          A a1 canceled canceled 0/1 logout
          state timer grace_over count 1
    """
    )


def test_a_big_cancellation_goes_on_though_the_client_is_back_and_spares_its_new_orders() -> None:
    play(
        TWO_SESSIONS
        + """
        > A new a3 buy 1 @ 97
          A a3 accepted new 0/1
        > A new a4 buy 1 @ 96
          A a4 accepted new 0/1
        > A new a5 buy 1 @ 95
          A a5 accepted new 0/1
        > link 0 up session
          state link up
        > link 0 down
          state link down
        > due
          A a1 canceled canceled 0/1 disconnect
          A a3 canceled canceled 0/1 disconnect
          A a4 canceled canceled 0/1 disconnect
          state timer grace_over count 3
        > link 0 up session
          state link up
        > A new a6 buy 1 @ 94
          A a6 accepted new 0/1
        > epoch
          state epoch
        > due
          A a5 canceled canceled 0/1 disconnect
          A a6 canceled canceled 0/1 disconnect
          state timer grace_over count 2
        > due
          state timer job
        = book 1@99 1@98 |
    """
    )


def test_the_link_of_a_session_that_is_not_there_is_nobodys() -> None:
    market = play("client A\nsession A")
    (unknown,) = market.apply(records.link(action="up", session=7, cancels="account"))
    (stale,) = market.apply(records.link(action="down", session=0))
    assert (unknown.reason, stale.reason) == ("unknown_account", "stale_command")
