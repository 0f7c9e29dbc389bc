"""The benchmark of depth updates cannot rot: its small run works."""

import json

import pytest

from benchmarks import venue_feed


def test_the_small_run_prints_one_line_of_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["venue_feed", "--smoke"])
    venue_feed.main()
    figures = json.loads(capsys.readouterr().out)
    assert figures["faults"] == {"bad_frames": 0, "bad_checksums": 0, "gaps": 0, "rejects": 0}
    assert figures["busy_p99_us"] > 0
    assert 0 < figures["edge_cpu"] < 1
    assert figures["busy_interval_per_s"] > 0
    assert figures["busy_batch_per_s"] > 0
