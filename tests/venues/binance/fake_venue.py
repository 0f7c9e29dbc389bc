"""A venue on a script: a Transport without sockets, and a sink that writes down what it is told.

Its answers are written here, in the venue's published shapes, not made by the adapter's code.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from internaliser.venues.binance.adapter import BinanceAdapter
from internaliser.venues.binance.config import BinanceConfig, BinanceLimits, ListedSymbol
from internaliser.venues.binance.encoding import RestRequest
from internaliser.venues.binance.signing import HmacSigner, Signer
from internaliser.venues.binance.transport import HttpAnswer, Lost, NothingSent
from internaliser.venues.contract import OrderRef, OrderReport, PlaceOrder, StatedBalance
from tests.venues.binance.virtual_loop import run

START_NS = 1_700_000_000_000_000_000
SKEW_NS = 250_000_000  # the venue's clock is that much ahead of ours
LATENCY_S = 0.01
SYMBOL = "BTCUSDT"
FILTERS = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
    {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
    {"filterType": "NOTIONAL", "minNotional": "5", "maxNotional": "9000000"},
]


class FakeTimes:
    """The virtual loop's time, as the adapter's two clocks."""

    def utc_ns(self) -> int:
        return START_NS + self.mono_ns()

    def mono_ns(self) -> int:
        return round(asyncio.get_running_loop().time() * 1e9)


class Sink:
    """Everything told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.is_up = False

    def on_link(self, is_up: bool, why: str) -> None:
        self.is_up = is_up
        self.told.append(("link", is_up, why))

    def on_rules(self, rules: Any) -> None:
        self.told.append(("rules", [one.symbol for one in rules]))

    def on_report(self, report: OrderReport) -> None:
        self.told.append(("report", report))

    def on_book(self, symbol: str, book: Any) -> None:
        self.told.append(("book", symbol, book.best(49), book.best(50)))

    def on_book_lost(self, symbol: str, why: str) -> None:
        self.told.append(("book_lost", symbol, why))

    def on_balances(self, balances: Any, stated_ns: int) -> None:
        self.told.append(("balances", tuple(balances), stated_ns))

    def on_balances_unanswered(self, why: str) -> None:
        self.told.append(("unanswered", why))

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [one for one in self.told if one[0] == kind]

    def links(self) -> list[bool]:
        return [one[1] for one in self.of("link")]

    def tale(self, cl_ord_id: str) -> list[str]:
        """The reports of one order in a line each: "filled T7 0.5@100", "finished cum 0.5"."""
        return [tale(one[1]) for one in self.of("report") if one[1].cl_ord_id == cl_ord_id]

    def holds(self, asset: str) -> StatedBalance | None:
        stated = [b for one in self.of("balances") for b in one[1] if b.asset == asset]
        return stated[-1] if stated else None


def tale(report: OrderReport) -> str:
    text = report.kind.value
    if report.exec_id:
        text += f" {report.exec_id} {report.last_qty}@{report.last_px}"
    if report.cum_qty is not None:
        text += f" cum {report.cum_qty.normalize():f}"
    if report.reason is not None:
        text += f" {report.reason.value}"
    return text


@dataclass
class FakeSocket:
    """The adapter's end of a connection; `push` is the venue's."""

    venue: FakeVenue
    url: str
    messages: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    is_open: bool = True
    can_send: bool = True

    async def send(self, data: bytes) -> None:
        if not self.is_open or not self.can_send:
            raise Lost("broken")
        asyncio.get_running_loop().create_task(self.venue.on_frame(self, json.loads(data)))

    async def receive(self) -> bytes | None:
        if not self.is_open and self.messages.empty():
            return None
        return await self.messages.get()

    async def close(self) -> None:
        self.drop()

    def push(self, message: Any) -> None:
        if self.is_open:
            data = message if isinstance(message, bytes) else json.dumps(message).encode()
            self.messages.put_nowait(data)

    def drop(self) -> None:
        if self.is_open:
            self.is_open = False
            self.messages.put_nowait(None)


Answer = tuple[int, Any]
Place = Callable[[dict[str, str]], "Answer | None"]


class FakeVenue:
    """Answers as told. `answers[(method, path)]` overrides; None = silence."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.sockets: list[FakeSocket] = []
        self.answers: dict[tuple[str, str], Callable[[dict[str, str]], Answer | None]] = {}
        self.headers: dict[str, str] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.trades: list[dict[str, Any]] = []
        self.balances = [{"asset": "USDT", "free": "1000", "locked": "0"}]
        self.is_reachable = True
        self.is_closed = False
        self.subscriptions = 0
        self.last_update_id = 100

    # The transport

    async def request(self, base_url: str, request: RestRequest, timeout_s: float) -> HttpAnswer:
        if not self.is_reachable:
            raise NothingSent("refused")
        path, _, query = request.target.partition("?")
        params = dict(parse_qsl(query + request.body.decode()))
        self.asked.append((request.method, path, params))
        await asyncio.sleep(LATENCY_S)
        answer = self.answer(request.method, path, params)
        if answer is None:
            await asyncio.sleep(timeout_s)
            raise Lost("no answer")
        status, body = answer
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return HttpAnswer(status, self.headers, data)

    async def connect(self, url: str, timeout_s: float) -> FakeSocket:
        await asyncio.sleep(LATENCY_S)
        if not self.is_reachable:
            raise NothingSent("refused")
        socket = FakeSocket(self, url)
        self.sockets.append(socket)
        return socket

    async def close(self) -> None:
        self.is_closed = True

    async def on_frame(self, socket: FakeSocket, frame: dict[str, Any]) -> None:
        method, params = frame["method"], frame.get("params", {})
        self.asked.append(("WS", method, params))
        await asyncio.sleep(LATENCY_S)
        verb, path = WS_METHODS.get(method, ("WS", method))
        answer = self.answer(verb, path, {key: str(value) for key, value in params.items()})
        if answer is None:
            return
        status, body = answer
        key = "result" if status == 200 else "error"
        socket.push({"id": frame["id"], "status": status, key: body})

    # The venue

    def answer(self, method: str, path: str, params: dict[str, str]) -> Answer | None:
        override = self.answers.get((method, path))
        if override is not None:
            return override(params)
        return DEFAULTS[method, path](self, params)

    def now_ms(self) -> int:
        return (START_NS + SKEW_NS + round(asyncio.get_running_loop().time() * 1e9)) // 1_000_000

    def order(self, cl_ord_id: str, qty: str, **fields: Any) -> dict[str, Any]:
        """Make the venue know an order; returns its state as the venue tells it."""
        state = {
            "symbol": SYMBOL, "orderId": 1000 + len(self.orders), "clientOrderId": cl_ord_id,
            "price": "100.00", "origQty": qty, "executedQty": "0.00000000",
            "cummulativeQuoteQty": "0.00000000", "status": "NEW", "timeInForce": "GTC",
            "type": "LIMIT", "side": "BUY",
        } | fields  # fmt: skip
        self.orders[cl_ord_id] = state
        return state

    def trade(self, cl_ord_id: str, trade_id: int, qty: str, price: str) -> dict[str, Any]:
        """Fill a known order; returns the trade as the venue tells it."""
        state = self.orders[cl_ord_id]
        done = Decimal(state["executedQty"]) + Decimal(qty)
        state["executedQty"] = str(done)
        value = Decimal(state["cummulativeQuoteQty"]) + Decimal(qty) * Decimal(price)
        state["cummulativeQuoteQty"] = str(value)
        is_full = done == Decimal(state["origQty"])
        state["status"] = "FILLED" if is_full else "PARTIALLY_FILLED"
        trade = {
            "symbol": SYMBOL, "id": trade_id, "orderId": state["orderId"], "price": price,
            "qty": qty, "commission": "0.001", "commissionAsset": "BNB", "time": self.now_ms(),
        }  # fmt: skip
        self.trades.append(trade)
        return trade

    def execution(self, cl_ord_id: str, kind: str, **fields: Any) -> dict[str, Any]:
        """An executionReport of a known order as it stands."""
        state = self.orders[cl_ord_id]
        return {
            "e": "executionReport", "E": self.now_ms(), "s": SYMBOL, "c": cl_ord_id, "S": "BUY",
            "o": "LIMIT", "f": "IOC", "q": state["origQty"], "p": state["price"], "x": kind,
            "X": state["status"], "r": "NONE", "i": state["orderId"], "l": "0", "L": "0",
            "z": state["executedQty"], "Z": state["cummulativeQuoteQty"], "n": "0", "N": None,
            "t": -1, "C": "", "T": self.now_ms(),
        } | fields  # fmt: skip

    def told_trade(self, cl_ord_id: str, trade_id: int, qty: str, price: str) -> dict[str, Any]:
        """Fill a known order and tell it as the user stream does."""
        self.trade(cl_ord_id, trade_id, qty, price)
        return self.execution(cl_ord_id, "TRADE", l=qty, L=price, t=trade_id, n="0.001", N="BNB")

    def push_event(self, event: dict[str, Any]) -> None:
        for socket in self.user_sockets():
            socket.push({"subscriptionId": 0, "event": event})

    def push_depth(self, first: int, last: int, bids: Any, asks: Any) -> None:
        data = {
            "e": "depthUpdate", "E": self.now_ms(), "s": SYMBOL, "U": first, "u": last, "b": bids,
            "a": asks,
        }  # fmt: skip
        for socket in self.market_sockets():
            socket.push({"stream": f"{SYMBOL.lower()}@depth@100ms", "data": data})

    def user_sockets(self) -> list[FakeSocket]:
        return [one for one in self.sockets if "ws-api" in one.url and one.is_open]

    def market_sockets(self) -> list[FakeSocket]:
        return [one for one in self.sockets if "streams=" in one.url and one.is_open]

    def count(self, path: str) -> int:
        return sum(1 for _, asked, _ in self.asked if asked == path)


def _status(venue: FakeVenue, params: dict[str, str]) -> Answer:
    for state in venue.orders.values():
        number = params.get("orderId")
        if state["clientOrderId"] == params.get("origClientOrderId") or (
            number is not None and state["orderId"] == int(number)
        ):
            return 200, state
    return 400, {"code": -2013, "msg": "Order does not exist."}


def _cancel(venue: FakeVenue, params: dict[str, str]) -> Answer:
    state = venue.orders.get(params["origClientOrderId"])
    if state is None or state["status"] not in ("NEW", "PARTIALLY_FILLED"):
        return 400, {"code": -2011, "msg": "Unknown order sent."}
    state["status"] = "CANCELED"
    cancel_id = {"clientOrderId": "c1", "origClientOrderId": state["clientOrderId"]}
    return 200, state | cancel_id


def _place(venue: FakeVenue, params: dict[str, str]) -> Answer:
    state = venue.order(
        params["newClientOrderId"], params["quantity"], price=params["price"], side=params["side"]
    )
    return 200, state | {"fills": []}


def _open(venue: FakeVenue, params: dict[str, str]) -> Answer:
    return 200, [
        one for one in venue.orders.values() if one["status"] in ("NEW", "PARTIALLY_FILLED")
    ]


def _trades(venue: FakeVenue, params: dict[str, str]) -> Answer:
    number, start = params.get("orderId"), int(params.get("startTime", "0"))
    return 200, [
        one
        for one in venue.trades
        if one["time"] >= start and (number is None or one["orderId"] == int(number))
    ]


def _info(venue: FakeVenue, params: dict[str, str]) -> Answer:
    symbol = {
        "symbol": SYMBOL, "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"], "isSpotTradingAllowed": True,
        "filters": FILTERS,
    }  # fmt: skip
    return 200, {"symbols": [symbol], "rateLimits": []}


def _fees(venue: FakeVenue, params: dict[str, str]) -> Answer:
    return 200, {
        "symbol": params["symbol"],
        "standardCommission": {"maker": "0.001", "taker": "0.002", "buyer": "0", "seller": "0"},
    }


def _depth(venue: FakeVenue, params: dict[str, str]) -> Answer:
    return 200, {
        "lastUpdateId": venue.last_update_id,
        "bids": [["99.00", "1"], ["98.00", "2"]],
        "asks": [["101.00", "1"], ["102.00", "2"]],
    }


def _subscribe(venue: FakeVenue, params: dict[str, str]) -> Answer:
    venue.subscriptions += 1
    return 200, {"subscriptionId": 0}


DEFAULTS: dict[tuple[str, str], Callable[[FakeVenue, dict[str, str]], Answer]] = {
    ("GET", "/api/v3/time"): lambda venue, _: (200, {"serverTime": venue.now_ms()}),
    ("GET", "/api/v3/exchangeInfo"): _info,
    ("GET", "/api/v3/account/commission"): _fees,
    ("GET", "/api/v3/account"): lambda venue, _: (200, {"balances": venue.balances}),
    ("GET", "/api/v3/openOrders"): _open,
    ("GET", "/api/v3/myTrades"): _trades,
    ("GET", "/api/v3/order"): _status,
    ("POST", "/api/v3/order"): _place,
    ("DELETE", "/api/v3/order"): _cancel,
    ("GET", "/api/v3/depth"): _depth,
    ("WS", "userDataStream.subscribe.signature"): _subscribe,
    ("WS", "userDataStream.subscribe"): _subscribe,
    ("WS", "session.logon"): lambda venue, _: (200, {"apiKey": "key", "serverTime": 1}),
}
WS_METHODS = {
    "order.place": ("POST", "/api/v3/order"),
    "order.cancel": ("DELETE", "/api/v3/order"),
    "order.status": ("GET", "/api/v3/order"),
}


def config(orders_by: Any = "websocket", **limits: Any) -> BinanceConfig:
    return BinanceConfig(
        name="fake",
        symbols=(ListedSymbol(SYMBOL, Decimal("0.01"), Decimal("0.00001")),),
        rest_url="http://fake",
        stream_url="ws://fake",
        api_url="ws://fake/ws-api/v3",
        orders_by=orders_by,
        has_average_prices=False,
        limits=BinanceLimits(**limits),
    )


class World:
    """An adapter at work at a fake venue. `async with World() as world`: up when entered."""

    def __init__(self, signer: Signer | None = None, orders_by: Any = "websocket", **limits: Any):
        self.venue = FakeVenue()
        self.sink = Sink()
        self.signer = signer or HmacSigner("key", "secret")
        self.config = config(orders_by, **limits)
        self.adapter: BinanceAdapter
        self._life: asyncio.Task[None]

    async def start(self) -> None:
        self.adapter = BinanceAdapter(self.config, self.signer, self.sink, self.venue, FakeTimes())
        self._life = asyncio.get_running_loop().create_task(self.adapter.run())

    async def __aenter__(self) -> World:
        await self.start()
        await self.until(lambda: self.sink.is_up)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._life.cancel()
        await asyncio.gather(self._life, return_exceptions=True)

    async def until(self, is_done: Callable[[], object], most_s: float = 300) -> None:
        """Let time pass until `is_done`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + most_s
        while not is_done():
            assert loop.time() < end, self.sink.told[-10:]
            await asyncio.sleep(0.005)

    async def pass_s(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def live(story: Callable[[World], Coroutine[Any, Any, None]], **options: Any) -> World:
    """Run a story in virtual time against an adapter that is up."""

    async def main() -> World:
        async with World(**options) as world:
            await story(world)
        return world

    return run(main())


def order(
    cl_ord_id: str = "1-1-1", qty: str = "0.5", tif: Any = "IOC", deadline_ns: int = 0
) -> PlaceOrder:
    return PlaceOrder(
        cl_ord_id, SYMBOL, "BUY", Decimal(qty), Decimal("100"), tif, deadline_ns=deadline_ns
    )


def ref(cl_ord_id: str = "1-1-1") -> OrderRef:
    return OrderRef(cl_ord_id, SYMBOL)
