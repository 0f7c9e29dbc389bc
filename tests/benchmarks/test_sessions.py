"""The benchmark of many sessions runs, small, and loses nothing."""

import json
import subprocess
import sys
from pathlib import Path


def test_one_session_and_many_are_compared_without_faults(tmp_path: Path) -> None:
    # In a process of its own: it raises its priority and its limit of handles.
    command = [sys.executable, "-m", "benchmarks.sessions", "--smoke", "--disk", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True)
    line = json.loads(done.stdout)
    assert set(line["faults"].values()) == {0}
    assert (line["many"]["orders"], line["missed_beats"]) == (line["one"]["orders"], 0)
    assert line["p99_ratio"] > 0
    assert line["kernel"]["p99_ratio"] > 0
    assert list(tmp_path.iterdir()) == []
