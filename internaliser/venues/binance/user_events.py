"""Events of the user stream, read strictly.

    read_user_event(b'{"e":"executionReport",...}')   ->   ExecutionReport(...)

An event that is not understood (`Unreadable`, or a name never seen) may have been about an order,
so the adapter treats it as a gap: down, reconcile, up. Only events that are known to say nothing of
orders and balances are passed over (`Passed`).
"""

from decimal import Decimal
from enum import Enum

import msgspec
from msgspec import Struct

from internaliser.venues.binance.amounts import Amount, SignedAmount
from internaliser.venues.binance.answers import (
    FAULTS,
    Asset,
    Balances,
    Name,
    Number,
    OrderStatus,
    Trade,
    Unreadable,
    status_of,
)
from internaliser.venues.contract import StatedBalance

PASSED = frozenset({"listStatus", "externalLockUpdate"})
TERMINATED = frozenset({"eventStreamTerminated", "listenKeyExpired"})


class ExecutionKind(Enum):
    """What happened to the order (x)."""

    NEW = "NEW"
    CANCELED = "CANCELED"
    REPLACED = "REPLACED"
    REJECTED = "REJECTED"
    TRADE = "TRADE"
    EXPIRED = "EXPIRED"
    TRADE_PREVENTION = "TRADE_PREVENTION"


_KINDS = {kind.value: kind for kind in ExecutionKind}


class ExecutionReport(Struct, frozen=True, gc=False):
    """One event of one order. `trade` is there exactly for TRADE."""

    symbol: str
    cl_ord_id: str
    order_id: int
    kind: ExecutionKind
    status: OrderStatus
    qty: Decimal
    cum_qty: Decimal
    cum_quote: Decimal | None
    trade: Trade | None
    reject_text: str
    event_ms: int


class AccountPosition(Struct, frozen=True, gc=False):
    """Balances that may have changed."""

    balances: Balances
    event_ms: int


class BalanceChanged(Struct, frozen=True, gc=False):
    """A deposit, withdrawal or transfer: the difference only, so the account is asked."""

    asset: str
    delta: Decimal
    event_ms: int


class StreamTerminated(Struct, frozen=True, gc=False):
    """No more events come on this subscription."""


class ServerShutdown(Struct, frozen=True, gc=False):
    """The venue will close this connection soon."""


class Passed(Struct, frozen=True, gc=False):
    """Known, and not about what we keep."""

    name: str


class Strange(Struct, frozen=True, gc=False):
    """An event of a name that is not in the venue's list."""

    name: str


UserEvent = (
    ExecutionReport
    | AccountPosition
    | BalanceChanged
    | StreamTerminated
    | ServerShutdown
    | Passed
    | Strange
    | Unreadable
)


class _Head(Struct, gc=False):
    e: str


class _Execution(Struct, gc=False):
    E: Number
    s: Name
    c: Name
    q: Amount
    x: str
    X: str
    i: Number
    l: Amount  # noqa: E741 - the venue's name
    z: Amount
    L: Amount
    t: int
    Z: SignedAmount
    n: SignedAmount | None = None
    N: str | None = None
    C: str = ""
    r: str = ""


class _Position(Struct, gc=False):
    E: Number
    B: list[msgspec.Raw]


class _Balance(Struct, gc=False):
    a: Asset
    f: Amount
    l: Amount  # noqa: E741 - the venue's name


class _Change(Struct, gc=False):
    E: Number
    a: Asset
    d: SignedAmount


_head = msgspec.json.Decoder(_Head).decode
_execution = msgspec.json.Decoder(_Execution).decode
_position = msgspec.json.Decoder(_Position).decode
_balance = msgspec.json.Decoder(_Balance).decode
_change = msgspec.json.Decoder(_Change).decode


def read_user_event(data: bytes) -> UserEvent:
    """One event, without the wrapper of its subscription."""
    try:
        name = _head(data).e
        if name == "executionReport":
            return _read_execution(_execution(data))
        if name == "outboundAccountPosition":
            return _read_position(_position(data))
        if name == "balanceUpdate":
            change = _change(data)
            return BalanceChanged(change.a, Decimal(change.d), change.E)
    except FAULTS as fault:
        return Unreadable("user event", str(fault))
    if name in TERMINATED:
        return StreamTerminated()
    if name == "serverShutdown":
        return ServerShutdown()
    return Passed(name) if name in PASSED else Strange(name[:64])


def _read_execution(event: _Execution) -> ExecutionReport | Unreadable:
    kind = _KINDS.get(event.x)
    if kind is None:
        return Unreadable("executionReport", f"execution type {event.x[:32]!r}")
    qty, cum_qty, quote = Decimal(event.q), Decimal(event.z), Decimal(event.Z)
    trade = None
    if kind is ExecutionKind.TRADE:
        trade = _trade_of(event)
        if trade is None:
            return Unreadable("executionReport", "a TRADE without its trade")
    if not qty >= cum_qty >= (trade.qty if trade else 0):
        return Unreadable("executionReport", f"executed {cum_qty} of {qty}")
    status = status_of(event.X)
    if status is OrderStatus.UNKNOWN:
        return Unreadable("executionReport", f"order status {event.X[:32]!r}")
    if (status is OrderStatus.FILLED) != (cum_qty == qty) or qty == 0:
        return Unreadable("executionReport", f"{status.value} with {cum_qty} of {qty} executed")
    # On a cancel c is the cancel's id and C the order's.
    is_cancel = kind is ExecutionKind.CANCELED and event.C
    return ExecutionReport(
        event.s, event.C if is_cancel else event.c, event.i, kind, status, qty, cum_qty,
        quote if quote >= 0 else None, trade, "" if event.r == "NONE" else event.r[:64], event.E,
    )  # fmt: skip


def _trade_of(event: _Execution) -> Trade | None:
    """The execution a TRADE tells; None when it has no id, no quantity or no price."""
    qty, price = Decimal(event.l), Decimal(event.L)
    if event.t < 0 or event.t >= 2**63 or qty <= 0 or price <= 0:
        return None
    fee = Decimal(event.n) if event.n is not None else Decimal("0")
    if fee and not event.N:
        return None
    return Trade(event.t, event.i, qty, price, fee, event.N or "")


def _read_position(event: _Position) -> AccountPosition:
    balances, bad = [], 0
    for element in event.B:
        try:
            one = _balance(element)
        except FAULTS:
            bad += 1
            continue
        balances.append(StatedBalance(one.a, Decimal(one.f), Decimal(one.l)))
    return AccountPosition(Balances(balances, bad), event.E)
