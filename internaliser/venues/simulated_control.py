"""The control port of the simulated exchange: one JSON object a line in, one out.

    {"do": "truth"}                     everything the exchange knows to be true
    {"do": "misbehave", "kind": "no_ack", "every": 3}       or "next": 1; "delay_ms": 200
    {"do": "behave"}                    no misbehaviour from now on
    {"do": "set_book", "symbol": "BTC/USD", "bids": [["99", "5"]], "asks": [["101", "5"]]}
    {"do": "step"}                      the market moves once
    {"do": "silent", "ms": 500}         it stands still, nothing is told
    {"do": "stale", "ms": 500}          it moves on, nothing is told of it
    {"do": "slow", "ms": 20}            everything is told so much later
    {"do": "cancel", "client": "NODE", "cl_ord_id": "1-3-512"}      nobody asked for it
    {"do": "disconnect"}                all lines drop
    {"do": "restart"}                   and the sequence numbers are forgotten

The answer has "ok"; false comes with "error". Numbers of money are text, as FIX writes them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from internaliser.venues.misbehaviour import make_rule
from internaliser.venues.simulated_exchange import Order, number
from internaliser.venues.simulated_market import BUY, SELL, Market

if TYPE_CHECKING:
    from internaliser.venues.fix_simulator import FixSimulator

NS_PER_MS = 1_000_000

Request = dict[str, Any]


def answer(simulator: FixSimulator, line: bytes) -> Request:
    """Do what a control line asks. A line that makes no sense changes nothing."""
    try:
        request = json.loads(line)
        if not isinstance(request, dict):
            raise ValueError("expected a JSON object")
        verb = VERBS.get(request.get("do", ""))
        if verb is None:
            raise ValueError(f"unknown {request.get('do')!r}; there are {', '.join(VERBS)}")
        return {"ok": True, **verb(simulator, request)}
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        return {"ok": False, "error": f"{type(error).__name__}: {error}"}


def truth(simulator: FixSimulator, request: Request) -> Request:
    """Orders, balances, books, sessions."""
    exchange = simulator.exchange
    clients = sorted(simulator.sessions)
    return {
        "orders": [order_truth(order) for order in exchange.orders.values()],
        "balances": {
            client: {
                asset: number(amount)
                for asset, amount in exchange.accounts.of(client, exchange.assets()).items()
            }
            for client in clients
        },
        "books": {symbol: book_truth(market) for symbol, market in simulator.markets.items()},
        "sessions": {
            client: {
                "is_logged_on": simulator.sessions[client].is_logged_on,
                "next_in": simulator.sessions[client].next_in,
                "next_out": simulator.sessions[client].next_out,
            }
            for client in clients
        },
        "orders_received": simulator.misbehaviour.order_count,
        "misbehaved": list(simulator.misbehaviour.done),
    }


def order_truth(order: Order) -> Request:
    return {
        "client": order.client,
        "cl_ord_id": order.cl_ord_id,
        "order_id": order.order_id,
        "symbol": order.symbol,
        "side": order.side,
        "price": number(order.price),
        "qty": number(order.qty),
        "cum_qty": number(order.cum_qty),
        "leaves_qty": number(order.leaves_qty),
        "status": order.status,
        "executions": [
            {
                "exec_id": execution.exec_id,
                "price": number(execution.price),
                "qty": number(execution.qty),
                "fee": number(execution.fee),
            }
            for execution in order.executions
        ],
    }


def book_truth(market: Market) -> Request:
    """The book as it is, which in a stale time is not the book as published."""
    book = market.book()
    return {
        name: [
            [number(price), number(qty)]
            for price, qty in sorted(book[side].items(), reverse=side == BUY)
        ]
        for name, side in (("bids", BUY), ("asks", SELL))
    }


def misbehave(simulator: FixSimulator, request: Request) -> Request:
    options = {key: int(request[key]) for key in ("next", "every", "delay_ms") if key in request}
    simulator.misbehaviour.add(make_rule(request["kind"], **options))
    return {}


def behave(simulator: FixSimulator, request: Request) -> Request:
    """Everything as it should be from now on."""
    simulator.misbehaviour.clear()
    simulator.slow_ms = 0
    simulator.feed.silent_until_ns = 0
    simulator.feed.stale_until_ns = 0
    return {}


def set_book(simulator: FixSimulator, request: Request) -> Request:
    if request["symbol"] not in simulator.markets:
        raise ValueError(f"unknown symbol {request['symbol']!r}")
    bids, asks = (
        {Decimal(price): Decimal(qty) for price, qty in request[name]} for name in ("bids", "asks")
    )
    simulator.set_book(request["symbol"], bids, asks)
    return {}


def step(simulator: FixSimulator, request: Request) -> Request:
    simulator.step()
    return {}


def silent(simulator: FixSimulator, request: Request) -> Request:
    """The market stands still and nothing is told."""
    simulator.feed.silent_until_ns = time.time_ns() + int(request["ms"]) * NS_PER_MS
    return {}


def stale(simulator: FixSimulator, request: Request) -> Request:
    """The market goes on and nothing is told of it."""
    simulator.feed.stale_until_ns = time.time_ns() + int(request["ms"]) * NS_PER_MS
    return {}


def slow(simulator: FixSimulator, request: Request) -> Request:
    """Everything is told so much later."""
    simulator.slow_ms = int(request["ms"])
    return {}


def cancel(simulator: FixSimulator, request: Request) -> Request:
    order = simulator.exchange.orders.get((request["client"], request["cl_ord_id"]))
    if order is None:
        raise ValueError(f"no order {request['cl_ord_id']!r} of {request['client']!r}")
    simulator.cancel(order)
    return {}


def disconnect(simulator: FixSimulator, request: Request) -> Request:
    simulator.disconnect()
    return {}


def restart(simulator: FixSimulator, request: Request) -> Request:
    simulator.restart()
    return {}


VERBS: dict[str, Callable[[FixSimulator, Request], Request]] = {
    "truth": truth,
    "misbehave": misbehave,
    "behave": behave,
    "set_book": set_book,
    "step": step,
    "silent": silent,
    "stale": stale,
    "slow": slow,
    "cancel": cancel,
    "disconnect": disconnect,
    "restart": restart,
}
