"""Where the adapter has its time from: the wall clock for deadlines, a monotonic one for the rest.

A test gives another object of the same two methods and moves both as it likes.
"""

import time
from typing import Protocol


class Times(Protocol):
    def utc_ns(self) -> int: ...

    def mono_ns(self) -> int: ...


class SystemTimes:
    """The machine's clocks."""

    def utc_ns(self) -> int:
        return time.time_ns()

    def mono_ns(self) -> int:
        return time.monotonic_ns()
