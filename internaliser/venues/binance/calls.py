"""What can be asked of the venue: one function per verb gives a Call, data that knows no transport.

    place(PlaceOrder("1-3-512", "BTCUSDT", "BUY", Decimal("0.5"), Decimal("60000"), "IOC"))

A Call names the request on REST (method, path) and, where there is one, on the WebSocket API (api).
Weights are the venue's (rest-api.md, 2026-07); what it counts itself overrides them.
"""

import json
from collections.abc import Sequence
from enum import IntEnum

from msgspec import Struct

from internaliser.venues.binance.amounts import text_of
from internaliser.venues.binance.signing import Params
from internaliser.venues.contract import PlaceOrder

TRADES_MAX = 1000  # the venue gives at most so many in one answer
DEPTH_WEIGHTS = ((100, 5), (500, 25), (1000, 50), (5000, 250))


class Priority(IntEnum):
    """Who goes first when the budget is short. Ending and knowing come before starting."""

    CANCEL = 0
    QUERY = 1
    PLACE = 2
    MARKET = 3


class Call(Struct, frozen=True, gc=False):
    method: str
    path: str
    api: str
    params: Params
    weight: int
    priority: Priority = Priority.QUERY
    is_signed: bool = True
    is_order: bool = False  # counts against the venue's order limits


def place(order: PlaceOrder) -> Call:
    """A new limit order: IOC, GTC, or GTX (the venue's LIMIT_MAKER), answered with its fills."""
    kind: Params = (("type", "LIMIT"), ("timeInForce", order.tif))
    if order.tif == "GTX":
        kind = (("type", "LIMIT_MAKER"),)
    params: Params = (
        ("symbol", order.symbol),
        ("side", order.side),
        *kind,
        ("quantity", text_of(order.qty)),
        ("price", text_of(order.price)),
        ("newClientOrderId", order.cl_ord_id),
        ("newOrderRespType", "FULL"),
    )
    return Call("POST", "/api/v3/order", "order.place", params, 1, Priority.PLACE, is_order=True)


def cancel(symbol: str, cl_ord_id: str) -> Call:
    params: Params = (("symbol", symbol), ("origClientOrderId", cl_ord_id))
    return Call("DELETE", "/api/v3/order", "order.cancel", params, 1, Priority.CANCEL)


def order_status(symbol: str, cl_ord_id: str) -> Call:
    params: Params = (("symbol", symbol), ("origClientOrderId", cl_ord_id))
    return Call("GET", "/api/v3/order", "order.status", params, 4)


def order_status_by_number(symbol: str, order_id: int) -> Call:
    """The state of an order of which only the venue's number is known."""
    params: Params = (("symbol", symbol), ("orderId", order_id))
    return Call("GET", "/api/v3/order", "order.status", params, 4)


def open_orders(symbol: str) -> Call:
    return Call("GET", "/api/v3/openOrders", "openOrders.status", (("symbol", symbol),), 6)


def trades_of_order(symbol: str, order_id: int) -> Call:
    params: Params = (("symbol", symbol), ("orderId", order_id), ("limit", TRADES_MAX))
    return Call("GET", "/api/v3/myTrades", "myTrades", params, 5)


def trades_since(symbol: str, start_ms: int) -> Call:
    """Our trades of a symbol from `start_ms`, oldest first, at most TRADES_MAX."""
    params: Params = (("symbol", symbol), ("startTime", start_ms), ("limit", TRADES_MAX))
    return Call("GET", "/api/v3/myTrades", "myTrades", params, 20)


def trades_from(symbol: str, from_id: int) -> Call:
    """The next page: our trades of a symbol from trade id `from_id`."""
    params: Params = (("symbol", symbol), ("fromId", from_id), ("limit", TRADES_MAX))
    return Call("GET", "/api/v3/myTrades", "myTrades", params, 20)


def account() -> Call:
    return Call("GET", "/api/v3/account", "account.status", (), 20)


def commission(symbol: str) -> Call:
    params: Params = (("symbol", symbol),)
    return Call("GET", "/api/v3/account/commission", "account.commission", params, 20)


def exchange_info(symbols: Sequence[str]) -> Call:
    """The rules of some symbols and the venue's rate limits."""
    text = json.dumps(list(symbols), separators=(",", ":"), ensure_ascii=False)
    params: Params = (("symbols", text),)
    return Call("GET", "/api/v3/exchangeInfo", "", params, 20, Priority.QUERY, is_signed=False)


def server_time() -> Call:
    return Call("GET", "/api/v3/time", "time", (), 1, Priority.QUERY, is_signed=False)


def depth(symbol: str, limit: int) -> Call:
    weight = next(weight for most, weight in DEPTH_WEIGHTS if limit <= most)
    params: Params = (("symbol", symbol), ("limit", limit))
    return Call("GET", "/api/v3/depth", "depth", params, weight, Priority.MARKET, is_signed=False)


def session_logon() -> Call:
    """Makes a WebSocket API connection ours: its requests then need no signature (Ed25519 only)."""
    return Call("", "", "session.logon", (), 2)


def subscribe_user_stream() -> Call:
    """On a connection that logged on."""
    return Call("", "", "userDataStream.subscribe", (), 2)


def subscribe_user_stream_signed() -> Call:
    """On any connection, with a signature; for keys that cannot log on."""
    return Call("", "", "userDataStream.subscribe.signature", (), 2)
