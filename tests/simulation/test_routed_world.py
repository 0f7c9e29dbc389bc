"""With an outside market that misbehaves: in the end the node believes what is true there."""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.routed_world import RoutedWorld
from tests.simulation.venue import WAYS
from tests.simulation.world import SimulationFailed

IS_DEEP = os.environ.get("INTERNALISER_DEEP") == "1"
STEPS = 3000 if IS_DEEP else 200
WAY_STEPS = 2000 if IS_DEEP else 150
SEEDS = range(1, 201) if IS_DEEP else range(1, 5)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_the_market_did_is_what_the_node_believes(seed: int, tmp_path: Path) -> None:
    RoutedWorld(seed, tmp_path / "data").run(STEPS)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_misbehave_comes_to_the_truth(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.simulation.venue.WAYS", {way: 1})
    ways: Counter[str] = Counter()
    for seed in (4, 6):
        world = RoutedWorld(seed, tmp_path / str(seed))
        world.run(WAY_STEPS)
        ways.update(world.venue.ways)
    assert ways[way] > 0
    assert set(ways) <= {way, "well"}


def test_a_child_the_market_filled_and_never_told_is_found(tmp_path: Path) -> None:
    world = RoutedWorld(5, tmp_path / "data")
    for _ in range(150):
        world.step()
    order = next(order for order in world.venue.orders.values() if order.status == b"2")
    order.cum_qty -= 1
    with pytest.raises(SimulationFailed, match="the venue has"):
        world.settle()
