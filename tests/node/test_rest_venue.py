"""Some misbehaviours of a venue over REST, once each, and a kill.

Long: python -m tests.node.rest_venue --orders 20; python -m tests.node.rest_venue --kills 20.
"""

import os
import threading
from pathlib import Path

import pytest

from internaliser.venues.binance_simulator.misbehaviour import Kind
from tests.node.rest_exchange import RestVenue
from tests.node.rest_venue import KINDS, Play, play_of, run, run_kills

IS_DEEP = bool(os.environ.get("INTERNALISER_DEEP"))
LOAD_S = (0.05, 1.2) if IS_DEEP else (0.4, 0.8)
SOME = {
    "rest": ("timeout_before", "fill_after_cancel", "restart"),
    "ws": ("no_answer", "garbage@event", "clock_offset"),
}


@pytest.mark.parametrize("by", ["rest", "ws"])
def test_the_node_ends_where_the_venues_truth_is(tmp_path: Path, by: str) -> None:
    kinds = KINDS if IS_DEEP else SOME[by]
    orders = 20 if IS_DEEP else 1
    figures = run(tmp_path, tmp_path / "data", orders, seed=4, kinds=kinds, by=by)
    assert figures["findings"] == []
    assert list(figures["kinds"]) == list(kinds)
    assert figures["children_filled"] > 0


def test_children_in_flight_at_a_kill_end_as_the_venue_says(tmp_path: Path) -> None:
    rounds = 20 if IS_DEEP else 1
    children = 0
    for seed in (21, 22, 23):  # on a busy machine the kill may come before the first child
        folder = tmp_path / str(seed)
        folder.mkdir()
        figures = run_kills(folder, folder / "data", rounds, seed=seed, load_s=LOAD_S)
        assert figures["findings"] == []
        assert figures["rounds_clean"] == rounds
        children += figures["children"]
        if children > 0:
            break
    assert children > 0


def test_every_misbehaviour_of_the_simulator_is_played() -> None:
    rests = {"fill_on_cancel"}  # of orders that rest there: ours never do
    assert {play_of(name).kind for name in KINDS} - {"frozen"} == {*Kind} - rests


def test_a_name_says_when_it_strikes() -> None:
    assert play_of("garbage@event") == Play("garbage", "event")
    assert play_of("late_fill") == Play("late_fill", "")


def test_a_drop_of_all_connections_takes_no_question_about_the_truth_with_it(
    tmp_path: Path,
) -> None:
    with RestVenue(tmp_path, tmp_path / "data", seed=1) as venue:
        for _ in range(20):
            drops = [threading.Timer(0.001 * n, venue.drop_all) for n in range(5)]
            for drop in drops:
                drop.start()
            for _ in range(3):
                assert venue.ask(do="truth")["orders"] == []
            for drop in drops:
                drop.join()
        assert venue.drops == 100
