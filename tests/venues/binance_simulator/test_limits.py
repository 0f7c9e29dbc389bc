import pytest

from internaliser.venues.binance_simulator.limits import BAN_MS, PATIENCE, Limits
from internaliser.venues.binance_simulator.refusal import Refusal

MINUTE = 60_000
NOW = 1_700_000_040_000  # a whole minute


def refusal_of(act: object, *args: object) -> Refusal | None:
    try:
        act(*args)  # type: ignore[operator]
    except Refusal as refusal:
        return refusal
    return None


def test_weight_is_counted_by_the_minute_and_refused_beyond_with_the_wait() -> None:
    limits = Limits(weight_max=10)
    limits.spend(10, NOW)
    found = refusal_of(limits.spend, 1, NOW + 59_000)
    assert found is not None
    assert (found.status, found.code, found.data) == (
        429, -1003, {"serverTime": NOW + 59_000, "retryAfter": NOW + MINUTE},
    )  # fmt: skip
    assert found.text.startswith(
        "Too much request weight used; current limit is 10 request weight per 1 MINUTE."
    )
    assert refusal_of(limits.spend, 10, NOW + MINUTE) is None, "a new minute begins"


def test_who_does_not_heed_429_is_banned_for_two_minutes() -> None:
    limits = Limits(weight_max=0)
    statuses = [refusal_of(limits.spend, 1, NOW) for _ in range(PATIENCE + 2)]
    assert [one.status for one in statuses if one] == [429] * PATIENCE + [418, 418]
    last = statuses[-1]
    assert last is not None
    assert str(NOW + BAN_MS) in last.text
    assert refusal_of(limits.spend, 0, NOW + BAN_MS - 1).status == 418  # type: ignore[union-attr]
    assert refusal_of(limits.spend, 0, NOW + BAN_MS) is None


def test_orders_are_counted_per_account_in_ten_seconds() -> None:
    limits = Limits(orders_10s_max=2)
    for _ in range(2):
        limits.count_order("main", NOW)
    found = refusal_of(limits.count_order, "main", NOW + 9_999)
    assert found is not None
    assert (found.status, found.code, found.text, found.data) == (
        429, -1015, "Too many new orders; current limit is 2 orders per 10 SECOND.", None,
    )  # fmt: skip
    limits.count_order("other", NOW)
    limits.count_order("main", NOW + 10_000)


def test_headers_and_answers_say_what_is_used() -> None:
    limits = Limits()
    limits.spend(7, NOW)
    limits.count_order("main", NOW)
    assert limits.headers("main", has_order=True) == {
        "x-mbx-used-weight": "7", "x-mbx-used-weight-1m": "7",
        "x-mbx-order-count-10s": "1", "x-mbx-order-count-1d": "1",
    }  # fmt: skip
    assert limits.headers("main", has_order=False).keys() == {
        "x-mbx-used-weight", "x-mbx-used-weight-1m",
    }  # fmt: skip
    counted = limits.counted("main", has_order=True)
    assert [(one["rateLimitType"], one["count"]) for one in counted] == [
        ("ORDERS", 1), ("ORDERS", 1), ("REQUEST_WEIGHT", 7),
    ]  # fmt: skip


def test_limits_are_told_as_the_venue_tells_them() -> None:
    assert Limits().told() == [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
        {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 200000},
        {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 61000},
    ]


def test_connections_are_counted_in_five_minutes() -> None:
    limits = Limits(connections_max=2)
    assert [limits.may_connect(NOW) for _ in range(3)] == [True, True, False]
    assert limits.may_connect(NOW + 5 * MINUTE)


@pytest.mark.parametrize("ms", [1, 999, 1_000])
def test_a_ban_on_command_lasts_as_long_as_said(ms: int) -> None:
    limits = Limits()
    assert limits.ban(NOW, ms).status == 418
    assert refusal_of(limits.spend, 1, NOW + ms) is None
