"""Switches, cancellations in chunks, the day's end, transfers, starts."""

from internaliser.model.commands import admin_command

from .market import Market
from .scenario import play

THREE = """
        client A
        client B
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > A new a2 buy 1 @ 100 gtc
          A a2 accepted new 0/1
        > B new b1 buy 1 @ 100
          B b1 accepted new 0/1
"""


def test_a_halted_client_may_only_cancel() -> None:
    play(
        THREE
        + """
        > admin halt A
          state admin halt
        > A new a3 buy 1 @ 100
          A a3 rejected rejected 0/1 halted
        > A replace a3 of a1 2 @ 100
          A a3<a1 replace_refused new 0/1 halted
        > A cancel a3 of a1
          A a3<a1 canceled canceled 0/1 client_request
        > B new b2 buy 1 @ 100
          B b2 accepted new 0/1
        > admin resume A
          state admin resume
        > A new a4 buy 1 @ 100
          A a4 accepted new 0/1
    """
    )


def test_a_halted_node_takes_no_orders() -> None:
    play(
        THREE
        + """
        > admin halt
          state admin halt
        > B new b2 buy 1 @ 100
          B b2 rejected rejected 0/1 halted
    """
    )


def test_a_reducing_client_may_only_bring_its_position_towards_zero() -> None:
    play(
        THREE
        + """
        > B new b2 sell 1 @ 100
          B b2 accepted new 0/1
          A a1 executed filled 1/1 1@100 added
          B b2 executed filled 1/1 1@100 removed
        > admin cancel_all
          A a2 canceled canceled 0/1 operator
          B b1 canceled canceled 0/1 operator
          state admin cancel_all count 2
        > admin reduce
          state admin reduce
        > A new a3 sell 2 @ 100
          A a3 rejected rejected 0/2 reducing_only
        > A new a4 sell 1 @ 100
          A a4 accepted new 0/1
        > A new a5 sell 1 @ 100
          A a5 rejected rejected 0/1 reducing_only
        > B new b3 buy 1 @ 90
          B b3 accepted new 0/1
        > B new b4 buy 1 @ 90
          B b4 rejected rejected 0/1 reducing_only
        > A new a6 buy 1 @ 90
          A a6 rejected rejected 0/1 reducing_only
    """
    )


def test_the_operator_cancels_one_order() -> None:
    play(
        THREE
        + """
        > admin cancel_order A a1
          A a1 canceled canceled 0/1 operator
          state admin cancel_order count 1
        > admin cancel_order A a1
          state admin cancel_order too_late
    """
    )


def test_the_operator_cancels_a_client() -> None:
    play(
        THREE
        + """
        > admin cancel_client A
          A a1 canceled canceled 0/1 operator
          A a2 canceled canceled 0/1 operator
          state admin cancel_client count 2
        = book 1@100 |
    """
    )


def test_many_orders_go_in_chunks_and_newer_ones_are_not_meant() -> None:
    play(
        """
        client A
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > A new a2 buy 1 @ 100
          A a2 accepted new 0/1
        > A new a3 buy 1 @ 100
          A a3 accepted new 0/1
        > day end
          A a1 expired expired 0/1 day_end
          A a2 expired expired 0/1 day_end
          state timer day_end count 2 more
        > A new a4 buy 1 @ 100
          A a4 accepted new 0/1
        > day end on
          A a3 expired expired 0/1 day_end
          state timer day_end count 1
        > day end
          A a4 expired expired 0/1 day_end
          state timer day_end count 1
    """,
        expiry_chunk=2,
    )


def test_an_order_that_moved_behind_a_newer_one_is_canceled_too() -> None:
    play(
        """
        client A
        > A new a1 buy 1 @ 100 gtc
          A a1 accepted new 0/1
        > A new a2 buy 1 @ 100 gtc
          A a2 accepted new 0/1
        > admin cancel_client A
          A a1 canceled canceled 0/1 operator
          state admin cancel_client count 1 more
        > A new a3 buy 1 @ 100
          A a3 accepted new 0/1
        > A replace a4 of a2 1 @ 100 day
          A a4<a2 replaced new 0/1
        > A new a5 buy 1 @ 100
          A a5 accepted new 0/1
        > admin cancel_client A on
          A a4 canceled canceled 0/1 operator
          state admin cancel_client count 1
        = book 2@100 |
    """,
        expiry_chunk=1,
    )


def test_commands_in_chunks_that_come_between_each_other_mean_what_each_did_at_first() -> None:
    play(
        """
        client A
        client B
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > A new a2 buy 1 @ 100
          A a2 accepted new 0/1
        > B new b1 buy 1 @ 100
          B b1 accepted new 0/1
        > day end
          A a1 expired expired 0/1 day_end
          state timer day_end count 1 more
        > A new a3 buy 1 @ 100
          A a3 accepted new 0/1
        > admin cancel_client A
          A a2 canceled canceled 0/1 operator
          state admin cancel_client count 1 more
        > A new a4 buy 1 @ 100
          A a4 accepted new 0/1
        > day end on
          B b1 expired expired 0/1 day_end
          state timer day_end count 1
        > admin cancel_client A on
          A a3 canceled canceled 0/1 operator
          state admin cancel_client count 1
        = book 1@100 |
    """,
        expiry_chunk=1,
    )


def test_an_order_that_becomes_a_day_order_after_the_end_of_a_day_lives_to_the_next() -> None:
    play(
        """
        client A
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > A new a2 buy 1 @ 100
          A a2 accepted new 0/1
        > A new a3 buy 1 @ 100 gtc
          A a3 accepted new 0/1
        > day end
          A a1 expired expired 0/1 day_end
          state timer day_end count 1 more
        > A replace a4 of a3 1 @ 100 day
          A a4<a3 replaced new 0/1
        > day end on
          A a2 expired expired 0/1 day_end
          state timer day_end count 1
        = book 1@100 |
        > day end
          A a4 expired expired 0/1 day_end
          state timer day_end count 1
    """,
        expiry_chunk=1,
    )


def test_the_day_ends_for_day_orders_only_and_children_first_come_to_their_end() -> None:
    play("""
        client A
        source X
        > source X up
          state source_state up
        > A new a1 buy 1 @ 100 gtc
          A a1 accepted new 0/1
        > view X asks 4@101
        > A new a2 buy 6 @ 101
          A a2 accepted new 0/6
          X c1 requested pending 0/4@101
        > day end
          A a2 cancel_pending new 0/6 day_end
          X c1 cancel pending 0/4@101
          state timer day_end count 1
        = book 1@100 |
        = account A USD 0 reserved 504
        > report X c1 fill 1@101 cum 1 final
          X c1 filled pending 1/4@101 1@101
          A a2 executed partially_filled 1/6 1@101 routed at X
          X c1 finished done 1/4@101
          A a2 expired expired 1/6 day_end
    """)


def test_an_operator_cancel_overrides_a_replace_that_waits() -> None:
    play("""
        client A
        source X
        > source X up
          state source_state up
        > view X asks 4@101
        > A new a1 buy 4 @ 101
          A a1 accepted new 0/4
          X c1 requested pending 0/4@101
        > A replace a2 of a1 4 @ 100
          A a2<a1 replace_pending pending_replace 0/4
          X c1 cancel pending 0/4@101
        > admin cancel_all
          A a2<a1 replace_refused new 0/4 operator
          A a1 cancel_pending pending_cancel 0/4 operator
          state admin cancel_all count 1
        > report X c1 expired
          X c1 finished done 0/4@101
          A a1 canceled canceled 0/4 operator
    """)


def transfer(
    market: Market, amount: int, *, debit: tuple[int, int], credit: tuple[int, int]
) -> str | None:
    fields = {
        "asset": 1, "debit_kind": debit[0], "debit_owner": debit[1], "credit_kind": credit[0],
        "credit_owner": credit[1], "amount": amount,
    }  # fmt: skip
    events = market.apply(admin_command("transfer", transfer=fields, note="ann: test"))
    reason: str | None = events[-1].reason
    return reason


def test_a_transfer_moves_money_between_two_accounts() -> None:
    market = Market()
    market.client("A", has_unlimited_credit=0)
    market.client("B")
    market.fund("A", "USD", 100)
    assert transfer(market, 60, debit=(1, 0), credit=(1, 1)) is None
    assert [row["balance"] for row in market.core.accounts()] == [40, -100, 60]


def test_a_transfer_that_an_account_cannot_bear_changes_nothing() -> None:
    market = Market()
    market.client("A", has_unlimited_credit=0)
    assert transfer(market, 60, debit=(1, 0), credit=(3, 0)) == "credit"
    assert transfer(market, 60, debit=(1, 7), credit=(3, 0)) == "unknown_account"
    assert transfer(market, 0, debit=(4, 0), credit=(3, 0)) == "unsupported"
    assert [row["balance"] for row in market.core.accounts()] == [0, 0, 0]


def test_a_source_that_falls_silent_is_told_once() -> None:
    market = play("""
        client A
        source X stale 2
        > source X up
          state source_state up
        > view X asks 4@101
    """)
    core = market.core
    due = core.next_deadline()
    assert due == market.now_ns + 2_000_000_001
    assert core.timer_due(due - 1) is None
    command = core.timer_due(due)
    assert command is not None
    assert market.apply(command)[0].action == "source_stale"
    assert core.timer_due(due + 10**12) is None


def test_the_clock_finds_children_that_are_overdue() -> None:
    market = play("""
        client A
        source X answer 5
        > source X up
          state source_state up
        > view X asks 4@101
        > A new a1 buy 4 @ 101
          A a1 accepted new 0/4
          X c1 requested pending 0/4@101
    """)
    core = market.core
    due = market.now_ns + 5_000_000_000
    assert core.next_deadline() == due
    command = core.timer_due(due)
    assert command is not None
    assert [event.event for event in market.apply(command)] == ["lost", "query"]
    # Asked again later, and later still.
    assert core.timer_due(due + 9_999_999_999) is None
    assert core.next_deadline() == due + 10_000_000_000


def test_an_order_filled_whole_while_its_day_ends_is_told_as_filled() -> None:
    play("""
        client A
        source X
        > source X up
          state source_state up
        > view X asks 6@101
        > A new a1 buy 6 @ 101
          A a1 accepted new 0/6
          X c1 requested pending 0/6@101
        > day end
          A a1 cancel_pending new 0/6 day_end
          X c1 cancel pending 0/6@101
          state timer day_end count 1
        > report X c1 fill 6@101 cum 6 final
          X c1 filled pending 6/6@101 6@101
          A a1 executed filled 6/6 6@101 routed at X
          X c1 finished done 6/6@101
    """)


def test_an_order_filled_whole_while_the_operator_cancels_it_is_told_as_filled() -> None:
    play("""
        client A
        source X
        > source X up
          state source_state up
        > view X asks 6@101
        > A new a1 buy 6 @ 101
          A a1 accepted new 0/6
          X c1 requested pending 0/6@101
        > admin cancel_all
          A a1 cancel_pending pending_cancel 0/6 operator
          X c1 cancel pending 0/6@101
          state admin cancel_all count 1
        > report X c1 fill 2@101 cum 2
          X c1 filled pending 2/6@101 2@101
          A a1 executed pending_cancel 2/6 2@101 routed at X
          X c1 answered working 2/6@101
        > report X c1 fill 4@101 cum 6 final
          X c1 filled working 6/6@101 4@101
          A a1 executed filled 6/6 4@101 routed at X
          X c1 finished done 6/6@101
    """)
