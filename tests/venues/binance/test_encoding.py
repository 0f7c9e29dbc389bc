"""Requests as they leave: what is signed is what is sent; ccxt's requests for the same orders."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import pytest

from internaliser.venues.binance import calls
from internaliser.venues.binance.encoding import api_frame, rest_request
from internaliser.venues.binance.fitting import fitted
from internaliser.venues.binance.market_info import SymbolRules
from internaliser.venues.binance.signing import HmacSigner
from internaliser.venues.contract import InstrumentRules, PlaceOrder
from tests.venues.binance.support import fixture, vector

NOW_MS = 1_499_827_319_559
SIGNER = HmacSigner("key", "secret")
ORDER = PlaceOrder("1-3-512", "LTCUSDT", "BUY", Decimal("0.2"), Decimal("50"), "GTC")
STEPS = {"LTCUSDT": ("0.01", "0.001"), "BTCUSDT": ("0.01", "0.00001")}


def rules_of(symbol: str) -> SymbolRules:
    tick, lot = map(Decimal, STEPS[symbol])
    return SymbolRules(InstrumentRules(symbol, "B", "Q", tick, lot), has_post_only=True)


def is_ours(case: dict[str, Any]) -> bool:
    """A limit order without conditions: all that the contract can place."""
    extra = case["input"][5] if len(case["input"]) > 5 else {}
    return case["input"][1] == "limit" and set(extra) <= {"postOnly", "test"}


def test_ccxts_requests_for_the_same_orders_are_the_same() -> None:
    cases = json.loads(fixture("ccxt/request/binance.json"))
    skipped = {*cases["skipKeys"]}
    compared = []
    for case in filter(is_ours, cases["methods"]["createOrder"]):
        symbol, _, side, qty, price, *extra = case["input"]
        symbol = symbol.replace("/", "")
        tif: Any = "GTX" if extra and extra[0].get("postOnly") else "GTC"
        # A float as ccxt takes it: its shortest text.
        order = PlaceOrder("id", symbol, side.upper(), Decimal(str(qty)), Decimal(str(price)), tif)
        fit = fitted(order, rules_of(symbol))
        assert isinstance(fit, PlaceOrder)
        request = rest_request(calls.place(fit), SIGNER, NOW_MS, 5000)
        theirs = {k: v for k, v in parse_qsl(case["output"]) if k not in skipped}
        ours = {k: v for k, v in parse_qsl(request.body.decode()) if k not in skipped}
        assert ours == theirs, case["description"]
        assert request.method == "POST"
        assert case["url"].removesuffix("/test").endswith(request.target)
        compared.append(case["description"])
    assert compared == [
        "Spot limit buy order",
        "Spot limit buy with postOnly",
        "spot order with weird amount",
        "spot order with weird price/amount",
        "Spot limit buy with test endpoint",
    ]


def test_a_post_is_signed_over_its_body() -> None:
    request = rest_request(calls.place(ORDER), SIGNER, NOW_MS, 5000)
    payload, _, signature = request.body.partition(b"&signature=")
    assert signature.decode() == SIGNER.signature(payload)
    assert payload.endswith(b"&recvWindow=5000&timestamp=1499827319559")
    assert (request.target, request.headers["X-MBX-APIKEY"]) == ("/api/v3/order", "key")


def test_anything_else_is_signed_over_its_query() -> None:
    request = rest_request(calls.cancel("LTCUSDT", "1-3-512"), SIGNER, NOW_MS, 5000)
    path, _, query = request.target.partition("?")
    payload, _, signature = query.partition("&signature=")
    assert (request.method, path, request.body) == ("DELETE", "/api/v3/order", b"")
    assert signature == SIGNER.signature(payload.encode())


def test_a_base64_signature_is_percent_encoded() -> None:
    class Signer:
        api_key = "key"
        can_log_on = True

        def signature(self, payload: bytes) -> str:
            return "a+/b=="

    request = rest_request(calls.account(), Signer(), NOW_MS, 5000)
    assert request.target.endswith("&signature=a%2B%2Fb%3D%3D")


def test_a_public_request_carries_neither_key_nor_time() -> None:
    request = rest_request(calls.depth("LTCUSDT", 100), SIGNER, NOW_MS, 5000)
    assert request.target == "/api/v3/depth?symbol=LTCUSDT&limit=100"
    assert request.headers == {}


def test_the_published_request_is_rebuilt() -> None:
    published = vector("binance-rest-hmac")
    signer = HmacSigner(published["api_key"], published["secret"])
    order = PlaceOrder("x", "LTCBTC", "BUY", Decimal("1"), Decimal("0.1"), "GTC")
    ours = [
        pair
        for pair in calls.place(order).params
        if pair[0] not in ("newClientOrderId", "newOrderRespType")
    ]
    from msgspec.structs import replace

    call = replace(calls.place(order), params=tuple(ours))
    request = rest_request(call, signer, 1499827319559, 5000)
    sent = request.body.decode()
    assert sent == f"{published['payload']}&signature={published['expected']}"


def test_a_websocket_request_is_signed_over_its_sorted_parameters() -> None:
    frame = json.loads(api_frame(calls.place(ORDER), 7, SIGNER, NOW_MS, 5000))
    params = frame["params"]
    signature = params.pop("signature")
    payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
    assert (frame["id"], frame["method"]) == (7, "order.place")
    assert signature == SIGNER.signature(payload.encode())
    assert (params["apiKey"], params["timestamp"]) == ("key", NOW_MS)


def test_on_a_connection_that_logged_on_nothing_is_signed() -> None:
    params = json.loads(api_frame(calls.account(), 7, None, NOW_MS, 5000))["params"]
    assert params == {"recvWindow": 5000, "timestamp": NOW_MS}
    frame = json.loads(api_frame(calls.subscribe_user_stream(), 8, None, NOW_MS, 5000))
    assert frame == {"id": 8, "method": "userDataStream.subscribe"}


@pytest.mark.parametrize("call", [calls.session_logon(), calls.subscribe_user_stream_signed()])
def test_logon_and_signed_subscription_carry_key_time_and_signature(call: calls.Call) -> None:
    params = json.loads(api_frame(call, 1, SIGNER, NOW_MS, 5000))["params"]
    assert params.keys() == {"apiKey", "signature", "timestamp", "recvWindow"}


def test_a_request_does_not_show_what_it_carries() -> None:
    assert "key" not in repr(rest_request(calls.account(), SIGNER, NOW_MS, 5000))
