"""Requests about the account: balances, executions, fees, order counts."""

from __future__ import annotations

from typing import Any

from internaliser.venues.binance_simulator import telling
from internaliser.venues.binance_simulator.amount import UNIT, told
from internaliser.venues.binance_simulator.call import Call
from internaliser.venues.binance_simulator.desk import Desk
from internaliser.venues.binance_simulator.order_calls import list_limit

NOTHING = told(0)


def account(desk: Desk, call: Call) -> Any:
    """GET account."""
    one, fees = desk.account(call.account), desk.exchange.fees
    assets = sorted(one.balances)
    if call.flag("omitZeroBalances", default=False):
        assets = [a for a in assets if one.of(a).free or one.of(a).locked]
    return {
        "makerCommission": fees.maker // UNIT,
        "takerCommission": fees.taker // UNIT,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": told(fees.rate(is_maker=True)),
            "taker": told(fees.rate(is_maker=False)),
            "buyer": NOTHING,
            "seller": NOTHING,
        },
        "canTrade": True,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": one.updated_ms,
        "accountType": "SPOT",
        "balances": [
            {"asset": a, "free": told(one.of(a).free), "locked": told(one.of(a).locked)}
            for a in assets
        ],
        "permissions": ["SPOT"],
        "uid": one.uid,
    }


def commission(desk: Desk, call: Call) -> Any:
    """GET account/commission of a symbol."""
    fees = desk.exchange.fees
    none = {"maker": NOTHING, "taker": NOTHING, "buyer": NOTHING, "seller": NOTHING}
    return {
        "symbol": call.symbol(desk.exchange),
        "standardCommission": {
            **none,
            "maker": told(fees.rate(is_maker=True)),
            "taker": told(fees.rate(is_maker=False)),
        },
        "specialCommission": none,
        "taxCommission": none,
        "discount": {
            "enabledForAccount": False,
            "enabledForSymbol": False,
            "discountAsset": "BNB",
            "discount": NOTHING,
        },
    }


def my_trades(desk: Desk, call: Call) -> Any:
    """GET myTrades: executions of a symbol, of one order, since a trade id or in a time."""
    symbol, limit = call.symbol(desk.exchange), list_limit(call)
    order_id, first_id = call.whole("orderId", 0), call.whole("fromId", 0)
    begin, end = call.whole("startTime", 0), call.whole("endTime", 1 << 62)
    orders = desk.exchange.by_symbol.get((call.account, symbol), [])
    if order_id:
        one = desk.exchange.by_id.get(order_id)
        is_own = one is not None and (one.account, one.terms.symbol) == (call.account, symbol)
        orders = [one] if one is not None and is_own else []
    found = [
        (order, fill)
        for order in orders
        for fill in order.fills
        if fill.trade_id >= first_id and begin <= fill.time_ms <= end
    ]
    found.sort(key=lambda pair: pair[1].trade_id)
    is_forward = first_id or begin
    return [
        telling.my_trade(order, fill)
        for order, fill in (found[:limit] if is_forward else found[-limit:])
    ]


def order_counts(desk: Desk, call: Call) -> Any:
    """GET rateLimit/order."""
    limits = desk.limits.of(call.account)
    for limit in limits:
        limit.turn(call.now_ms)
    return [limit.told(is_counted=True) for limit in limits]
