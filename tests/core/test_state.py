"""The state's storage: address space for many, memory for those in use."""

import platform
from pathlib import Path

import pytest

from internaliser.core.core import Core

KERNEL = tuple(int(part) for part in platform.release().split(".")[:2])


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def test_a_core_for_many_orders_costs_next_to_nothing_until_they_come() -> None:
    before = resident_mb()
    core = Core(1, orders_max=8_000_000, levels_max=2_000_000)
    assert core.seq == 0
    assert resident_mb() - before < 8


@pytest.mark.skipif(KERNEL < (5, 14), reason="Linux gives memory ahead of need from 5.14 on")
def test_room_for_orders_to_come_is_memory_at_once() -> None:
    core = Core(1, orders_max=200_000)
    before = resident_mb()
    core.make_room(100_000)
    there = resident_mb() - before
    assert 24 < there < 48  # some 250 bytes an order, and what a huge page has over
    core.make_room(100_000)
    core.reach_ahead(100_000)
    assert resident_mb() - before < there + 1


def test_no_address_space_is_an_error_at_the_door() -> None:
    with pytest.raises(MemoryError):
        Core(1, orders_max=0, levels_max=1)
