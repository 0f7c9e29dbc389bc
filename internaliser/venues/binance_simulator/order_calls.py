"""Requests about orders: place, test, cancel, replace, look up."""

from __future__ import annotations

from typing import Any

from internaliser.venues.binance_simulator import telling
from internaliser.venues.binance_simulator.amount import units
from internaliser.venues.binance_simulator.call import Call
from internaliser.venues.binance_simulator.desk import Desk
from internaliser.venues.binance_simulator.listing import KNOWN_TYPES, ORDER_TYPES
from internaliser.venues.binance_simulator.order import (
    FOK,
    GTC,
    IOC,
    LIMIT,
    LIMIT_MAKER,
    MARKET,
    NEW,
    PARTIALLY_FILLED,
    Order,
    Terms,
)
from internaliser.venues.binance_simulator.refusal import (
    CONFLICT,
    UNKNOWN_ORDER,
    Refusal,
    cancel_rejected,
    missing,
)

LIST_DEFAULT, LIST_MAX = 500, 1_000
RESPONSES = {"ACK": telling.acknowledged, "RESULT": telling.result, "FULL": telling.full}


def terms_of(desk: Desk, call: Call) -> Terms:
    """What the client asks for; each combination that makes no sense is refused."""
    symbol = call.symbol(desk.exchange)
    side = call.one_of("side", ("BUY", "SELL"), -1117, "Invalid side.")
    kind = call.one_of("type", KNOWN_TYPES, -1116, "Invalid orderType.")
    if kind not in ORDER_TYPES:
        words = kind.replace("_", " ").lower().capitalize()
        raise Refusal(-1013, f"{words} orders are not supported for this symbol.")
    tif = GTC
    if kind == LIMIT:
        tif = call.one_of("timeInForce", (GTC, IOC, FOK), -1115, "Invalid timeInForce.")
    elif "timeInForce" in call.params:
        raise Refusal(-1106, "Parameter 'timeInForce' sent when not required.")
    quantity, amount, price = (
        units(call.params[name], name) if call.params.get(name) else 0
        for name in ("quantity", "quoteOrderQty", "price")
    )
    if kind == MARKET:
        if "price" in call.params:
            raise Refusal(-1106, "Parameter 'price' sent when not required.")
        if bool(call.params.get("quantity")) == bool(call.params.get("quoteOrderQty")):
            raise Refusal(
                -1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"
            )
    else:
        for name in ("quantity", "price"):
            call.text(name)
        if "quoteOrderQty" in call.params:
            raise Refusal(-1106, "Parameter 'quoteOrderQty' sent when not required.")
    for name in ("icebergQty", "stopPrice", "trailingDelta"):
        if name in call.params:
            raise Refusal(-1106, f"Parameter '{name}' sent when not required.")
    if call.params.get("selfTradePreventionMode", "NONE") != "NONE":
        raise Refusal(-1013, "This symbol does not allow the specified self-trade prevention mode.")
    cl_ord_id = call.cl_ord_id("newClientOrderId") or desk.make_id()
    return Terms(symbol, side, kind, tif, price, quantity, amount, cl_ord_id)


def place(desk: Desk, call: Call) -> Any:
    """POST order."""
    terms = terms_of(desk, call)
    default = "ACK" if terms.type == LIMIT_MAKER else "FULL"
    response = call.params.get("newOrderRespType", default)
    if response not in RESPONSES:
        raise Refusal(-1100, "Illegal characters found in parameter 'newOrderRespType'.")
    desk.limits.count_order(call.account, call.now_ms)
    answered = desk.place(call.account, terms, call.now_ms)
    call.made["delay_ms"] = answered.delay_ms
    return RESPONSES["ACK" if answered.is_bare else response](answered.order)


def test(desk: Desk, call: Call) -> Any:
    """POST order/test: everything but the order."""
    terms = terms_of(desk, call)
    desk.exchange.check(desk.account(call.account), terms, call.now_ms)
    return {}


def cancel(desk: Desk, call: Call) -> Any:
    """DELETE order."""
    cancel_id = call.cl_ord_id("newClientOrderId") or desk.make_id()
    order = find(desk, call, "orderId", "origClientOrderId")
    if order is None:
        raise cancel_rejected(UNKNOWN_ORDER)
    return cancel_order(desk, call, order, cancel_id)


def cancel_order(desk: Desk, call: Call, order: Order, cancel_id: str) -> Any:
    if not order.is_open:
        raise cancel_rejected(UNKNOWN_ORDER)
    restriction = call.params.get("cancelRestrictions", "")
    wanted = {"": order.status, "ONLY_NEW": NEW, "ONLY_PARTIALLY_FILLED": PARTIALLY_FILLED}
    if restriction not in wanted:
        raise Refusal(
            -1145, "`cancelRestrictions` has to be either `ONLY_NEW` or `ONLY_PARTIALLY_FILLED`."
        )
    if order.status != wanted[restriction]:
        raise cancel_rejected("Order was not canceled due to cancel restrictions.")
    desk.cancel(order, cancel_id, call.now_ms)
    return telling.canceled(order, cancel_id)


def cancel_all(desk: Desk, call: Call) -> Any:
    """DELETE openOrders."""
    orders = desk.exchange.open_orders(call.account, call.symbol(desk.exchange))
    if not orders:
        raise cancel_rejected(UNKNOWN_ORDER)
    return [cancel_order(desk, call, order, desk.make_id()) for order in orders]


def replace(desk: Desk, call: Call) -> Any:
    """POST order/cancelReplace: a cancel and an order, of which each may fail."""
    terms = terms_of(desk, call)
    mode = call.one_of(
        "cancelReplaceMode", ("STOP_ON_FAILURE", "ALLOW_FAILURE"), -1100,
        "Illegal characters found in parameter 'cancelReplaceMode'.",
    )  # fmt: skip
    cancel_id = call.cl_ord_id("cancelNewClientOrderId") or desk.make_id()
    answer: dict[str, Any] = {
        "cancelResult": "SUCCESS", "newOrderResult": "NOT_ATTEMPTED",
        "cancelResponse": None, "newOrderResponse": None,
    }  # fmt: skip
    try:
        order = find(desk, call, "cancelOrderId", "cancelOrigClientOrderId")
        if order is None:
            raise cancel_rejected(UNKNOWN_ORDER)
        answer["cancelResponse"] = cancel_order(desk, call, order, cancel_id)
    except Refusal as refusal:
        answer.update(cancelResult="FAILURE", cancelResponse=refusal.body())
        if mode == "STOP_ON_FAILURE":
            raise Refusal(-2022, "Order cancel-replace failed.", data=answer) from None
    try:
        desk.limits.count_order(call.account, call.now_ms)
        answered = desk.place(call.account, terms, call.now_ms)
        answer.update(newOrderResult="SUCCESS", newOrderResponse=telling.full(answered.order))
    except Refusal as refusal:
        answer.update(newOrderResult="FAILURE", newOrderResponse=refusal.body())
    failures = [answer["cancelResult"], answer["newOrderResult"]].count("FAILURE")
    if failures == 2:
        raise Refusal(-2022, "Order cancel-replace failed.", data=answer)
    if failures:
        raise Refusal(-2021, "Order cancel-replace partially failed.", CONFLICT, answer)
    return answer


def status(desk: Desk, call: Call) -> Any:
    """GET order."""
    order = find(desk, call, "orderId", "origClientOrderId")
    if order is None:
        raise Refusal(-2013, "Order does not exist.")
    return telling.queried(order)


def open_orders(desk: Desk, call: Call) -> Any:
    """GET openOrders, of one symbol or of all."""
    symbol = call.symbol(desk.exchange) if "symbol" in call.params else ""
    orders = desk.exchange.open_orders(call.account, symbol)
    return [telling.queried(order) for order in sorted(orders, key=lambda one: one.order_id)]


def all_orders(desk: Desk, call: Call) -> Any:
    """GET allOrders: open and ended, oldest first."""
    symbol, limit = call.symbol(desk.exchange), list_limit(call)
    first_id = call.whole("orderId", 0)
    begin, end = call.whole("startTime", 0), call.whole("endTime", 1 << 62)
    found = [
        order
        for order in desk.exchange.by_symbol.get((call.account, symbol), [])
        if order.order_id >= first_id and begin <= order.time_ms <= end
    ]
    return [telling.queried(order) for order in (found[:limit] if first_id else found[-limit:])]


def find(desk: Desk, call: Call, id_name: str, cl_ord_id_name: str) -> Order | None:
    """The order a request names by either id (the number wins); None when there is none."""
    symbol = call.symbol(desk.exchange)
    if call.params.get(id_name):
        order = desk.exchange.by_id.get(call.whole(id_name))
    elif call.params.get(cl_ord_id_name):
        order = desk.exchange.by_cl_ord_id.get((call.account, call.params[cl_ord_id_name]))
    else:
        raise Refusal(
            -1102,
            f"Param '{cl_ord_id_name}' or '{id_name}' must be sent, but both were empty/null!",
        )
    if order is None or order.account != call.account or order.terms.symbol != symbol:
        return None
    named = call.params.get(cl_ord_id_name)
    return order if not named or order.terms.cl_ord_id == named else None


def list_limit(call: Call) -> int:
    limit = call.whole("limit", LIST_DEFAULT)
    if not limit:
        raise missing("limit")
    return min(limit, LIST_MAX)
