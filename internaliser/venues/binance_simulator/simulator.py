"""The simulated Binance as one process: one port, one event loop, the market's clock.

    internaliser simulate binance --port 9881 --seed 1 --symbols BTC/USDT:30000

prints `READY {"pid":..,"ports":{"http":9881}}` once it listens; SIGTERM ends it with exit code 0.
Everything it knows to be true, and misbehaviour on command, is under /simulator (control.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import InvalidOperation
from typing import Any, cast

from aiohttp import WSMsgType, web

from internaliser.venues.binance_simulator import rest
from internaliser.venues.binance_simulator.account import Fees
from internaliser.venues.binance_simulator.amount import UNIT
from internaliser.venues.binance_simulator.control import VERBS
from internaliser.venues.binance_simulator.desk import Desk
from internaliser.venues.binance_simulator.exchange import Place
from internaliser.venues.binance_simulator.front import Answer, answer
from internaliser.venues.binance_simulator.keys import Key, key_of
from internaliser.venues.binance_simulator.limits import Limits
from internaliser.venues.binance_simulator.link import PONG, Link, encode, frame
from internaliser.venues.binance_simulator.listing import Listing, listing_of
from internaliser.venues.binance_simulator.market import Market
from internaliser.venues.binance_simulator.misbehaviour import (
    ACTS,
    Kind,
    Misbehaviour,
    Rule,
    rule_of,
)
from internaliser.venues.binance_simulator.refusal import Refusal
from internaliser.venues.binance_simulator.streams import GOING_AWAY, Reader, Streams
from internaliser.venues.binance_simulator.ws_session import SESSION_WEIGHT, Session

HOST = "127.0.0.1"
NS_PER_MS = 1_000_000
BEAT_MS = 1_000
TURN_S_MIN = 0.01  # the market moves at most so often; more moves come several at once
OWED_S_MAX = 0.5  # moves that a busy machine may catch up on
MESSAGE_MAX = 1024 * 1024  # bytes of one WebSocket message


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """What the venue is. Port 0: a free one. updates_per_s 0: the market moves on command only."""

    port: int = 0
    seed: int = 1
    listings: tuple[Listing, ...] = (listing_of("BTC/USDT:30000"),)
    markets: tuple[Market, ...] = ()  # instead of listings: a replay
    keys: tuple[Key, ...] = (key_of("simulator:simulator"),)
    misbehave: tuple[str, ...] = ()
    updates_per_s: int = 0
    funding: int = 1_000_000 * UNIT
    fees: Fees = field(default_factory=Fees)
    limits: Limits = field(default_factory=Limits)


class Simulator:
    """The venue with its connections."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        markets = list(config.markets) or [Market(one, config.seed) for one in config.listings]
        rules = Misbehaviour()
        self.desk = Desk(
            markets, config.fees, list(config.keys), config.funding, config.limits, rules,
            self._later,
        )  # fmt: skip
        self.streams = Streams(self.desk.exchange.places, rules, is_manual=not config.updates_per_s)
        self.links: dict[Link, None] = {}
        self.readers: dict[Reader, None] = {}
        self.turn = 0  # whose move it is
        self.server: web.Server | None = None
        self.spared: asyncio.BaseTransport | None = None  # who ordered a restart hears it is done
        for text in config.misbehave:
            self.misbehave(rule_of(text))

    def now_ms(self) -> int:
        """The venue's clock, which may be wrong on command."""
        now_ms = time.time_ns() // NS_PER_MS
        for rule in self.desk.misbehaviour.rules:
            if rule.kind is Kind.CLOCK_OFFSET and now_ms + rule.delay_ms < rule.until_ms:
                return now_ms + rule.delay_ms
        return now_ms

    def _later(self, delay_ms: int, act: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_later(delay_ms / 1000, act)

    # The market.

    def step(self, count: int) -> None:
        """So many moves, each of the next symbol; what they changed is told at the end of each."""
        symbols = list(self.desk.exchange.places)
        for _ in range(count):
            symbol = symbols[self.turn % len(symbols)]
            self.turn += 1
            place = self.desk.exchange.places[symbol]
            trade = place.market.move()
            now_ms = self.now_ms()
            if trade is not None:
                told = place.tape.add(
                    trade.price, trade.qty, now_ms, is_buyer_maker=trade.is_buyer_maker
                )
                place.told_trades.append(told)
            if place.resting:
                self.desk.exchange.on_market(symbol, now_ms)
            self.streams.publish(symbol, now_ms)
        self.streams.flush()

    def moved(self, symbol: str) -> None:
        """Somebody changed a book: who rests in it may execute, everybody hears of it."""
        self.desk.exchange.on_market(symbol, self.now_ms())
        self.publish()

    def publish(self) -> None:
        now_ms = self.now_ms()
        for symbol in self.desk.exchange.places:
            self.streams.publish(symbol, now_ms)
        self.streams.flush()

    def beat(self) -> None:
        """Once a second: slow streams, pings."""
        now_ms = self.now_ms()
        self.streams.beat(now_ms)
        self.streams.flush()
        for link in list(self.links):
            link.on_time(now_ms)

    def place_of(self, symbol: str) -> Place:
        if symbol not in self.desk.exchange.places:
            raise ValueError(f"unknown symbol {symbol!r}")
        return self.desk.exchange.places[symbol]

    # Misbehaviour.

    def misbehave(self, rule: Rule) -> None:
        """Put a rule in force, or do at once what is done at once."""
        now_ms = self.now_ms()
        if rule.kind not in ACTS:
            self.desk.misbehaviour.add(rule, now_ms)
            if rule.kind is Kind.MAINTENANCE:
                self.close_sockets("maintenance")
            return
        self.desk.misbehaviour.count(rule)
        if rule.kind is Kind.USER_TERMINATED:
            self.desk.end_streams(now_ms)
        elif rule.kind is Kind.DISCONNECT:
            self.close_sockets("24 hours")
        elif rule.kind is Kind.SERVER_SHUTDOWN:
            self.streams.shut_down(list(self.readers), now_ms)
            self._later(rule.delay_ms, lambda: self.close_sockets("shutdown"))
        elif self.server is not None:
            for connection in list(self.server.connections):
                if connection.transport not in (None, self.spared):
                    connection.transport.abort()

    def close_sockets(self, reason: str) -> None:
        for link in list(self.links):
            link.close(GOING_AWAY, reason)

    # Connections.

    async def on_rest(self, request: web.Request) -> web.StreamResponse:
        """One REST request; whatever it changed is published before it is answered."""
        asked = await rest.read(request)
        found = asked
        if not isinstance(asked, Answer):
            found = answer(self.desk, asked, self.now_ms())
            self.publish()
        assert isinstance(found, Answer)
        return await rest.respond(request, found)

    async def on_streams(self, request: web.Request) -> web.StreamResponse:
        """/ws/NAME/NAME and /stream?streams=NAME/NAME."""
        is_combined = request.path.startswith("/stream")
        text = request.query.get("streams", "") if is_combined else request.match_info["names"]
        socket, link = await self._open(request)
        names = [name for name in text.split("/") if name]
        reader = Reader(link, self.streams, names, is_combined=is_combined)
        self.readers[reader] = None
        try:
            async for message in socket:
                if not reader.counts(self.now_ms()):
                    break
                if not self._is_control(link, message):
                    reader.on_text(message.data)
        finally:
            reader.leave()
            del self.readers[reader]
            self._leave(link)
        return socket

    async def on_ws_api(self, request: web.Request) -> web.StreamResponse:
        """/ws-api/v3: requests, answers and user events on one connection."""
        with contextlib.suppress(Refusal):  # what is refused from now on is refused in words
            self.desk.limits.spend(SESSION_WEIGHT, self.now_ms())
        socket, link = await self._open(request)
        has_limits = request.query.get("returnRateLimits", "true") != "false"
        session = Session(self.desk, link, self.now_ms(), self._later, has_limits=has_limits)
        try:
            async for message in socket:
                if not self._is_control(link, message):
                    session.on_text(message.data, self.now_ms())
                    self.publish()
        finally:
            session.leave()
            self._leave(link)
        return socket

    async def on_control(self, request: web.Request) -> web.StreamResponse:
        """/simulator/VERB."""
        verb = VERBS.get((request.method, request.match_info["verb"]))
        body = await request.read()
        self.spared = request.transport
        try:
            if verb is None:
                names = ", ".join(f"{method} {name}" for method, name in VERBS)
                raise ValueError(f"no such verb; there are {names}")
            found = verb(self, json.loads(body) if body else {})
        except (ValueError, KeyError, TypeError, InvalidOperation, Refusal) as error:
            text = encode({"error": f"{type(error).__name__}: {error}"})
            return web.Response(status=400, body=text, content_type=rest.JSON_TYPE)
        self.publish()
        return web.Response(body=encode(found), content_type=rest.JSON_TYPE)

    async def _open(self, request: web.Request) -> tuple[web.WebSocketResponse, Link]:
        """Accept a WebSocket, unless there is maintenance or the address connects too often."""
        now_ms = self.now_ms()
        if self.desk.misbehaviour.state(Kind.MAINTENANCE, now_ms) is not None:
            raise web.HTTPServiceUnavailable
        if not self.desk.limits.may_connect(now_ms):
            raise web.HTTPTooManyRequests
        socket = web.WebSocketResponse(
            autoping=False, compress=False, max_msg_size=MESSAGE_MAX, timeout=1.0
        )
        try:
            await socket.prepare(request)
        except ConnectionResetError:  # it hung up while it asked
            raise web.HTTPBadRequest from None
        # uvloop's transports derive from nothing of asyncio
        link = Link(cast(asyncio.Transport, request.transport), now_ms)
        self.links[link] = None
        return socket, link

    def _leave(self, link: Link) -> None:
        self.links.pop(link, None)

    def _is_control(self, link: Link, message: Any) -> bool:
        if message.type is WSMsgType.PING:
            link.write(frame(bytes(message.data), PONG))
        elif message.type is WSMsgType.PONG:
            link.on_pong(bytes(message.data), self.now_ms())
        return message.type is not WSMsgType.TEXT

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MESSAGE_MAX)
        app.router.add_route("GET", "/ws-api/v3", self.on_ws_api)
        app.router.add_route("GET", "/ws{names:.*}", self.on_streams)
        app.router.add_route("GET", "/stream", self.on_streams)
        app.router.add_route("*", "/simulator/{verb}", self.on_control)
        app.router.add_route("*", "/{path:.*}", self.on_rest)
        return app


async def serve(
    config: SimulatorConfig, on_ready: Callable[[Simulator, dict[str, int]], None]
) -> None:
    """Run until cancelled. `on_ready` gets the simulator and its port once it listens."""
    simulator = Simulator(config)
    runner = web.AppRunner(
        simulator.application(), handler_cancellation=True, access_log=None, shutdown_timeout=0.1
    )
    await runner.setup()
    site = web.TCPSite(runner, HOST, config.port, reuse_address=True)
    await site.start()
    simulator.server = runner.server
    on_ready(simulator, {"http": runner.addresses[0][1]})
    try:
        await _run(simulator)
    finally:
        simulator.close_sockets("shutdown")
        await runner.cleanup()


async def _run(simulator: Simulator) -> None:
    """The market's moves and the second's beat."""
    loop = asyncio.get_running_loop()
    rate = simulator.config.updates_per_s
    turn_s = max(TURN_S_MIN, 1 / rate) if rate else BEAT_MS / 1000
    last_s, beat_s, owed = loop.time(), loop.time(), 0.0
    while True:
        await asyncio.sleep(turn_s)
        now_s = loop.time()
        owed = min(owed + (now_s - last_s) * rate, rate * OWED_S_MAX)
        last_s = now_s
        simulator.step(int(owed))
        owed -= int(owed)
        if now_s - beat_s >= BEAT_MS / 1000:
            beat_s = now_s
            simulator.beat()
