"""The state's storage: address space for many, memory for those in use."""

from pathlib import Path

import pytest

from internaliser.core.core import Core


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def test_a_core_for_many_orders_costs_next_to_nothing_until_they_come() -> None:
    before = resident_mb()
    core = Core(1, orders_max=8_000_000, levels_max=2_000_000)
    assert core.seq == 0
    assert resident_mb() - before < 8


def test_no_address_space_is_an_error_at_the_door() -> None:
    with pytest.raises(MemoryError):
        Core(1, orders_max=0, levels_max=1)
