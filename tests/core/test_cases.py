"""A client does not know an execution: a case with a number, and nothing else."""

from internaliser.model import records
from tests.core.scenario import play

FILLED = """
        client A
        client B
        > A new a1 buy 1 @ 100
          A a1 accepted new 0/1
        > B new b1 sell 1 @ 100
          B b1 accepted new 0/1
          A a1 executed filled 1/1 1@100 added
          B b1 executed filled 1/1 1@100 removed
"""


def test_a_dispute_opens_the_next_case_and_changes_nothing_else() -> None:
    market = play(
        FILLED
        + """
        > A dispute a1 1-1-9-2 not ours
          A a1 disputed filled 1/1 case 1 Z 1-1-9-2 not ours
        > B dispute b1 1-1-9-3
          B b1 disputed filled 1/1 case 2 Z 1-1-9-3
    """
    )
    assert not market.core.orders(open_only=True)


def test_a_dispute_about_somebody_elses_order_opens_none() -> None:
    market = play(FILLED)
    theirs = next(row for row in market.core.orders() if row["client"] == "B")
    (told,) = market.apply(
        records.dispute(client=0, order_id=theirs["order_id"], exec_id="1-1-9-2")
    )
    assert (told.kind, told.reason) == ("state_event", "unknown_order")


def test_nobody_is_told_over_fix() -> None:
    market = play(FILLED)
    ours = next(row for row in market.core.orders() if row["client"] == "A")
    (told,) = market.apply(
        records.dispute(client=0, order_id=ours["order_id"], exec_id="1-1-9-2", why="D")
    )
    assert (told.session, told.number, chr(told.detail)) == (None, 1, "D")
