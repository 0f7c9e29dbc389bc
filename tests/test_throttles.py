"""What the configuration lets a client send."""

import pytest

from internaliser.throttles import Allowance, allowance_of, throttle_of
from tests.whole_node import plain_config


def test_nothing_is_limited_by_default() -> None:
    assert allowance_of(plain_config(), "CLIENT1") == Allowance(0, 0, 0, 0)


def test_a_burst_that_is_not_given_is_a_seconds_worth() -> None:
    config = plain_config("throttle.session_orders_per_s=50", "throttle.account_orders_per_s=80")
    assert allowance_of(config, "CLIENT1") == Allowance(50, 50, 80, 80)


def test_a_client_may_have_its_own_limit_or_none() -> None:
    config = plain_config(
        "throttle.account_orders_per_s=80",
        "throttle.account_orders_burst=200",
        "clients.CLIENT1.orders_per_s=500",
        "clients.CLIENT2.orders_per_s=0",
        "clients.CLIENT3.orders_burst=5",
    )
    assert allowance_of(config, "CLIENT1") == Allowance(0, 0, 500, 200)
    assert allowance_of(config, "CLIENT2").account_per_s == 0
    assert allowance_of(config, "CLIENT3") == Allowance(0, 0, 80, 5)


def test_only_what_is_limited_has_a_rate() -> None:
    config = plain_config("throttle.session_orders_per_s=50", "clients.CLIENT1.orders_per_s=80")
    assert allowance_of(config, "CLIENT1").rates() == [50, 80]
    assert allowance_of(config, "CLIENT2").rates() == [50]
    assert allowance_of(plain_config(), "CLIENT1").rates() == []


def test_who_is_not_in_the_file_has_no_allowance() -> None:
    with pytest.raises(KeyError):
        allowance_of(plain_config(), "NOBODY")


def test_the_doors_throttle_has_the_limits_of_those_who_are_offered_sessions() -> None:
    config = plain_config("clients.CLIENT2.orders_per_s=1")
    sessions = [
        {"index": 0, "client": 0},
        {"index": 1, "client": 1},
        {"index": 2, "client": 2},
        {"index": 3, "client": None},
    ]
    throttle = throttle_of(config, 8, ["CLIENT1", "CLIENT2", "GONE"], sessions)
    assert [throttle.admits(1, 1, 1), throttle.admits(1, 1, 1)] == [1, 2]
    assert [throttle.admits(0, 0, 1), throttle.admits(0, 0, 1)] == [1, 1]
    assert [throttle.admits(2, 2, 1), throttle.admits(2, 2, 1)] == [1, 1]
