"""Pauses: doubling, bounded, the same every time."""

from internaliser.venues.binance.backoff import Backoff


def test_pauses_double_up_to_the_most() -> None:
    backoff = Backoff(1.0, 10.0)
    assert [backoff.next_s() for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_after_a_reset_it_begins_anew() -> None:
    backoff = Backoff(1.0, 10.0)
    backoff.next_s()
    backoff.reset()
    assert backoff.next_s() == 1.0


def test_a_long_trouble_does_not_overflow() -> None:
    backoff = Backoff(1.0, 10.0, failures=10**9)
    assert backoff.next_s() == 10.0
