"""The memory benchmark runs, small, and leaves nothing behind."""

import json

from benchmarks import memory


def test_it_measures_an_idle_and_a_loaded_node(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("sys.argv", ["memory", "--smoke", "--disk", str(tmp_path)])
    memory.main()
    (text,) = capsys.readouterr().out.splitlines()
    line = json.loads(text)
    assert set(line["faults"].values()) == {0}
    assert 0 < line["idle_mb"] <= line["loaded_mb"]
    assert list(tmp_path.iterdir()) == []
