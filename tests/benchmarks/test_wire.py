"""The wire benchmark runs, small, and measures every part."""

import importlib.util
import json

import pytest

from benchmarks import wire


def run(monkeypatch, tmp_path, capsys, parts):
    monkeypatch.setattr("sys.argv", ["wire", "--smoke", "--disk", str(tmp_path), "--only", *parts])
    wire.main()
    (text,) = capsys.readouterr().out.splitlines()
    return json.loads(text)


def test_the_node_is_measured_without_faults_and_leaves_nothing_behind(
    monkeypatch, tmp_path, capsys
):
    line = run(monkeypatch, tmp_path, capsys, ["ping"])
    assert set(line["faults"].values()) == {0}
    assert line["ping"]["p50_ratio"] > 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_every_part_runs(monkeypatch, tmp_path, capsys):
    parts = [name for name in wire.PARTS if name != "quickfix"]
    line = run(monkeypatch, tmp_path, capsys, parts)
    assert set(line["faults"].values()) == {0}
    assert [name for name in parts if name not in line] == []


@pytest.mark.interop
@pytest.mark.skipif(not importlib.util.find_spec("quickfix"), reason="quickfix is not installed")
def test_quickfix_is_measured_beside_the_echo(monkeypatch, tmp_path, capsys):
    line = run(monkeypatch, tmp_path, capsys, ["quickfix"])
    assert set(line["faults"].values()) == {0}
    assert line["quickfix"]["p50_ratio"] > 0
