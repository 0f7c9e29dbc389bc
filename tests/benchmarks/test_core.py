"""The benchmark of the core cannot rot: its small run works and ends with the bare book's book."""

import json

import pytest

from benchmarks import core


def test_the_small_run_prints_one_line_of_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["core", "--smoke"])
    assert core.main() == 0
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert result["identical"]
    assert result["commands"] == 5_000
    assert result["events_per_command"] > 1
