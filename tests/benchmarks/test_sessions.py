"""The benchmark of many sessions runs, small, and loses nothing."""

import json

from benchmarks import sessions


def test_one_session_and_many_are_compared_without_faults(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("sys.argv", ["sessions", "--smoke", "--disk", str(tmp_path)])
    sessions.main()
    line = json.loads(capsys.readouterr().out)
    assert set(line["faults"].values()) == {0}
    assert (line["many"]["orders"], line["missed_beats"]) == (line["one"]["orders"], 0)
    assert line["p99_ratio"] > 0
    assert list(tmp_path.iterdir()) == []
