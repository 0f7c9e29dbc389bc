from decimal import ROUND_HALF_EVEN, Context, Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.gateway.amounts import average_text

EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)


def expected(notional: int, lots: int, tick_mantissa: int, decimals: int) -> Decimal:
    """The same average by Decimal at 80 digits, then rounded once."""
    price = EXACT.divide(Decimal(notional * tick_mantissa), Decimal(lots))
    return EXACT.quantize(price, Decimal(1).scaleb(-6, EXACT)).scaleb(-decimals, EXACT)


def test_an_average_that_is_a_price_is_written_as_that_price() -> None:
    assert average_text(3 * 10050, 3, 1, 2) == "100.5"


def test_no_quantity_has_the_average_zero() -> None:
    assert average_text(0, 0, 1, 2) == "0"


def test_an_average_is_cut_to_six_decimals_more_than_the_prices() -> None:
    assert average_text(100, 3, 1, 2) == "0.33333333"


def test_an_exact_half_goes_to_the_even_digit() -> None:
    # 1/2,000,000 and 3/2,000,000 of a tick: 0.5 and 1.5 of the last digit.
    assert average_text(1, 2_000_000, 1, 0) == "0"
    assert average_text(3, 2_000_000, 1, 0) == "0.000002"


def test_a_notional_beyond_64_bits_is_averaged_exactly() -> None:
    lots = 1_000_000_000
    assert average_text(10_000_000_00 * lots * lots + 1, lots * lots, 1, 2) == "10000000"
    assert average_text((1 << 90) * 3 + 1, 3 << 20, 1, 2) == str(
        Decimal(expected((1 << 90) * 3 + 1, 3 << 20, 1, 2)).normalize(EXACT)
    )


@settings(deadline=None)
@given(st.data(), st.integers(1, 1 << 62), st.integers(1, 10**9), st.integers(0, 12))
def test_averages_are_those_of_exact_decimals(
    data: st.DataObject, lots: int, tick_mantissa: int, decimals: int
) -> None:
    # The average lies between two prices, which are 63 bits of price_decimals.
    ticks = data.draw(st.integers(0, (1 << 62) // tick_mantissa))
    notional = ticks * lots + data.draw(st.integers(0, lots - 1))
    text = average_text(notional, lots, tick_mantissa, decimals)
    assert Decimal(text) == expected(notional, lots, tick_mantissa, decimals)
    assert not ("." in text and text.endswith("0"))
