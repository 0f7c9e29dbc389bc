"""The throttles of the configuration: for the door, and for whoever tells a client its limits.

    allowance_of(config, "ALICE").account_per_s

What counts: new orders, replaces that ask for more than less quantity, status requests and
disputes. Cancels, mass cancels and replaces that only reduce always pass and cost nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from internaliser.config import Config
from internaliser.gateway.throttle import Throttle

AS_CONFIGURED = -1  # a client's key that is left to the [throttle] section


@dataclass(frozen=True, slots=True)
class Allowance:
    """Messages per second, and at once; 0 per second = no limit."""

    session_per_s: int
    session_burst: int
    account_per_s: int
    account_burst: int

    def rates(self) -> list[int]:
        """Messages per second where there is a limit: of a session, then of all of the account."""
        return [per_s for per_s in (self.session_per_s, self.account_per_s) if per_s]


def allowance_of(config: Config, client: str) -> Allowance:
    """What one client may send. KeyError when the file has no such client."""
    terms = {one.name: one for one in config.clients}[client]
    common = config.throttle
    is_own = terms.orders_per_s != AS_CONFIGURED
    per_s = terms.orders_per_s if is_own else common.account_orders_per_s
    burst = (
        terms.orders_burst if terms.orders_burst != AS_CONFIGURED else common.account_orders_burst
    )
    return Allowance(
        common.session_orders_per_s,
        _burst(common.session_orders_per_s, common.session_orders_burst),
        per_s,
        _burst(per_s, burst),
    )


def throttle_of(
    config: Config, capacity: int, clients: Iterable[str], sessions: Iterable[Mapping[str, Any]]
) -> Throttle:
    """The door's throttle: `clients` by index, `sessions` as the core lists them."""
    throttle = Throttle(capacity, config.throttle.refusals_per_s_max)
    names = list(clients)
    offered = {client.name for client in config.clients}
    for index, name in enumerate(names):
        if name in offered:
            allowance = allowance_of(config, name)
            throttle.limit_account(index, allowance.account_per_s, allowance.account_burst)
    for row in sessions:
        if row["client"] is not None and names[row["client"]] in offered:
            allowance = allowance_of(config, names[row["client"]])
            throttle.limit_session(row["index"], allowance.session_per_s, allowance.session_burst)
    return throttle


def _burst(per_s: int, burst: int) -> int:
    """A burst that is not given is one second's worth."""
    return burst or per_s
