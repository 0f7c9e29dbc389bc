"""What sources tell of children."""

from .scenario import play

START = """
        client A fees 0 0 1000000
        source X fee 2000000
        > source X up
          state source_state up
        > view X asks 4@100 4@101 bids 5@90
"""


def test_a_child_is_requested_answered_and_filled() -> None:
    play(
        START
        + """
        > A new a1 buy 6 @ 101 ioc
          A a1 accepted new 0/6
          X c1 requested pending 0/4@100
          X c2 requested pending 0/2@101
        = account X USD 0 reserved 614
        > report X c1 working
          X c1 answered working 0/4@100
        > report X c1 fill 4@100 cum 4 exec e1
          X c1 filled working 4/4@100 4@100
          A a1 executed partially_filled 4/6 4@100 routed at X fee 12
          X c1 finished done 4/4@100
        > report X c2 fill 2@101 cum 2 final exec e2
          X c2 filled pending 2/2@101 2@101
          A a1 executed filled 6/6 2@101 routed at X fee 6
          X c2 finished done 2/2@101
        = account A BTC 6
        = account A USD -620 reserved 0
        = account X BTC -6
        = account X USD 614 reserved 0
        = account house USD 6
    """
    )


def test_a_duplicate_report_is_booked_once() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report X c1 fill 1@100 exec e1
          X c1 filled pending 1/4@100 1@100
          A a1 executed partially_filled 1/4 1@100 routed at X fee 3
          X c1 answered working 1/4@100
        > report X c1 fill 1@100 exec e1
        > report X c1 fill 1@100 cum 1 exec e9
        > report X c1 fill 1@100 cum 2 exec e2
          X c1 filled working 2/4@100 1@100
          A a1 executed partially_filled 2/4 1@100 routed at X fee 3
    """
    )


def test_a_lost_report_is_made_good_by_the_next() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report X c1 fill 1@100 cum 3 exec e2
          X c1 filled pending 3/4@100 3@100
          A a1 executed partially_filled 3/4 3@100 routed at X fee 9
          X c1 answered working 3/4@100
    """
    )


def test_fills_known_from_sums_only_are_booked_at_what_they_cost() -> None:
    play(
        START
        + """
        > view X asks 9@100
        > A new a1 buy 9 @ 100 ioc
          A a1 accepted new 0/9
          X c1 requested pending 0/9@100
        > report X c1 fill 2@99 cum 2 exec e1 paid 198
          X c1 filled pending 2/9@100 2@99
          A a1 executed partially_filled 2/9 2@99 routed at X fee 4
          X c1 answered working 2/9@100
        > report X c1 fill 1@100 cum 6 exec e3 paid 590 fee 1
          X c1 filled working 4/9@100 2@97
          A a1 executed partially_filled 4/9 2@97 routed at X fee 4
          X c1 filled working 5/9@100 1@98
          A a1 executed partially_filled 5/9 1@98 routed at X fee 1
          X c1 filled working 6/9@100 1@100
          A a1 executed partially_filled 6/9 1@100 routed at X fee 2
        > report X c1 canceled cum 8 paid 789
          X c1 filled working 7/9@100 1@99
          A a1 executed partially_filled 7/9 1@99 routed at X fee 1
          X c1 filled working 8/9@100 1@100
          A a1 executed partially_filled 8/9 1@100 routed at X fee 3
          X c1 finished done 8/9@100
          A a1 canceled canceled 8/9 no_liquidity
    """
    )


def test_a_fill_without_any_price_stays_unknown() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report X c1 canceled cum 3
          X c1 lost unknown 0/4@100 price_missing
        > report X c1 canceled cum 3 paid 297
          X c1 filled unknown 3/4@100 3@99
          A a1 executed partially_filled 3/4 3@99 routed at X fee 7
          X c1 finished done 3/4@100
          A a1 canceled canceled 3/4 no_liquidity
    """
    )


def test_a_fee_the_source_states_is_passed_on() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report X c1 fill 4@100 cum 4 final exec e1 fee 20
          X c1 filled pending 4/4@100 4@100
          A a1 executed filled 4/4 4@100 routed at X fee 24
          X c1 finished done 4/4@100
        = account A USD -424
        = account X USD 420
    """
    )


def test_a_rejected_child_goes_elsewhere_or_ends_the_ioc() -> None:
    play(
        START
        + """
        source Y fee 2500000
        > source Y up
          state source_state up
        > view Y asks 2@101
        > A new a1 buy 4 @ 101 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report X c1 rejected
          X c1 finished done 0/4@100 venue
          X c2 requested pending 0/4@101
        > report X c2 expired
          X c2 finished done 0/4@101
          Y c3 requested pending 0/2@101
        > report Y c3 fill 2@101 cum 2 final
          Y c3 filled pending 2/2@101 2@101
          A a1 executed partially_filled 2/4 2@101 routed at Y fee 7
          Y c3 finished done 2/2@101
          A a1 canceled canceled 2/4 no_liquidity
        = account A USD -209 reserved 0
    """
    )


def test_an_unknown_outcome_keeps_quantity_and_money_until_evidence_comes() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > overdue c1                         # too early
          state timer child_overdue stale_command
        > clock 6
        > overdue c1
          X c1 lost unknown 0/4@100
          X c1 query unknown 0/4@100
        = account A USD 0 reserved 412
        = account X USD 0 reserved 408
        > A cancel a2 of a1
          A a2<a1 cancel_pending pending_cancel 0/4 client_request
          X c1 query unknown 0/4@100
        > report X c1 unknown-there           # it may still arrive
          state venue_report stale_command
        > source X down
          state source_state down
        > source X up
          state source_state up
          X c1 query unknown 0/4@100
        > report X c1 unknown-there
          X c1 finished done 0/4@100 venue
          A a2<a1 canceled canceled 0/4 client_request
        = account A USD 0 reserved 0
        = account X USD 0 reserved 0
    """
    )


def test_a_late_fill_after_the_cancel_is_booked_and_reported() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report X c1 expired
          X c1 finished done 0/4@100
          A a1 canceled canceled 0/4 no_liquidity
        > report X c1 fill 3@100 cum 3 exec e1
          X c1 filled done 3/4@100 3@100 too_late
          A a1 executed canceled 3/4 3@100 routed at X fee 9
        > report X c1 fill 3@100 cum 3 exec e1
        = account A USD -309 reserved 0
    """
    )


def test_a_late_fill_takes_the_room_that_rests_in_the_book() -> None:
    play(
        START
        + """
        > A new a1 buy 6 @ 100
          A a1 accepted new 0/6
          X c1 requested pending 0/4@100
        = book 2@100 |
        > report X c1 expired
          X c1 finished done 0/4@100
        = book 6@100 |
        > report X c1 fill 4@100 cum 4 exec e1
          X c1 filled done 4/4@100 4@100 too_late
          A a1 executed partially_filled 4/6 4@100 routed at X fee 12
        = book 2@100 |
    """
    )


def test_what_no_order_has_room_for_is_the_houses() -> None:
    play(
        START
        + """
        client B
        > A new a1 buy 4 @ 100
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report X c1 expired
          X c1 finished done 0/4@100
        > B new b1 sell 3 @ 100 local
          B b1 accepted new 0/3
          A a1 executed partially_filled 3/4 3@100 added
          B b1 executed filled 3/3 3@100 removed
        > report X c1 fill 4@100 cum 4 exec e1
          X c1 filled done 4/4@100 4@100 too_late
          A a1 executed filled 4/4 1@100 routed at X fee 3
        = account A BTC 4
        = account house BTC 3
        = account house USD -305
        = account X BTC -4
    """
    )


def test_more_than_was_asked_for_is_the_houses() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report X c1 fill 5@100 cum 5 final exec e1
          X c1 filled pending 4/4@100 4@100
          A a1 executed filled 4/4 4@100 routed at X fee 12
          X c1 filled pending 5/4@100 1@100 qty_out_of_range
          X c1 finished done 5/4@100
        = account A BTC 4
        = account house BTC 1
    """
    )


def test_a_lost_link_makes_children_unknown_and_takes_the_levels_away() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > source X down
          state source_state down
          X c1 lost unknown 0/4@100 disconnect
        > A new a2 buy 4 @ 101 ioc
          A a2 accepted new 0/4
          A a2 canceled canceled 0/4 no_liquidity
        > source X up
          state source_state up
          X c1 query unknown 0/4@100
        > report X c1 fill 4@100 cum 4 final exec e1
          X c1 filled unknown 4/4@100 4@100
          A a1 executed filled 4/4 4@100 routed at X fee 12
          X c1 finished done 4/4@100
    """
    )


def test_a_restart_makes_every_child_unknown() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > epoch
          state epoch
          X c1 lost unknown 0/4@100 disconnect
        > source X up
          state source_state up
          X c1 query unknown 0/4@100
        > report X 1:c1 unknown-there
          X c1 finished done 0/4@100 venue
          A a1 canceled canceled 0/4 no_liquidity
    """
    )


def test_a_report_on_no_child_of_ours_changes_nothing() -> None:
    play(
        START
        + """
        source Y
        > report X c7 fill 1@100 cum 1
          state venue_report unknown_order
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report Y c1 fill 1@100 cum 1
          state venue_report unknown_order
    """
    )


def test_the_operator_resolves_only_what_is_unknown() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > admin resolve_child c1 4@100
          state admin resolve_child stale_command
        > source X down
          state source_state down
          X c1 lost unknown 0/4@100 disconnect
        > admin resolve_child c1 5@100
          state admin resolve_child qty_out_of_range
        > admin resolve_child c1 3@100
          state admin resolve_child count 1
          X c1 filled unknown 3/4@100 3@100
          A a1 executed partially_filled 3/4 3@100 routed at X fee 9
          X c1 finished done 3/4@100
          A a1 canceled canceled 3/4 no_liquidity
        > admin resolve_child c1 3@100
          state admin resolve_child stale_command
    """
    )


def test_a_child_that_can_never_arrive_any_more_is_over_at_once() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > report X c1 unknown-there
          state venue_report stale_command
        > overdue c1
          state timer child_overdue stale_command
        > clock 6
        > overdue c1
          X c1 lost unknown 0/4@100
          X c1 query unknown 0/4@100
        > report X c1 gone
          X c1 finished done 0/4@100 venue
    """
    )


def test_an_execution_told_after_its_sum_is_booked_once() -> None:
    market = play(
        START
        + """
        > view X asks 9@100
        > A new a1 buy 9 @ 100 ioc
          A a1 accepted new 0/9
          X c1 requested pending 0/9@100
        > report X c1 working cum 4 paid 398
          X c1 filled pending 2/9@100 2@99
          A a1 executed partially_filled 2/9 2@99 routed at X fee 4
          X c1 filled pending 4/9@100 2@100
          A a1 executed partially_filled 4/9 2@100 routed at X fee 6
          X c1 answered working 4/9@100
        > report X c1 fill 3@99 exec T1 fee 8
        > report X c1 fill 3@99 exec T1 fee 8
        > report X c1 fill 2@100 exec T2 fee 6
          X c1 filled working 5/9@100 1@100
          A a1 executed partially_filled 5/9 1@100 routed at X fee 4
        > report X c1 fill 4@100 cum 9 exec T3
          X c1 filled working 9/9@100 4@100
          A a1 executed filled 9/9 4@100 routed at X fee 12
          X c1 finished done 9/9@100
        > report X c1 fill 4@100 exec T3
    """
    )
    assert market.core.children()[0]["cum_qty"] == 9


def test_what_the_operator_resolved_is_not_booked_again_when_the_source_tells_it() -> None:
    play(
        START
        + """
        > A new a1 buy 4 @ 100 ioc
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > source X down
          state source_state down
          X c1 lost unknown 0/4@100 disconnect
        > admin resolve_child c1 3@100
          state admin resolve_child count 1
          X c1 filled unknown 3/4@100 3@100
          A a1 executed partially_filled 3/4 3@100 routed at X fee 9
          X c1 finished done 3/4@100
          A a1 canceled canceled 3/4 no_liquidity
        > report X c1 fill 2@100 exec T1
        > report X c1 fill 1@100 exec T2
        > report X c1 fill 1@100 exec T3
          X c1 filled done 4/4@100 1@100 too_late
          A a1 executed filled 4/4 1@100 routed at X fee 3
    """
    )
