"""How much may be asked of the venue now: its limits by weight and by orders, counted as it counts.

    budget.wait_ns(call, venue_ns)      0: go, else ask again after so long
    budget.spend(call, venue_ns)
    budget.on_reply(reply, venue_ns)    its own counts, and its 429 and 418

An interval starts anew at whole multiples of itself on the venue's clock. What the venue says it
counted is believed when it is more than we counted: others may share the address. New orders and
market data leave a part of the weight to cancels and queries, which must always get through.
"""

from dataclasses import dataclass, field

from internaliser.venues.binance.calls import Call, Priority
from internaliser.venues.binance.clock import NS_PER_MS, NS_PER_S
from internaliser.venues.binance.reply import ORDERS, WEIGHT, Reply, Usage

KEPT_PERCENT = 20  # of a weight limit, for cancels and queries alone
RETRY_AFTER_MISSING_S = 60  # a 429 that does not say when: the weight interval's length
BAN_MISSING_S = 120  # a 418 that does not say until when: the shortest ban
WINDOWS_MAX = 32

# Until exchangeInfo tells: the venue's figures of 2026-07.
FIRST_LIMITS = (
    Usage(WEIGHT, 60, 0, 6000),
    Usage(ORDERS, 10, 0, 100),
    Usage(ORDERS, 86400, 0, 200_000),
)


@dataclass(slots=True)
class Window:
    limit: int
    started: int = 0  # the interval's number since 1970
    used: int = 0


@dataclass(slots=True)
class Budget:
    windows: dict[tuple[str, int], Window] = field(default_factory=dict)
    blocked_until_ns: int = 0
    blocked_why: str = ""

    def __post_init__(self) -> None:
        self.set_limits(FIRST_LIMITS)

    def set_limits(self, limits: tuple[Usage, ...]) -> None:
        """Take the venue's limits; counts of intervals that stay are kept."""
        for one in limits:
            key = (one.kind, one.interval_s)
            if one.limit > 0 and key in self.windows:
                self.windows[key].limit = one.limit
            elif one.limit > 0 and len(self.windows) < WINDOWS_MAX:
                self.windows[key] = Window(one.limit)

    def wait_ns(self, call: Call, now_ns: int) -> int:
        """0 when `call` may go now, else how long until it is worth asking again."""
        wait_ns = max(0, self.blocked_until_ns - now_ns)
        for (kind, interval_s), window in self.windows.items():
            cost = _cost(kind, call)
            if not cost:
                continue
            _turn(window, interval_s, now_ns)
            if window.used + cost > _share(kind, window.limit, call):
                next_ns = (window.started + 1) * interval_s * NS_PER_S
                wait_ns = max(wait_ns, next_ns - now_ns)
        return wait_ns

    def spend(self, call: Call, now_ns: int) -> None:
        """Count a call that goes out now."""
        for (kind, interval_s), window in self.windows.items():
            _turn(window, interval_s, now_ns)
            window.used += _cost(kind, call)

    def on_reply(self, reply: Reply, now_ns: int) -> None:
        """Believe the venue's own counts, and stop when it says so."""
        for one in reply.usage:
            self.set_limits((one,))
            window = self.windows.get((one.kind, one.interval_s))
            if window is not None:
                _turn(window, one.interval_s, now_ns)
                window.used = max(window.used, one.used)
        if reply.status in (418, 429):
            missing_s = BAN_MISSING_S if reply.status == 418 else RETRY_AFTER_MISSING_S
            until_ns = reply.retry_at_ms * NS_PER_MS
            if until_ns <= now_ns:
                until_ns = now_ns + (reply.retry_after_ms or missing_s * 1000) * NS_PER_MS
            if until_ns > self.blocked_until_ns:
                self.blocked_until_ns = until_ns
                self.blocked_why = "banned (418)" if reply.status == 418 else "slowed down (429)"

    def is_blocked(self, now_ns: int) -> bool:
        """True while the venue itself forbids every request."""
        return now_ns < self.blocked_until_ns


def _cost(kind: str, call: Call) -> int:
    return call.weight if kind == WEIGHT else int(call.is_order)


def _share(kind: str, limit: int, call: Call) -> int:
    if kind == WEIGHT and call.priority >= Priority.PLACE:
        return limit - limit * KEPT_PERCENT // 100
    return limit


def _turn(window: Window, interval_s: int, now_ns: int) -> None:
    """Start counting anew when another interval has begun."""
    number = now_ns // (interval_s * NS_PER_S)
    if number > window.started:
        window.started = number
        window.used = 0
