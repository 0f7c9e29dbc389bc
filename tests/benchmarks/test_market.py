"""The benchmark of outside books cannot rot: its small run works and both books show the same."""

import json

import pytest

from benchmarks import market


def test_the_small_run_prints_one_line_of_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["market", "--smoke"])
    assert market.main() == 0
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert result["identical"]
    assert result["messages"] == 2_000
    assert result["ratio_to_sorted"] > 2
