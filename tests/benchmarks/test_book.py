"""The benchmark of the book cannot rot: its small run works and finds the same executions."""

import json

import pytest

from benchmarks import book


def test_the_small_run_prints_one_line_of_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["book", "--smoke"])
    assert book.main() == 0
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert result["identical"]
    assert result["ops"] == 20_000
    assert result["bytes_per_order"] <= 48
