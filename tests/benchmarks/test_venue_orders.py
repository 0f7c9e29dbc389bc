"""The benchmark of orders at Binance cannot rot: its small run measures both and prints it."""

import json

import pytest

from benchmarks import venue_orders


@pytest.mark.slow
def test_the_small_run_prints_one_line_of_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("ccxt")
    monkeypatch.setattr("sys.argv", ["venue_orders", "--smoke"])
    venue_orders.main()
    (line,) = capsys.readouterr().out.splitlines()
    figures = json.loads(line)
    assert figures["benchmark"] == "venue_orders"
    assert min(figures["ours_us"], figures["ccxt_us"]) > 0
    assert figures["ours_ratio"] > 3
