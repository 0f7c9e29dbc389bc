"""What is remembered of orders: bounded, and never forgotten while a request may still arrive."""

from internaliser.venues.binance.order_memory import OrderMemory


def test_an_order_is_found_by_both_its_names() -> None:
    memory = OrderMemory(10, 100)
    memory.add("1-1-1", "AB", 0)
    known = memory.seen("1-1-1", "AB", 77, 1)
    assert memory.get("1-1-1") is known
    assert known.is_ours
    assert known.was_seen
    assert memory.id_of("AB", 77) == "1-1-1"
    assert memory.id_of("CD", 77) is None


def test_an_order_of_others_is_remembered_as_such() -> None:
    memory = OrderMemory(10, 100)
    assert not memory.seen("x", "AB", 77, 1).is_ours


def test_the_oldest_is_forgotten_when_there_is_no_room() -> None:
    memory = OrderMemory(2, 100)
    for number in range(3):
        known = memory.add(str(number), "AB", 1000)
        assert known is not None
        known.signed_ns = 1
        memory.seen(str(number), "AB", number + 1, 1000)
    assert len(memory) == 2
    assert memory.get("0") is None
    assert memory.id_of("AB", 1) is None


def test_an_order_whose_request_may_still_arrive_is_not_forgotten() -> None:
    memory = OrderMemory(1, 100)
    first = memory.add("0", "AB", 1000)
    assert first is not None
    assert memory.add("1", "AB", 1000) is None  # not even signed yet
    first.signed_ns = 950
    assert memory.add("1", "AB", 1000) is None
    assert memory.add("1", "AB", 1051) is not None


def test_without_room_an_order_that_is_told_is_not_kept() -> None:
    memory = OrderMemory(1, 100)
    memory.add("0", "AB", 1000)
    memory.seen("1", "AB", 5, 1000)
    assert memory.get("1") is None
    assert memory.id_of("AB", 5) is None
