"""What was missed comes back whole and in order; its speed: `python -m tests.node.big_resend`."""

from pathlib import Path

from tests.node.big_resend import run


def test_everything_missed_comes_back_once_and_in_order(tmp_path: Path) -> None:
    figures = run(1_200, tmp_path)
    assert figures["count"] == 1_200
    assert figures["p99_meanwhile_ms"] >= 0
    assert figures["rss_mb"] < 64
