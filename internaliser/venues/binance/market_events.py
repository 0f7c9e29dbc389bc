"""Messages of the market streams, and depth snapshots, read strictly.

    read_market_event(b'{"stream":"btcusdt@depth@100ms","data":{...}}')   ->   DepthUpdate(...)

Prices and quantities of levels stay text: the book reads them itself, and refuses what is none.
A message that is not understood names the symbol it is about where that can be read
(`Misread.symbol`): that book is lost and fetched anew. Where it cannot, the connection is.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from internaliser.venues.binance.amounts import Amount
from internaliser.venues.binance.answers import FAULTS, Name, Number, Unreadable

LEVELS_MAX = 5000  # the venue's deepest snapshot; an update holds no more than were there
Levels = list[tuple[str, str]]


class DepthUpdate(Struct, gc=False):
    """The levels that changed between the update ids `first_id` and `last_id`."""

    symbol: str
    first_id: int
    last_id: int
    bids: Levels
    asks: Levels
    event_ms: int


class MarketTrade(Struct, frozen=True, gc=False):
    """Somebody's trade."""

    symbol: str
    trade_id: int
    price: Decimal
    qty: Decimal
    time_ms: int


class AveragePrice(Struct, frozen=True, gc=False):
    """The average that the venue's percent filters are measured from."""

    symbol: str
    price: Decimal
    event_ms: int


class MarketShutdown(Struct, frozen=True, gc=False):
    """The venue will close this connection soon."""


class Acknowledged(Struct, frozen=True, gc=False):
    """The answer to a control message of ours."""


class Misread(Struct, frozen=True, gc=False):
    """Not understood. `symbol` is empty where even that cannot be told."""

    symbol: str
    why: str


MarketEvent = DepthUpdate | MarketTrade | AveragePrice | MarketShutdown | Acknowledged | Misread


class Snapshot(Struct, frozen=True, gc=False):
    last_id: int
    bids: Levels
    asks: Levels


class _Depth(Struct, gc=False):
    e: str
    E: Number
    s: Name
    U: Number
    u: Number
    b: Levels
    a: Levels


class _DepthFrame(Struct, gc=False):
    stream: Name
    data: _Depth


class _Frame(Struct, gc=False):
    stream: Name = ""
    data: msgspec.Raw = msgspec.Raw(b"")
    e: str = ""
    id: int | str | None = None
    result: msgspec.Raw = msgspec.Raw(b"")


class _Head(Struct, gc=False):
    e: str = ""


class _Trade(Struct, gc=False):
    s: Name
    t: Number
    p: Amount
    q: Amount
    T: Number


class _Average(Struct, gc=False):
    E: Number
    s: Name
    w: Amount


class _Snapshot(Struct, gc=False):
    lastUpdateId: Number
    bids: Levels
    asks: Levels


_depth_frame = msgspec.json.Decoder(_DepthFrame).decode
_frame = msgspec.json.Decoder(_Frame).decode
_head = msgspec.json.Decoder(_Head).decode
_trade = msgspec.json.Decoder(_Trade).decode
_average = msgspec.json.Decoder(_Average).decode
_snapshot = msgspec.json.Decoder(_Snapshot).decode


def read_market_event(data: bytes) -> MarketEvent:
    """One message of a combined stream."""
    try:
        frame = _depth_frame(data)
    except FAULTS:
        return _read_other(data)
    depth = frame.data
    if depth.e != "depthUpdate":
        return Misread(_symbol_of(frame.stream), f"event {depth.e[:32]!r} with levels")
    # Comparing without case costs less than checking the stream's name by rule.
    if frame.stream.partition("@")[0].upper() != depth.s.upper():
        return Misread("", f"{depth.s} on stream {frame.stream}")
    if depth.u < depth.U:
        return Misread(depth.s, f"first update id {depth.U} after the last {depth.u}")
    if len(depth.b) > LEVELS_MAX or len(depth.a) > LEVELS_MAX:
        return Misread(depth.s, f"over {LEVELS_MAX} levels")
    return DepthUpdate(depth.s, depth.U, depth.u, depth.b, depth.a, depth.E)


def read_snapshot(data: bytes) -> Snapshot | Unreadable:
    """The answer to a depth call."""
    try:
        read = _snapshot(data)
    except FAULTS as fault:
        return Unreadable("depth", str(fault))
    if len(read.bids) > LEVELS_MAX or len(read.asks) > LEVELS_MAX:
        return Unreadable("depth", f"over {LEVELS_MAX} levels")
    return Snapshot(read.lastUpdateId, read.bids, read.asks)


def _read_other(data: bytes) -> MarketEvent:
    symbol = ""
    try:
        frame = _frame(data)
        symbol = _symbol_of(frame.stream)
        body = bytes(frame.data)
        name = _head(body).e if body else frame.e
        if name == "serverShutdown":
            return MarketShutdown()
        if name == "trade":
            trade = _trade(body)
            price, qty = Decimal(trade.p), Decimal(trade.q)
            if trade.s != symbol or price <= 0 or qty <= 0:
                return Misread(symbol, "a trade of nothing, or of another symbol")
            return MarketTrade(trade.s, trade.t, price, qty, trade.T)
        if name == "avgPrice":
            average = _average(body)
            if average.s != symbol or Decimal(average.w) <= 0:
                return Misread(symbol, "an average of nothing, or of another symbol")
            return AveragePrice(average.s, Decimal(average.w), average.E)
        if not body and not name and frame.id is not None and bytes(frame.result) == b"null":
            return Acknowledged()
    except FAULTS as fault:
        return Misread(symbol, str(fault))
    return Misread(symbol, f"event {name[:32]!r}")


def _symbol_of(stream: str) -> str:
    """btcusdt@depth@100ms is about BTCUSDT; empty for a stream that is about none."""
    symbol, mark, _ = stream.partition("@")
    return symbol.upper() if mark else ""
