"""The machine's clocks."""

import time

from internaliser.venues.binance.times import SystemTimes


def test_one_is_the_wall_clock_and_the_other_never_goes_back() -> None:
    times = SystemTimes()
    assert abs(times.utc_ns() - time.time_ns()) < 1_000_000_000
    assert times.mono_ns() <= times.mono_ns() <= time.monotonic_ns()
