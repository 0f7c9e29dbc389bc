"""The venue's clock: the quickest recent sample is believed."""

from internaliser.venues.binance.clock import (
    NS_PER_S,
    ROUND_TRIP_MAX_NS,
    SAMPLE_AGE_MAX_NS,
    VenueClock,
)

MS = 1_000_000


def test_it_is_known_after_one_sample() -> None:
    clock = VenueClock()
    assert not clock.is_known
    assert clock.add_sample(100 * MS, 120 * MS, 5_110)
    assert clock.is_known
    assert clock.venue_ns(200 * MS) == 5_200 * MS
    assert clock.error_ns == 10 * MS


def test_the_quickest_sample_is_believed() -> None:
    clock = VenueClock()
    clock.add_sample(0, 2 * MS, 1_001)
    clock.add_sample(10 * MS, 210 * MS, 9_999)
    assert clock.venue_ms(300 * MS) == 1_300


def test_an_old_sample_gives_way_to_a_slower_one() -> None:
    clock = VenueClock()
    clock.add_sample(0, 2 * MS, 1_001)
    later = SAMPLE_AGE_MAX_NS + 10 * NS_PER_S
    clock.add_sample(later, later + 200 * MS, 2_000_000)
    assert clock.venue_ms(later + 100 * MS) == 2_000_000


def test_too_slow_an_answer_says_nothing() -> None:
    clock = VenueClock()
    assert not clock.add_sample(0, ROUND_TRIP_MAX_NS + 1, 5)
    assert not clock.add_sample(10, 9, 5)
    assert not clock.is_known


def test_what_was_forgotten_does_not_count_any_more() -> None:
    clock = VenueClock()
    clock.add_sample(0, 2 * MS, 1_001)
    clock.forget()
    assert clock.is_stale(3 * MS)
    clock.add_sample(10 * MS, 210 * MS, 5_110)
    assert clock.venue_ms(110 * MS) == 5_110


def test_a_sample_gets_stale() -> None:
    clock = VenueClock()
    clock.add_sample(0, 2, 1)
    assert not clock.is_stale(SAMPLE_AGE_MAX_NS)
    assert clock.is_stale(SAMPLE_AGE_MAX_NS + 3)
