"""Public answers against recorded ones: the same keys, the same types."""

import json
from typing import Any

import pytest

from internaliser.venues.binance_simulator.amount import UNIT

from .support import ASKS, BIDS, NOW_MS, Bench, fixtures, levels, shape

SPOT = ("marketdata", "nautilus_trader")
HTTP = (*SPOT, "crates", "adapters", "binance", "test_data", "spot", "http_json")
PUBLIC = ("ccxt", "public-answers", "binance")


def recorded(*parts: str) -> Any:
    return json.loads(fixtures(*parts).read_text())


def moved() -> Bench:
    """With a trade and candles."""
    bench = Bench()
    bench.place(quantity="6", price="102")
    return bench


def test_ping_and_time() -> None:
    bench = Bench()
    assert bench.ask("GET", "ping").body == {}
    assert bench.ask("GET", "time").body == {"serverTime": NOW_MS}
    theirs = recorded(*HTTP, "server_time_response.json")
    assert shape(bench.ask("GET", "time").body) == shape(theirs)


def test_the_depth_has_the_recorded_shape_and_the_whole_book() -> None:
    bench = Bench()
    found = bench.ask("GET", "depth", symbol="BTCUSDT", limit=5).body
    assert (levels(found["bids"]), levels(found["asks"])) == (levels(BIDS), levels(ASKS))
    assert found["lastUpdateId"] == bench.market.last_id
    for theirs in (
        recorded(*HTTP, "depth_response.json"),
        recorded(*PUBLIC, "fetch_order_book_BTC_USDT.json")["http_response"],
    ):
        assert shape(found) == shape(theirs)


def test_the_exchange_info_has_the_recorded_shape() -> None:
    found = Bench().ask("GET", "exchangeInfo").body
    theirs = recorded(*HTTP, "exchange_info_response.json")
    ours = shape(found["symbols"][0])
    expected = shape(theirs["symbols"][0])
    for key in ("filters", "permissions"):  # empty lists there
        del ours[key], expected[key]
    assert ours == expected
    assert found.keys() == theirs.keys()


def test_the_filters_have_the_recorded_shape() -> None:
    folder = (*SPOT, "tests", "integration_tests", "adapters", "binance", "resources",
              "http_responses")  # fmt: skip
    theirs = recorded(*folder, "http_spot_market_exchange_info.json")
    known = {one["filterType"]: shape(one) for one in theirs["symbols"][0]["filters"]}
    ours = {
        one["filterType"]: shape(one)
        for one in Bench().ask("GET", "exchangeInfo").body["symbols"][0]["filters"]
    }
    both = known.keys() & ours.keys()
    assert {name: ours[name] for name in both} == {name: known[name] for name in both}
    assert both >= {"PRICE_FILTER", "LOT_SIZE", "MARKET_LOT_SIZE", "MAX_NUM_ORDERS"}
    limits = Bench().ask("GET", "exchangeInfo").body["rateLimits"]
    assert [shape(one) for one in limits] == [shape(one) for one in theirs["rateLimits"]]


@pytest.mark.parametrize(
    ("path", "params", "name"),
    [("ticker/24hr", {"symbol": "BTCUSDT"}, "fetch_ticker_BTC_USDT"),
     ("aggTrades", {"symbol": "BTCUSDT"}, "fetch_trades_BTC_USDT"),
     ("klines", {"symbol": "BTCUSDT", "interval": "1h"}, "fetch_ohlcv_BTC_USDT")],
)  # fmt: skip
def test_public_answers_have_the_recorded_shape(
    path: str, params: dict[str, str], name: str
) -> None:
    theirs = recorded(*PUBLIC, f"{name}.json")["http_response"]
    ours = moved().ask("GET", path, **params).body
    if path == "ticker/24hr":
        theirs["priceChangePercent"] = "0.000"
    assert shape(ours) == shape(theirs)


def test_trades_and_candles_add_up() -> None:
    bench = moved()
    trades = bench.ask("GET", "trades", symbol="BTCUSDT").body
    assert [(one["id"], one["price"], one["qty"], one["isBuyerMaker"]) for one in trades] == [
        (1, "101.00000000", "5.00000000", False), (2, "102.00000000", "1.00000000", False),
    ]  # fmt: skip
    later = bench.ask("GET", "historicalTrades", symbol="BTCUSDT", fromId=2).body
    assert [one["id"] for one in later] == [2]
    (candle,) = bench.ask("GET", "klines", symbol="BTCUSDT", interval="5m").body
    assert candle[1:6] == ["101.00000000", "102.00000000", "101.00000000", "102.00000000",
                           "6.00000000"]  # fmt: skip
    assert candle[8:11] == [2, "6.00000000", "607.00000000"]
    wrong = bench.ask("GET", "klines", symbol="BTCUSDT", interval="7m")
    assert bench.error(wrong) == (400, -1120, "Invalid interval.")


def test_prices_of_one_symbol_are_an_object_and_of_all_a_list() -> None:
    bench = moved()
    one = bench.ask("GET", "ticker/price", symbol="BTCUSDT").body
    assert (one, bench.ask("GET", "ticker/price").body) == (
        {"symbol": "BTCUSDT", "price": "102.00000000"}, [one],
    )  # fmt: skip
    assert bench.ask("GET", "ticker/bookTicker", symbols='["BTCUSDT"]').body == [{
        "symbol": "BTCUSDT", "bidPrice": "99.00000000", "bidQty": "5.00000000",
        "askPrice": "102.00000000", "askQty": "9.00000000",
    }]  # fmt: skip
    average = bench.ask("GET", "avgPrice", symbol="BTCUSDT").body
    assert average["price"] == f"{607 * UNIT // 6 / UNIT:.8f}"


def test_a_change_of_price_is_told_with_its_sign() -> None:
    bench = Bench()
    bench.place(side="SELL", price="98", quantity="6")
    found = bench.ask("GET", "ticker/24hr", symbol="BTCUSDT").body
    assert (found["priceChange"], found["priceChangePercent"]) == ("-1.00000000", "-1.010")


@pytest.mark.parametrize("symbols", ["BTCUSDT", '["NO"]', "[]", '["BTCUSDT", 1]'])
def test_symbols_that_make_no_sense_are_refused(symbols: str) -> None:
    bench = Bench()
    assert bench.error(bench.ask("GET", "exchangeInfo", symbols=symbols))[1] in (-1100, -1121)
