"""A FIX 4.4 exchange on a port: a moving book, honest matching, and misbehaviour on command.

It shares nothing with the node but the FIX codec. Everything it knows to be true (orders,
executions, balances) can be read through its control port as JSON, so that a test can compare it
with what a client believes.

    internaliser simulate fix --port 9880 --seed 1 --misbehave no_ack:every=5

prints `READY {"pid":..,"ports":{"fix":9880,"control":..}}` once both ports listen; SIGTERM ends it
with exit code 0.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from internaliser.fix import codec
from internaliser.venues.misbehaviour import Kind, Misbehaviour, deliveries, rule_of
from internaliser.venues.simulated_accounts import Accounts, Fees
from internaliser.venues.simulated_control import answer
from internaliser.venues.simulated_exchange import Exchange, Order, Report, Told, number
from internaliser.venues.simulated_market import BUY, Change, Listing, Market, listing_of
from internaliser.venues.simulated_session import (
    NS_PER_S,
    Received,
    SimulatedSession,
    received,
)

MESSAGE_MAX = 65_536  # bytes of one message; more drops the connection
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """What the exchange is. Port 0: a free one. interval_ms 0: the market moves on command only."""

    port: int = 0
    control_port: int = 0
    seed: int = 1
    comp_id: str = "SIM"
    instruments: tuple[Listing, ...] = (Listing("BTC/USD", Decimal(30000)),)
    misbehave: tuple[str, ...] = ()
    interval_ms: int = 100
    funding: Decimal = Decimal(1_000_000_000)
    taker_bp: Decimal = Decimal(0)


@dataclass(slots=True)
class Feed:
    """Who hears of the market, and whether anybody does just now."""

    subscribers: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    silent_until_ns: int = 0  # nothing moves and nothing is told
    stale_until_ns: int = 0  # the market moves and nobody is told


class FixSimulator:
    """The exchange with its connections. One event loop; no threads."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.markets = {one.symbol: Market(one, config.seed) for one in config.instruments}
        self.exchange = Exchange(self.markets, Accounts(config.funding, Fees(config.taker_bp)))
        self.misbehaviour = Misbehaviour([rule_of(text) for text in config.misbehave])
        self.sessions: dict[str, SimulatedSession] = {}
        self.links: dict[str, Link] = {}
        self.feed = Feed()
        self.slow_ms = 0
        for market in self.markets.values():
            market.publish()

    # Receiving.

    def on_message(self, link: Link, message: Received) -> None:
        """One message of a connection: the session's part, then the exchange's."""
        if not link.client and not self._open(link, message):
            link.close()
            return
        session = self.sessions[link.client]
        request = session.receive(message, time.time_ns())
        if request is not None and not session.wants_close:
            self._on_request(link, session, request)
        self._flush(link, session)

    def on_disconnect(self, link: Link) -> None:
        if link.client and self.links.get(link.client) is link:
            del self.links[link.client]
            self.sessions[link.client].is_logged_on = False
            for key in [key for key in self.feed.subscribers if key[0] == link.client]:
                del self.feed.subscribers[key]

    def _drop(self, link: Link) -> None:
        """The line breaks now; nothing more is said on it."""
        link.abort()
        self.on_disconnect(link)

    def _open(self, link: Link, message: Received) -> bool:
        """Find the session a Logon is for; False when it is for none, or another link has it."""
        client = message.values.get(49, "")
        if message.msg_type != "A" or message.values.get(56) != self.config.comp_id or not client:
            return False
        if client in self.links:
            return False
        session = self.sessions.setdefault(client, SimulatedSession(self.config.comp_id, client))
        session.connected()
        link.client = client
        self.links[client] = link
        return True

    def _on_request(self, link: Link, session: SimulatedSession, request: Received) -> None:
        client, values, now = link.client, request.values, self._time()
        if request.msg_type == "D":
            self._on_order(link, session, values)
        elif request.msg_type == "F":
            self._tell(self.exchange.cancel(client, values, now))
        elif request.msg_type == "H":
            self._tell(self.exchange.status(client, values, now))
        elif request.msg_type == "BB":
            self._tell(self.exchange.balances(client, values, now))
        elif request.msg_type == "V":
            self._on_subscription(session, request)
        else:
            self._send(session, Report("j", "refusal", [
                (45, str(request.number)), (372, request.msg_type), (380, "3"),
                (58, "not offered"),
            ]))  # fmt: skip
        self._publish_all()

    def _on_order(self, link: Link, session: SimulatedSession, values: dict[int, str]) -> None:
        rule = self.misbehaviour.next_order()
        if rule is not None and rule.kind is Kind.DISCONNECT_BEFORE:
            # It was never read: the number is asked for again at the next logon.
            session.next_in = (session.next_in or 2) - 1
            self._drop(link)
            return
        if rule is not None and rule.kind is Kind.REJECT:
            told = self.exchange.reject_order(link.client, values, self._time())
        else:
            told = self.exchange.new_order(link.client, values, self._time())
        if rule is not None and rule.kind in (Kind.DISCONNECT_AFTER, Kind.RESET_NUMBERS):
            self._drop(link)
        self._tell([pair for pair in told if pair[0] != link.client])
        own = [report for client, report in told if client == link.client]
        for delivery in deliveries(rule, own):
            self._later(delivery.delay_ms, link.client, delivery.report)
        if rule is not None and rule.kind is Kind.RESET_NUMBERS:
            self.restart()

    def _on_subscription(self, session: SimulatedSession, request: Received) -> None:
        """MarketDataRequest(V): W at once, then X; Y for a symbol that is not listed."""
        request_id = request.values.get(262, "")
        symbols = request.all(55)
        key = (session.theirs, request_id)
        if request.values.get(263) == "2":
            self.feed.subscribers.pop(key, None)
            return
        if not symbols or any(symbol not in self.markets for symbol in symbols):
            self._send(session, Report("Y", "market", [(262, request_id), (281, "0")]))
            return
        for symbol in symbols:
            self._send(session, snapshot_report(request_id, symbol, self.markets[symbol]))
        if request.values.get(263) == "1":
            self.feed.subscribers[key] = symbols

    # Sending.

    def _tell(self, told: list[Told]) -> None:
        for client, report in told:
            self._later(0, client, report)

    def _later(self, delay_ms: int, client: str, report: Report) -> None:
        delay_ms += self.slow_ms
        if delay_ms == 0:
            self._send(self.sessions[client], report)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(delay_ms / 1000, self._send, self.sessions[client], report)

    def _send(self, session: SimulatedSession, report: Report) -> None:
        link = self.links.get(session.theirs)
        is_kept = report.kind != "market"
        if link is None and not is_kept:
            return
        session.send(report.msg_type, report.fields, time.time_ns(), is_kept=is_kept)
        if link is not None:
            self._flush(link, session)

    def _flush(self, link: Link, session: SimulatedSession) -> None:
        if session.outbox:
            link.write(b"".join(session.outbox))
            session.outbox.clear()
        if session.wants_close:
            link.close()

    def _time(self) -> str:
        return codec.format_time(time.time_ns(), 6)

    # The market.

    def step(self) -> None:
        """The market moves once; resting orders it reached execute; subscribers hear of it."""
        if time.time_ns() < self.feed.silent_until_ns:
            return
        for symbol, market in self.markets.items():
            market.step()
            self._tell(self.exchange.on_market(symbol, self._time()))
        self._publish_all()

    def set_book(
        self, symbol: str, bids: dict[Decimal, Decimal], asks: dict[Decimal, Decimal]
    ) -> None:
        self.markets[symbol].set_crowd(bids, asks)
        self._tell(self.exchange.on_market(symbol, self._time()))
        self._publish_all()

    def _publish_all(self) -> None:
        if time.time_ns() < max(self.feed.silent_until_ns, self.feed.stale_until_ns):
            return
        for symbol, market in self.markets.items():
            changes = market.publish()
            if not changes:
                continue
            for (client, request_id), symbols in list(self.feed.subscribers.items()):
                if symbol in symbols:
                    report = increment_report(request_id, symbol, changes)
                    self._later(0, client, report)

    # The operator.

    def cancel(self, order: Order) -> None:
        """An open order leaves the book without its client having asked."""
        self._tell(self.exchange.cancel_unsolicited(order, self._time()))
        self._publish_all()

    def disconnect(self) -> None:
        """Every line drops, without a word."""
        for link in list(self.links.values()):
            self._drop(link)

    def restart(self) -> None:
        """The lines drop and all sequence numbers are forgotten. Orders and balances are not."""
        self.disconnect()
        for session in self.sessions.values():
            session.reset()

    def logout(self) -> None:
        for client, link in list(self.links.items()):
            self.sessions[client].logout("the exchange closes", time.time_ns())
            self._flush(link, self.sessions[client])

    def on_time(self) -> None:
        for client, link in list(self.links.items()):
            self.sessions[client].on_time(time.time_ns())
            self._flush(link, self.sessions[client])


def snapshot_report(request_id: str, symbol: str, market: Market) -> Report:
    levels = market.snapshot()
    fields = [(262, request_id), (55, symbol), (268, str(len(levels)))]
    for level in levels:
        entry_type = "0" if level.side == BUY else "1"
        fields += [(269, entry_type), (270, number(level.price)), (271, number(level.qty))]
    return Report("W", "market", fields)


def increment_report(request_id: str, symbol: str, changes: list[Change]) -> Report:
    fields = [(262, request_id), (268, str(len(changes)))]
    for change in changes:
        action = "2" if not change.qty else "0" if change.is_new else "1"
        entry_type = "0" if change.side == BUY else "1"
        fields += [(279, action), (269, entry_type), (55, symbol), (270, number(change.price))]
        if change.qty:
            fields.append((271, number(change.qty)))
    return Report("X", "market", fields)


class Link(asyncio.Protocol):
    """One connection: bytes to messages and back."""

    def __init__(self, simulator: FixSimulator) -> None:
        self.simulator = simulator
        self.client = ""  # known with its Logon
        self.held = b""
        self.transport: asyncio.Transport | None = None
        self.is_aborted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(
            asyncio.Transport, transport
        )  # uvloop's derive from nothing of asyncio

    def data_received(self, data: bytes) -> None:
        split = codec.split(self.held + data, MESSAGE_MAX)
        self.held = (self.held + data)[split.used :]
        if split.is_oversize:
            self.abort()
        for message in split.messages:
            if self.is_aborted:
                # Lost on the line, like everything behind the message that broke it.
                return
            try:
                self.simulator.on_message(self, received(message))
            except ValueError:
                # A number that is none: whoever sends that does not speak FIX.
                self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.simulator.on_disconnect(self)

    def write(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def close(self) -> None:
        """After what is written has left."""
        if self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """Now."""
        self.is_aborted = True
        if self.transport is not None:
            self.transport.abort()


async def serve(
    config: SimulatorConfig, on_ready: Callable[[FixSimulator, dict[str, int]], None]
) -> None:
    """Run until cancelled. `on_ready` gets the simulator and its ports once both listen."""
    loop = asyncio.get_running_loop()
    simulator = FixSimulator(config)

    async def on_control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                writer.write(json.dumps(answer(simulator, line)).encode() + b"\n")
                await writer.drain()
        writer.close()

    fix = await loop.create_server(lambda: Link(simulator), HOST, config.port)
    control = await asyncio.start_server(on_control, HOST, config.control_port)
    ports = {
        "fix": fix.sockets[0].getsockname()[1],
        "control": control.sockets[0].getsockname()[1],
    }
    on_ready(simulator, ports)
    try:
        await _tick(simulator)
    finally:
        simulator.logout()
        fix.close()
        control.close()


async def _tick(simulator: FixSimulator) -> None:
    """The market's steps and the sessions' beats."""
    interval_s = simulator.config.interval_ms / 1000 or 1.0
    beat_ns = 0
    while True:
        await asyncio.sleep(interval_s)
        if simulator.config.interval_ms:
            simulator.step()
        now_ns = time.time_ns()
        if now_ns - beat_ns >= NS_PER_S:
            beat_ns = now_ns
            simulator.on_time()


def add_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """The options of `simulate fix`."""
    default = SimulatorConfig()
    add = parser.add_argument
    add("--port", type=int, default=0, help="FIX port, 0 takes a free one")
    add("--control-port", type=int, default=0, help="port of the JSON control lines")
    add("--seed", type=int, default=default.seed, help="the same seed is the same market")
    add("--comp-id", default=default.comp_id, help="the exchange's CompID")
    add("--instruments", nargs="+", metavar="SYMBOL[:MID[:TICK[:LOT]]]",
        default=["BTC/USD:30000", "ETH/USD:2000"], help="what is listed")  # fmt: skip
    add("--misbehave", nargs="*", metavar="KIND[:every=N]", default=[],
        help="what goes wrong: " + ", ".join(Kind))  # fmt: skip
    add("--interval-ms", type=int, default=default.interval_ms,
        help="between moves of the market, 0 = only on command")  # fmt: skip
    add("--funding", type=Decimal, default=default.funding, help="every client's first balance")
    add("--taker-bp", type=Decimal, default=Decimal(0), help="fee in basis points")


def config_of(arguments: argparse.Namespace) -> SimulatorConfig:
    """Raises ValueError with one clear line when a value makes no sense."""
    for text in arguments.misbehave:
        rule_of(text)
    return SimulatorConfig(
        port=arguments.port,
        control_port=arguments.control_port,
        seed=arguments.seed,
        comp_id=arguments.comp_id,
        instruments=tuple(listing_of(text) for text in arguments.instruments),
        misbehave=tuple(arguments.misbehave),
        interval_ms=arguments.interval_ms,
        funding=arguments.funding,
        taker_bp=arguments.taker_bp,
    )


def run(arguments: argparse.Namespace) -> int:
    """The verb `simulate fix`: serve until SIGTERM or SIGINT, then 0."""
    config = config_of(arguments)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        serving = asyncio.create_task(serve(config, _print_ready))
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, serving.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    _run_loop(main())
    return 0


def _print_ready(simulator: FixSimulator, ports: dict[str, int]) -> None:
    print("READY", json.dumps({"pid": os.getpid(), "ports": ports}), flush=True)


def _run_loop(main: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
