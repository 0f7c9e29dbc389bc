"""Rules from exchangeInfo and fees from the account, as recorded and as they may come."""

import json
from decimal import Decimal as D
from typing import Any

import pytest

from internaliser.venues.binance.answers import Unreadable
from internaliser.venues.binance.market_info import (
    Band,
    Commission,
    MarketInfo,
    SymbolRules,
    read_commission,
    read_exchange_info,
    with_fees,
)
from internaliser.venues.binance.reply import ORDERS, WEIGHT, Usage
from internaliser.venues.contract import InstrumentRules
from tests.venues.binance.support import fixture, spot

PRICES = {
    "filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000", "tickSize": "0.01",
}  # fmt: skip
LOTS = {"filterType": "LOT_SIZE", "minQty": "0.1", "maxQty": "900", "stepSize": "0.1"}


def info(*filters: dict[str, Any], **fields: Any) -> MarketInfo:
    symbol = {
        "symbol": "AB", "status": "TRADING", "baseAsset": "A", "quoteAsset": "B",
        "filters": list(filters), "orderTypes": ["LIMIT", "LIMIT_MAKER"],
    } | fields  # fmt: skip
    found = read_exchange_info(json.dumps({"symbols": [symbol]}).encode())
    assert isinstance(found, MarketInfo)
    return found


def test_every_recorded_symbol_is_read() -> None:
    body = fixture("marketdata/cryptofeed/BINANCE.0").splitlines()[0].partition(b": ")[2]
    found = read_exchange_info(body)
    assert isinstance(found, MarketInfo)
    assert (len(found.symbols), found.bad) == (1695, 0)
    assert found.limits == (
        Usage(WEIGHT, 60, 0, 1200), Usage(ORDERS, 10, 0, 50), Usage(ORDERS, 86400, 0, 160000),
    )  # fmt: skip
    assert found.symbols["NKNUSDT"] == SymbolRules(
        InstrumentRules(
            "NKNUSDT", "NKN", "USDT", D("0.0001"), D("1"), D("1"), D("9000000"), D("10"),
            D("0.0001"), D("1000"), D("5"), D("0.2"), True,
        ),
        {"BUY": Band(D(5), D("0.2")), "SELL": Band(D(5), D("0.2"))},
        True,
    )  # fmt: skip


def test_the_recorded_symbol_without_filters_cannot_be_traded() -> None:
    found = read_exchange_info(spot("http_json/exchange_info_response.json"))
    assert found == MarketInfo({}, (), 1)


def test_filters_become_rules_and_zero_switches_one_off() -> None:
    notional = {"filterType": "NOTIONAL", "minNotional": "5", "maxNotional": "0"}
    rules = info(PRICES | {"maxPrice": "0"}, LOTS | {"minQty": "0"}, notional).symbols["AB"].rules
    assert rules == InstrumentRules(
        "AB", "A", "B", D("0.01"), D("0.1"), None, D(900), D(5), D("0.01"), None
    )


def test_of_two_minimum_values_the_greater_holds() -> None:
    old = {"filterType": "MIN_NOTIONAL", "minNotional": "7"}
    new = {"filterType": "NOTIONAL", "minNotional": "5", "maxNotional": "70"}
    rules = info(PRICES, LOTS, old, new).symbols["AB"].rules
    assert (rules.notional_min, rules.notional_max) == (D(7), D(70))


def test_a_band_by_side_is_kept_by_side_and_told_as_its_narrower_part() -> None:
    band = {
        "filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": "1.2", "bidMultiplierDown": "0.2",
        "askMultiplierUp": "5", "askMultiplierDown": "0.8",
    }  # fmt: skip
    symbol = info(PRICES, LOTS, band).symbols["AB"]
    assert symbol.bands == {"BUY": Band(D("1.2"), D("0.2")), "SELL": Band(D(5), D("0.8"))}
    assert (symbol.rules.band_up, symbol.rules.band_down) == (D("1.2"), D("0.8"))


@pytest.mark.parametrize("status", ["BREAK", "HALT", "CANCEL_ONLY", "END_OF_DAY", "SOMETHING_NEW"])
def test_only_trading_is_open(status: str) -> None:
    assert info(PRICES, LOTS, status=status).symbols["AB"].rules.is_open is False


def test_a_filter_of_an_unknown_kind_does_not_close_a_symbol() -> None:
    assert info(PRICES, LOTS, {"filterType": "NEW_ONE", "limit": 5}).symbols["AB"].rules.is_open


BAD: list[tuple[dict[str, Any], ...]] = [
    (PRICES,), (LOTS,), (PRICES | {"tickSize": "0"}, LOTS), (PRICES, LOTS | {"stepSize": "x"}),
    (PRICES | {"minPrice": 5}, LOTS), ({"limit": 5}, PRICES, LOTS),
]  # fmt: skip


@pytest.mark.parametrize("filters", BAD, ids=str)
def test_a_symbol_without_readable_steps_has_no_rules(filters: tuple[dict[str, Any], ...]) -> None:
    assert info(*filters) == MarketInfo({}, (), 1)


def test_one_bad_symbol_does_not_lose_the_others() -> None:
    good = {
        "symbol": "AB", "status": "TRADING", "baseAsset": "A", "quoteAsset": "B",
        "filters": [PRICES, LOTS],
    }  # fmt: skip
    data = json.dumps({"symbols": [{"symbol": "X"}, good, good, 7]}).encode()
    found = read_exchange_info(data)
    assert isinstance(found, MarketInfo)
    assert ([*found.symbols], found.bad) == (["AB"], 3)


def test_fees_are_all_that_the_venue_takes() -> None:
    rates = {"maker": "0.001", "taker": "0.002", "buyer": "0.0001", "seller": "0.0003"}
    data = json.dumps({"symbol": "AB", "standardCommission": rates, "taxCommission": rates})
    fees = read_commission(data.encode())
    assert fees == Commission("AB", D("0.0026"), D("0.0046"))
    assert isinstance(fees, Commission)
    rules = with_fees(info(PRICES, LOTS).symbols["AB"], fees).rules
    assert (rules.maker_fee, rules.taker_fee) == (D("0.0026"), D("0.0046"))


@pytest.mark.parametrize("taker", ["1", "-0.1", "NaN", "1e-3"])
def test_a_fee_that_cannot_be_is_unreadable(taker: str) -> None:
    rates = {"maker": "0.001", "taker": taker}
    data = json.dumps({"symbol": "AB", "standardCommission": rates}).encode()
    assert isinstance(read_commission(data), Unreadable)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"symbols":7}'])
def test_what_is_no_answer_is_unreadable(data: bytes) -> None:
    assert isinstance(read_exchange_info(data), Unreadable)
    assert isinstance(read_commission(data), Unreadable)
