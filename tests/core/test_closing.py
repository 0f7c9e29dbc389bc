"""Ends of orders that have children out."""

from .scenario import play

START = """
        client A
        source X
        > source X up
          state source_state up
        > view X asks 4@100
        > A new a1 buy 6 @ 100
          A a1 accepted new 0/6
          X c1 requested pending 0/4@100
        = book 2@100 |
        > A cancel a2 of a1
          A a2<a1 cancel_pending pending_cancel 0/6 client_request
          X c1 cancel pending 0/4@100
        = book |
        = account A USD 0 reserved 400
"""


def test_a_cancel_is_confirmed_only_when_the_children_are_final() -> None:
    play(
        START
        + """
        > report X c1 fill 1@100 cum 1 exec e1
          X c1 filled pending 1/4@100 1@100
          A a1 executed pending_cancel 1/6 1@100 routed at X
          X c1 answered working 1/4@100
        > A cancel a3 of a1
          A a3<a1 cancel_refused pending_cancel 1/6 already_pending
        > report X c1 canceled cum 1
          X c1 finished done 1/4@100
          A a2<a1 canceled canceled 1/6 client_request
        = account A USD -100 reserved 0
    """
    )


def test_a_cancel_that_loses_the_race_is_refused() -> None:
    play("""
        client A
        source X
        > source X up
          state source_state up
        > view X asks 4@100
        > A new a1 buy 4 @ 100
          A a1 accepted new 0/4
          X c1 requested pending 0/4@100
        > A cancel a2 of a1
          A a2<a1 cancel_pending pending_cancel 0/4 client_request
          X c1 cancel pending 0/4@100
        > report X c1 fill 4@100 cum 4 final
          X c1 filled pending 4/4@100 4@100
          A a1 executed pending_cancel 4/4 4@100 routed at X
          X c1 finished done 4/4@100
          A a2<a1 cancel_refused filled 4/4 too_late
        > A status a1
          A a1 status filled 4/4
    """)


def test_what_the_children_bring_back_is_not_worked_again() -> None:
    play(
        START
        + """
        > report X c1 expired
          X c1 finished done 0/4@100
          A a2<a1 canceled canceled 0/6 client_request
        = book |
        = account A USD 0 reserved 0
    """
    )
