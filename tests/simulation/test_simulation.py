"""Seeds that must hold. What a seed finds becomes a scenario or a test of the part at fault."""

import os
from pathlib import Path

import pytest

from tests.simulation.world import SimulationFailed, World

IS_DEEP = os.environ.get("INTERNALISER_DEEP") == "1"
STEPS = 4000 if IS_DEEP else 200
SEEDS = range(1, 201) if IS_DEEP else range(1, 6)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_invariant_holds_through_cuts_crashes_and_jumps(seed: int, tmp_path: Path) -> None:
    World(seed, tmp_path / "data").run(STEPS)


def test_a_world_sees_every_kind_of_trouble(tmp_path: Path) -> None:
    seen: set[str] = set()
    why: set[bytes] = set()  # codes at the head of Text(58)
    mass_canceled = 0
    for seed in (1, 5):
        world = World(seed, tmp_path / str(seed))
        world.run(400)
        assert world.counts.cuts > 0
        seen |= set(world.counts.crashes)
        mass_canceled += sum(client.mass_canceled for client in world.clients)
        reports = [report.values for client in world.clients for report in client.reports]
        why |= {values.get(b"58", b"").partition(b":")[0] for values in reports}
    assert mass_canceled > 0
    assert b"DISCONNECT" in why
    assert seen == {"kill", "inside a turn", "stop", "torn", "full"}


def test_one_seed_is_one_history(tmp_path: Path) -> None:
    def history(folder: Path) -> list[dict[int, tuple[bytes, bytes]]]:
        world = World(7, folder)
        world.run(120)
        return [client.told for client in world.clients]

    assert history(tmp_path / "one") == history(tmp_path / "two")


def test_a_report_that_never_left_the_node_is_found(tmp_path: Path) -> None:
    world = World(3, tmp_path / "data")
    for _ in range(100):
        world.step()
    client = next(client for client in world.clients if client.reports)
    client.reports[-1].values[b"151"] = b"77"
    with pytest.raises(SimulationFailed, match="--seed 3 --steps"):
        world.run(20)
