"""Links are called when they asked to be, whatever the order they asked in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.gateway.timers import Timers


def test_the_earliest_comes_first_and_once() -> None:
    timers = Timers(4)
    for index, time_ns in ((0, 30), (1, 10), (2, 20), (3, 0)):
        timers.want(index, time_ns)
    assert timers.next_ns == 10
    assert timers.given(20) == [1, 2]
    assert (timers.given(20), timers.next_ns) == ([], 30)


def test_a_later_wish_does_not_put_an_earlier_one_off() -> None:
    timers = Timers(2)
    timers.want(0, 10)
    timers.want(0, 50)
    assert timers.next_ns == 10
    timers.want(0, 5)
    assert timers.given(5) == [0]


def test_a_link_beyond_the_last_is_refused() -> None:
    with pytest.raises(IndexError, match="links are 0 to 1, not 2"):
        Timers(2).want(2, 1)


STEPS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 60), st.booleans()), max_size=80)


@given(STEPS)
def test_timers_agree_with_a_dictionary(steps: list[tuple[int, int, bool]]) -> None:
    timers, wishes = Timers(8), dict[int, int]()
    for index, time_ns, is_take in steps:
        if is_take:
            due = [i for i in wishes if wishes[i] <= time_ns]
            given_now = timers.given(time_ns)
            assert [wishes[i] for i in given_now] == sorted(wishes[i] for i in due)
            assert sorted(given_now) == sorted(due)
            for i in due:
                del wishes[i]
        else:
            timers.want(index, time_ns)
            if time_ns > 0:
                wishes[index] = min(time_ns, wishes.get(index, time_ns))
        assert timers.next_ns == min(wishes.values(), default=0)
