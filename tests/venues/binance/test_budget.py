"""Budgets with a clock in hand: what may go now, what the venue counted, who goes first."""

import pytest

from internaliser.venues.binance import calls
from internaliser.venues.binance.budget import KEPT_PERCENT, Budget
from internaliser.venues.binance.clock import NS_PER_S
from internaliser.venues.binance.reply import ORDERS, WEIGHT, Reply, Usage
from tests.venues.binance.fake_venue import order

MINUTE = 60 * NS_PER_S
NOW = 1_700_000_040 * NS_PER_S  # a whole minute
PLACE = calls.place(order())
CANCEL = calls.cancel("A", "1")
QUERY = calls.order_status("A", "1")
LIMITS = (Usage(WEIGHT, 60, 0, 100), Usage(ORDERS, 10, 0, 5))


def budget() -> Budget:
    made = Budget(windows={})
    made.windows.clear()
    made.set_limits(LIMITS)
    return made


def spend(made: Budget, call: calls.Call, count: int, now_ns: int = NOW) -> None:
    for _ in range(count):
        assert made.wait_ns(call, now_ns) == 0
        made.spend(call, now_ns)


def test_orders_wait_for_the_next_interval_of_their_own_limit() -> None:
    made = budget()
    spend(made, PLACE, 5, NOW + 3 * NS_PER_S)
    assert made.wait_ns(PLACE, NOW + 3 * NS_PER_S) == 7 * NS_PER_S
    assert made.wait_ns(PLACE, NOW + 10 * NS_PER_S) == 0


def test_a_part_of_the_weight_is_kept_for_cancels_and_queries() -> None:
    made = budget()
    made.set_limits((Usage(ORDERS, 10, 0, 1000),))
    spend(made, PLACE, 100 - KEPT_PERCENT)
    assert made.wait_ns(PLACE, NOW) == MINUTE
    assert made.wait_ns(calls.depth("A", 100), NOW) == MINUTE
    spend(made, QUERY, 3)
    spend(made, CANCEL, 8)
    assert made.wait_ns(CANCEL, NOW) == MINUTE


def test_an_interval_starts_at_whole_multiples_of_itself() -> None:
    made = budget()
    spend(made, CANCEL, 100, NOW + 59 * NS_PER_S)
    assert made.wait_ns(CANCEL, NOW + 59 * NS_PER_S) == NS_PER_S
    spend(made, CANCEL, 100, NOW + MINUTE)


def test_what_the_venue_counted_is_believed_when_it_is_more() -> None:
    made = budget()
    made.on_reply(Reply(200, b"", usage=(Usage(WEIGHT, 60, 100),)), NOW)
    assert made.wait_ns(CANCEL, NOW) == MINUTE
    made.on_reply(Reply(200, b"", usage=(Usage(WEIGHT, 60, 1),)), NOW)
    assert made.wait_ns(CANCEL, NOW) == MINUTE


def test_the_venues_limits_replace_ours() -> None:
    made = budget()
    made.on_reply(Reply(200, b"", usage=(Usage(WEIGHT, 60, 30, 40),)), NOW)
    spend(made, CANCEL, 10)
    assert made.wait_ns(CANCEL, NOW) == MINUTE


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (Reply(429, b"", retry_after_ms=7000), 7),
        (Reply(418, b"", retry_after_ms=300_000), 300),
        (Reply(429, b"", retry_at_ms=NOW // 1_000_000 + 9000), 9),
        (Reply(418, b""), 120),
        (Reply(429, b""), 60),
        (Reply(429, b"", retry_at_ms=1), 60),
    ],
)
def test_429_and_418_stop_everything_until_they_say(reply: Reply, seconds: int) -> None:
    made = budget()
    made.on_reply(reply, NOW)
    assert made.is_blocked(NOW)
    for call in (PLACE, CANCEL, QUERY):
        assert made.wait_ns(call, NOW) == seconds * NS_PER_S
    assert made.wait_ns(CANCEL, NOW + seconds * NS_PER_S) == 0
    assert not made.is_blocked(NOW + seconds * NS_PER_S)


def test_a_shorter_block_does_not_end_a_longer_one() -> None:
    made = budget()
    made.on_reply(Reply(418, b"", retry_after_ms=300_000), NOW)
    made.on_reply(Reply(429, b"", retry_after_ms=1000), NOW)
    assert made.wait_ns(CANCEL, NOW) == 300 * NS_PER_S


def test_before_the_venue_told_its_limits_there_are_some() -> None:
    made = Budget()
    assert made.wait_ns(PLACE, NOW) == 0
    spend(made, PLACE, 100)
    assert made.wait_ns(PLACE, NOW) > 0
