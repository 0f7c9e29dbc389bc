"""Who stays awake: least of all threads, where its starter runs, and only while it is wanted."""

import os
import threading
import time
from pathlib import Path

import pytest

from internaliser.reactor.vigil import Vigil

PATIENCE_S = 20


def vigils() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "vigil"]


def ran_ticks(thread: threading.Thread) -> int:
    stat = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
    return int(stat.rpartition(")")[2].split()[11])


def test_it_runs_last_of_all_where_its_starter_may_run() -> None:
    ours = os.sched_getaffinity(0)
    vigil = Vigil()
    os.sched_setaffinity(0, {min(ours)})
    try:
        vigil.start()
    finally:
        os.sched_setaffinity(0, ours)
    (thread,) = vigils()
    assert thread.native_id is not None
    until_s = time.monotonic() + PATIENCE_S
    while ran_ticks(thread) == 0 and time.monotonic() < until_s:
        time.sleep(0.01)
    seen = (os.sched_getscheduler(thread.native_id), os.sched_getaffinity(thread.native_id))
    ran = ran_ticks(thread)
    vigil.stop()
    assert seen == (os.SCHED_IDLE, {min(ours)})
    assert ran > 0
    assert vigils() == []


def test_where_it_cannot_be_the_last_it_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    vigil = Vigil()
    vigil.start()
    until_s = time.monotonic() + PATIENCE_S
    while vigils() and time.monotonic() < until_s:
        time.sleep(0.01)
    assert vigils() == []
    vigil.stop()


@pytest.mark.parametrize(
    ("wait", "is_pinned", "expected"), [("spin", True, 1), ("spin", False, 0), ("block", True, 0)]
)
def test_a_spinning_core_thread_with_a_processor_of_its_own_has_one(
    start, wait, is_pinned, expected
):
    if not is_pinned and len(os.sched_getaffinity(0)) == 1:
        pytest.skip("this process may use one processor only")
    running = start(wait=wait, core=min(os.sched_getaffinity(0)) if is_pinned else -1)
    with running.connect() as client:
        client.send(b"here\n")
        client.lines(1)
        assert len(vigils()) == expected
    running.end()
    assert vigils() == []
