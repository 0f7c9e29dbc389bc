"""What is kept of children, and for how long."""

from .scenario import play


def test_only_so_many_children_are_out_at_a_time() -> None:
    play(
        """
        client A
        source X
        > source X up
          state source_state up
        > view X asks 1@100 1@101 1@102
        > A new a1 buy 3 @ 102 ioc
          A a1 accepted new 0/3
          X c1 requested pending 0/1@100
          X c2 requested pending 0/1@101
        > report X c1 expired
          X c1 finished done 0/1@100
          X c3 requested pending 0/1@102
    """,
        children_max=2,
    )


def test_ended_children_are_forgotten_beyond_the_limit_and_then_unknown() -> None:
    play(
        """
        client A
        source X
        > source X up
          state source_state up
        > view X asks 1@100 1@101
        > A new a1 buy 2 @ 101 ioc
          A a1 accepted new 0/2
          X c1 requested pending 0/1@100
        > report X c1 fill 1@100 cum 1 final exec e1
          X c1 filled pending 1/1@100 1@100
          A a1 executed partially_filled 1/2 1@100 routed at X
          X c1 finished done 1/1@100
          X c2 requested pending 0/1@101
        > report X c1 fill 1@100 cum 1 final exec e1
        > report X c2 fill 1@101 cum 1 final exec e2
          X c2 filled pending 1/1@101 1@101
          A a1 executed filled 2/2 1@101 routed at X
          X c2 finished done 1/1@101
        > report X c1 fill 1@100 cum 1 final exec e1
          state venue_report unknown_order
    """,
        children_max=1,
    )


def test_a_child_that_is_acknowledged_but_never_ends_is_asked_about() -> None:
    play("""
        client A
        source X answer 5
        > source X up
          state source_state up
        > view X asks 1@100
        > A new a1 buy 1 @ 100 ioc
          A a1 accepted new 0/1
          X c1 requested pending 0/1@100
        > clock 4
        > report X c1 working
          X c1 answered working 0/1@100
        > clock 4
        > overdue c1
          state timer child_overdue stale_command
        > clock 1
        > overdue c1
          X c1 lost unknown 0/1@100
          X c1 query unknown 0/1@100
        > report X c1 working
          X c1 answered working 0/1@100
        > report X c1 fill 1@100 cum 1 final
          X c1 filled working 1/1@100 1@100
          A a1 executed filled 1/1 1@100 routed at X
          X c1 finished done 1/1@100
    """)


def test_an_unknown_child_is_asked_about_ever_more_rarely() -> None:
    market = play("""
        client A
        source X answer 1
        > source X up
          state source_state up
        > view X asks 1@100
        > A new a1 buy 1 @ 100 ioc
          A a1 accepted new 0/1
          X c1 requested pending 0/1@100
    """)
    waits = []
    for _ in range(9):
        due = market.core.next_deadline()
        command = market.core.timer_due(due)
        if command is None:  # the deadline may be early, never late
            due = market.core.next_deadline()
            command = market.core.timer_due(due)
        assert command is not None
        waits.append((due - market.core.now_ns) // 10**9)
        market.apply(command)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 64, 64]
