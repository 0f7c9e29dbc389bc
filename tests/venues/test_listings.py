"""A market's rules as a listing of the core: safe on both sides, or not listed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from internaliser.model.fields import record_fields
from internaliser.venues.contract import InstrumentRules
from internaliser.venues.figures import InstrumentTerms
from internaliser.venues.listings import listing_command

OURS = InstrumentTerms(3, "BTC/USD", "BTCUSD", Decimal("0.01"), Decimal("0.001"))
RULES = InstrumentRules("BTCUSD", "BTC", "USD", Decimal("0.05"), Decimal("0.002"))
STEPS = (
    *("is_listed", "price_step", "qty_step", "qty_min", "qty_max", "notional_min"),
    *("price_min", "price_max"),
)


def listed(rules: InstrumentRules | None) -> tuple[dict[str, Any], str]:
    command, fault = listing_command(4, OURS, rules)
    fields = record_fields(command)
    assert (fields["kind"], fields["action"], fields["name"], fields["note"]) == (
        "config", "listing", "BTC/USD", "BTCUSD",
    )  # fmt: skip
    assert (fields["source"], fields["instrument"]) == (4, 3)
    return {name: fields[name] for name in STEPS if fields[name]}, fault


def with_rules(**values: str) -> InstrumentRules:
    return replace(RULES, **{key: Decimal(value) for key, value in values.items()})


def test_steps_are_counted_in_ours() -> None:
    assert listed(RULES) == ({"is_listed": 1, "price_step": 5, "qty_step": 2}, "")


def test_least_is_rounded_up_and_most_down() -> None:
    rules = with_rules(
        qty_min="0.0021", qty_max="0.9999", notional_min="5.00001", price_min="0.051",
        price_max="99.999",
    )  # fmt: skip
    assert listed(rules)[0] == {
        "is_listed": 1, "price_step": 5, "qty_step": 2, "qty_min": 3, "qty_max": 999,
        "notional_min": 500_001, "price_min": 6, "price_max": 9999,
    }  # fmt: skip


def test_a_bound_of_zero_is_none() -> None:
    rules = with_rules(qty_min="0", qty_max="0", price_min="0", price_max="0", notional_min="0")
    assert listed(rules) == listed(RULES)


def test_what_the_market_has_not_or_not_now_is_not_listed() -> None:
    assert listed(None) == ({}, "the market does not have it")
    assert listed(replace(RULES, is_open=False)) == ({}, "")


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (with_rules(tick="0.015"), "our tick 0.01 does not divide the market's 0.015"),
        (with_rules(tick="0"), "our tick 0.01 does not divide the market's 0"),
        (with_rules(lot="0.0005"), "our lot 0.001 does not divide the market's 0.0005"),
        (with_rules(qty_max="0.0005"), "its largest quantity 0.0005 is below our step 0.001"),
        (with_rules(price_max="0.001"), "its largest price 0.001 is below our step 0.01"),
        (with_rules(qty_min="-1"), "make no sense"),
        (with_rules(tick="NaN"), "make no sense"),
    ],
)
def test_rules_we_cannot_keep_are_not_listed(rules: InstrumentRules, why: str) -> None:
    values, fault = listed(rules)
    assert values == {}
    assert why in fault


def test_huge_bounds_are_cut_to_what_the_core_counts() -> None:
    assert listed(with_rules(qty_max="1e30"))[0]["qty_max"] == 2**62
