"""The incoming side in the local book: self-match rules and the limit on fills of one step."""

import pytest

from .scenario import play


@pytest.mark.parametrize(
    ("rule", "lines", "book"),
    [
        (1, "A a3 canceled canceled 1/9 self_match", "| 4@100 2@101"),
        (2, """
          A a1 canceled canceled 0/4 self_match
          B b2 executed filled 2/2 2@101 added
          A a3 executed partially_filled 3/9 2@101 removed""", "6@101 |"),
        (3, """
          A a1 canceled canceled 0/4 self_match
          A a3 canceled canceled 1/9 self_match""", "| 2@101"),
    ],
)  # fmt: skip
def test_what_goes_when_a_client_meets_itself(rule: int, lines: str, book: str) -> None:
    play(f"""
        client A self {rule}
        client B
        > B new b1 sell 1 @ 99
          B b1 accepted new 0/1
        > A new a1 sell 4 @ 100
          A a1 accepted new 0/4
        > B new b2 sell 2 @ 101
          B b2 accepted new 0/2
        > A new a3 buy 9 @ 101
          A a3 accepted new 0/9
          B b1 executed filled 1/1 1@99 added
          A a3 executed partially_filled 1/9 1@99 removed
          {lines.strip()}
        = book {book}
    """)


@pytest.mark.parametrize(
    ("rule", "status"),
    [(0, ""), (1, "self_match"), (2, "fok_unfillable"), (3, "self_match")],
)
def test_fok_that_would_meet_itself(rule: int, status: str) -> None:
    told = (
        f"A a3 canceled canceled 0/5 {status}"
        if status
        else """
          B b1 executed filled 1/1 1@99 added
          A a3 executed partially_filled 1/5 1@99 removed
          A a1 executed filled 4/4 4@100 added
          A a3 executed filled 5/5 4@100 removed
    """
    )
    play(f"""
        client A self {rule}
        client B
        > B new b1 sell 1 @ 99
          B b1 accepted new 0/1
        > A new a1 sell 4 @ 100
          A a1 accepted new 0/4
        > A new a3 buy 5 @ 100 fok
          A a3 accepted new 0/5
          {told.strip()}
    """)


def test_one_step_holds_only_so_many_fills_and_the_rest_is_canceled_not_left_crossing() -> None:
    play(
        """
        client A
        client B
        > A new a1 sell 1 @ 100
          A a1 accepted new 0/1
        > A new a2 sell 1 @ 100
          A a2 accepted new 0/1
        > A new a3 sell 1 @ 100
          A a3 accepted new 0/1
        > B new b0 buy 3 @ 100 fok
          B b0 accepted new 0/3
          B b0 canceled canceled 0/3 capacity
        > B new b1 buy 3 @ 100
          B b1 accepted new 0/3
          A a1 executed filled 1/1 1@100 added
          B b1 executed partially_filled 1/3 1@100 removed
          A a2 executed filled 1/1 1@100 added
          B b1 executed partially_filled 2/3 1@100 removed
          B b1 canceled canceled 2/3 capacity
        > B new b2 buy 1 @ 100
          B b2 accepted new 0/1
          A a3 executed filled 1/1 1@100 added
          B b2 executed filled 1/1 1@100 removed
    """,
        fills_per_step_max=2,
    )
