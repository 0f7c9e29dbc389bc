"""Who wants to hear of changes."""

from internaliser.cold.question import Out
from internaliser.cold.subscriptions import Subscriptions
from tests.cold.asking import asked


def told(held: Subscriptions, *ready: int) -> list[tuple[int, str]]:
    found = held.updates(lambda session: not ready or session in ready)
    return [(question.session, out.msg_type) for question, out in found]


def say(msg_type: str) -> "list[Out]":
    return [Out(msg_type, b"")]


def test_everybody_who_asked_hears_once_per_look() -> None:
    held = Subscriptions(2)
    assert held.add(asked("e|324=a|55=X|263=1"), lambda: say("f"))
    assert held.add(asked("g|335=a|263=1"), lambda: say("h"))
    assert held.add(asked("e|324=a|55=X|263=1", client=1), lambda: say("f"))
    assert told(held) == [(0, "f"), (0, "h"), (1, "f")]
    assert told(held, 1) == [(1, "f")]
    assert held.sessions == [0, 1]


def test_a_session_may_have_so_many_and_may_ask_anew() -> None:
    held = Subscriptions(1)
    first = asked("e|324=a|55=X|263=1")
    assert held.add(first, lambda: say("f"))
    assert not held.add(asked("e|324=b|55=X|263=1"), lambda: say("f"))
    assert held.add(first, lambda: say("h"))
    assert told(held) == [(0, "h")]
    assert not Subscriptions(0).add(first, lambda: say("f"))


def test_one_is_ended_by_its_id() -> None:
    held = Subscriptions(2)
    held.add(asked("e|324=a|55=X|263=1"), lambda: say("f"))
    assert not held.remove(asked("e|324=b|55=X|263=2"))
    assert held.remove(asked("e|324=a|55=X|263=2"))
    assert held.sessions == []


def test_those_of_a_connection_end_with_it() -> None:
    held = Subscriptions(2)
    held.add(asked("e|324=a|55=X|263=1", generation=4), lambda: say("f"))
    held.keep(0, 4)
    assert held.sessions == [0]
    held.keep(0, 5)
    assert held.sessions == []
    held.keep(7, 1)


def test_a_fault_in_one_ends_it_and_harms_no_other() -> None:
    held = Subscriptions(2)

    def broken() -> "list[Out]":
        raise ZeroDivisionError("oh")

    held.add(asked("e|324=a|55=X|263=1"), broken)
    held.add(asked("e|324=b|55=X|263=1"), lambda: say("f"))
    assert told(held) == [(0, "j"), (0, "f")]
    assert told(held) == [(0, "f")]
    assert held.faults == ["ZeroDivisionError: oh"]
