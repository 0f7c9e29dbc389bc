"""What the simulated Binance counts: request weight, orders, connections; who is told to wait.

Intervals begin at whole multiples of themselves, as the venue's do: a minute's weight starts again
at second 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from internaliser.venues.binance_simulator.refusal import BANNED, TOO_MANY, Refusal

S_MS = 1_000
UNITS_MS = {"SECOND": S_MS, "MINUTE": 60 * S_MS, "DAY": 86_400 * S_MS}
BAN_MS = 120 * S_MS  # the venue's shortest
PATIENCE = 10  # refused requests of one interval before the ban
ADVICE = "Please use WebSocket Streams for live updates to avoid {}."

WEIGHT, ORDERS, RAW = "REQUEST_WEIGHT", "ORDERS", "RAW_REQUESTS"


@dataclass(slots=True)
class Limit:
    """One limiter and how much of it is used in the running interval."""

    kind: str
    interval: str
    interval_num: int
    limit: int
    began_ms: int = 0
    count: int = 0

    @property
    def span_ms(self) -> int:
        return UNITS_MS[self.interval] * self.interval_num

    def turn(self, now_ms: int) -> None:
        began_ms = now_ms // self.span_ms * self.span_ms
        if began_ms != self.began_ms:
            self.began_ms, self.count = began_ms, 0

    def told(self, *, is_counted: bool) -> dict[str, Any]:
        found = {
            "rateLimitType": self.kind,
            "interval": self.interval,
            "intervalNum": self.interval_num,
            "limit": self.limit,
        }
        return {**found, "count": self.count} if is_counted else found

    @property
    def letter(self) -> str:
        return f"{self.interval_num}{self.interval[0]}"


@dataclass(slots=True)
class Limits:
    """Weight and connections per address (there is one), orders per account."""

    weight_max: int = 6_000
    orders_10s_max: int = 100
    orders_1d_max: int = 200_000
    connections_max: int = 300
    weight: Limit = field(init=False)
    raw: Limit = field(init=False)
    connections: Limit = field(init=False)
    orders: dict[str, list[Limit]] = field(default_factory=dict)
    refused: int = 0
    banned_until_ms: int = 0

    def __post_init__(self) -> None:
        self.weight = Limit(WEIGHT, "MINUTE", 1, self.weight_max)
        self.raw = Limit(RAW, "MINUTE", 5, 61_000)
        self.connections = Limit("CONNECTIONS", "MINUTE", 5, self.connections_max)

    def told(self) -> list[dict[str, Any]]:
        """exchangeInfo.rateLimits."""
        limits = [self.weight, *self.of(""), self.raw]
        return [limit.told(is_counted=False) for limit in limits]

    def of(self, account: str) -> list[Limit]:
        if account not in self.orders:
            self.orders[account] = [
                Limit(ORDERS, "SECOND", 10, self.orders_10s_max),
                Limit(ORDERS, "DAY", 1, self.orders_1d_max),
            ]
        return self.orders[account]

    def spend(self, weight: int, now_ms: int) -> None:
        """Count a request, or refuse it: 429, and 418 to who does not heed that."""
        if now_ms < self.banned_until_ms:
            raise self.ban(now_ms, self.banned_until_ms - now_ms)
        if now_ms // self.weight.span_ms * self.weight.span_ms != self.weight.began_ms:
            self.refused = 0
        self.weight.turn(now_ms)
        self.raw.turn(now_ms)
        self.weight.count += weight
        self.raw.count += 1
        if self.weight.count <= self.weight.limit and self.raw.count <= self.raw.limit:
            return
        self.refused += 1
        if self.refused > PATIENCE:
            raise self.ban(now_ms, BAN_MS)
        raise self.too_much(now_ms, self.weight.began_ms + self.weight.span_ms - now_ms)

    def forget(self) -> None:
        """Nothing was counted so far and nobody is banned."""
        for limit in (self.weight, self.raw, self.connections):
            limit.count = 0
        self.orders.clear()
        self.refused = self.banned_until_ms = 0

    def ban(self, now_ms: int, ms: int) -> Refusal:
        """Everything is refused with 418 for so long."""
        self.banned_until_ms = now_ms + ms
        text = (
            f"Way too much request weight used; IP banned until {self.banned_until_ms}. "
            + ADVICE.format("bans")
        )
        return Refusal(-1003, text, BANNED, wait(now_ms, ms))

    def too_much(self, now_ms: int, ms: int) -> Refusal:
        """429: this request was not looked at; wait so long."""
        text = (
            f"Too much request weight used; current limit is {self.weight.limit} request weight "
            f"per 1 MINUTE. " + ADVICE.format("polling the API")
        )
        return Refusal(-1003, text, TOO_MANY, wait(now_ms, ms))

    def count_order(self, account: str, now_ms: int) -> None:
        """One more order of the account; 429 without Retry-After beyond the limit."""
        limits = self.of(account)
        for limit in limits:
            limit.turn(now_ms)
            if limit.count >= limit.limit:
                span = f"{limit.interval_num} {limit.interval}"
                text = f"Too many new orders; current limit is {limit.limit} orders per {span}."
                raise Refusal(-1015, text, TOO_MANY)
        for limit in limits:
            limit.count += 1

    def may_connect(self, now_ms: int) -> bool:
        self.connections.turn(now_ms)
        self.connections.count += 1
        return self.connections.count <= self.connections.limit

    def headers(self, account: str, *, has_order: bool) -> dict[str, str]:
        """X-MBX-... of an answer."""
        found = {
            "x-mbx-used-weight": str(self.weight.count),
            f"x-mbx-used-weight-{self.weight.letter.lower()}": str(self.weight.count),
        }
        if has_order:
            for limit in self.of(account):
                found[f"x-mbx-order-count-{limit.letter.lower()}"] = str(limit.count)
        return found

    def counted(self, account: str, *, has_order: bool) -> list[dict[str, Any]]:
        """rateLimits of a WebSocket answer."""
        limits = [*(self.of(account) if has_order else []), self.weight]
        return [limit.told(is_counted=True) for limit in limits]


def wait(now_ms: int, ms: int) -> dict[str, int]:
    return {"serverTime": now_ms, "retryAfter": now_ms + ms}
