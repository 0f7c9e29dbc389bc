"""Each way a venue over REST can misbehave, twenty times: the node ends where its truth is.

    python -m tests.node.rest_venue --orders 20 [--by rest|ws] [--seed N] [--kinds NAME ...]
    python -m tests.node.rest_venue --kills 20 [--by rest|ws] [--pair]

One node, one simulated Binance, one client, real sockets between them; as tests/node/venue.py has
it for FIX, by the same comparisons. A name is a misbehaviour of the simulator, or KIND@OCCASION.
With --kills the node is killed with children in flight instead, as tests/node/kill.py has it, and
the simulator's connections drop at moments of their own. One JSON line; exit code 1 with findings.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from internaliser.inspect import rows
from tests.node import kill
from tests.node.exchange import FUNDING, LIVE
from tests.node.pair import Both
from tests.node.process import NodeProcess
from tests.node.rest_exchange import ACCOUNT, RestVenue
from tests.node.venue import DELAY_MS, Trial, figures

PLACING = (
    "timeout_before", "timeout_after", "unexpected_before", "unexpected_after", "error_before",
    "error_after", "drop_before", "drop_after", "no_answer", "late_answer", "busy", "rate_limited",
    "banned", "clock_skew", "garbage", "unknown_enum", "extra_fields", "many_decimals",
)  # fmt: skip
ORDERS = (
    "reject", "silence", "fill_before_ack", "late_fill", "fill_after_cancel", "duplicate_fill",
    "several_executions", "no_trade_id", "unknown_report", "unsolicited_cancel",
    "unsolicited_expire",
)  # fmt: skip
EVENTS = tuple(f"{kind}@event" for kind in PLACING[-4:])
ASKING = tuple(
    f"{kind}@{name}"
    for name in ("order.status", "myTrades")
    for kind in ("error_after", "drop_after", "garbage", "unknown_enum", "late_answer")
)
CANCELING = ("timeout_before@order.cancel", "garbage@order.cancel")
ANYTHING = ("error_before@any", "drop_after@any", "garbage@any", "rate_limited@any")
DEPTHS = ("depth_gap", "crossed", "off_tick", "garbage_depth")
STATES = ("stale", "user_silent", "maintenance", "clock_offset")
ACTS = ("user_terminated", "disconnect", "server_shutdown", "restart")
KINDS = (
    *PLACING, *ORDERS, *EVENTS, *ASKING, *CANCELING, *ANYTHING, *DEPTHS, *STATES, *ACTS, "frozen",
)  # fmt: skip
# A fill after we were told that there is none, or after the operator said so.
MAY_EXCEED = ("fill_after_cancel", "frozen")

LATE = {"kind": "late_answer", "every": 2, "delay_ms": DELAY_MS}  # orders are in flight meanwhile
UNANSWERED = {"kind": "no_answer", "every": 2}
WAIT_MS = 300  # of a Retry-After
STATE_MS = 400  # how long a state lasts
AHEAD_MS = 3_000  # of the clock
STALE_MS = 1_000
REST_S = 0.35  # after a link is up, until there is a book again


@dataclass(frozen=True, slots=True)
class Play:
    """A misbehaviour, when it strikes, and what else is in force so that it can."""

    kind: str
    on: str
    every: tuple[int, int] = (2, 1)
    beside: tuple[dict[str, Any], ...] = ()


def play_of(name: str) -> Play:
    kind, _, on = name.partition("@")
    if on in ("order.status", "myTrades"):
        return Play(kind, on, (3, 2), (UNANSWERED, {"kind": "user_silent"}))
    if on == "order.cancel":
        return Play(kind, on, (2, 1), ({**LATE, "every": 1}, {"kind": "user_silent"}))
    return Play(kind, on, (7, 4) if on == "any" else (2, 1))


class RestTrial(Trial):
    """A trial whose exchange is reached over REST and WebSocket."""

    venue: RestVenue
    may_exceed = MAY_EXCEED
    cancels = 0.1  # of the volleys, those that are canceled at once

    def play(self, kind: str, orders: int) -> None:
        super().play(kind, orders)
        wanted = 0 if kind == "frozen" else orders
        if self.counts[kind]["misbehaved"] < wanted:
            self._find(kind, f"only {self.counts[kind]['misbehaved']} of {orders} times")

    def trade(self, orders: int) -> None:
        """So many orders with a venue that behaves; then everything is settled and compared."""
        while len(self.told) < orders:
            self._volley()
        self._settle("behaving")

    def _play(self, kind: str, orders: int) -> None:
        if kind == "frozen":
            self._play_frozen(orders)
        elif kind in DEPTHS:
            self._play_depths(kind, orders)
        elif kind in STATES:
            self._play_states(kind, orders)
        elif kind in ACTS:
            self._play_acts(kind, orders)
        else:
            self._play_orders(kind, orders)

    def _misbehave(self, name: str, every: int) -> None:
        play = play_of(name)
        self.cancels = 1.0 if play.on == "order.cancel" else 0.1
        on = {"on": play.on} if play.on else {}
        rule = {"kind": play.kind, "every": play.every[every == 1], "delay_ms": DELAY_MS, **on}
        if play.kind in ("rate_limited", "banned"):
            rule["ms"] = WAIT_MS
        self.venue.post("misbehave", **rule)
        for other in play.beside:
            self.venue.post("misbehave", **other)

    def _misbehaved(self, kind: str) -> int:
        return super()._misbehaved(play_of(kind).kind)

    def _play_depths(self, kind: str, orders: int) -> None:
        """One event of the book is wrong while orders use the book."""
        wanted = self._misbehaved(kind) + orders
        while self._misbehaved(kind) < wanted:
            self.venue.post("misbehave", kind=kind, next=1)
            self._volley()

    def _play_states(self, kind: str, orders: int) -> None:
        """Orders before, in and after a time in which something is lost."""
        for number in range(orders):
            self._wait(self._is_fresh, f"{kind}: a market")
            self.venue.post("misbehave", **LATE)
            delay = {"delay_ms": AHEAD_MS} if kind == "clock_offset" else {}
            is_long = kind == "stale" and number % 5 == 0
            self.venue.post("misbehave", kind=kind, ms=60_000 if is_long else STATE_MS, **delay)
            self._volley()
            if is_long:
                self._check_stale(kind)
            self._volley()
            self._listen(STATE_MS / 1000)
            self.venue.post("behave")

    def _check_stale(self, kind: str) -> None:
        """Nothing was heard of the market for longer than its prices may be used."""
        self._listen(1.5 * STALE_MS / 1000)
        received = self.venue.get("state")["orders_received"]
        self._volley()
        if self.venue.get("state")["orders_received"] != received:
            self._find(kind, "an order was sent to a venue nothing had been heard of")

    def _play_acts(self, kind: str, orders: int) -> None:
        """The connections are lost while orders are under way."""
        for _ in range(orders):
            self._wait(self._is_fresh, f"{kind}: a market")
            self.venue.post("misbehave", **LATE)
            self._send_some()
            self._listen(self.random.uniform(0, 0.03))
            self.venue.post("misbehave", kind=kind)
            self._listen(self.random.uniform(0, 0.1))
            self._volley()
            self.venue.post("behave")

    def _volley(self) -> None:
        """As of the base, or canceled by the client while children are under way."""
        if self.random.random() < self.cancels:
            self._send_some()
            self._listen(self.random.uniform(0, 0.02))
            self._cancel_open()
        super()._volley()

    def _is_fresh(self) -> bool:
        if not self.venue.is_linked:
            return False
        self._listen(REST_S)
        return self.venue.is_linked

    def _live(self, whole: bool) -> Iterator[str]:
        """By a fold that reads on, where the base reads the journal from its start."""
        self.truth.read_on(self.data)
        for child_id, child in self.truth.children.items():
            if child.state in LIVE:
                yield f"child {child_id} is still live: {child}"
        yield from self._open(whole)

    def _differences(self, kind: str) -> Iterator[str]:
        yield from super()._differences(kind)
        yield from self._stated_differences()
        yield from self._faults()

    def _stated_differences(self) -> Iterator[str]:
        """What `dump balances` says the venue said is what the venue has, and it was asked."""
        truth = self.venue.get("balances")[ACCOUNT]
        for row in rows("balances", self.data):
            if (row["kind"], row["owner"]) != ("venue", self.venue.name):
                continue
            true = {name: Decimal(truth[row["asset"]][name]) for name in ("free", "locked")}
            if row["state"] != "answered" or row["stated_free"] is None:
                yield f"the venue's word is not known: {row}"
            elif {name: Decimal(row[f"stated_{name}"]) for name in true} != true:
                yield f"the venue has {true}, the node was told {row}"
            elif Decimal(row["difference"]) != FUNDING:
                yield f"held and stated differ by other than what was there before: {row}"

    def _faults(self) -> Iterator[str]:
        """A fault of ours, that the node caught and logged."""
        for line in self.node.errors.read_text().splitlines():
            if line.split()[1:2] == ["error"] or "Traceback" in line:
                yield f"logged: {line[:300]}"


class PairTrial(RestTrial):
    """One whose orders are filled by two kinds of venue at once."""

    venue: Both

    def _send_some(self) -> list[bytes]:
        self.venue.gather()
        self._listen(0.05)
        return super()._send_some()


def run(
    folder: Path, data: Path, orders: int, seed: int, kinds: Sequence[str], by: str = "rest",
    verbose: bool = False, is_pair: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Every kind on one node; the figures. `by`: how orders go, "rest" or "ws". `is_pair`: a FIX
    exchange that misbehaves too stands beside it."""
    if is_pair:
        trial: RestTrial = PairTrial(Both(folder, data, seed, by, STALE_MS), data, seed)
    else:
        trial = RestTrial(RestVenue(folder, data, seed, by, stale_ms=STALE_MS), data, seed)
    return {"by": by, **figures(trial, orders, seed, kinds, verbose)}


class RestChaos(kill.Chaos):
    """Kills beside a venue whose limits allow for so many starts in a minute.

    A node that starts assumes the real limits until it is told others, and waits for its turn when
    the runs before it have used them up.
    """

    def _process(self) -> NodeProcess:
        assert self.venue is not None
        self.venue.ask(do="behave")
        return super()._process()


def run_kills(folder: Path, data: Path, rounds: int, seed: int, by: str = "rest",
              load_s: tuple[float, float] = kill.LOAD_S, verbose: bool = False,
              is_pair: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """So many rounds of kill -9 with children in flight; the figures."""
    kind = partial(Both, stale_ms=STALE_MS) if is_pair else RestVenue
    with kind(folder, data, seed, by) as venue:
        found = kill.run(
            data, rounds, seed, load_s=load_s, venue=venue, verbose=verbose, kind=RestChaos
        )
        balances = list(venue.balance_differences(venue.ask(do="truth"), data))
        found["findings"] = [*found["findings"], *balances]
        return {"by": by, "connections_dropped": venue.drops, **found}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--kills", type=int, default=0, help="rounds of kill -9 instead")
    parser.add_argument("--by", default="rest", choices=("rest", "ws"), help="how orders go")
    parser.add_argument("--pair", action="store_true", help="beside a FIX exchange, as bad")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--data", type=Path, help="kept afterwards; a temporary folder without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = options.data or folder / "data"
        if options.kills:
            line = run_kills(
                folder, data, options.kills, options.seed, options.by,
                verbose=True, is_pair=options.pair,
            )  # fmt: skip
        else:
            line = run(
                folder, data, options.orders, options.seed, options.kinds, options.by,
                verbose=True, is_pair=options.pair,
            )  # fmt: skip
    print(json.dumps(line))
    return 1 if line["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
