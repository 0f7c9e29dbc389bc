"""The demo tells the truth: every part of the story happened, in time."""

import time

import pytest

from internaliser import demo
from internaliser.demo import told


def test_the_demo_shows_what_it_promises(capsys: pytest.CaptureFixture[str]) -> None:
    start_s = time.monotonic()
    assert demo.run() == 0
    assert time.monotonic() - start_s < 30
    text = capsys.readouterr().out
    for part in (
        "ALICE hears: 1 at 30000 inside (removed); partially filled",
        "at an exchange; partially filled",
        "ALICE  MARKET",
        "ALICE  BINANCE",
        "BOB hears: 1 at 30000 inside (added); filled",
        "balances are the same",
        "BOB's order is still open",
        "orderly stop: exit code 0",
        "verify: no finding",
    ):
        assert part in text


def test_a_program_that_does_not_start_is_told() -> None:
    with pytest.raises(demo.DemoFailed, match=r"run did not start: .*nowhere"):
        demo.Program("run", "--config", "/nowhere.toml", "--data", "/nowhere")


def test_a_rejection_is_told_with_its_reason() -> None:
    report = [(35, b"8"), (150, b"8"), (39, b"8"), (58, b"HALTED: trading is halted")]
    assert told(report) == "rejected HALTED: trading is halted"
