"""Market streams of the simulated Binance: who listens to what, and what each stream says.

An event is worded and framed once and handed to everybody who listens.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from internaliser.venues.binance_simulator import telling
from internaliser.venues.binance_simulator.amount import told
from internaliser.venues.binance_simulator.exchange import Place
from internaliser.venues.binance_simulator.link import Link, encode, frame
from internaliser.venues.binance_simulator.market import BUY, SELL, Depth, Levels, best_of
from internaliser.venues.binance_simulator.misbehaviour import Kind, Misbehaviour
from internaliser.venues.binance_simulator.trading import Trade

PARTIAL = (5, 10, 20)
STREAMS_MAX = 1_024  # of one connection
MESSAGES_MAX = 5  # a second and connection, control frames included
POLICY, GOING_AWAY = 1008, 1001  # close codes

METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")


@dataclass(slots=True)
class Slow:
    """What the one-second diff stream of a symbol has gathered since its last event."""

    first_id: int = 0
    last_id: int = 0
    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)

    def add(self, depth: Depth) -> None:
        self.first_id = self.first_id or depth.first_id
        self.last_id = depth.last_id
        self.bids.update(depth.bids)
        self.asks.update(depth.asks)


class Reader:
    """One connection to the streams: what it listens to, and its requests."""

    def __init__(
        self, link: Link, streams: Streams, names: list[str], *, is_combined: bool
    ) -> None:
        self.link = link
        self.streams = streams
        self.is_combined = is_combined
        self.names: dict[str, None] = {}
        self.second, self.count = 0, 0
        self.subscribe(names)

    def subscribe(self, names: list[str]) -> None:
        for name in names:
            self.names[name] = None
            self.streams.readers.setdefault(name, {})[self] = None

    def unsubscribe(self, names: list[str]) -> None:
        for name in names:
            self.names.pop(name, None)
            self.streams.readers.get(name, {}).pop(self, None)

    def leave(self) -> None:
        self.unsubscribe(list(self.names))

    def counts(self, now_ms: int) -> bool:
        """May it send one more message this second? If not it is cut off."""
        second = now_ms // 1000
        self.count = self.count + 1 if second == self.second else 1
        self.second = second
        if self.count > MESSAGES_MAX:
            self.link.close(POLICY, "Too many requests")
        return self.count <= MESSAGES_MAX

    def on_text(self, text: str) -> None:
        """SUBSCRIBE and its relatives."""
        self.link.send(self._answer(text))

    def _answer(self, text: str) -> dict[str, Any]:
        try:
            request = json.loads(text)
            encode(request)
        except (ValueError, RecursionError, OverflowError):
            return {"code": 3, "msg": "Invalid JSON: expected value at line 1 column 1"}
        if not isinstance(request, dict) or "method" not in request:
            return wrong("missing field `method` at line 1 column 2")
        number, method, params = request.get("id"), request["method"], request.get("params", [])
        if isinstance(number, bool) or not isinstance(number, int | str | None):
            return wrong("request ID must be an unsigned integer")
        if method not in METHODS:
            names = ", ".join(f"`{one}`" for one in METHODS)
            return wrong(f"unknown variant {method}, expected one of {names}")
        if not isinstance(params, list) or not all(isinstance(one, str | bool) for one in params):
            return wrong("params must be a list of strings")
        result: Any = None
        if method == "LIST_SUBSCRIPTIONS":
            result = list(self.names)
        elif method == "GET_PROPERTY":
            result = self.is_combined
        elif method == "SET_PROPERTY":
            if len(params) != 2 or params[0] != "combined" or not isinstance(params[1], bool):
                return {"code": 0, "msg": "Unknown property", "id": number}
            self.is_combined = params[1]
        elif method == "UNSUBSCRIBE":
            self.unsubscribe([str(one) for one in params])
        elif len(self.names) + len(params) > STREAMS_MAX:
            return wrong("too many parameters")
        else:
            self.subscribe([str(one) for one in params])
        return {"result": result, "id": number}


class Streams:
    """All readers. `publish` after every change; `beat` once a second for the slow streams."""

    def __init__(
        self, places: dict[str, Place], misbehaviour: Misbehaviour, *, is_manual: bool
    ) -> None:
        self.places = places
        self.misbehaviour = misbehaviour
        self.is_manual = is_manual  # no clock moves the market: slow streams tell at once
        self.readers: dict[str, dict[Reader, None]] = {}
        self.slow = {symbol: Slow() for symbol in places}
        self.best: dict[str, tuple[Any, Any]] = {}
        self.waiting: dict[Link, None] = {}

    # Telling.

    def publish(self, symbol: str, now_ms: int) -> None:
        """Tell what changed in a symbol's book and trades since the last call."""
        place = self.places[symbol]
        depth = place.market.publish()
        is_stale = False
        rule = None
        if self.misbehaviour.rules:
            is_stale = self.misbehaviour.state(Kind.STALE, now_ms) is not None
            rule = self.misbehaviour.depth(symbol) if depth is not None else None
        if is_stale:
            place.told_trades.clear()
            return
        lower = symbol.lower()
        if place.told_trades:
            for trade in place.told_trades:
                self._tell(f"{lower}@trade", partial(trade_event, symbol, trade))
                self._tell(f"{lower}@aggTrade", partial(aggregate_event, symbol, trade))
            place.told_trades.clear()
        if depth is None:
            return
        if rule is None:
            self._tell(f"{lower}@depth@100ms", lambda: depth_event(symbol, depth, now_ms))
        else:
            self._tell_wrongly(rule.kind, place, depth, now_ms)
        if self.readers.get(f"{lower}@depth"):
            self.slow[symbol].add(depth)
        self._tell_views(place, lower, "@100ms", now_ms)
        if self.is_manual:
            self._beat(symbol, now_ms)

    def _tell_wrongly(self, kind: Kind, place: Place, depth: Depth, now_ms: int) -> None:
        """One event of the fast diff stream, spoilt."""
        market, symbol = place.market, place.market.listing.symbol
        name = f"{symbol.lower()}@depth@100ms"
        if kind is Kind.DEPTH_GAP:
            return
        if kind is Kind.CROSSED:
            asks = market.levels(SELL, 1)
            price = (asks[0][0] if asks else market.mid) + market.listing.tick
            wrong_depth = Depth(
                depth.first_id, depth.last_id,
                [*depth.bids, (price, market.listing.lot)], depth.asks,
            )  # fmt: skip
            market.changed[BUY][price] = None
            self._tell(name, lambda: depth_event(symbol, wrong_depth, now_ms))
            return
        payload = depth_event(symbol, depth, now_ms)
        if kind is Kind.OFF_TICK:
            side = b'"b":[' if depth.bids else b'"a":['
            price = (depth.bids or depth.asks)[0][0]
            right = side + b'["' + told(price).encode()
            payload = payload.replace(right, right + b"5", 1)
        else:
            payload = payload[: len(payload) // 2]
        self._tell(name, lambda: payload)

    def _tell_views(self, place: Place, lower: str, speed: str, now_ms: int) -> None:
        """Partial books and the best prices."""
        market = place.market
        for count in PARTIAL:
            if self.readers.get(f"{lower}@depth{count}{speed}"):
                bids, asks = market.levels(BUY, count), market.levels(SELL, count)
                self._tell(
                    f"{lower}@depth{count}{speed}",
                    partial(partial_event, market.last_id, bids, asks),
                )
        if self.readers.get(f"{lower}@bookTicker"):
            bid, ask = (best_of(market.levels(side, 1)) for side in (BUY, SELL))
            if self.best.get(lower) != (bid, ask):
                self.best[lower] = (bid, ask)
                symbol, number = market.listing.symbol, market.last_id
                self._tell(f"{lower}@bookTicker", lambda: ticker_event(symbol, number, bid, ask))

    def beat(self, now_ms: int) -> None:
        """The streams of one second."""
        for symbol in self.places:
            self._beat(symbol, now_ms)

    def _beat(self, symbol: str, now_ms: int) -> None:
        lower, slow = symbol.lower(), self.slow[symbol]
        if slow.first_id:
            self.slow[symbol] = Slow()
            depth = Depth(slow.first_id, slow.last_id, [*slow.bids.items()], [*slow.asks.items()])
            self._tell(f"{lower}@depth", lambda: depth_event(symbol, depth, now_ms))
        self._tell_views(self.places[symbol], lower, "", now_ms)

    def _tell(self, name: str, word: Callable[[], bytes]) -> None:
        """To everybody who listens to the stream; worded only when somebody does."""
        readers = self.readers.get(name)
        if not readers:
            return
        payload = word()
        raw = combined = b""
        for reader in readers:
            if reader.is_combined:
                combined = combined or frame(
                    b'{"stream":"%b","data":%b}' % (name.encode(), payload)
                )
                reader.link.queue.append(combined)
            else:
                raw = raw or frame(payload)
                reader.link.queue.append(raw)
            self.waiting[reader.link] = None

    def flush(self) -> None:
        """Everything told since the last flush leaves, one write a connection."""
        for link in self.waiting:
            link.flush()
        self.waiting.clear()

    def shut_down(self, readers: list[Reader], now_ms: int) -> None:
        """serverShutdown to every connection."""
        for reader in readers:
            event = telling.shutdown(now_ms)
            wrapped = {"stream": "!serverShutdown", "data": event}
            reader.link.send(wrapped if reader.is_combined else event)


# Words.


def levels_text(levels: Levels) -> str:
    return ",".join([f'["{told(price)}","{told(qty)}"]' for price, qty in levels])


def depth_event(symbol: str, depth: Depth, now_ms: int) -> bytes:
    return (
        f'{{"e":"depthUpdate","E":{now_ms},"s":"{symbol}","U":{depth.first_id},'
        f'"u":{depth.last_id},"b":[{levels_text(depth.bids)}],"a":[{levels_text(depth.asks)}]}}'
    ).encode()


def partial_event(last_id: int, bids: Levels, asks: Levels) -> bytes:
    return (
        f'{{"lastUpdateId":{last_id},"bids":[{levels_text(bids)}],"asks":[{levels_text(asks)}]}}'
    ).encode()


def ticker_event(symbol: str, number: int, bid: tuple[int, int], ask: tuple[int, int]) -> bytes:
    return encode({
        "u": number, "s": symbol, "b": told(bid[0]), "B": told(bid[1]),
        "a": told(ask[0]), "A": told(ask[1]),
    })  # fmt: skip


def trade_event(symbol: str, trade: Trade) -> bytes:
    return encode({
        "e": "trade", "E": trade.time_ms, "s": symbol, "t": trade.trade_id,
        "p": told(trade.price), "q": told(trade.qty), "T": trade.time_ms,
        "m": trade.is_buyer_maker, "M": True,
    })  # fmt: skip


def aggregate_event(symbol: str, trade: Trade) -> bytes:
    return encode({
        "e": "aggTrade", "E": trade.time_ms, "s": symbol, "a": trade.trade_id,
        "p": told(trade.price), "q": told(trade.qty), "f": trade.trade_id, "l": trade.trade_id,
        "T": trade.time_ms, "m": trade.is_buyer_maker, "M": True,
    })  # fmt: skip


def wrong(text: str) -> dict[str, Any]:
    return {"code": 2, "msg": f"Invalid request: {text}"}
