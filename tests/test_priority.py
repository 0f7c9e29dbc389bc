"""Threads that step back, and what they start."""

import os
import threading
from collections.abc import Callable

import pytest

from internaliser.priority import NICE_MAX, step_back


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
