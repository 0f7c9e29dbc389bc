"""What the adapter is told: where the venue is, what is traded there, and every limit by name."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from internaliser.venues.binance.backoff import Backoff


@dataclass(frozen=True, slots=True)
class ListedSymbol:
    """A symbol and the steps the node counts it in; the venue's are multiples of them."""

    symbol: str
    tick: Decimal
    lot: Decimal


@dataclass(frozen=True, slots=True)
class BinanceLimits:
    """Every bound of the adapter. A test shrinks them; an operator rarely needs to."""

    recv_window_ms: int = 5_000  # the venue refuses what arrives later (it takes up to 60,000)
    margin_ms: int = 2_000  # beyond recv_window, before "not found" is proof
    answer_timeout_ms: int = 5_000  # no answer for so long = unknown
    connect_timeout_ms: int = 5_000
    wait_ms_max: int = 30_000  # a query may wait so long for its turn; an order has its deadline
    waiting_max: int = 2_000  # calls that wait for their turn
    tasks_max: int = 4_000  # calls and connections under way
    orders_remembered: int = 20_000
    orders_reconciled: int = 500  # asked about one by one after a gap; the core asks about its own
    pages_max: int = 20  # of trades, per symbol and gap
    clock_samples: int = 3
    clock_every_s: int = 300
    rules_every_s: int = 300
    balances_every_s: int = 60
    link_age_s_max: int = 23 * 3600 + 1800  # the venue ends a connection after 24 h
    overlap_s: int = 5  # old and new connection both listen for so long
    stable_s: int = 60  # up for so long = the next failure is a new trouble
    pause_min_ms: int = 500  # before the next attempt to connect or to ask anew; it doubles ...
    pause_max_ms: int = 60_000  # ... up to this
    reconcile_overlap_ms: int = 10_000  # the last moment before a gap is asked for again
    first_reconcile_ms: int = 10_000  # how far back at the start; the core asks about its own
    trades_attempts: int = 5  # an order's trades may come later than its state
    streams_max: int = 200  # of one connection (the venue takes 1024)
    depth_levels: int = 1_000  # of a snapshot
    average_age_s_max: int = 60
    book_check_ms: int = 250
    silence_ms_max: int = 30_000  # of a market connection; then its books are not trusted

    def backoff(self) -> Backoff:
        """The pauses of one trouble, from its first failure."""
        return Backoff(self.pause_min_ms / 1000, self.pause_max_ms / 1000)


@dataclass(frozen=True, slots=True)
class BinanceConfig:
    """One account at one Binance. The addresses may be of a simulator on loopback."""

    name: str
    symbols: tuple[ListedSymbol, ...]
    rest_url: str = "https://api.binance.com"
    stream_url: str = "wss://stream.binance.com:9443"
    api_url: str = "wss://ws-api.binance.com:443/ws-api/v3"
    orders_by: Literal["websocket", "rest"] = "websocket"
    has_average_prices: bool = True  # listen to what the percent filters are measured from
    limits: BinanceLimits = field(default_factory=BinanceLimits)
