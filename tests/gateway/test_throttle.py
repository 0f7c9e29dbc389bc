"""Token buckets: exact in whole nanoseconds, a session and its account together."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.gateway.throttle import Throttle
from tests.gateway.desk import ORDER, Desk

ADMITTED, THROTTLED, THROTTLED_OFF = 1, 2, 3
NS_PER_S = 10**9


def test_without_limits_everything_is_admitted() -> None:
    throttle = Throttle(2)
    assert {throttle.admits(1, 1, 0) for _ in range(1000)} == {ADMITTED}


def test_a_burst_is_admitted_at_once_and_then_one_per_interval() -> None:
    throttle = Throttle(1)
    throttle.limit_session(0, 10, 3)
    now = 5 * NS_PER_S
    assert [throttle.admits(0, 0, now) for _ in range(4)] == [1, 1, 1, 2]
    assert throttle.admits(0, 0, now + NS_PER_S // 10 - 1) == THROTTLED
    assert throttle.admits(0, 0, now + NS_PER_S // 10) == ADMITTED
    assert throttle.admits(0, 0, now + NS_PER_S // 10) == THROTTLED
    assert [throttle.admits(0, 0, now + 9 * NS_PER_S) for _ in range(4)] == [1, 1, 1, 2]


def test_an_account_is_limited_over_all_its_sessions() -> None:
    throttle = Throttle(3)
    throttle.limit_account(0, 1, 2)
    assert [throttle.admits(session, 0, 0) for session in (0, 1, 2)] == [1, 1, 2]
    assert throttle.admits(2, 1, 0) == ADMITTED


def test_what_the_account_refuses_costs_the_session_nothing() -> None:
    throttle = Throttle(1)
    throttle.limit_session(0, 1, 2)
    throttle.limit_account(0, 10, 1)
    assert [throttle.admits(0, 0, 0), throttle.admits(0, 0, 0)] == [ADMITTED, THROTTLED]
    assert throttle.admits(0, 0, NS_PER_S // 10) == ADMITTED


def test_who_is_refused_too_often_in_a_second_is_to_go() -> None:
    throttle = Throttle(1, refusals_max=2)
    throttle.limit_session(0, 1, 1)
    assert [throttle.admits(0, 0, now) for now in (1, 2, 3, 4)] == [1, 2, 2, 3]
    throttle = Throttle(1, refusals_max=2)
    throttle.limit_session(0, 1, 1)
    half = NS_PER_S // 2
    told = [throttle.admits(0, 0, n * half) for n in range(20)]
    assert told == [ADMITTED, THROTTLED] * 10


def test_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(IndexError, match="expected a number below 2"):
        Throttle(2).limit_session(2, 1, 1)


@given(
    st.integers(1, 50),
    st.integers(1, 20),
    st.lists(st.integers(0, NS_PER_S // 5), min_size=1, max_size=80),
)
def test_never_more_than_the_burst_and_what_came_back(
    per_s: int, burst: int, gaps: list[int]
) -> None:
    """Of any stretch of time, beginning anywhere."""
    throttle = Throttle(1)
    throttle.limit_session(0, per_s, burst)
    now, taken = NS_PER_S, []
    for gap in gaps:
        now += gap
        if throttle.admits(0, 0, now) == ADMITTED:
            taken.append(now)
    interval = NS_PER_S // per_s
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            assert last - first + 1 <= burst + (taken[last] - taken[first]) // interval


def test_a_throttled_order_is_not_in_the_journal_and_its_number_is_used(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data", "throttle.session_orders_per_s=1")
    desk.log_on("CLIENT1")
    desk.says("CLIENT1", ORDER.format("a", 1, 10, "1.00"))
    (refused,) = desk.says("CLIENT1", ORDER.format("b", 1, 10, "1.00"))
    assert "|45=3|372=D|379=b|380=0|58=THROTTLED: " in refused
    desk.wait(NS_PER_S)
    assert desk.says("CLIENT1", ORDER.format("b", 1, 10, "1.00"))[0].startswith("8|")
    asked = [record["cl_ord_id"] for record in desk.records() if record["kind"] == "new_order"]
    assert asked == ["a", "b"]


def test_a_limit_holds_over_no_restart_but_the_numbers_do(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data", "throttle.session_orders_per_s=1")
    desk.log_on("CLIENT1")
    desk.says("CLIENT1", ORDER.format("a", 1, 10, "1.00"))
    (refused,) = desk.says("CLIENT1", ORDER.format("b", 1, 10, "1.00"))
    assert refused.startswith("j|34=3|")
    desk.restart()
    desk.connect("CLIENT1")
    (logon,) = desk.says("CLIENT1", "A|98=0|108=30")
    assert logon.startswith("A|34=4|")
    assert desk.says("CLIENT1", ORDER.format("b", 1, 10, "1.00"))[0].startswith("8|34=5|")
