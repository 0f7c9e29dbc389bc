"""How the simulated Binance words things: answers about orders, user events, market events.

Shapes from the venue's documentation and from recordings; nothing here decides anything.
"""

from __future__ import annotations

from typing import Any

from internaliser.venues.binance_simulator.account import Account
from internaliser.venues.binance_simulator.amount import product, told
from internaliser.venues.binance_simulator.market import BUY
from internaliser.venues.binance_simulator.order import MARKET, Fill, Order

NO_LIST = -1  # orderListId of an order that is in none
STP = "NONE"

Told = dict[str, Any]

ZERO = told(0)


# Answers.


def acknowledged(order: Order) -> Told:
    """newOrderRespType=ACK."""
    return {
        "symbol": order.terms.symbol,
        "orderId": order.order_id,
        "orderListId": NO_LIST,
        "clientOrderId": order.terms.cl_ord_id,
        "transactTime": order.time_ms,
    }


def result(order: Order) -> Told:
    """newOrderRespType=RESULT."""
    return {
        **acknowledged(order),
        **amounts(order),
        "status": order.status,
        **kind(order),
        "workingTime": order.time_ms,
        "selfTradePreventionMode": STP,
    }


def full(order: Order) -> Told:
    """newOrderRespType=FULL."""
    fills = [
        {
            "price": told(fill.price),
            "qty": told(fill.qty),
            "commission": told(fill.commission),
            "commissionAsset": fill.commission_asset,
            "tradeId": fill.trade_id,
        }
        for fill in order.fills
    ]
    return {**result(order), "fills": fills}


def queried(order: Order) -> Told:
    """GET order and the lists of orders."""
    return {
        "symbol": order.terms.symbol,
        "orderId": order.order_id,
        "orderListId": NO_LIST,
        "clientOrderId": order.terms.cl_ord_id,
        **amounts(order),
        "status": order.status,
        **kind(order),
        "stopPrice": ZERO,
        "icebergQty": ZERO,
        "time": order.time_ms,
        "updateTime": order.updated_ms,
        "isWorking": True,
        "workingTime": order.time_ms,
        "selfTradePreventionMode": STP,
    }


def canceled(order: Order, cancel_id: str) -> Told:
    """DELETE order: the cancel has an id of its own."""
    return {
        "symbol": order.terms.symbol,
        "origClientOrderId": order.terms.cl_ord_id,
        "orderId": order.order_id,
        "orderListId": NO_LIST,
        "clientOrderId": cancel_id,
        "transactTime": order.updated_ms,
        **amounts(order),
        "status": order.status,
        **kind(order),
        "selfTradePreventionMode": STP,
    }


def amounts(order: Order) -> Told:
    return {
        "price": told(order.terms.price),
        "origQty": told(order.qty),
        "executedQty": told(order.cum_qty),
        "origQuoteOrderQty": told(order.terms.quote_qty),
        "cummulativeQuoteQty": told(order.cum_quote),
    }


def kind(order: Order) -> Told:
    return {
        "timeInForce": order.terms.tif,
        "type": order.terms.type,
        "side": order.terms.side,
    }


def my_trade(order: Order, fill: Fill) -> Told:
    return {
        "symbol": order.terms.symbol,
        "id": fill.trade_id,
        "orderId": order.order_id,
        "orderListId": NO_LIST,
        "price": told(fill.price),
        "qty": told(fill.qty),
        "quoteQty": told(fill.quote),
        "commission": told(fill.commission),
        "commissionAsset": fill.commission_asset,
        "time": fill.time_ms,
        "isBuyer": order.terms.side == BUY,
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


# User events.


def report(
    order: Order,
    execution: str,
    execution_id: int,
    now_ms: int,
    *,
    fill: Fill | None = None,
    cancel_id: str = "",
    rest: str = "NONE",
) -> Told:
    """executionReport of the order as it is now. `cancel_id`: of the cancel that ended it."""
    terms = order.terms
    is_working = order.is_open and terms.type != MARKET
    return {
        "e": "executionReport",
        "E": now_ms,
        "s": terms.symbol,
        "c": cancel_id or terms.cl_ord_id,
        "S": terms.side,
        "o": terms.type,
        "f": terms.tif,
        "q": told(order.qty),
        "p": told(terms.price),
        "P": ZERO,
        "F": ZERO,
        "g": NO_LIST,
        "C": terms.cl_ord_id if cancel_id else "",
        "x": execution,
        "X": order.status,
        "r": rest,
        "i": order.order_id,
        "l": told(fill.qty) if fill else ZERO,
        "z": told(order.cum_qty),
        "L": told(fill.price) if fill else ZERO,
        "n": told(fill.commission) if fill else "0",
        "N": fill.commission_asset if fill else None,
        "T": now_ms,
        "t": fill.trade_id if fill else -1,
        "I": execution_id,
        "w": is_working,
        "m": fill.is_maker if fill else False,
        "M": fill is not None,
        "O": order.time_ms,
        "Z": told(order.cum_quote),
        "Y": told(fill.quote) if fill else ZERO,
        "Q": told(terms.quote_qty),
        "W": order.time_ms,
        "V": STP,
    }


def position(account: Account, assets: tuple[str, ...], now_ms: int) -> Told:
    """outboundAccountPosition: what may have changed."""
    return {
        "e": "outboundAccountPosition",
        "E": now_ms,
        "u": account.updated_ms,
        "B": [
            {"a": asset, "f": told(account.of(asset).free), "l": told(account.of(asset).locked)}
            for asset in assets
        ],
    }


def balance_update(asset: str, delta: int, now_ms: int) -> Told:
    """Something came in or went out that was no trade."""
    return {"e": "balanceUpdate", "E": now_ms, "a": asset, "d": told(delta), "T": now_ms}


def terminated(now_ms: int) -> Told:
    return {"e": "eventStreamTerminated", "E": now_ms}


def shutdown(now_ms: int) -> Told:
    return {"e": "serverShutdown", "E": now_ms}


# The market.


def public_trade(trade_id: int, price: int, qty: int, time_ms: int, *, is_maker: bool) -> Told:
    """One of GET trades. `is_maker`: was the buyer the maker?"""
    return {
        "id": trade_id,
        "price": told(price),
        "qty": told(qty),
        "quoteQty": told(product(price, qty)),
        "time": time_ms,
        "isBuyerMaker": is_maker,
        "isBestMatch": True,
    }
