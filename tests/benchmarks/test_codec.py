"""The benchmark of the codec cannot rot: its small run builds its loops and prints its figures."""

import json

import pytest

from benchmarks import codec


@pytest.mark.slow
def test_the_small_run_prints_one_line_of_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["codec", "--smoke"])
    codec.main()
    (line,) = capsys.readouterr().out.splitlines()
    figures = json.loads(line)
    assert figures["benchmark"] == "codec"
    assert min(figures["decode_ns"], figures["encode_ns"], figures["simplefix_decode_ns"]) > 0
