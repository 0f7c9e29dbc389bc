"""Commands to the core: in order, bounded, and whoever lost one is told when there is room."""

from internaliser.venues.outbox import Outbox


class Ring:
    def __init__(self, room: int) -> None:
        self.room = room
        self.taken: list[bytes] = []

    def submit(self, command: bytes) -> bool:
        if self.room == 0:
            return False
        self.room -= 1
        self.taken.append(command)
        return True


def test_while_there_is_room_nothing_waits() -> None:
    ring = Ring(2)
    outbox = Outbox(ring.submit, 5)
    assert outbox.put(b"1")
    assert outbox.put(b"2")
    assert (ring.taken, outbox.waiting_count) == ([b"1", b"2"], 0)


def test_what_waits_goes_first_and_in_order() -> None:
    ring = Ring(1)
    outbox = Outbox(ring.submit, 5)
    assert all(outbox.put(command) for command in (b"1", b"2", b"3"))
    ring.room = 1
    assert outbox.put(b"4")  # behind what waits, although there is room
    assert not outbox.flush()
    assert ring.taken == [b"1", b"2"]
    ring.room = 9
    assert outbox.flush()
    assert ring.taken == [b"1", b"2", b"3", b"4"]


def test_beyond_its_limit_it_refuses_and_counts() -> None:
    outbox = Outbox(Ring(0).submit, 2)
    assert [outbox.put(b"x") for _ in range(4)] == [True, True, False, False]
    assert outbox.refused_count == 2


def test_who_waits_for_room_is_called_once_when_all_has_gone() -> None:
    ring = Ring(0)
    outbox = Outbox(ring.submit, 1)
    calls: list[int] = []

    def act() -> None:
        calls.append(len(ring.taken))

    outbox.put(b"1")
    outbox.when_room(act)
    outbox.when_room(act)
    assert not outbox.flush()
    assert calls == []
    ring.room = 5
    assert outbox.flush()
    assert outbox.flush()
    assert calls == [1]


def test_a_call_that_fills_the_ring_again_leaves_the_next_waiting() -> None:
    ring = Ring(0)
    outbox = Outbox(ring.submit, 9)
    calls: list[str] = []

    def first() -> None:
        calls.append("first")
        outbox.put(b"2")

    def second() -> None:
        calls.append("second")

    outbox.put(b"1")
    outbox.when_room(first)
    outbox.when_room(second)
    ring.room = 1
    assert not outbox.flush()
    assert calls == ["first"]
    ring.room = 1
    assert outbox.flush()
    assert calls == ["first", "second"]
