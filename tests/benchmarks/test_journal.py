"""The benchmark of the journal cannot rot: its small run works and prints its figures."""

import json
from pathlib import Path

import pytest

from benchmarks import journal


def test_the_small_run_prints_one_line_of_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.argv", ["journal", "--smoke", "--dir", str(tmp_path)])
    journal.main()
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert result["reader"]["records"] > 50_000
    assert {name for name in result if name[-1] in "14"} == {
        f"{policy}_{group}" for policy in ("batch", "interval", "off") for group in (1, 64)
    }
    assert all(result[f"{policy}_64"]["segment_waits"] == 0 for policy in ("batch", "off"))
