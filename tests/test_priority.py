"""Threads that step back, and what they start; who may be in real time."""

import os
import resource
import threading
from collections.abc import Callable

import pytest

from internaliser.errors import InternaliserError
from internaliser.priority import NICE_MAX, refuse_without_right, step_back

NOBODY = 65534


def nice_of_thread() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def on_a_thread(run: Callable[[], list[int]]) -> list[int]:
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.extend(run()))
    thread.start()
    thread.join()
    return seen


@pytest.mark.parametrize("nice", [0, 1, NICE_MAX])
def test_a_thread_steps_back_from_where_it_is_and_no_further_than_the_end(nice: int) -> None:
    def run() -> list[int]:
        step_back(nice)
        return [nice_of_thread()]

    before = nice_of_thread()
    assert on_a_thread(run) == [min(before + nice, NICE_MAX)]
    assert nice_of_thread() == before


def test_what_a_thread_starts_afterwards_steps_back_with_it() -> None:
    def run() -> list[int]:
        step_back(NICE_MAX)
        return on_a_thread(lambda: [nice_of_thread()])

    assert on_a_thread(run) == [NICE_MAX]


def told_without_right(realtime: int) -> str:
    """What `refuse_without_right` says in a process that has no such right; "" = nothing."""
    read_fd, write_fd = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_fd)
        resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
        if os.getuid() == 0:
            os.setuid(NOBODY)
        try:
            refuse_without_right(realtime)
        except InternaliserError as error:
            os.write(write_fd, str(error).encode())
        os._exit(0)
    os.close(write_fd)
    os.waitpid(child, 0)
    with os.fdopen(read_fd, "rb") as told:
        return told.read().decode()


def test_real_time_is_refused_to_who_has_no_right_to_it() -> None:
    told = told_without_right(4)
    assert told.startswith("core.realtime: expected the right to real-time priority 5 (`ulimit -r`")
    assert "found 0: grant it, or set it to 0" in told
    assert told_without_right(0) == ""


def test_asking_for_the_right_leaves_the_thread_as_it_was() -> None:
    before = os.sched_getscheduler(0)
    try:
        refuse_without_right(1)
    except InternaliserError:
        pytest.skip("no right to real-time priority here (ulimit -r, CAP_SYS_NICE)")
    assert os.sched_getscheduler(0) == before == os.SCHED_OTHER
