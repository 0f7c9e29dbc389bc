"""The verb `simulate binance`: options to a configuration, and the process around the simulator."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from typing import Any

from internaliser.venues.binance_simulator.account import Fees
from internaliser.venues.binance_simulator.amount import UNIT
from internaliser.venues.binance_simulator.keys import key_of
from internaliser.venues.binance_simulator.limits import Limits
from internaliser.venues.binance_simulator.listing import listing_of
from internaliser.venues.binance_simulator.misbehaviour import Kind, rule_of
from internaliser.venues.binance_simulator.replay import markets_of
from internaliser.venues.binance_simulator.simulator import Simulator, SimulatorConfig, serve

SYMBOLS = [
    "BTC/USDT:30000:0.01:0.00001",
    "ETH/USDT:2000:0.01:0.0001",
    "ETH/BTC:0.06:0.00001:0.001:0.0001",
]
UPDATES_PER_SYMBOL = 10  # a second: @depth@100ms tells so often


def add_arguments(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """The options of `simulate binance`."""
    limits = Limits()
    add = parser.add_argument
    add("--port", type=int, default=0, metavar="P", help="where it listens, 0 takes a free one")
    add("--seed", type=int, default=1, metavar="N", help="the same seed is the same market")
    add("--symbols", nargs="+", metavar="BASE/QUOTE[:MID[:TICK[:LOT[:NOTIONAL]]]]", default=SYMBOLS,
        help="what is listed")  # fmt: skip
    add("--replay", type=Path, metavar="FILE", help="instead: the book of a recorded connection "
        "(X.ws.N.0 with X.http.0.0 beside it)")  # fmt: skip
    add("--key", action="append", default=[], metavar="API_KEY:SECRET[:ACCOUNT]",
        help="who may trade; SECRET is text, or @FILE with a secret or an Ed25519 public key. "
        "May be repeated; default simulator:simulator")  # fmt: skip
    add(
        "--updates-per-s",
        type=int,
        metavar="R",
        help=f"depth events over all symbols (default {UPDATES_PER_SYMBOL} each); 0 = on command",
    )
    add("--misbehave", nargs="*", metavar="KIND[:next=N][:every=N]...", default=[],
        help="what goes wrong: " + ", ".join(Kind))  # fmt: skip
    add("--funding", type=Decimal, default=Decimal(1_000_000), metavar="A",
        help="every account's first balance of each asset")  # fmt: skip
    add(
        "--maker-bp", type=Decimal, default=Decimal(10), metavar="B", help="maker fee, basis points"
    )
    add(
        "--taker-bp", type=Decimal, default=Decimal(10), metavar="B", help="taker fee, basis points"
    )
    add("--weight-max", type=int, default=limits.weight_max, metavar="N",
        help="request weight a minute")  # fmt: skip
    add("--orders-max", type=int, default=limits.orders_10s_max, metavar="N",
        help="orders an account may place in 10 s")  # fmt: skip
    add("--connections-max", type=int, default=limits.connections_max, metavar="N",
        help="WebSockets opened in 5 minutes")  # fmt: skip


def config_of(arguments: argparse.Namespace) -> SimulatorConfig:
    """Raises ValueError with one clear line when a value makes no sense."""
    for text in arguments.misbehave:
        rule_of(text)
    listings = tuple(listing_of(text) for text in arguments.symbols)
    markets = tuple(markets_of(arguments.replay, arguments.seed)) if arguments.replay else ()
    if len({one.symbol for one in listings}) < len(listings):
        raise ValueError("a symbol is listed twice")
    rate = arguments.updates_per_s
    if rate is None:
        rate = UPDATES_PER_SYMBOL * len(markets or listings)
    defaults = SimulatorConfig()
    return SimulatorConfig(
        port=arguments.port,
        seed=arguments.seed,
        listings=listings,
        markets=markets,
        keys=tuple(key_of(text) for text in arguments.key) or defaults.keys,
        misbehave=tuple(arguments.misbehave),
        updates_per_s=rate,
        funding=whole(arguments.funding, "--funding"),
        fees=Fees(whole(arguments.maker_bp, "--maker-bp"), whole(arguments.taker_bp, "--taker-bp")),
        limits=Limits(arguments.weight_max, arguments.orders_max,
                      connections_max=arguments.connections_max),
    )  # fmt: skip


def whole(amount: Decimal, option: str) -> int:
    scaled = amount * UNIT
    if scaled < 0 or scaled != scaled.to_integral_value():
        raise ValueError(f"{option} is not negative and has at most 8 decimals, not {amount}")
    return int(scaled)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT, then 0."""
    config = config_of(arguments)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        serving = asyncio.create_task(serve(config, print_ready))
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, serving.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await serving

    run_loop(main())
    return 0


def print_ready(simulator: Simulator, ports: dict[str, int]) -> None:
    print("READY", json.dumps({"pid": os.getpid(), "ports": ports}), flush=True)


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
