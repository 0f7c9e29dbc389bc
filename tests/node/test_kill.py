"""Killed nodes keep their word. The long form: python -m tests.node.kill --rounds 50."""

import os
from pathlib import Path

from tests.node.kill import run

IS_DEEP = bool(os.environ.get("INTERNALISER_DEEP"))


def test_what_was_said_before_a_kill_holds_after_it(tmp_path: Path) -> None:
    rounds, load_s = (50, (0.05, 1.2)) if IS_DEEP else (3, (0.05, 0.3))
    figures = run(tmp_path / "data", rounds, seed=20, load_s=load_s)
    assert figures["findings"] == []
    assert figures["rounds_clean"] == rounds
    assert figures["trades"] > 0
