import asyncio
from typing import Any

import pytest

from internaliser.venues.binance_simulator.link import (
    BUFFER_MAX,
    CLOSE,
    PING,
    PING_MS,
    PONG_MAX_MS,
    Link,
    frame,
)

NOW = 1_000_000


class Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.state = "open"
        self.unread = 0

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.unread

    def is_closing(self) -> bool:
        return self.state != "open"

    def close(self) -> None:
        self.state = "closed"

    def abort(self) -> None:
        self.state = "aborted"


@pytest.mark.parametrize(
    ("size", "head"),
    [(0, b"\x81\x00"), (125, b"\x81\x7d"), (126, b"\x81\x7e\x00\x7e"),
     (65_535, b"\x81\x7e\xff\xff"), (65_536, b"\x81\x7f\0\0\0\0\0\x01\0\0")],
)  # fmt: skip
def test_a_text_is_framed_with_the_shortest_length(size: int, head: bytes) -> None:
    assert frame(b"x" * size) == head + b"x" * size


def test_what_is_queued_leaves_in_one_write() -> None:
    wire = Wire()
    link = Link(wire, NOW)
    link.queue += [b"a", b"b"]
    link.flush()
    link.flush()
    assert wire.written == [b"ab"]


def test_a_closed_link_writes_nothing_more() -> None:
    wire = Wire()
    link = Link(wire, NOW)
    link.close(1001, "bye")
    link.send({})
    assert (wire.written, wire.state) == ([bytes((CLOSE, 5)) + b"\x03\xe9bye"], "closed")


def test_who_does_not_read_is_cut_off() -> None:
    wire = Wire()
    wire.unread = BUFFER_MAX + 1
    Link(wire, NOW).send({})
    assert wire.state == "aborted"


def test_who_does_not_answer_pings_for_a_minute_is_cut_off() -> None:
    states = []
    for answers in (True, False):
        wire = Wire()
        link = Link(wire, NOW)
        for now_ms in range(NOW, NOW + 2 * PONG_MAX_MS, PING_MS):
            link.on_time(now_ms)
            if answers:
                link.on_pong(link.pinged, now_ms)
            else:
                link.on_pong(b"something else", now_ms)
        states.append((wire.state, {one[0] for one in wire.written}))
    assert states == [("open", {PING}), ("aborted", {PING})]
