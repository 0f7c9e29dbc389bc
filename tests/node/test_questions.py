"""A small run of the trial of questions: a reset, a slow reader, a kill."""

from pathlib import Path

import pytest

from tests.node.questions import run

pytestmark = pytest.mark.slow


def test_lost_fills_come_back_after_a_reset_to_a_slow_reader_and_after_a_kill(
    tmp_path: Path,
) -> None:
    result = run(fills=120, kills=1, seed=7, folder=tmp_path)
    assert result["findings"] == []
    assert result["fills"] == 120
