"""Figures of a market in the core's units: exact, or not at all."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.venues.figures import AssetTerms, InstrumentTerms, VenueTerms, at_least, at_most

TERMS = InstrumentTerms(3, "BTC/USD", "BTCUSD", Decimal("0.05"), Decimal("0.0002"))


@pytest.mark.parametrize(
    ("figure", "ticks", "lots"),
    [
        ("0", 0, 0),
        ("0.05", 1, 250),
        ("1e2", 2000, 500_000),
        ("1.0500000000000000000000", 21, 5250),
        ("0.0002", None, 1),
        ("0.0001", None, None),
        ("-0.05", None, None),
        ("1e40", None, None),
        ("1e999999999", None, None),
        ("1e-999999999", None, None),
        ("NaN", None, None),
        ("Infinity", None, None),
        ("1" * 70, None, None),
    ],
)
def test_a_figure_is_counted_exactly_or_not_at_all(
    figure: str, ticks: int | None, lots: int | None
) -> None:
    assert TERMS.ticks(Decimal(figure)) == ticks
    assert TERMS.lots(Decimal(figure)) == lots


@given(st.integers(0, 2**61), st.integers(0, 2**61))
def test_counts_come_back_as_they_went(ticks: int, lots: int) -> None:
    price, qty = TERMS.price(ticks), TERMS.qty(lots)
    assert (TERMS.ticks(price), TERMS.lots(qty)) == (ticks, lots)
    assert Fraction(price) == ticks * Fraction(TERMS.tick)


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_an_amount_of_quote_is_ticks_times_lots(ticks: int, lots: int) -> None:
    value = Fraction(TERMS.price(ticks)) * Fraction(TERMS.qty(lots))
    exact = Decimal(value.numerator).scaleb(-12) * Decimal(10**12 // value.denominator)
    if Fraction(exact) == value and len(exact.as_tuple().digits) <= 28:
        assert TERMS.notional(exact) == ticks * lots


def test_an_amount_of_quote_off_the_units_is_not_rounded() -> None:
    assert TERMS.notional(Decimal("0.00001")) == 1
    assert TERMS.notional(Decimal("0.000011")) is None


@pytest.mark.parametrize(
    ("amount", "units"),
    [("1", 100), ("-0.07", -7), ("0.001", None), ("0", 0), ("1e30", 10**32), ("1e39", None)],
)
def test_an_amount_in_the_units_of_its_asset(amount: str, units: int | None) -> None:
    assert AssetTerms(0, 2).units(Decimal(amount)) == units


@given(st.decimals(0, 10**12, places=9), st.decimals("0.000001", 100, places=6))
def test_bounds_are_rounded_to_the_safe_side(value: Decimal, unit: Decimal) -> None:
    low, high = at_least(value, unit), at_most(value, unit)
    exact = Fraction(value) / Fraction(unit)
    assert low - 1 < exact <= low
    assert high <= exact < high + 1


def test_instruments_are_found_by_both_names() -> None:
    terms = VenueTerms(1, "EDGE", 0, (TERMS,), {})
    assert terms.of_symbol("BTCUSD") is terms.of_index(3) is TERMS
    assert terms.of_symbol("BTC/USD") is terms.of_index(0) is None
