"""The recovery benchmark runs, small, and finds the state it left."""

import json

from benchmarks import recovery


def test_it_measures_a_killed_node(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("sys.argv", ["recovery", "--smoke", "--disk", str(tmp_path)])
    recovery.main()
    (text,) = capsys.readouterr().out.splitlines()
    line = json.loads(text)
    assert set(line["faults"].values()) == {0}
    assert line["records"] >= 3 * line["orders"]  # the order, its event, its report
    assert line["serves_again_s"] > 0
    assert list(tmp_path.iterdir()) == []
