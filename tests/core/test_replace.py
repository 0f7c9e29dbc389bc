"""Cancel/replace: terms, place in the queue, and what waits for children."""

from internaliser.model.records import cancel_order, new_order, venue_report

from .scenario import play


def test_less_at_the_same_price_keeps_the_place_in_the_queue() -> None:
    play("""
        client A
        client B
        client C
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > B new b1 buy 10 @ 100
          B b1 accepted new 0/10
        > A replace a2 of a1 6 @ 100
          A a2<a1 replaced new 0/6
        = account A USD 0 reserved 600
        > C new c1 sell 7 @ 100
          C c1 accepted new 0/7
          A a2 executed filled 6/6 6@100 added
          C c1 executed partially_filled 6/7 6@100 removed
          B b1 executed partially_filled 1/10 1@100 added
          C c1 executed filled 7/7 1@100 removed
    """)


def test_more_at_the_same_price_goes_to_the_back() -> None:
    play("""
        client A
        client B
        client C
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > B new b1 buy 10 @ 100
          B b1 accepted new 0/10
        > A replace a2 of a1 11 @ 100
          A a2<a1 replaced new 0/11
        > C new c1 sell 10 @ 100
          C c1 accepted new 0/10
          B b1 executed filled 10/10 10@100 added
          C c1 executed filled 10/10 10@100 removed
        = account A USD 0 reserved 1100
    """)


def test_a_new_price_may_match_at_once() -> None:
    play("""
        client A
        client B
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > B new b1 sell 4 @ 105
          B b1 accepted new 0/4
        > A replace a2 of a1 10 @ 105
          A a2<a1 replaced new 0/10
          B b1 executed filled 4/4 4@105 added
          A a2 executed partially_filled 4/10 4@105 removed
        = book 6@105 |
        = account A USD -420 reserved 630
    """)


def test_no_more_than_what_is_executed_cancels_the_rest() -> None:
    play("""
        client A
        client B
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > B new b1 sell 4 @ 100
          B b1 accepted new 0/4
          A a1 executed partially_filled 4/10 4@100 added
          B b1 executed filled 4/4 4@100 removed
        > A replace a2 of a1 3 @ 100
          A a2<a1 replaced filled 4/4
        = book |
        = account A USD -400 reserved 0
        > A cancel a3 of a2
          A a3<a2 cancel_refused filled 4/4 too_late
    """)


def test_an_increase_of_a_part_filled_order() -> None:
    play("""
        client A
        client B
        > A new a1 buy 10000 @ 100
          A a1 accepted new 0/10000
        > B new b1 sell 1000 @ 100
          B b1 accepted new 0/1000
          A a1 executed partially_filled 1000/10000 1000@100 added
          B b1 executed filled 1000/1000 1000@100 removed
        > A replace a2 of a1 12000 @ 100
          A a2<a1 replaced partially_filled 1000/12000
        > B new b2 sell 11000 @ 100
          B b2 accepted new 0/11000
          A a2 executed filled 12000/12000 11000@100 added
          B b2 executed filled 11000/11000 11000@100 removed
    """)


def test_a_known_cl_ord_id_is_refused() -> None:
    play("""
        client A
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > A new a2 buy 10 @ 99
          A a2 accepted new 0/10
        > A replace a2 of a1 5 @ 100
          A a2<a1 replace_refused new 0/10 duplicate_cl_ord_id
        > A replace a1 of a1 5 @ 100
          A a1<a1 replace_refused new 0/10 duplicate_cl_ord_id
    """)


def test_credit_that_is_lacking_leaves_the_order_as_it_was() -> None:
    play("""
        client A finite
        fund A USD 1000
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > A replace a2 of a1 10 @ 101
          A a2<a1 replace_refused new 0/10 credit
        > A replace a2 of a1 9 @ 101
          A a2<a1 replaced new 0/9
        = account A USD 1000 reserved 909
        = book 9@101 |
    """)


def test_ioc_and_fok_are_not_terms_to_replace_to() -> None:
    play("""
        client A
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > A replace a2 of a1 10 @ 101 fok
          A a2<a1 replace_refused new 0/10 unsupported
        > A replace a2 of a1 10 @ 100 gtc
          A a2<a1 replaced new 0/10
        > day end
          state timer day_end
        = book 10@100 |
    """)


def test_a_repeated_request_is_answered_with_the_state() -> None:
    play("""
        client A
        > A new a1 buy 10 @ 100
          A a1 accepted new 0/10
        > A replace a2 of a1 8 @ 100
          A a2<a1 replaced new 0/8
        > A new a2 buy 8 @ 100 again
          A a2 status new 0/8
    """)


def test_a_replace_waits_for_the_children_of_the_old_terms() -> None:
    play("""
        client A
        source X
        > source X up
          state source_state up
        > view X asks 4@101
        > A new a1 buy 10 @ 101
          A a1 accepted new 0/10
          X c1 requested pending 0/4@101
        = book 6@101 |
        > A replace a2 of a1 10 @ 100
          A a2<a1 replace_pending pending_replace 0/10
          X c1 cancel pending 0/4@101
        > A cancel a3 of a1
          A a3<a1 cancel_refused pending_replace 0/10 already_pending
        > report X c1 fill 1@101 cum 1 exec e1
          X c1 filled pending 1/4@101 1@101
          A a1 executed pending_replace 1/10 1@101 routed at X
          X c1 answered working 1/4@101
        > report X c1 canceled cum 1
          X c1 finished done 1/4@101
          A a2<a1 replaced partially_filled 1/10
        = book 9@100 |
        = account A USD -101 reserved 900
    """)


def test_a_replace_loses_the_race_against_the_last_child() -> None:
    play("""
        client A
        source X
        > source X up
          state source_state up
        > view X asks 10@101
        > A new a1 buy 10 @ 101
          A a1 accepted new 0/10
          X c1 requested pending 0/10@101
        > A replace a2 of a1 5 @ 100
          A a2<a1 replace_pending pending_replace 0/10
          X c1 cancel pending 0/10@101
        > report X c1 fill 10@101 cum 10 final exec e1
          X c1 filled pending 10/10@101 10@101
          A a1 executed pending_replace 10/10 10@101 routed at X
          X c1 finished done 10/10@101
          A a2<a1 replace_refused filled 10/10 too_late
        > A new a2 buy 1 @ 1
          A a2 accepted new 0/1
    """)


def test_the_name_of_a_waiting_replace_is_known_after_a_snapshot() -> None:
    market = play("""
        client A
        source X
        > source X up
          state source_state up
        > view X asks 4@101
        > A new a1 buy 6 @ 101
          A a1 accepted new 0/6
          X c1 requested pending 0/4@101
        > A replace a2 of a1 6 @ 99
          A a2<a1 replace_pending pending_replace 0/6
          X c1 cancel pending 0/4@101
    """)
    again = new_order(client=0, instrument=0, side="buy", qty=1, price=1, cl_ord_id="a2")
    live, copy = market.core, market.copied()
    assert live.apply_raw(again) == copy.apply_raw(again)
    ended = venue_report(source=0, child_id=live.children()[0]["child_id"], is_final=True)
    assert live.apply_raw(ended) == copy.apply_raw(ended)
    last = cancel_order(client=0, cl_ord_id="a3", orig_cl_ord_id="a2")
    assert live.apply_raw(last) == copy.apply_raw(last)
    assert live.orders()[0]["ord_status"] == "4"
