"""Answers read: the recorded ones to the last digit, contradictory ones refused."""

import json
from decimal import Decimal as D
from typing import Any

import pytest

from internaliser.venues.binance.answers import (
    Balances,
    OpenOrders,
    OrderState,
    OrderStatus,
    Trade,
    Trades,
    Unreadable,
    read_balances,
    read_open_orders,
    read_order,
    read_time,
    read_trades,
)
from internaliser.venues.contract import StatedBalance
from tests.venues.binance.support import spot

GOOD = {
    "symbol": "BTCUSDT", "orderId": 5, "clientOrderId": "1-1-1", "status": "PARTIALLY_FILLED",
    "origQty": "2.0", "executedQty": "0.5", "cummulativeQuoteQty": "50.0",
    "fills": [{"price": "100", "qty": "0.5", "commission": "0.1", "commissionAsset": "BNB",
               "tradeId": 9}],
}  # fmt: skip


def read(**fields: Any) -> OrderState | Unreadable:
    return read_order(json.dumps(GOOD | fields).encode(), "1-1-1", "BTCUSDT")


def test_the_recorded_answer_to_a_placement() -> None:
    # Its fills are of 4000, 3999 ... USDT but its cummulativeQuoteQty of 10: only the sum is held.
    state = read_order(spot("http_json/new_order_full_response.json"), "6gCrw2kRUAF9CvJDGP16IP")
    fills = [("4000", "1", "4", 56), ("3999", "5", "19.995", 57), ("3998", "2", "7.996", 58),
             ("3997", "1", "3.997", 59), ("3995", "1", "3.995", 60)]  # fmt: skip
    assert state == OrderState(
        "BTCUSDT", "6gCrw2kRUAF9CvJDGP16IP", 28, OrderStatus.FILLED, D(10), D(10), D(10),
        tuple(Trade(number, 28, D(qty), D(px), D(fee), "USDT") for px, qty, fee, number in fills),
    )  # fmt: skip


def test_the_recorded_answer_to_a_query() -> None:
    assert read_order(spot("http_json/order_response.json"), "myOrder1", "LTCBTC") == OrderState(
        "LTCBTC", "myOrder1", 1, OrderStatus.NEW, D(1), D(0), D(0)
    )


def test_the_recorded_answer_to_a_cancel_is_about_the_order_not_the_cancel() -> None:
    state = read_order(spot("http_json/cancel_order_response.json"), "myOrder1", "LTCBTC")
    assert state == OrderState("LTCBTC", "myOrder1", 4, OrderStatus.CANCELED, D(1), D(0), D(0))


def test_the_recorded_account() -> None:
    assert read_balances(spot("http_json/account_response.json")) == Balances([
        StatedBalance("BTC", D("4723846.89208129"), D(0)),
        StatedBalance("LTC", D("4763368.68006011"), D(0)),
    ])  # fmt: skip


def test_the_recorded_time() -> None:
    assert read_time(spot("http_json/server_time_response.json")) == 1499827319559


def test_one_bad_fill_does_not_lose_the_others() -> None:
    fills = [*GOOD["fills"], {"price": "NaN"}]  # type: ignore[misc]
    state = read(fills=fills)
    assert isinstance(state, OrderState)
    assert (len(state.trades), state.bad) == (1, 1)


def test_a_status_we_do_not_know_is_unknown() -> None:
    state = read(status="HALF_BAKED")
    assert isinstance(state, OrderState)
    assert state.status is OrderStatus.UNKNOWN
    assert not state.status.is_final


def test_a_value_that_the_venue_forgot_is_none() -> None:
    state = read(cummulativeQuoteQty="-1.0", fills=[])
    assert isinstance(state, OrderState)
    assert state.cum_quote is None


CONTRADICTIONS: list[dict[str, Any]] = [
    {"executedQty": "3.0"},
    {"status": "FILLED"},
    {"status": "NEW"},
    {"status": "REJECTED"},
    {"origQty": "0"},
    {"fills": [GOOD["fills"][0] | {"qty": "0.6"}]},  # type: ignore[index]
    {"fills": [GOOD["fills"][0] | {"qty": "0"}]},  # type: ignore[index]
    {"fills": [GOOD["fills"][0] | {"price": "0"}]},  # type: ignore[index]
    {"cummulativeQuoteQty": "0"},
    {"clientOrderId": "1-1-2"},
    {"symbol": "ETHUSDT"},
]


@pytest.mark.parametrize("fields", CONTRADICTIONS, ids=str)
def test_what_an_order_cannot_be_is_unreadable(fields: dict[str, Any]) -> None:
    assert isinstance(read(), OrderState)
    assert isinstance(read(**fields), Unreadable)


SHAPES: list[dict[str, Any]] = [
    {"executedQty": 0.5}, {"executedQty": "1e-1"}, {"executedQty": "-0.5"}, {"origQty": "NaN"},
    {"orderId": "5"}, {"orderId": -5}, {"orderId": 2**70}, {"status": 4}, {"fills": {}},
    {"clientOrderId": None}, {"symbol": ""},
]  # fmt: skip


@pytest.mark.parametrize("fields", SHAPES, ids=str)
def test_a_wrong_shape_is_unreadable(fields: dict[str, Any]) -> None:
    assert isinstance(read(**fields), Unreadable)


BYTES = [b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff", b"[" * 5000, b'{"a":' * 2000]


@pytest.mark.parametrize("data", BYTES, ids=lambda data: repr(data[:8]))
def test_what_is_no_answer_is_unreadable(data: bytes) -> None:
    assert isinstance(read_order(data), Unreadable)
    assert isinstance(read_balances(data), Unreadable)
    assert isinstance(read_time(data), Unreadable)
    if data != b"[]":
        assert isinstance(read_trades(data), Unreadable)
        assert isinstance(read_open_orders(data), Unreadable)


def trade(**fields: Any) -> dict[str, Any]:
    return {
        "symbol": "BTCUSDT", "id": 9, "orderId": 5, "price": "100.5", "qty": "0.5",
        "commission": "0.1", "commissionAsset": "BNB", "time": 77,
    } | fields  # fmt: skip


def test_one_bad_trade_does_not_lose_the_others() -> None:
    data = json.dumps([trade(), trade(qty="0"), trade(id=None), 7, trade(id=10)]).encode()
    own = Trade(9, 5, D("0.5"), D("100.5"), D("0.1"), "BNB", 77)
    found = read_trades(data)
    assert isinstance(found, Trades)
    assert found.trades[0] == own
    assert ([one.trade_id for one in found.trades], found.bad) == ([9, 10], 3)


def test_one_bad_open_order_does_not_lose_the_others() -> None:
    data = json.dumps([GOOD | {"fills": []}, GOOD | {"executedQty": "3"}]).encode()
    found = read_open_orders(data)
    assert isinstance(found, OpenOrders)
    assert ([one.cl_ord_id for one in found.orders], found.bad) == (["1-1-1"], 1)


def test_one_bad_balance_does_not_lose_the_others() -> None:
    balances = [{"asset": "BTC", "free": "1", "locked": "0"}, {"asset": "X", "free": -1}]
    found = read_balances(json.dumps({"balances": balances}).encode())
    assert found == Balances([StatedBalance("BTC", D(1), D(0))], 1)
