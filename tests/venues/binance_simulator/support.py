"""A simulated Binance: its desk without sockets, or the whole of it on a loopback port."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from yarl import URL

from internaliser.venues.binance_simulator import rest
from internaliser.venues.binance_simulator.account import Fees
from internaliser.venues.binance_simulator.amount import UNIT, units
from internaliser.venues.binance_simulator.desk import Desk
from internaliser.venues.binance_simulator.endpoints import Security
from internaliser.venues.binance_simulator.front import Answer, answer
from internaliser.venues.binance_simulator.keys import key_of
from internaliser.venues.binance_simulator.limits import Limits
from internaliser.venues.binance_simulator.listing import listing_of
from internaliser.venues.binance_simulator.market import Levels, Market
from internaliser.venues.binance_simulator.misbehaviour import Misbehaviour, rule_of
from internaliser.venues.binance_simulator.simulator import Simulator, SimulatorConfig, serve

TIMEOUT_S = 10
NOW_MS = 1_700_000_000_000
KEY, SECRET = "simulator", "simulator"
BIDS = [["99", "5"], ["98", "10"]]
ASKS = [["101", "5"], ["102", "10"]]
LISTING = listing_of("BTC/USDT:100:0.01:0.001")


def fixtures(*parts: str) -> Path:
    """A folder of recorded data; the test is skipped where it is not."""
    root = Path(__file__).resolve().parents[3]
    for shared in (root.parent / "shared", root.parent.parent / "shared"):
        if (shared / "fixtures").exists():
            return shared.joinpath("fixtures", *parts)
    pytest.skip("../shared/fixtures is not on this machine")


def levels(pairs: list[list[str]]) -> Levels:
    return [(units(price, "price"), units(qty, "qty")) for price, qty in pairs]


# Without sockets.


class Ears:
    """A user stream that keeps what it hears."""

    def __init__(self, account: str = "main") -> None:
        self.account = account
        self.events: list[dict[str, Any]] = []
        self.garbled = 0
        self.has_ended = False

    def hear(self, event: Any, *, is_garbled: bool) -> None:
        self.events.append(event)
        self.garbled += is_garbled

    def end(self) -> None:
        self.has_ended = True

    def reports(self) -> list[tuple[str, str, str]]:
        """(x, X, z) of every execution report."""
        return [
            (one["x"], one["X"], one["z"]) for one in self.events if one["e"] == "executionReport"
        ]


class Bench:
    """A desk with one symbol, a known book (BIDS, ASKS), a user stream, and a clock by hand."""

    def __init__(self, misbehave: str = "", limits: Limits | None = None) -> None:
        self.market = Market(LISTING, seed=1)
        self.market.set_crowd(levels(BIDS), levels(ASKS))
        self.market.publish()
        self.late: list[tuple[int, Callable[[], None]]] = []
        rules = Misbehaviour([rule_of(misbehave)] if misbehave else [])
        keys = [key_of(f"{KEY}:{SECRET}"), key_of("other:other:second")]
        self.desk = Desk(
            [self.market], Fees(), keys, 1_000_000 * UNIT, limits or Limits(), rules,
            lambda delay_ms, act: self.late.append((delay_ms, act)),
        )  # fmt: skip
        self.ears = Ears()
        self.desk.listeners.append(self.ears)
        self.now_ms = NOW_MS
        self.order_count = 0

    def ask(self, method: str, path: str, key: str = KEY, **params: Any) -> Answer:
        """One REST request, signed when the path wants it."""
        query, api_key = urlencode(params), ""
        if rest.PATHS[method, f"/api/v3/{path}"].security is Security.SIGNED:
            query, api_key = signed({"timestamp": self.now_ms, **params}, key), key
        asked = rest.asked_of(method, f"/api/v3/{path}", query, "", api_key)
        assert asked is not None
        return answer(self.desk, asked, self.now_ms)

    def place(self, **changes: Any) -> Answer:
        """An order to buy 1 at 101, IOC, unless told otherwise; None leaves a parameter out."""
        self.order_count += 1
        terms = {
            "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "IOC",
            "quantity": "1", "price": "101", "newClientOrderId": f"a{self.order_count}",
        } | changes  # fmt: skip
        key = terms.pop("key", KEY)
        kept = {name: value for name, value in terms.items() if value is not None}
        return self.ask("POST", "order", key, **kept)

    def error(self, found: Answer) -> tuple[int, int, str]:
        """(HTTP status, code, text) of a refusal."""
        assert found.refusal is not None, found.body
        return found.status, found.body["code"], found.body["msg"]

    def balance(self, asset: str, account: str = "main") -> tuple[int, int]:
        found = self.desk.account(account).of(asset)
        return found.free, found.locked

    def run_late(self) -> list[int]:
        """What was put off happens now; by how much it was put off."""
        due, self.late = self.late, []
        for _, act in due:
            act()
        return [delay_ms for delay_ms, _ in due]


def signed(params: dict[str, Any], secret: str = SECRET) -> str:
    """A query with its HMAC signature, as a client sends it."""
    query = urlencode(params)
    return f"{query}&signature={hmac_of(query, secret)}"


def hmac_of(payload: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


# With sockets.


class Venue:
    """A running simulator and a client of it in one event loop."""

    def __init__(self, simulator: Simulator, port: int, client: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.client = client
        self.base = f"http://127.0.0.1:{port}"

    async def rest(self, method: str, path: str, **params: Any) -> tuple[int, Any]:
        """A signed request: (status, JSON)."""
        query = signed({**params, "timestamp": time.time_ns() // 1_000_000})
        url = URL(f"{self.base}/api/v3/{path}?{query}", encoded=True)
        async with self.client.request(method, url, headers={"X-MBX-APIKEY": KEY}) as response:
            return response.status, json.loads(await response.text())

    async def place(self, cl_ord_id: str, **changes: Any) -> tuple[int, Any]:
        return await self.rest("POST", "order", **{
            "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "IOC",
            "quantity": "1", "price": "101", "newClientOrderId": cl_ord_id, **changes,
        })  # fmt: skip

    async def get(self, path: str) -> Any:
        async with self.client.get(self.base + path) as response:
            return json.loads(await response.text())

    async def control(self, verb: str, **request: Any) -> Any:
        async with self.client.post(f"{self.base}/simulator/{verb}", json=request) as response:
            found = json.loads(await response.text())
            assert response.status == 200, found
            return found

    async def socket(self, path: str) -> aiohttp.ClientWebSocketResponse:
        return await self.client.ws_connect(self.base.replace("http", "ws") + path)

    async def user_stream(self) -> aiohttp.ClientWebSocketResponse:
        """Subscribed, the answer read."""
        socket = await self.socket("/ws-api/v3?returnRateLimits=false")
        await ask(socket, "userDataStream.subscribe.signature", is_signed=True)
        return socket


async def ask(
    socket: aiohttp.ClientWebSocketResponse, method: str, *, is_signed: bool = False, **params: Any
) -> Any:
    """One request of the WebSocket API and its answer."""
    if is_signed:
        params |= {"apiKey": KEY, "timestamp": time.time_ns() // 1_000_000}
        payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
        params["signature"] = hmac_of(payload)
    await socket.send_json({"id": 7, "method": method, "params": params})
    return await hear(socket)


async def hear(socket: aiohttp.ClientWebSocketResponse) -> Any:
    message = await socket.receive(timeout=TIMEOUT_S)
    assert message.type is aiohttp.WSMsgType.TEXT, message
    return json.loads(message.data)


async def ended(socket: aiohttp.ClientWebSocketResponse) -> bool:
    """Is the connection gone, with or without a word?"""
    message = await socket.receive(timeout=TIMEOUT_S)
    return message.type in (
        aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR,
    )  # fmt: skip


def trade(scenario: Callable[[Venue], Awaitable[None]], **options: Any) -> None:
    """Run a scenario against a simulator whose market moves on command, with a known book."""

    async def main() -> None:
        ready: asyncio.Future[tuple[Simulator, int]] = asyncio.get_running_loop().create_future()
        config = SimulatorConfig(**{"listings": (LISTING,), **options})
        serving = asyncio.create_task(
            serve(config, lambda simulator, ports: ready.set_result((simulator, ports["http"])))
        )
        simulator, port = await ready
        async with aiohttp.ClientSession() as client:
            venue = Venue(simulator, port, client)
            if "markets" not in options:
                await venue.control("book", symbol="BTCUSDT", bids=BIDS, asks=ASKS)
            await asyncio.wait_for(scenario(venue), TIMEOUT_S)
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving

    asyncio.run(main())


@contextmanager
def running(**options: Any) -> Iterator[str]:
    """A simulator in a thread, for clients that block: its base address."""
    ready = threading.Event()
    found: list[Any] = []

    def on_ready(simulator: Simulator, ports: dict[str, int]) -> None:
        found.extend((ports["http"], asyncio.current_task(), asyncio.get_running_loop()))
        ready.set()

    async def main() -> None:
        with suppress(asyncio.CancelledError):
            await serve(SimulatorConfig(**options), on_ready)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert ready.wait(TIMEOUT_S)
    port, task, loop = found
    try:
        yield f"127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(TIMEOUT_S)
        assert not thread.is_alive()


# Shapes.

_AMOUNT = re.compile(r"-?[0-9]+\.[0-9]+")


def shape(told: Any) -> Any:
    """Keys and types: what a reader of the format depends on. A list has the shape of its first."""
    if isinstance(told, dict):
        return {key: shape(value) for key, value in told.items()}
    if isinstance(told, list):
        return [shape(told[0])] if told else []
    if isinstance(told, str) and _AMOUNT.fullmatch(told):
        return "amount"
    return type(told).__name__


def ccxt_client(address: str, key: str = KEY, secret: str = SECRET) -> Any:
    """ccxt on the simulator at `address`; the test is skipped where it is not installed."""
    ccxt = pytest.importorskip("ccxt")
    client = ccxt.binance({"apiKey": key, "secret": secret, "enableRateLimit": False})
    client.options.update({
        "defaultType": "spot", "fetchMargins": False, "fetchCurrencies": False,
        "warnOnFetchOpenOrdersWithoutSymbol": False,
    })  # fmt: skip
    client.options["fetchMarkets"] = {"types": ["spot"]}
    client.has["fetchCurrencies"] = False
    for name in ("public", "private", "v1"):
        client.urls["api"][name] = f"http://{address}/api/v3"
    client.load_markets()
    return client
