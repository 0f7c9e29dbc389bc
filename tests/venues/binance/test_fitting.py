"""Orders made to fit: rounded to the safe side, refused here where they cannot."""

from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.venues.binance.fitting import Denied, fitted
from internaliser.venues.binance.market_info import Band, SymbolRules
from internaliser.venues.contract import InstrumentRules, PlaceOrder, ReasonClass

RULES = InstrumentRules(
    "AB", "A", "B", D("0.05"), D("0.1"), qty_min=D("0.2"), qty_max=D("90"), notional_min=D("5"),
    price_min=D("1"), price_max=D("1000"), notional_max=D("50000"),
)  # fmt: skip
BANDS: Any = {"BUY": Band(D("1.2"), D("0.2")), "SELL": Band(D(5), D("0.8"))}
SYMBOL = SymbolRules(RULES, BANDS, has_post_only=True)


def fit(
    qty: str = "10", price: str = "100", side: Any = "BUY", tif: Any = "IOC", average: Any = None
) -> PlaceOrder | Denied:
    order = PlaceOrder("1", "AB", side, D(qty), D(price), tif)
    return fitted(order, SYMBOL, average)


def test_a_buyer_never_pays_more_and_never_buys_more() -> None:
    order = fit("10.19", "100.09", "BUY")
    assert isinstance(order, PlaceOrder)
    assert (order.qty, order.price) == (D("10.1"), D("100.05"))


def test_a_seller_never_gets_less_and_never_sells_more() -> None:
    order = fit("10.19", "100.01", "SELL")
    assert isinstance(order, PlaceOrder)
    assert (order.qty, order.price) == (D("10.1"), D("100.05"))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"qty": "0.09"}, ReasonClass.BELOW_MIN),
        ({"qty": "0.19"}, ReasonClass.BELOW_MIN),
        ({"qty": "90.1"}, ReasonClass.ABOVE_MAX),
        ({"qty": "0.3", "price": "10"}, ReasonClass.BELOW_MIN),
        ({"qty": "89", "price": "999"}, ReasonClass.ABOVE_MAX),
        ({"price": "0.99"}, ReasonClass.PRICE_BAND),
        ({"price": "0.01"}, ReasonClass.PRICE_BAND),
        ({"price": "1000.05"}, ReasonClass.PRICE_BAND),
        ({"qty": "0"}, ReasonClass.MALFORMED),
        ({"qty": "-1"}, ReasonClass.MALFORMED),
        ({"price": "0"}, ReasonClass.MALFORMED),
    ],
)
def test_what_cannot_fit_is_denied(options: dict[str, str], reason: ReasonClass) -> None:
    denied = fit(**options)
    assert isinstance(denied, Denied)
    assert denied.reason is reason


def test_the_band_is_measured_from_the_average_by_side() -> None:
    assert isinstance(fit(price="120", average=D(100)), PlaceOrder)
    assert isinstance(fit(price="120.05", average=D(100)), Denied)
    assert isinstance(fit(price="20", average=D(100)), PlaceOrder)
    assert isinstance(fit(price="19.95", average=D(100)), Denied)
    assert isinstance(fit(price="120.05", side="SELL", average=D(100)), PlaceOrder)
    assert isinstance(fit(price="79.95", side="SELL", average=D(100)), Denied)


def test_without_an_average_the_band_is_left_to_the_venue() -> None:
    assert isinstance(fit(price="900"), PlaceOrder)


def test_a_closed_symbol_takes_nothing() -> None:
    from dataclasses import replace

    order = PlaceOrder("1", "AB", "BUY", D(10), D(100), "IOC")
    denied = fitted(order, SymbolRules(replace(RULES, is_open=False)))
    assert isinstance(denied, Denied)
    assert denied.reason is ReasonClass.SYMBOL_HALTED


def test_post_only_needs_a_symbol_that_takes_it() -> None:
    assert isinstance(fit(tif="GTX"), PlaceOrder)
    order = PlaceOrder("1", "AB", "BUY", D(10), D(100), "GTX")
    assert isinstance(fitted(order, SymbolRules(RULES)), Denied)


amounts = st.decimals("0.001", "2000", places=3, allow_nan=False)


@given(amounts, amounts, st.sampled_from(["BUY", "SELL"]))
def test_whatever_fits_obeys_every_rule_and_exceeds_nothing(qty: D, price: D, side: Any) -> None:
    order = PlaceOrder("1", "AB", side, qty, price, "IOC")
    fit = fitted(order, SYMBOL)
    if isinstance(fit, Denied):
        return
    assert fit.qty <= order.qty
    assert fit.price <= order.price if side == "BUY" else fit.price >= order.price
    assert fit.qty % RULES.lot == 0 == fit.price % RULES.tick
    assert D("0.2") <= fit.qty <= 90
    assert 1 <= fit.price <= 1000
    assert 5 <= fit.qty * fit.price <= 50000
