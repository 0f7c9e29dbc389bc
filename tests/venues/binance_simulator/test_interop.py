"""Clients that were not written here trade against the simulator: ccxt and the venue's own library.

What they believe after placing, canceling and asking must be the simulator's truth to the last
digit. INTERNALISER_DEEP=1: 200 orders each.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import urllib.request
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from internaliser.venues.binance_simulator.keys import key_of
from internaliser.venues.binance_simulator.limits import Limits
from internaliser.venues.binance_simulator.listing import listing_of

from .support import KEY, SECRET, ccxt_client, running

ORDERS = 200 if os.environ.get("INTERNALISER_DEEP") else 16
SEED = 11
LISTINGS = (
    listing_of("BTC/USDT:30000:0.01:0.00001"),
    listing_of("ETH/BTC:0.06:0.00001:0.001:0.0001"),
)
LIMITS = {"weight_max": 1_000_000, "orders_10s_max": 1_000_000}
D = Decimal

pytestmark = [
    pytest.mark.interop,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Truth:
    """The simulator's own view, and its strings."""

    def __init__(self, address: str) -> None:
        self.base = f"http://{address}/simulator"

    def get(self, verb: str) -> Any:
        with urllib.request.urlopen(f"{self.base}/{verb}", timeout=10) as response:
            return json.load(response)

    def do(self, verb: str, **request: Any) -> None:
        data = json.dumps(request).encode()
        with urllib.request.urlopen(f"{self.base}/{verb}", data=data, timeout=10):
            pass


def wishes(count: int) -> list[dict[str, Any]]:
    """What a seeded trader wants: orders near the middle of both markets, of every kind."""
    chance = random.Random(SEED)
    found = []
    for number in range(count):
        is_first = chance.random() < 0.7
        middle, tick, lot = (
            (D(30000), D("0.01"), D("0.001")) if is_first else (D("0.06"), D("0.00001"), D("0.1"))
        )
        found.append({
            "symbol": "BTC/USDT" if is_first else "ETH/BTC",
            "kind": chance.choice(["IOC", "GTC", "FOK", "MARKET", "LIMIT_MAKER"]),
            "side": chance.choice(["buy", "sell"]),
            "qty": chance.randint(1, 2_000) * lot,
            "price": middle + chance.randint(-40, 40) * tick,
            "id": f"wish-{number}",
            "is_canceled": chance.random() < 0.5,
        })  # fmt: skip
    return found


def text(number: Any) -> Decimal:
    """A float of ccxt as the decimal it was read from."""
    return D(repr(number)) if isinstance(number, float) else D(str(number))


# ccxt.


def place_by_ccxt(client: Any, wish: dict[str, Any]) -> str:
    """The order's status as ccxt tells it; "refused" when the venue said no."""
    import ccxt

    params: dict[str, Any] = {"newClientOrderId": wish["id"]}
    kind, price = "limit", float(wish["price"])
    if wish["kind"] == "MARKET":
        kind = "market"
    elif wish["kind"] == "LIMIT_MAKER":
        params["postOnly"] = True
    else:
        params["timeInForce"] = wish["kind"]
    try:
        found = client.create_order(
            wish["symbol"], kind, wish["side"], float(wish["qty"]),
            None if kind == "market" else price, params,
        )  # fmt: skip
    except ccxt.OrderImmediatelyFillable:
        return "refused"
    assert found["clientOrderId"] == wish["id"]
    return str(found["status"])


def test_ccxt_believes_what_is_true() -> None:
    with running(listings=LISTINGS, limits=Limits(**LIMITS), seed=SEED) as address:
        client, truth = ccxt_client(address), Truth(address)
        assert set(client.markets) == {"BTC/USDT", "ETH/BTC"}
        symbols: dict[str, str] = {}
        for wish in wishes(ORDERS):
            if place_by_ccxt(client, wish) == "refused":
                continue
            symbols[wish["id"]] = wish["symbol"]
            truth.do("step", count=2)
            is_open = D(truth.get("orders")[wish["id"]]["leaves_qty"]) > 0
            if wish["is_canceled"] and is_open:
                params = {"origClientOrderId": wish["id"]}
                client.cancel_order(None, wish["symbol"], params)
        orders = truth.get("orders")
        assert orders.keys() == symbols.keys()
        for name, true in orders.items():
            compare_ccxt_order(client, symbols[name], name, true)
        compare_ccxt_rest(client, truth)


def compare_ccxt_order(client: Any, symbol: str, name: str, true: dict[str, Any]) -> None:
    found = client.fetch_order(None, symbol, {"origClientOrderId": name})
    states = {"NEW": "open", "PARTIALLY_FILLED": "open", "FILLED": "closed",
              "CANCELED": "canceled", "EXPIRED": "expired"}  # fmt: skip
    assert found["status"] == states[true["status"]]
    assert found["id"] == str(true["order_id"])
    assert [text(found[key]) for key in ("amount", "filled", "cost")] == [
        D(true[key]) for key in ("qty", "cum_qty", "cum_quote")
    ]
    fills = client.fetch_my_trades(symbol, None, None, {"orderId": true["order_id"]})
    assert [
        (one["id"], text(one["price"]), text(one["amount"]), text(one["fee"]["cost"]),
         one["fee"]["currency"], one["takerOrMaker"])
        for one in sorted(fills, key=lambda one: int(one["id"]))
    ] == [
        (str(one["trade_id"]), D(one["price"]), D(one["qty"]), D(one["fee"]), one["fee_asset"],
         "maker" if one["is_maker"] else "taker")
        for one in true["executions"]
    ]  # fmt: skip


def compare_ccxt_rest(client: Any, truth: Truth) -> None:
    """Balances, open orders and books."""
    balances = client.fetch_balance()
    for asset, true in truth.get("balances")["main"].items():
        found = balances[asset]
        assert (text(found["free"]), text(found["used"])) == (D(true["free"]), D(true["locked"]))
    still_open = {
        name for name, one in truth.get("orders").items() if D(one["leaves_qty"]) > 0
    }  # fmt: skip
    assert {one["clientOrderId"] for one in client.fetch_open_orders()} == still_open
    for symbol, true in truth.get("books").items():
        market = client.safe_market(symbol)["symbol"]
        found = client.fetch_order_book(market, 1000)
        assert found["nonce"] == true["last_id"]
        for side in ("bids", "asks"):
            assert [[text(one) for one in level] for level in found[side]] == [
                [D(one) for one in level] for level in true[side]
            ]


def test_ccxt_understands_the_venues_refusals() -> None:
    ccxt = pytest.importorskip("ccxt")
    with running(listings=LISTINGS, limits=Limits(**LIMITS), funding=10**8) as address:
        client, truth = ccxt_client(address), Truth(address)

        def buy(price: float = 30000.0, qty: float = 0.001) -> Any:
            return client.create_order("BTC/USDT", "limit", "buy", qty, price)

        truth.do("deposit", asset="USDT", delta="100")
        buy(29000.0)
        cases: list[tuple[str, type[Exception], Any]] = [
            ("", ccxt.InsufficientFunds, lambda: buy(qty=1.0)),
            ("", ccxt.OrderNotFound, lambda: client.fetch_order("1", "BTC/USDT")),
            ("", ccxt.OrderNotFound, lambda: client.cancel_order("1", "BTC/USDT")),
            ("timeout_before", ccxt.RequestTimeout, buy),
            ("unexpected_before", ccxt.OperationFailed, buy),
            ("rate_limited", ccxt.DDoSProtection, buy),
            ("clock_skew", ccxt.InvalidNonce, buy),
            ("drop_before", ccxt.NetworkError, buy),
            ("error_before", ccxt.ExchangeNotAvailable, buy),
        ]
        for kind, error, act in cases:
            if kind:
                truth.do("misbehave", kind=kind)
            with pytest.raises(error):
                act()
        assert len(truth.get("orders")) == 1


# The venue's own library.


def sdk(address: str, **keys: str) -> Any:
    """Spot of binance-sdk-spot, all three interfaces on the simulator's port."""
    pytest.importorskip("binance_sdk_spot")
    from binance_common.configuration import (
        ConfigurationRestAPI,
        ConfigurationWebSocketAPI,
        ConfigurationWebSocketStreams,
    )
    from binance_sdk_spot.spot import Spot

    logging.disable(logging.CRITICAL)
    api_key = keys.pop("api_key", KEY)
    keys = keys or {"api_secret": SECRET}
    return Spot(
        ConfigurationRestAPI(
            api_key, base_path=f"http://{address}", timeout=5000, retries=0, **keys
        ),
        ConfigurationWebSocketAPI(api_key, stream_url=f"ws://{address}/ws-api/v3", **keys),
        ConfigurationWebSocketStreams(stream_url=f"ws://{address}"),
    )


def terms_of(wish: dict[str, Any]) -> dict[str, Any]:
    """As the library's new_order and order_place take them."""
    terms: dict[str, Any] = {
        "symbol": wish["symbol"].replace("/", ""), "side": wish["side"].upper(),
        "type": wish["kind"], "quantity": str(wish["qty"]), "new_client_order_id": wish["id"],
    }  # fmt: skip
    if wish["kind"] in ("IOC", "GTC", "FOK"):
        terms |= {"type": "LIMIT", "time_in_force": wish["kind"]}
    if wish["kind"] != "MARKET":
        terms["price"] = str(wish["price"])
    return terms


def test_the_venues_library_believes_what_is_true() -> None:
    pytest.importorskip("binance_sdk_spot")
    from binance_common.errors import BadRequestError

    with running(listings=LISTINGS, limits=Limits(**LIMITS), seed=SEED) as address:
        client, truth = sdk(address).rest_api, Truth(address)
        symbols = {}
        for wish in wishes(ORDERS):
            try:
                found = client.new_order(**terms_of(wish)).data()
            except BadRequestError as error:
                if "immediately match" not in str(error):
                    raise
                continue
            assert found.client_order_id == wish["id"]
            symbols[wish["id"]] = found.symbol
            truth.do("step", count=2)
            if wish["is_canceled"] and D(truth.get("orders")[wish["id"]]["leaves_qty"]) > 0:
                client.delete_order(found.symbol, orig_client_order_id=wish["id"])
        orders = truth.get("orders")
        assert orders.keys() == symbols.keys()
        for name, true in orders.items():
            compare_sdk_order(client, name, true)
        balances = client.get_account().data().balances
        assert {one.asset: {"free": one.free, "locked": one.locked} for one in balances} == (
            truth.get("balances")["main"]
        )
        for symbol, true in truth.get("books").items():
            book = client.depth(symbol, 5000).data()
            assert (book.last_update_id, book.bids, book.asks) == (
                true["last_id"], true["bids"], true["asks"],
            )  # fmt: skip
        listed = {one.symbol for one in client.exchange_info().data().symbols}
        assert listed == {"BTCUSDT", "ETHBTC"}


def compare_sdk_order(client: Any, name: str, true: dict[str, Any]) -> None:
    found = client.get_order(true["symbol"], orig_client_order_id=name).data()
    assert (
        found.order_id, found.status, found.orig_qty, found.executed_qty,
        found.cummulative_quote_qty,
    ) == (
        true["order_id"], true["status"], true["qty"], true["cum_qty"], true["cum_quote"],
    )  # fmt: skip
    fills = client.my_trades(true["symbol"], order_id=true["order_id"]).data()
    assert [
        (one.id, one.price, one.qty, one.commission, one.commission_asset, one.is_maker)
        for one in fills
    ] == [
        (one["trade_id"], one["price"], one["qty"], one["fee"], one["fee_asset"], one["is_maker"])
        for one in true["executions"]
    ]


def test_the_venues_library_logs_on_and_hears_of_its_orders(tmp_path: Path) -> None:
    """WebSocket API with an Ed25519 key: logon, order, query, cancel, user stream, diff stream."""
    pytest.importorskip("binance_sdk_spot")
    private = Ed25519PrivateKey.generate()
    public = tmp_path / "public.pem"
    public.write_bytes(
        private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    keys = (key_of(f"ed:@{public}"),)
    with running(listings=LISTINGS, limits=Limits(**LIMITS), keys=keys, seed=SEED) as address:
        client, truth = sdk(address, api_key="ed", private_key=secret), Truth(address)
        asyncio.run(asyncio.wait_for(talk(client, truth), 20))


async def talk(client: Any, truth: Truth) -> None:
    api = client.websocket_api
    await api.create_connection()
    logon = (await api.session_logon()).data()
    assert logon.result.api_key == "ed"
    subscribed = await api.user_data_stream_subscribe()
    heard: asyncio.Queue[Any] = asyncio.Queue()
    subscribed.stream.on("message", heard.put_nowait)
    streams = client.websocket_streams
    await streams.create_connection()
    depths: asyncio.Queue[Any] = asyncio.Queue()
    (await streams.diff_book_depth("btcusdt", update_speed="100ms")).on(
        "message", depths.put_nowait
    )
    wish = {"symbol": "BTC/USDT", "side": "buy", "kind": "GTC", "qty": D("0.01"),
            "price": D(29990), "id": "by-websocket", "is_canceled": True}  # fmt: skip
    placed = (await api.order_place(**terms_of(wish))).data().result
    assert (placed.client_order_id, placed.status) == ("by-websocket", "NEW")
    asked = {"symbol": "BTCUSDT", "orig_client_order_id": "by-websocket"}
    true = truth.get("orders")["by-websocket"]
    found = (await api.order_status(**asked)).data().result
    assert (found.order_id, found.status) == (true["order_id"], true["status"])
    canceled = (await api.order_cancel(**asked)).data().result
    assert (canceled.status, canceled.orig_client_order_id) == ("CANCELED", "by-websocket")
    told = [(await heard.get()).actual_instance for _ in range(4)]
    assert [getattr(one, "X", None) for one in told] == ["NEW", None, "CANCELED", None]
    depth = await depths.get()
    assert (depth.s, depth.b) == ("BTCUSDT", [["29990.00000000", depth.b[0][1]]])
    await streams.close_connection()
    await api.close_connection()
