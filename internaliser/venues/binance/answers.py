"""The venue's answers about orders, trades, balances and time, read strictly.

    read_order(data, "1-3-512")  ->  OrderState(...) or Unreadable("...")

What has the wrong shape, a number that is none, or numbers that contradict each other is
Unreadable: the outcome it spoke of stays unknown and is asked for again. An element of a list
that is unreadable does not lose the others: they come with `bad`, the count of those that are.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from internaliser.venues.binance.amounts import ZERO, Amount, SignedAmount, read_amounts
from internaliser.venues.contract import StatedBalance

ELEMENTS_MAX = 100_000  # of one answer
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Name = Annotated[str, Meta(min_length=1, max_length=64)]
Asset = Annotated[str, Meta(min_length=1, max_length=32)]
FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class OrderStatus(Enum):
    """The venue's states of an order. A word we do not know is UNKNOWN: not final, ask again."""

    NEW = "NEW"
    PENDING_NEW = "PENDING_NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    PENDING_CANCEL = "PENDING_CANCEL"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"
    UNKNOWN = "UNKNOWN"

    @property
    def is_final(self) -> bool:
        return self in FINAL


FINAL = frozenset({
    OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.EXPIRED,
    OrderStatus.EXPIRED_IN_MATCH,
})  # fmt: skip
_STATUSES = {status.value: status for status in OrderStatus}


def status_of(text: str) -> OrderStatus:
    return _STATUSES.get(text, OrderStatus.UNKNOWN)


class Unreadable(Struct, frozen=True, gc=False):
    """Something came that we do not understand; `what` names it, `why` says what is wrong."""

    what: str
    why: str


class Trade(Struct, frozen=True, gc=False):
    """One execution of ours. `order_id` 0 where the answer was about one order anyway."""

    trade_id: int
    order_id: int
    qty: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    time_ms: int = 0


class OrderState(Struct, frozen=True, gc=False):
    """One order as the venue knows it. `cum_quote` None: the venue does not know it any more."""

    symbol: str
    cl_ord_id: str
    order_id: int
    status: OrderStatus
    qty: Decimal
    cum_qty: Decimal
    cum_quote: Decimal | None
    trades: tuple[Trade, ...] = ()
    bad: int = 0


class Trades(Struct, frozen=True, gc=False):
    trades: list[Trade] = []
    bad: int = 0


class Balances(Struct, frozen=True, gc=False):
    balances: list[StatedBalance] = []
    bad: int = 0


class OpenOrders(Struct, frozen=True, gc=False):
    orders: list[OrderState] = []
    bad: int = 0


class _Order(Struct, gc=False):
    symbol: Name
    orderId: Number
    clientOrderId: Name
    status: str
    origQty: Amount
    executedQty: Amount
    cummulativeQuoteQty: SignedAmount
    origClientOrderId: str = ""
    fills: list[msgspec.Raw] = []


class _Fill(Struct, gc=False):
    price: Amount
    qty: Amount
    commission: SignedAmount
    commissionAsset: Asset
    tradeId: Number


class _PlainFill(Struct, gc=False):
    price: str
    qty: str
    commission: str
    commissionAsset: Asset
    tradeId: Number


class _PlainOrder(Struct, gc=False):
    """An order whose amounts are looked at together."""

    symbol: Name
    orderId: Number
    clientOrderId: Name
    status: str
    origQty: str
    executedQty: str
    cummulativeQuoteQty: str
    origClientOrderId: str = ""
    fills: list[_PlainFill] = []


class _Trade(Struct, gc=False):
    id: Number
    orderId: Number
    price: Amount
    qty: Amount
    commission: SignedAmount
    commissionAsset: Asset
    time: Number = 0


class _Balance(Struct, gc=False):
    asset: Asset
    free: Amount
    locked: Amount


class _Account(Struct, gc=False):
    balances: list[msgspec.Raw]


class _Time(Struct, gc=False):
    serverTime: Number


_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode
_order = msgspec.json.Decoder(_Order).decode
_plain_order = msgspec.json.Decoder(_PlainOrder).decode
_fill = msgspec.json.Decoder(_Fill).decode
_trade = msgspec.json.Decoder(_Trade).decode
_balance = msgspec.json.Decoder(_Balance).decode
_account = msgspec.json.Decoder(_Account).decode
_time = msgspec.json.Decoder(_Time).decode


def read_order(data: bytes, cl_ord_id: str = "", symbol: str = "") -> OrderState | Unreadable:
    """The answer to a placement, a query or a cancel.

    An answer about another order than `cl_ord_id` of `symbol` (where given) is Unreadable.
    """
    state = _read_plain(data) or _read_with_care(data)
    if isinstance(state, Unreadable):
        return state
    if cl_ord_id and state.cl_ord_id != cl_ord_id:
        return Unreadable("order", f"asked about {cl_ord_id}, answered about {state.cl_ord_id}")
    if symbol and state.symbol != symbol:
        return Unreadable("order", f"asked about {symbol}, answered about {state.symbol}")
    return contradiction(state) or state


def _read_plain(data: bytes) -> OrderState | None:
    """An answer as it nearly always comes, quickly; None = look at it with care."""
    try:
        order = _plain_order(data)
    except FAULTS:
        return None
    fills = order.fills
    texts = [order.origQty, order.executedQty, order.cummulativeQuoteQty]
    for fill in fills:
        texts += (fill.qty, fill.price, fill.commission)
    numbers = read_amounts(texts)
    if numbers is None:
        return None
    qty, cum_qty, quote, *amounts = numbers
    parts = iter(amounts)
    number = order.orderId
    trades = tuple([
        Trade(fill.tradeId, number, next(parts), next(parts), next(parts), fill.commissionAsset)
        for fill in fills
    ])  # fmt: skip
    # On a cancel clientOrderId names the cancel and origClientOrderId the order.
    found_id = order.origClientOrderId or order.clientOrderId
    status = status_of(order.status)
    return OrderState(order.symbol, found_id, number, status, qty, cum_qty, quote, trades)


def _read_with_care(data: bytes) -> OrderState | Unreadable:
    """The same, with an unreadable fill left out, and with a value the venue has forgotten."""
    try:
        order = _order(data)
    except FAULTS as fault:
        return Unreadable("order", str(fault))
    fills, bad = _each(order.fills, _fill)
    trades = tuple([
        Trade(
            fill.tradeId, order.orderId, Decimal(fill.qty), Decimal(fill.price),
            Decimal(fill.commission), fill.commissionAsset,
        )
        for fill in fills
    ])  # fmt: skip
    found_id = order.origClientOrderId or order.clientOrderId
    quote = Decimal(order.cummulativeQuoteQty)
    return OrderState(
        order.symbol, found_id, order.orderId, status_of(order.status), Decimal(order.origQty),
        Decimal(order.executedQty), quote if quote >= 0 else None, trades, bad,
    )  # fmt: skip


def contradiction(state: OrderState) -> Unreadable | None:
    """What an order cannot be: filled over its quantity, full but short, trades over the sum."""
    if state.qty <= 0 or state.cum_qty > state.qty:
        return Unreadable("order", f"executed {state.cum_qty} of {state.qty}")
    if state.status is OrderStatus.FILLED and state.cum_qty != state.qty:
        return Unreadable("order", f"FILLED with {state.cum_qty} of {state.qty}")
    if state.status in (OrderStatus.NEW, OrderStatus.REJECTED) and state.cum_qty:
        return Unreadable("order", f"{state.status.value} with {state.cum_qty} executed")
    total = ZERO
    for trade in state.trades:
        if not trade.qty or not trade.price:
            return Unreadable("order", "an execution of nothing")
        total += trade.qty
    if total > state.cum_qty:
        return Unreadable("order", "its executions exceed what it executed")
    if state.cum_qty and state.cum_quote == 0:
        return Unreadable("order", "executed for no value")
    return None


def read_trades(data: bytes) -> Trades | Unreadable:
    """Our trades, in the venue's order."""
    elements = _elements(data)
    if isinstance(elements, Unreadable):
        return elements
    found, bad = _each(elements, _trade)
    trades = []
    for one in found:
        trade = Trade(
            one.id, one.orderId, Decimal(one.qty), Decimal(one.price),
            Decimal(one.commission), one.commissionAsset, one.time,
        )  # fmt: skip
        if trade.qty > 0 and trade.price > 0:
            trades.append(trade)
        else:
            bad += 1
    return Trades(trades, bad)


def read_open_orders(data: bytes) -> OpenOrders | Unreadable:
    elements = _elements(data)
    if isinstance(elements, Unreadable):
        return elements
    read = [read_order(bytes(element)) for element in elements]
    orders = [one for one in read if isinstance(one, OrderState)]
    return OpenOrders(orders, len(read) - len(orders))


def read_balances(data: bytes) -> Balances | Unreadable:
    """Every asset of the account; those without free and locked amounts too."""
    try:
        account = _account(data)
    except FAULTS as fault:
        return Unreadable("account", str(fault))
    found, bad = _each(account.balances, _balance)
    return Balances(
        [StatedBalance(one.asset, Decimal(one.free), Decimal(one.locked)) for one in found],
        bad,
    )


def read_time(data: bytes) -> int | Unreadable:
    """The venue's time in milliseconds."""
    try:
        return _time(data).serverTime
    except FAULTS as fault:
        return Unreadable("time", str(fault))


def _elements(data: bytes) -> list[msgspec.Raw] | Unreadable:
    try:
        elements = _raws(data)
    except FAULTS as fault:
        return Unreadable("list", str(fault))
    if len(elements) > ELEMENTS_MAX:
        return Unreadable("list", f"{len(elements)} elements")
    return elements


T = TypeVar("T")


def _each(elements: list[msgspec.Raw], decode: Callable[[msgspec.Raw], T]) -> tuple[list[T], int]:
    """Those that can be read, and how many cannot."""
    found = []
    for element in elements:
        try:
            found.append(decode(element))
        except FAULTS:
            continue
    return found, len(elements) - len(found)
