from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.fix.buffer import ByteQueue


def test_bytes_come_out_in_the_order_they_went_in() -> None:
    queue = ByteQueue(4, 100)
    assert queue.append(b"abc")
    assert queue.append(b"defgh")
    queue.consume(2)
    assert bytes(queue) == b"cdefgh"
    assert len(queue) == 6


def test_nothing_is_appended_beyond_the_limit() -> None:
    queue = ByteQueue(4, 10)
    assert queue.append(b"1234567890")
    assert not queue.append(b"x")
    assert bytes(queue) == b"1234567890"


def test_the_limit_holds_where_doubling_has_left_more_room() -> None:
    queue = ByteQueue(8, 10)
    assert queue.append(b"123456789")
    assert queue.capacity == 16
    assert not queue.append(b"xyz")
    assert queue.append(b"0")


def test_consumed_bytes_do_not_count_against_the_limit() -> None:
    queue = ByteQueue(4, 4)
    for _ in range(10):
        assert queue.append(b"abcd")
        queue.consume(4)
    assert queue.append(b"ab")
    queue.consume(1)
    assert queue.append(b"cde")
    assert bytes(queue) == b"bcde"
    assert queue.capacity == 4


def test_no_more_than_there_is_can_be_consumed() -> None:
    queue = ByteQueue(4, 4)
    queue.append(b"ab")
    with pytest.raises(ValueError, match="cannot consume 3 of 2"):
        queue.consume(3)


@given(
    st.integers(1, 32),
    st.integers(1, 64),
    st.lists(st.one_of(st.binary(max_size=40), st.integers(0, 40)), max_size=60),
)
def test_it_behaves_as_a_queue_with_a_limit(
    capacity: int, limit: int, steps: list[bytes | int]
) -> None:
    queue = ByteQueue(capacity, limit)
    twin: deque[int] = deque()
    for step in steps:
        if isinstance(step, bytes):
            fits = len(twin) + len(step) <= limit
            assert queue.append(step) == fits
            if fits:
                twin.extend(step)
        else:
            count = min(step, len(twin))
            queue.consume(count)
            for _ in range(count):
                twin.popleft()
        assert bytes(queue) == bytes(twin)
