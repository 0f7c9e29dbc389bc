import pytest

from internaliser.venues.binance_simulator.amount import product, told, units, whole_number
from internaliser.venues.binance_simulator.refusal import Refusal


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("1", 10**8),
        ("0.1", 10**7),
        ("12.00000001", 1_200_000_001),
        ("007.5", 750_000_000),
    ],
)
def test_an_amount_is_read_exactly(text: str, amount: int) -> None:
    assert units(text, "price") == amount


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".5", "-1", "1e3", "\uff11", "1,0", "NaN", "9" * 21]
)
def test_what_is_no_amount_is_refused_as_illegal(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        units(text, "price")
    assert caught.value.body() == {
        "code": -1100,
        "msg": "Illegal characters found in parameter 'price'; "
        "legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    }


def test_a_ninth_decimal_is_too_precise() -> None:
    with pytest.raises(Refusal) as caught:
        units("0.123456789", "quantity")
    assert caught.value.body() == {
        "code": -1111,
        "msg": "Parameter 'quantity' has too much precision.",
    }


def test_amounts_are_told_with_eight_decimals() -> None:
    assert [told(one) for one in (0, 1, -1, 10**8, 123_456_789_012)] == [
        "0.00000000", "0.00000001", "-0.00000001", "1.00000000", "1234.56789012",
    ]  # fmt: skip


def test_a_product_is_exact_or_nothing() -> None:
    assert product(units("0.3", "p"), units("0.1", "q")) == units("0.03", "p")
    with pytest.raises(AssertionError):
        product(1, 1)


def test_whole_numbers_are_plain_digits() -> None:
    texts = ["0", "12", "9" * 20, "9" * 21, "-1", "1.0", "", "\u0661"]
    assert [whole_number(text) for text in texts] == [0, 12, 10**20 - 1, *[None] * 5]
