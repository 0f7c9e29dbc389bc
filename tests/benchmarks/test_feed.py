"""The benchmark of the feed cannot rot: its small run works."""

import json

import pytest

from benchmarks import feed


def test_the_small_run_prints_one_line_of_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["feed", "--smoke"])
    feed.main()
    figures = json.loads(capsys.readouterr().out)
    assert (figures["gaps"], figures["cuts"]) == (0, 0)
    assert figures["copies_least"] == figures["copies_most"] == figures["reports"] > 0
    assert figures["messages_per_s"] > 0
