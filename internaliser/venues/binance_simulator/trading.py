"""Trades of one symbol as everybody sees them, and the figures made of them (candles, averages)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from internaliser.venues.binance_simulator.amount import UNIT, product, told

MINUTE_MS = 60_000
TRADES_MAX = 1_000  # kept for GET trades
CANDLES_MAX = 1_500  # minutes kept

INTERVALS_MS = {
    "1m": MINUTE_MS, "3m": 3 * MINUTE_MS, "5m": 5 * MINUTE_MS, "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS, "1h": 60 * MINUTE_MS, "2h": 120 * MINUTE_MS, "4h": 240 * MINUTE_MS,
    "6h": 360 * MINUTE_MS, "8h": 480 * MINUTE_MS, "12h": 720 * MINUTE_MS, "1d": 1440 * MINUTE_MS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trade:
    """Order ids are 0 for the crowd's orders."""

    trade_id: int
    price: int
    qty: int
    time_ms: int
    is_buyer_maker: bool
    buyer_order_id: int = 0
    seller_order_id: int = 0


@dataclass(slots=True)
class Candle:
    open_ms: int
    first: int
    high: int
    low: int
    last: int
    qty: int = 0
    quote: int = 0
    count: int = 0
    taker_qty: int = 0
    taker_quote: int = 0

    def add(self, other: Candle) -> None:
        """A later candle, or one trade as a candle."""
        self.high = max(self.high, other.high)
        self.low = min(self.low, other.low)
        self.last = other.last
        self.qty += other.qty
        self.quote += other.quote
        self.count += other.count
        self.taker_qty += other.taker_qty
        self.taker_quote += other.taker_quote

    def told(self, span_ms: int) -> list[Any]:
        return [
            self.open_ms, told(self.first), told(self.high), told(self.low), told(self.last),
            told(self.qty), self.open_ms + span_ms - 1, told(self.quote), self.count,
            told(self.taker_qty), told(self.taker_quote), "0",
        ]  # fmt: skip


@dataclass(slots=True)
class Tape:
    """The last trades and minutes. Before the first trade the price is where the market began."""

    start: int
    trades: deque[Trade] = field(default_factory=lambda: deque(maxlen=TRADES_MAX))
    candles: deque[Candle] = field(default_factory=lambda: deque(maxlen=CANDLES_MAX))
    trade_count: int = 0

    def add(self, price: int, qty: int, time_ms: int, *, is_buyer_maker: bool,
            buyer: int = 0, seller: int = 0) -> Trade:  # fmt: skip
        """Number a trade and remember it."""
        self.trade_count += 1
        trade = Trade(self.trade_count, price, qty, time_ms, is_buyer_maker, buyer, seller)
        self.trades.append(trade)
        quote = product(price, qty)
        minute = time_ms // MINUTE_MS * MINUTE_MS
        one = Candle(minute, price, price, price, price, qty, quote, 1)
        if not is_buyer_maker:
            one.taker_qty, one.taker_quote = qty, quote
        if self.candles and self.candles[-1].open_ms == minute:
            self.candles[-1].add(one)
        else:
            self.candles.append(one)
        return trade

    @property
    def last_price(self) -> int:
        return self.trades[-1].price if self.trades else self.start

    def average(self, minutes: int, now_ms: int) -> int:
        """Weighted price of the last minutes; without trades the last price."""
        since = now_ms - minutes * MINUTE_MS
        found = [candle for candle in self.candles if candle.open_ms >= since]
        qty = sum(candle.qty for candle in found)
        return sum(candle.quote for candle in found) * UNIT // qty if qty else self.last_price

    def spans(self, span_ms: int) -> list[Candle]:
        """Candles of a longer interval."""
        found: list[Candle] = []
        for candle in self.candles:
            begin = candle.open_ms // span_ms * span_ms
            if not found or found[-1].open_ms != begin:
                found.append(Candle(begin, candle.first, candle.high, candle.low, candle.last))
            found[-1].add(candle)
        return found

    def whole(self) -> Candle:
        """Everything so far in one."""
        found = Candle(0, self.start, self.start, self.start, self.start)
        for at, candle in enumerate(self.candles):
            if at == 0:
                found = Candle(candle.open_ms, candle.first, candle.high, candle.low, candle.last)
            found.add(candle)
        return found
