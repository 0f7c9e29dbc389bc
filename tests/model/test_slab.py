import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.model.slab import Slots


def test_slots_are_numbered_from_zero_and_zeroed() -> None:
    slots = Slots(8, 3)
    assert [slots.take() for _ in range(3)] == [0, 1, 2]
    assert slots.read(2) == bytes(8)


def test_nothing_is_handed_out_beyond_the_limit() -> None:
    slots = Slots(8, 2)
    assert [slots.take() for _ in range(3)] == [0, 1, None]
    slots.give(0)
    assert slots.take() == 0


def test_the_slot_given_last_is_taken_first() -> None:
    slots = Slots(8, 4)
    for _ in range(4):
        slots.take()
    for slot in (1, 3, 0):
        slots.give(slot)
    assert [slots.take() for _ in range(3)] == [0, 3, 1]


def test_a_reused_slot_is_zeroed() -> None:
    slots = Slots(12, 1)
    slots.take()
    slots.write(0, b"x" * 12)
    slots.give(0)
    slots.take()
    assert slots.read(0) == bytes(12)


def test_the_high_water_mark_stays_and_the_live_count_falls() -> None:
    slots = Slots(8, 4)
    slots.take()
    slots.take()
    slots.give(0)
    assert (slots.used, slots.live) == (2, 1)


def test_a_large_limit_costs_no_memory_until_it_is_used() -> None:
    slots = Slots(256, 1 << 28)  # 64 GiB of address space
    assert slots.take() == 0


@pytest.mark.parametrize(("item_size", "limit"), [(3, 10), (0, 10), (8, 0)])
def test_items_too_small_for_the_free_list_are_refused(item_size: int, limit: int) -> None:
    with pytest.raises(ValueError, match="cannot reserve"):
        Slots(item_size, limit)


def test_a_slot_that_was_never_taken_cannot_be_used() -> None:
    slots = Slots(8, 4)
    for use in (slots.read, slots.give):
        with pytest.raises(IndexError):
            use(0)


@given(st.integers(1, 12), st.lists(st.integers(0, 30), max_size=80))
def test_live_slots_are_distinct_and_keep_their_bytes(limit: int, steps: list[int]) -> None:
    """An even step takes and fills, an odd one gives back one of the live slots."""
    slots = Slots(8, limit)
    held: dict[int, bytes] = {}
    for number, step in enumerate(steps):
        if step % 2 == 0:
            slot = slots.take()
            assert (slot is None) == (len(held) == limit)
            if slot is not None:
                assert slot not in held
                assert slots.read(slot) == bytes(8)
                held[slot] = number.to_bytes(8, "big")
                slots.write(slot, held[slot])
        elif held:
            slot = sorted(held)[step % len(held)]
            slots.give(slot)
            del held[slot]
        assert slots.live == len(held)
        assert all(slots.read(slot) == data for slot, data in held.items())


def test_memory_comes_ahead_of_the_items_and_stops_at_the_limit() -> None:
    slots = Slots(64, 10_000)
    assert slots.ahead(1000) == 1000
    for _ in range(400):
        slots.take()
    assert slots.ahead(1000) == 1000  # more than half of it is still ahead
    for _ in range(200):
        slots.take()
    assert slots.ahead(1000) == 1600
    assert slots.ahead(50_000) == 10_000
    assert [slots.take(), slots.used] == [600, 601]
