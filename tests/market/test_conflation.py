"""Latest view wins, at the place of the first; a full ring costs news, not memory."""

from internaliser.market.conflation import Conflation
from internaliser.market.venue_book import lost_view
from internaliser.model.fields import record_fields
from internaliser.reactor.ring import Ring

KIND = 1


class Taker:
    """A ring with room for a given number of views."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken: list[bytes] = []

    def put(self, view: bytes) -> bool:
        if self.room == 0:
            return False
        self.room -= 1
        self.taken.append(view)
        return True


def lost_fields(view: bytes) -> tuple[object, ...]:
    fields = record_fields(view)
    return tuple(fields[name] for name in ("source", "instrument", "is_fresh", "bids", "asks"))


def test_the_newest_view_goes_at_the_place_of_the_first() -> None:
    ring = Taker(9)
    conflation = Conflation(ring.put)
    for instrument, view in [(1, b"a"), (2, b"b"), (1, b"c"), (3, b"d"), (1, b"e")]:
        conflation.show(0, instrument, view)
    assert conflation.flush(0) == 3
    assert ring.taken == [b"e", b"b", b"d"]
    assert (conflation.written_count, conflation.replaced_count) == (3, 2)
    assert (conflation.flush(0), conflation.waiting_count) == (0, 0)


def test_a_full_ring_keeps_views_waiting_and_they_are_replaced_meanwhile() -> None:
    ring = Taker(1)
    conflation = Conflation(ring.put)
    conflation.show(0, 1, b"a")
    conflation.show(0, 2, b"b")
    assert (conflation.flush(0), conflation.flush(0), conflation.waiting_count) == (1, 0, 1)
    conflation.show(0, 1, b"c")
    conflation.show(0, 2, b"d")
    ring.room = 9
    assert conflation.flush(0) == 2
    assert ring.taken == [b"a", b"d", b"c"]


def test_one_flush_writes_no_more_than_its_limit() -> None:
    ring = Taker(99)
    conflation = Conflation(ring.put, views_per_flush_max=2, refresh_ns=10)
    for instrument in range(5):
        conflation.show(0, instrument, bytes([instrument]))
    assert [conflation.flush(time) for time in (0, 1, 2, 3)] == [2, 2, 1, 0]
    assert [conflation.flush(99) for _ in range(4)] == [2, 2, 1, 0]


def test_a_lost_book_goes_first_and_drops_what_waited() -> None:
    ring = Taker(9)
    conflation = Conflation(ring.put)
    conflation.show(0, 1, b"a")
    conflation.show(0, 2, b"b")
    conflation.lose(0, 2)
    assert conflation.flush(0) == 2
    assert lost_fields(ring.taken[0]) == (0, 2, False, [], []) == lost_fields(lost_view(0, 2))
    assert ring.taken[1] == b"a"


def test_a_book_shown_again_before_the_ring_took_its_loss_is_only_shown() -> None:
    ring = Taker(9)
    conflation = Conflation(ring.put)
    conflation.lose(0, 1)
    conflation.show(0, 1, b"a")
    conflation.flush(0)
    assert ring.taken == [b"a"]


def test_losing_a_source_loses_every_book_it_ever_showed() -> None:
    ring = Taker(9)
    conflation = Conflation(ring.put)
    conflation.show(7, 1, b"a")
    conflation.flush(0)
    conflation.show(7, 2, b"b")
    conflation.show(8, 1, b"c")
    conflation.lose_source(7)
    conflation.flush(0)
    assert sorted(lost_fields(view)[:2] for view in ring.taken[1:3]) == [(7, 1), (7, 2)]
    assert ring.taken[3:] == [b"c"]


def test_a_view_that_stays_the_same_is_written_again_in_time() -> None:
    ring = Taker(9)
    conflation = Conflation(ring.put, refresh_ns=10)
    conflation.show(0, 1, b"a")
    conflation.flush(0)
    conflation.show(0, 2, b"b")
    conflation.flush(5)
    assert [conflation.flush(time) for time in (9, 10, 14, 15, 19, 20)] == [0, 1, 0, 1, 0, 1]
    assert ring.taken == [b"a", b"b", b"a", b"b", b"a"]


def test_a_lost_book_is_not_written_again() -> None:
    ring = Taker(9)
    conflation = Conflation(ring.put, refresh_ns=10)
    conflation.show(0, 1, b"a")
    conflation.flush(0)
    conflation.lose(0, 1)
    assert [conflation.flush(time) for time in (5, 99)] == [1, 0]


def test_a_refresh_that_finds_no_room_waits() -> None:
    ring = Taker(1)
    conflation = Conflation(ring.put, refresh_ns=10)
    conflation.show(0, 1, b"a")
    assert [conflation.flush(time) for time in (0, 10, 11)] == [1, 0, 0]
    ring.room = 1
    assert conflation.flush(12) == 1


def test_the_last_view_of_every_book_comes_through_a_small_ring() -> None:
    ring = Ring(4096)
    conflation = Conflation(lambda view: ring.put(KIND, view))
    seen: dict[int, int] = {}
    for number in range(1000):
        instrument = number % 7
        conflation.show(0, instrument, lost_view(0, instrument) + number.to_bytes(8, "little"))
        conflation.flush(number)
        if number % 97 == 0 or number == 999:
            while conflation.waiting_count or ring.used:
                conflation.flush(number)
                for _, record in ring.take():
                    seen[record_fields(record[:-8])["instrument"]] = int.from_bytes(
                        record[-8:], "little"
                    )
    assert seen == {number % 7: number for number in range(993, 1000)}
    assert conflation.replaced_count > 0


def test_a_source_whose_books_the_core_forgot_shows_them_once_more() -> None:
    ring = Taker(9)
    conflation = Conflation(ring.put)
    for source, instrument, view in [(0, 1, b"a"), (0, 2, b"b"), (1, 1, b"c"), (0, 3, b"d")]:
        conflation.show(source, instrument, view)
    conflation.flush(0)
    conflation.lose(0, 3)
    conflation.flush(0)
    ring.taken.clear()
    conflation.show(0, 2, b"e")
    conflation.show_again(0)
    assert conflation.flush(0) == 2
    assert sorted(ring.taken) == [b"a", b"e"]
