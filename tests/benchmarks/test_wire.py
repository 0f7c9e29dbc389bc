"""The wire benchmark runs, small, and measures every part."""

import importlib.util
import json
import subprocess

import pytest

from benchmarks import wire

has_node = (
    subprocess.run([*wire.NODE, "--help"], cwd=wire.ROOT, capture_output=True).returncode == 0
)


@pytest.mark.interop
@pytest.mark.skipif(not importlib.util.find_spec("quickfix"), reason="quickfix is not installed")
def test_quickfix_is_measured_beside_the_echo(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(
        "sys.argv", ["wire", "--smoke", "--only", "quickfix", "--disk", str(tmp_path)]
    )
    wire.main()
    line = json.loads(capsys.readouterr().out)
    assert set(line["faults"].values()) == {0}
    assert line["quickfix"]["p50_ratio"] > 0


@pytest.mark.skipif(not has_node, reason="internaliser run is not there")
def test_every_part_runs_and_leaves_nothing_behind(monkeypatch, tmp_path, capsys):
    parts = [name for name in wire.PARTS if name != "quickfix"]
    monkeypatch.setattr("sys.argv", ["wire", "--smoke", "--disk", str(tmp_path), "--only", *parts])
    wire.main()
    (text,) = capsys.readouterr().out.splitlines()
    line = json.loads(text)
    assert set(line["faults"].values()) == {0}
    assert [name for name in parts if name not in line] == []
    assert list(tmp_path.iterdir()) == []
