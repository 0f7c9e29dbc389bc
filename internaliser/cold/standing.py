"""How the market stands: what may be traded by whom, and which venues are reached.

Follows the state events. What is told of an instrument is told to a client: that another client is
halted is nobody else's business.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from internaliser.core.core import Core
from internaliser.names import Names

ACTIVE, REDUCING, HALTED = "active", "reducing", "halted"
# SecurityTradingStatus(326)
HALT, RESUME, READY, NOT_AVAILABLE = 2, 3, 17, 18
SWITCHES = {"halt": HALTED, "reduce": REDUCING, "resume": ACTIVE}
LINKS = {"up": "up", "down": "down", "stale": "stale", "source_stale": "stale"}

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Status:
    """SecurityTradingStatus(326) and the words for it."""

    code: int
    text: str | None = None


@dataclass(slots=True)
class Standing:
    """`days` counts the trading days that ended since the node started."""

    names: Names
    node: str = ACTIVE
    clients: dict[int, str] = field(default_factory=dict)
    sources: dict[int, str] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)
    days: int = 0
    changes: int = 0

    @classmethod
    def of(cls, core: Core, names: Names) -> "Standing":
        """As a core stands that does not work yet."""
        return cls(
            names,
            core.trading_state,
            {row["index"]: row["state"] for row in core.clients()},
            {row["index"]: row["state"] for row in core.sources()},
            {row["index"]: row["link"] for row in core.sources()},
        )

    def take(self, event: Fields) -> None:
        """One state event's fields, in order."""
        if event["reason"] is not None:
            return
        action, source = event["action"], event["source"]
        if event["of"] == "admin" and action in SWITCHES:
            if event["client"] is not None:
                self.clients[event["client"]] = SWITCHES[action]
            elif source is not None:
                self.sources[source] = SWITCHES[action]
            else:
                self.node = SWITCHES[action]
        elif event["of"] in ("source_state", "timer") and action in LINKS and source is not None:
            self.links[source] = LINKS[action]
        elif action == "day_end" and not event["more"]:
            self.days += 1
        else:
            return
        self.changes += 1

    def session(self, client: int) -> str:
        """The state of trading for one client: the stricter of the node's and its own."""
        states = (self.node, self.clients.get(client, ACTIVE))
        return next((state for state in (HALTED, REDUCING) if state in states), ACTIVE)

    def status(self, client: int, instrument: int) -> Status:
        """What one client may do in one instrument."""
        if not self.names.instruments[instrument]["is_open"]:
            return Status(NOT_AVAILABLE, "closed: only cancels are taken")
        state = self.session(client)
        if state == HALTED:
            return Status(HALT, "trading is halted: only cancels are taken")
        if state == REDUCING:
            return Status(NOT_AVAILABLE, "only cancels and orders that reduce a position are taken")
        lost = list(self._lost(instrument))
        if lost:
            return Status(READY, f"not reached: {', '.join(lost)}")
        return Status(READY)

    def _lost(self, instrument: int) -> Iterable[str]:
        """Venues that list it and take nothing now."""
        for listing in self.names.listings:
            source = listing["source"]
            if listing["instrument"] != instrument or not listing["is_listed"]:
                continue
            if self.links.get(source, "down") != "up" or self.sources.get(source) == HALTED:
                yield str(self.names.source(source))
