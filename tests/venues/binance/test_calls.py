"""What each verb asks: names, parameters and weights as the venue documents them."""

from decimal import Decimal

import pytest

from internaliser.venues.binance import calls
from internaliser.venues.binance.calls import Call, Priority
from internaliser.venues.contract import PlaceOrder


def placed(tif: str) -> Call:
    side: str = "SELL"
    price, qty = Decimal("60000.10"), Decimal("0.50")
    return calls.place(PlaceOrder("1-3-512", "BTCUSDT", side, qty, price, tif))  # type: ignore[arg-type]


@pytest.mark.parametrize("tif", ["IOC", "GTC"])
def test_a_limit_order_names_its_time_in_force(tif: str) -> None:
    assert dict(placed(tif).params) == {
        "symbol": "BTCUSDT", "side": "SELL", "type": "LIMIT", "timeInForce": tif,
        "quantity": "0.5", "price": "60000.1", "newClientOrderId": "1-3-512",
        "newOrderRespType": "FULL",
    }  # fmt: skip


def test_a_post_only_order_is_a_limit_maker_without_time_in_force() -> None:
    params = dict(placed("GTX").params)
    assert params["type"] == "LIMIT_MAKER"
    assert "timeInForce" not in params


CALLS = [
    (placed("IOC"), "POST /api/v3/order", "order.place", 1, Priority.PLACE),
    (calls.cancel("A", "1"), "DELETE /api/v3/order", "order.cancel", 1, Priority.CANCEL),
    (calls.order_status("A", "1"), "GET /api/v3/order", "order.status", 4, Priority.QUERY),
    (calls.open_orders("A"), "GET /api/v3/openOrders", "openOrders.status", 6, Priority.QUERY),
    (calls.trades_of_order("A", 5), "GET /api/v3/myTrades", "myTrades", 5, Priority.QUERY),
    (calls.trades_since("A", 5), "GET /api/v3/myTrades", "myTrades", 20, Priority.QUERY),
    (calls.account(), "GET /api/v3/account", "account.status", 20, Priority.QUERY),
    (calls.commission("A"), "GET /api/v3/account/commission", "account.commission", 20,
     Priority.QUERY),
    (calls.server_time(), "GET /api/v3/time", "time", 1, Priority.QUERY),
    (calls.depth("A", 100), "GET /api/v3/depth", "depth", 5, Priority.MARKET),
    (calls.depth("A", 1000), "GET /api/v3/depth", "depth", 50, Priority.MARKET),
    (calls.depth("A", 5000), "GET /api/v3/depth", "depth", 250, Priority.MARKET),
]  # fmt: skip


@pytest.mark.parametrize(("call", "rest", "api", "weight", "priority"), CALLS)
def test_every_verb_has_its_place_and_weight(
    call: Call, rest: str, api: str, weight: int, priority: Priority
) -> None:
    assert f"{call.method} {call.path}" == rest
    assert (call.api, call.weight, call.priority) == (api, weight, priority)


def test_only_a_new_order_counts_against_the_order_limits() -> None:
    assert [call.api for call, *_ in CALLS if call.is_order] == ["order.place"]


def test_what_is_public_is_not_signed() -> None:
    public = {call.path for call, *_ in CALLS if not call.is_signed}
    assert public == {"/api/v3/time", "/api/v3/depth"}
    assert not calls.exchange_info(["A"]).is_signed


def test_symbols_are_one_list() -> None:
    assert calls.exchange_info(["BTCUSDT", "ETHUSDT"]).params == (
        ("symbols", '["BTCUSDT","ETHUSDT"]'),
    )
