"""What can be asked of the simulated Binance: names, paths, parameters, weights, who may."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from internaliser.venues.binance_simulator import account_calls, market_calls, order_calls
from internaliser.venues.binance_simulator.amount import whole_number
from internaliser.venues.binance_simulator.call import Call
from internaliser.venues.binance_simulator.desk import Desk

Params = dict[str, str]
Weight = Callable[[Params], int]


class Security(enum.Enum):
    NONE = enum.auto()
    SIGNED = enum.auto()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`name` in the WebSocket API, `method` and `path` in REST."""

    name: str
    method: str
    path: str
    do: Callable[[Desk, Call], Any]
    security: Security
    weight: Weight
    params: frozenset[str]

    @property
    def has_order(self) -> bool:
        """Do its answers carry the account's order count?"""
        return self.name in ("order.place", "order.cancelReplace")


SIGNATURE = frozenset({"timestamp", "recvWindow", "signature", "apiKey"})
ORDER = (
    "symbol side type timeInForce quantity quoteOrderQty price newClientOrderId strategyId "
    "strategyType stopPrice trailingDelta icebergQty newOrderRespType selfTradePreventionMode "
    "pegPriceType pegOffsetValue pegOffsetType"
)
CANCEL = "symbol orderId origClientOrderId newClientOrderId cancelRestrictions"
REPLACE = (
    " cancelReplaceMode cancelNewClientOrderId cancelOrigClientOrderId cancelOrderId "
    "cancelRestrictions orderRateLimitExceededMode"
)
RANGE = " startTime endTime limit"
SYMBOLS = "symbol symbols symbolStatus"


def depth_weight(params: Params) -> int:
    count = whole_number(params.get("limit", "100")) or 0
    return next((w for most, w in ((100, 5), (500, 25), (1000, 50)) if count <= most), 250)


def each(one: int, all_of_them: int) -> Weight:
    """A request that is dear when it names no symbol."""
    return lambda params: one if params.get("symbol") else all_of_them


def fixed(weight: int) -> Weight:
    return lambda params: weight


def listed() -> list[Endpoint]:
    none, signed = Security.NONE, Security.SIGNED
    market, orders, account = market_calls, order_calls, account_calls
    rows: list[tuple[str, str, str, Callable[[Desk, Call], Any], Security, Weight, str]] = [
        ("ping", "GET", "ping", market.ping, none, fixed(1), ""),
        ("time", "GET", "time", market.time, none, fixed(1), ""),
        ("exchangeInfo", "GET", "exchangeInfo", market.exchange_info, none, fixed(20),
         SYMBOLS + " permissions showPermissionSets"),
        ("depth", "GET", "depth", market.depth, none, depth_weight, "symbol limit symbolStatus"),
        ("trades.recent", "GET", "trades", market.trades, none, fixed(25), "symbol limit"),
        ("trades.historical", "GET", "historicalTrades", market.trades, none, fixed(25),
         "symbol limit fromId"),
        ("trades.aggregate", "GET", "aggTrades", market.aggregate_trades, none, fixed(4),
         "symbol fromId" + RANGE),
        ("klines", "GET", "klines", market.candles, none, fixed(2),
         "symbol interval timeZone" + RANGE),
        ("uiKlines", "GET", "uiKlines", market.candles, none, fixed(2),
         "symbol interval timeZone" + RANGE),
        ("avgPrice", "GET", "avgPrice", market.average, none, fixed(2), "symbol"),
        ("ticker.24hr", "GET", "ticker/24hr", market.day_ticker, none, each(2, 80),
         SYMBOLS + " type"),
        ("ticker.price", "GET", "ticker/price", market.price, none, each(2, 4), SYMBOLS),
        ("ticker.book", "GET", "ticker/bookTicker", market.book_ticker, none, each(2, 4), SYMBOLS),
        ("order.place", "POST", "order", orders.place, signed, fixed(1), ORDER),
        ("order.test", "POST", "order/test", orders.test, signed, fixed(1),
         ORDER + " computeCommissionRates"),
        ("order.cancel", "DELETE", "order", orders.cancel, signed, fixed(1), CANCEL),
        ("order.status", "GET", "order", orders.status, signed, fixed(4),
         "symbol orderId origClientOrderId"),
        ("order.cancelReplace", "POST", "order/cancelReplace", orders.replace, signed, fixed(1),
         ORDER + REPLACE),
        ("openOrders.status", "GET", "openOrders", orders.open_orders, signed, each(6, 80),
         "symbol"),
        ("openOrders.cancelAll", "DELETE", "openOrders", orders.cancel_all, signed, fixed(1),
         "symbol"),
        ("allOrders", "GET", "allOrders", orders.all_orders, signed, fixed(20),
         "symbol orderId" + RANGE),
        ("myTrades", "GET", "myTrades", account.my_trades, signed,
         lambda params: 5 if params.get("orderId") else 20, "symbol orderId fromId" + RANGE),
        ("account.status", "GET", "account", account.account, signed, fixed(20),
         "omitZeroBalances"),
        ("account.commission", "GET", "account/commission", account.commission, signed, fixed(20),
         "symbol"),
        ("account.rateLimits.orders", "GET", "rateLimit/order", account.order_counts, signed,
         fixed(40), ""),
    ]  # fmt: skip
    return [
        Endpoint(name, method, f"/api/v3/{path}", do, security, weight, frozenset(params.split()))
        for name, method, path, do, security, weight, params in rows
    ]


ENDPOINTS = {one.name: one for one in listed()}
PATHS = {(one.method, one.path): one for one in ENDPOINTS.values()}
