"""Killed nodes keep their word. The long form: python -m tests.node.kill --rounds 50."""

import os
from pathlib import Path

from tests.node.exchange import Venue
from tests.node.kill import run

IS_DEEP = bool(os.environ.get("INTERNALISER_DEEP"))
LOAD_S = (0.05, 1.2) if IS_DEEP else (0.2, 0.6)


def test_what_was_said_before_a_kill_holds_after_it(tmp_path: Path) -> None:
    rounds = 50 if IS_DEEP else 3
    figures = run(tmp_path / "data", rounds, seed=20, load_s=LOAD_S)
    assert figures["findings"] == []
    assert figures["rounds_clean"] == rounds
    assert figures["trades"] > 0


def test_what_a_mapped_journal_was_told_outlives_the_process(tmp_path: Path) -> None:
    rounds = 20 if IS_DEEP else 2
    settings = ["journal.sync=off", "journal.segment_mb=8"]
    figures = run(tmp_path / "data", rounds, seed=21, load_s=LOAD_S, settings=settings)
    assert figures["findings"] == []
    assert figures["rounds_clean"] == rounds
    assert figures["trades"] > 0


def test_children_in_flight_at_a_kill_end_as_the_exchange_says(tmp_path: Path) -> None:
    rounds = 20 if IS_DEEP else 2
    with Venue(tmp_path, seed=20) as venue:
        figures = run(tmp_path / "data", rounds, seed=20, load_s=LOAD_S, venue=venue)
    assert figures["findings"] == []
    assert figures["rounds_clean"] == rounds
    assert figures["children"] > 0
