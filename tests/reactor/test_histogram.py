"""Latency counters against sorting."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.reactor.histogram import Latencies


def counted(values):
    latencies = Latencies()
    for value in values:
        latencies.add(value)
    return latencies


@given(
    st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 10**7), min_size=1),
    st.sampled_from([0, 1, 50, 90, 99, 99.9, 100]),
)
def test_a_percentile_is_the_sorted_one_within_a_64th(values, percent):
    true = sorted(values)[max(math.ceil(len(values) * percent / 100) - 1, 0)]
    found = counted(values).percentile(percent)
    assert true <= found <= true + true / 64
    assert found <= max(values)


def test_small_values_are_exact():
    latencies = counted(range(128))
    assert [latencies.percentile(100 * (i + 1) / 128) for i in range(128)] == list(range(128))


def test_nothing_counted_is_zero():
    latencies = Latencies()
    assert (len(latencies), latencies.percentile(99)) == (0, 0)


def test_a_percentile_beyond_100_is_refused():
    with pytest.raises(ValueError, match="from 0 to 100"):
        Latencies().percentile(101)
