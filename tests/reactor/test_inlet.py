"""Two rings from the edge: commands before market views, neither without bound."""

import struct

import pytest

from internaliser.reactor.inlet import Inlet
from internaliser.reactor.ring import Ring

COMMAND = struct.Struct("<IH66xQ")  # model/command.pxd up to its payload: size, kind, target_id


def command(kind: int, target_id: int) -> bytes:
    return COMMAND.pack(COMMAND.size, kind, target_id)


def test_commands_and_views_both_arrive_and_are_counted_apart(start) -> None:
    views = Ring(1 << 14)
    running = start(views=views)
    with running.connect() as client:
        client.send(b"here\n")
        client.lines(1)
        for n in range(3):
            views.put(1, command(6, n))
        running.ring.put(1, command(9, 7))
        lines = client.lines(4)
    assert sorted(lines) == [
        b"command 6 0\n", b"command 6 1\n", b"command 6 2\n", b"command 9 7\n",
    ]  # fmt: skip
    counters = running.end()
    assert (counters["commands"], counters["views"]) == (1, 3)


def test_views_alone_wake_a_sleeping_loop(either) -> None:
    views = Ring(1 << 14)
    running = either(views=views)
    with running.connect() as client:
        client.send(b"here\n")
        client.lines(1)
        for n in range(50):
            assert views.put(1, command(6, n))
            assert client.lines(1) == [b"command 6 %d\n" % n]
    assert running.end()["views"] == 50


def test_a_turn_takes_no_more_views_than_its_limit_and_forgets_none(start) -> None:
    views = Ring(1 << 16)
    for n in range(20):
        views.put(1, command(6, n))
    running = start(views=views, views_max=3)
    running.until("views", 20)
    counters = running.end()
    assert counters["turns"] >= 7
    assert counters["bad_commands"] == 0


@pytest.mark.parametrize("limits", [(0, 1), (1, 0)])
def test_a_limit_of_nothing_is_refused(limits: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        Inlet(Ring(256), None, *limits)
