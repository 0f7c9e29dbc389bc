"""The ring: order, bounds, wake-ups, and two real threads without the interpreter's lock."""

import os
import select
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.reactor.ring import Ring

DEEP = 20 if os.environ.get("INTERNALISER_DEEP") else 1


def is_readable(ring: Ring) -> bool:
    return bool(select.select([ring], [], [], 0)[0])


def test_records_come_out_in_the_order_they_went_in():
    ring = Ring(1024)
    assert [ring.put(1, b"halt"), ring.put(7, b""), ring.put(2, b"x" * 9)] == [True, True, True]
    assert ring.take() == [(1, b"halt"), (7, b""), (2, b"x" * 9)]
    assert ring.take() == []


def test_a_full_ring_refuses_and_keeps_what_it_holds():
    ring = Ring(256)
    taken_in = [ring.put(1, bytes([i]) * 24) for i in range(9)]
    assert taken_in == [True] * 8 + [False]
    assert (ring.used, ring.refused) == (256, 1)
    assert ring.take() == [(1, bytes([i]) * 24) for i in range(8)]
    assert ring.put(1, b"again")


def test_a_record_that_could_never_fit_is_an_error():
    ring = Ring(256)
    with pytest.raises(ValueError, match="at most 120 bytes, not 121"):
        ring.put(1, bytes(121))
    with pytest.raises(ValueError, match="start at 1"):
        ring.put(0, b"")


@pytest.mark.parametrize("capacity", [0, 128, 1000, 1 << 31])
def test_a_capacity_that_is_no_power_of_two_in_range_is_refused(capacity):
    with pytest.raises(ValueError, match="power of two"):
        Ring(capacity)


def test_the_largest_record_fits_an_empty_ring_at_every_offset():
    ring = Ring(256)
    for shift in range(40):
        assert ring.put(1, bytes(shift % 17))
        ring.take()
        assert ring.put(2, bytes([shift]) * ring.record_max)
        assert ring.take() == [(2, bytes([shift]) * ring.record_max)]


def test_many_records_cost_one_wake_up():
    ring = Ring(4096)
    for _ in range(50):
        ring.put(1, b"tick")
    assert ring.wakes == 1
    assert is_readable(ring)
    assert len(ring.take()) == 50
    assert not is_readable(ring)
    ring.put(1, b"tick")
    assert ring.wakes == 2


def test_a_limited_take_leaves_the_ring_readable():
    ring = Ring(4096)
    for i in range(5):
        ring.put(1, bytes([i]))
    assert len(ring.take(limit=3)) == 3
    assert is_readable(ring)
    assert ring.take() == [(1, b"\x03"), (1, b"\x04")]
    assert not is_readable(ring)


STEP = st.one_of(
    st.tuples(st.just("put"), st.integers(1, 2**32 - 1), st.binary(max_size=120)),
    st.tuples(st.just("take"), st.integers(1, 9)),
)


@settings(max_examples=200 * DEEP, deadline=None)
@given(st.lists(STEP, max_size=60))
def test_it_agrees_with_a_plain_queue(steps):
    ring, twin = Ring(256), deque()
    for step in steps:
        if step[0] == "put":
            held = ring.used
            if ring.put(step[1], step[2]):
                twin.append((step[1], step[2]))
            else:
                # Refused only when record, head, padding and a skipped end really do not fit.
                assert held + 2 * (8 + (len(step[2]) + 7) // 8 * 8) > 256
        else:
            records = ring.take(limit=step[1])
            assert records == [twin.popleft() for _ in range(min(step[1], len(twin)))]
            assert is_readable(ring) == bool(twin)
    assert ring.take() == list(twin)


def test_two_threads_lose_nothing_and_never_sleep_through_a_record(compiled):
    race = compiled("ring_race")
    count = 300_000 * DEEP
    assert race.run(Ring(4096), count) == (count, 0)
