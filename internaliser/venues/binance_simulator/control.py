"""/simulator/...: the truth for tests, and the strings to pull. Not a part of Binance.

    GET  /simulator/orders      every order by client order id, with its executions
    GET  /simulator/trades      every execution, oldest first
    GET  /simulator/balances    account -> asset -> free, locked
    GET  /simulator/books       symbol -> the book as it is, which need not be as told
    GET  /simulator/state       what misbehaved how often, how many listen, requests counted
    POST /simulator/misbehave   {"kind": "timeout_after", "next": 3, "on": "order.cancel"}
    POST /simulator/behave      everything as it should be from now on, counts begin anew
    POST /simulator/step        {"count": 10}                   the market moves
    POST /simulator/book        {"symbol", "bids": [["99", "5"]], "asks": ...}
    POST /simulator/symbol      {"symbol", "status": "BREAK"}
    POST /simulator/cancel      {"cl_ord_id"}                   nobody asked for it
    POST /simulator/expire      {"cl_ord_id"}
    POST /simulator/fill        {"cl_ord_id", "qty"}            somebody takes it
    POST /simulator/deposit     {"asset", "delta", "account"}

Amounts are text. An answer that is an error has "error" and the status 400.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from internaliser.venues.binance_simulator.amount import UNIT, told, units
from internaliser.venues.binance_simulator.keys import DEFAULT_ACCOUNT
from internaliser.venues.binance_simulator.market import BUY, SELL, Levels
from internaliser.venues.binance_simulator.market_calls import told_levels
from internaliser.venues.binance_simulator.misbehaviour import make_rule
from internaliser.venues.binance_simulator.order import CANCELED, EXPIRED, Fill, Order

if TYPE_CHECKING:
    from internaliser.venues.binance_simulator.simulator import Simulator

EVERYTHING = 1 << 20  # levels

Request = dict[str, Any]
Verb = Callable[["Simulator", Request], Any]


def orders(simulator: Simulator, request: Request) -> Any:
    """By client order id; an id used again keeps the earlier order as ID~ORDERID."""
    found: dict[str, Any] = {}
    exchange = simulator.desk.exchange
    for order in exchange.orders:
        name = order.terms.cl_ord_id
        if exchange.by_cl_ord_id[order.account, name] is not order:
            name = f"{name}~{order.order_id}"
        found[name] = order_truth(order)
    return found


def order_truth(order: Order) -> Request:
    return {
        "account": order.account,
        "cl_ord_id": order.terms.cl_ord_id,
        "order_id": order.order_id,
        "symbol": order.terms.symbol,
        "side": order.terms.side,
        "type": order.terms.type,
        "tif": order.terms.tif,
        "price": told(order.terms.price),
        "qty": told(order.qty),
        "cum_qty": told(order.cum_qty),
        "cum_quote": told(order.cum_quote),
        "leaves_qty": told(order.leaves_qty),
        "status": order.status,
        "executions": [fill_truth(fill) for fill in order.fills],
    }


def fill_truth(fill: Fill) -> Request:
    return {
        "trade_id": fill.trade_id,
        "price": told(fill.price),
        "qty": told(fill.qty),
        "quote": told(fill.quote),
        "fee": told(fill.commission),
        "fee_asset": fill.commission_asset,
        "is_maker": fill.is_maker,
        "time_ms": fill.time_ms,
    }


def trades(simulator: Simulator, request: Request) -> Any:
    found = [
        {"cl_ord_id": order.terms.cl_ord_id, "symbol": order.terms.symbol, **fill_truth(fill)}
        for order in simulator.desk.exchange.orders
        for fill in order.fills
    ]
    return sorted(found, key=lambda one: (one["symbol"], one["trade_id"]))


def balances(simulator: Simulator, request: Request) -> Any:
    return {
        name: {
            asset: {"free": told(balance.free), "locked": told(balance.locked)}
            for asset, balance in sorted(account.balances.items())
        }
        for name, account in simulator.desk.exchange.accounts.items()
    }


def books(simulator: Simulator, request: Request) -> Any:
    return {
        symbol: {
            "last_id": place.market.last_id,
            "bids": told_levels(place.market.levels(BUY, EVERYTHING)),
            "asks": told_levels(place.market.levels(SELL, EVERYTHING)),
        }
        for symbol, place in simulator.desk.exchange.places.items()
    }


def state(simulator: Simulator, request: Request) -> Any:
    desk = simulator.desk
    return {
        "misbehaved": dict(desk.misbehaviour.done),
        "in_force": [rule.kind.value for rule in desk.misbehaviour.rules],
        "orders_received": desk.misbehaviour.placed,
        "user_streams": len(desk.listeners),
        "connections": len(simulator.links),
        "weight_used": desk.limits.weight.count,
    }


def misbehave(simulator: Simulator, request: Request) -> Any:
    options = {key: str(value) for key, value in request.items() if key != "kind"}
    simulator.misbehave(make_rule(str(request["kind"]), options))
    return {}


def behave(simulator: Simulator, request: Request) -> Any:
    simulator.desk.misbehaviour.clear()
    simulator.desk.limits.forget()
    return {}


def step(simulator: Simulator, request: Request) -> Any:
    simulator.step(int(request.get("count", 1)))
    return {}


def book(simulator: Simulator, request: Request) -> Any:
    place = simulator.place_of(request["symbol"])
    bids, asks = (levels_of(request[name]) for name in ("bids", "asks"))
    place.market.set_crowd(bids, asks)
    simulator.moved(request["symbol"])
    return {}


def symbol(simulator: Simulator, request: Request) -> Any:
    simulator.place_of(request["symbol"]).status = str(request["status"])
    return {}


def cancel(simulator: Simulator, request: Request) -> Any:
    return end(simulator, request, CANCELED)


def expire(simulator: Simulator, request: Request) -> Any:
    return end(simulator, request, EXPIRED)


def end(simulator: Simulator, request: Request, status: str) -> Any:
    order = open_order(simulator, request)
    simulator.desk.exchange.end_unasked(order, status, simulator.now_ms())
    return {}


def fill(simulator: Simulator, request: Request) -> Any:
    order = open_order(simulator, request)
    qty = units(str(request["qty"]), "qty") if "qty" in request else order.leaves_qty
    if not 0 < qty <= order.leaves_qty:
        raise ValueError(f"{told(order.leaves_qty)} is open, not {told(qty)}")
    simulator.desk.exchange.fill(order, qty, simulator.now_ms())
    return {}


def deposit(simulator: Simulator, request: Request) -> Any:
    account = simulator.desk.account(request.get("account", DEFAULT_ACCOUNT))
    delta = int(Decimal(str(request["delta"])) * UNIT)
    simulator.desk.exchange.deposit(account, request["asset"], delta, simulator.now_ms())
    return {}


def open_order(simulator: Simulator, request: Request) -> Order:
    account = request.get("account", DEFAULT_ACCOUNT)
    order = simulator.desk.exchange.by_cl_ord_id.get((account, request["cl_ord_id"]))
    if order is None or not order.is_open:
        raise ValueError(f"no open order {request['cl_ord_id']!r}")
    return order


def levels_of(pairs: list[list[str]]) -> Levels:
    return [(units(price, "price"), units(qty, "qty")) for price, qty in pairs]


VERBS: dict[tuple[str, str], Verb] = {
    ("GET", "orders"): orders,
    ("GET", "trades"): trades,
    ("GET", "balances"): balances,
    ("GET", "books"): books,
    ("GET", "state"): state,
    ("POST", "misbehave"): misbehave,
    ("POST", "behave"): behave,
    ("POST", "step"): step,
    ("POST", "book"): book,
    ("POST", "symbol"): symbol,
    ("POST", "cancel"): cancel,
    ("POST", "expire"): expire,
    ("POST", "fill"): fill,
    ("POST", "deposit"): deposit,
}
