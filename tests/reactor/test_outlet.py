"""Requests over the ring to the edge by a running reactor: in order, none lost."""

import select
import struct

import pytest

from internaliser.gateway.requests import Requests
from internaliser.reactor.outlet import RING_REQUEST, Outlet, ring_bytes
from internaliser.reactor.ring import Ring

REQUEST_BYTES = 104  # CHILD_EVENT_HEAD of model/event.pxd
STRIDE = REQUEST_BYTES + 8


def request(number: int) -> bytes:
    return struct.pack("<IHHQ", REQUEST_BYTES, 102, 1, number).ljust(REQUEST_BYTES, b"\0")


def numbers(records: list[tuple[int, bytes]]) -> list[int]:
    assert all(kind == RING_REQUEST for kind, _ in records)
    return [struct.unpack_from("<IHHQ", data)[3] for _, data in records]


@pytest.mark.parametrize("count", [1, 2, 7, 8, 1000, 32768])
def test_a_ring_for_so_many_requests_takes_so_many(count: int) -> None:
    capacity = ring_bytes(count)
    ring = Ring(capacity)
    assert all(ring.put(1, request(n)) for n in range(count))
    assert capacity < 4 * (count + 2) * STRIDE


def test_released_requests_reach_the_ring_in_order(start) -> None:
    requests = Requests()
    outlet = Outlet(requests, Ring(ring_bytes(100)))
    for n in range(3):
        requests.put(request(n))
    requests.commit()
    requests.put(request(3))
    running = start(outlet=outlet)
    select.select([outlet.ring], [], [], 10)
    running.end()
    assert numbers(outlet.ring.take()) == [0, 1, 2]
    assert (outlet.carried, requests.count) == (3, 1)


def test_what_finds_no_room_is_carried_when_there_is_some(start) -> None:
    requests = Requests()
    outlet = Outlet(requests, Ring(1024))
    for n in range(100):
        requests.put(request(n))
    requests.commit()
    running = start(outlet=outlet)
    found: list[int] = []
    while len(found) < 100:
        assert select.select([outlet.ring], [], [], 10)[0], f"stuck after {found}"
        found += numbers(outlet.ring.take())
    running.end()
    assert found == list(range(100))
    assert requests.count == 0
    assert outlet.is_behind == 0


def test_the_room_is_what_the_ring_can_take(start) -> None:
    requests = Requests()
    outlet = Outlet(requests, Ring(1024))
    for n in range(20):
        requests.put(request(n))
    requests.commit()
    running = start(outlet=outlet)
    running.until("turns", 3)
    running.end()
    carried = outlet.carried
    assert outlet.is_behind == 1
    assert requests.room == 0
    assert carried + requests.count == 20
    assert carried == 1024 // STRIDE
