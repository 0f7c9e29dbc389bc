"""A node with two kinds of venue for one instrument: a FIX exchange and a simulated Binance.

    with Pair(tmp_path, tmp_path / "data", seed=1) as pair:
        pair.set_books(fix_asks=[("100", "5")], rest_asks=[("100.01", "4")])
        told = pair.order(BUY, 12, "101")

Neither market moves by itself; what is fresh stays fresh.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from internaliser.inspect import rows
from tests.node.crowd import Crowd
from tests.node.exchange import CLIENTS, HEAD, MID, SYMBOL, Json, Venue
from tests.node.process import NodeProcess
from tests.node.rest_exchange import RestVenue
from tests.node.venue import DEAD, DELAY_MS, IOC, MAY_EXCEED, ORDER_KINDS, Told

STALE_MS = 60_000
WAIT_S = 15
BUY, SELL = b"1", b"2"
FIX_KINDS = [kind for kind in ORDER_KINDS if kind not in MAY_EXCEED]
FAR_BIDS = [("90", "5")]

Levels = Sequence[tuple[str, str]]


class Pair:
    """The three processes and one client, until the end of `with`."""

    def __init__(self, folder: Path, data: Path, seed: int, by: str = "rest") -> None:
        self.data = data
        self.stack = ExitStack()
        fix = Venue(folder, seed, stale_ms=STALE_MS, interval_ms=0)
        self.fix = self.stack.enter_context(fix)
        rest = RestVenue(folder, data, seed, by, stale_ms=STALE_MS, updates_per_s=0, source=1)
        self.rest = self.stack.enter_context(rest)
        self.node = NodeProcess(data, config=write_config(folder, self.fix, self.rest))
        self.crowd = Crowd(seed, count=1)
        self.trader = self.crowd.traders[0]
        self.trader.symbols = (SYMBOL.encode(),)
        self.told: dict[bytes, Told] = {}

    def __enter__(self) -> Self:
        try:
            self.node.wait_ready()
            self.crowd.connect(self.node.port)
            self.crowd.fall_silent()
            self.wait(lambda: self.rest.is_linked and self.fix.is_linked)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.crowd.leave()
        if self.node.is_running:
            self.node.kill()
        self.stack.close()

    def set_books(self, fix_asks: Levels, rest_asks: Levels) -> None:
        """What both offer; and a moment for the node to hear of it."""
        self.set_fix_asks(fix_asks)
        self.rest.ask(do="book", symbol=self.rest.theirs, bids=FAR_BIDS, asks=rest_asks)
        self.listen(0.5)

    def set_fix_asks(self, asks: Levels) -> None:
        self.fix.ask(do="set_book", symbol=self.fix.theirs, bids=FAR_BIDS, asks=asks)
        self.listen(0.1)

    def order(self, side: bytes, qty: int, price: str, tif: bytes = IOC) -> Told:
        """Send one; what it is told is folded into the result while anybody listens."""
        out = self.trader.new_order(time.time_ns(), side, qty, price.encode(), tif)
        told = self.told[next(reversed(self.trader.terms))] = Told(side, qty)
        self.crowd.links[0].write(out)
        return told

    def is_over(self, told: Told) -> bool:
        return told.status in DEAD

    def listen(self, for_s: float) -> None:
        end_s = time.monotonic() + for_s
        self.crowd.listen_until(lambda: self._take() or time.monotonic() > end_s)

    def wait(self, is_there: Callable[[], bool], for_s: float = WAIT_S) -> None:
        """Listen until `is_there`. Raises AssertionError when it does not come."""
        end_s = time.monotonic() + for_s
        while not is_there():
            assert time.monotonic() < end_s, f"not within {for_s} s: {self.told}"
            self.listen(0.02)

    def _take(self) -> bool:
        for report in self.trader.reports:
            values = report.values
            told = self.told.get(values.get(b"41", values[b"11"]))
            if told is not None and values[b"35"] == b"8":
                told.take(values)
        self.trader.reports = []
        return False

    def executed(self) -> dict[str, list[tuple[str, str]]]:
        """Quantity and price of every execution, as the exchanges have them, by exchange."""
        return {
            venue.name: [
                (one["qty"], one["price"])
                for order in venue.ask(do="truth")["orders"]
                for one in order["executions"]
            ]
            for venue in (self.fix, self.rest)
        }

    def dumped(self) -> list[dict[str, Any]]:
        """`dump executions`."""
        return list(rows("executions", self.data))

    def differences(self) -> list[str]:
        """The exchanges' orders and balances against the node's."""
        found: list[str] = []
        children = {row["child_id"]: row for row in rows("children", self.data)}
        for venue in (self.fix, self.rest):
            truth = venue.ask(do="truth")
            found += venue.balance_differences(truth, self.data)
            for order in truth["orders"]:
                row = children.pop(order["cl_ord_id"], None)
                if row is None:
                    found.append(f"{venue.name} has an order the node does not know: {order}")
                elif (row["venue"], row["qty"], row["cum_qty"]) != (
                    venue.name, order["qty"], order["cum_qty"],
                ):  # fmt: skip
                    found.append(f"{venue.name}: {order}, the node has {row}")
        found += [f"filled nowhere: {row}" for row in children.values() if row["cum_qty"] != "0"]
        return found


def write_config(folder: Path, fix: Venue, rest: Venue) -> Path:
    """A node that routes to both, the FIX exchange first."""
    config = folder / "pair.toml"
    head = HEAD.format(symbol=SYMBOL, usd_decimals=8, btc_decimals=8)
    config.write_text(head + CLIENTS + fix.section + rest.section)
    return config


class Both(RestVenue):
    """The venue over REST, with a FIX exchange beside it that misbehaves whenever it does.

    What is asked of the one is asked of both; the truth is what both did.
    """

    def __init__(self, folder: Path, data: Path, seed: int, by: str, stale_ms: int) -> None:
        super().__init__(folder, data, seed, by, stale_ms=stale_ms, source=1)
        self.fix = Venue(folder, seed, stale_ms=stale_ms)
        self.config = write_config(folder, self.fix, self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, traceback)  # thaws both
        self.fix.__exit__(kind, error, traceback)

    @property
    def is_linked(self) -> bool:
        return self.fix.is_linked and super().is_linked

    def post(self, verb: str, **request: object) -> Json:
        """Misbehaviour falls on both, the FIX exchange's own is drawn by lot."""
        if verb == "misbehave":
            every = self.random.choice((2, 3, 5))
            kind = self.random.choice(FIX_KINDS)
            self.fix.ask(do="misbehave", kind=kind, every=every, delay_ms=DELAY_MS)
        elif verb == "behave":
            self.fix.ask(do="behave")
        return super().post(verb, **request)

    def freeze(self) -> None:
        """Both: an order goes to the cheaper one alone."""
        self.fix.freeze()
        super().freeze()

    def thaw(self) -> None:
        self.fix.thaw()
        super().thaw()

    def gather(self) -> None:
        """Bring both markets to one price again: they walk alone."""
        levels = [f"{MID + n * Decimal('0.01')}" for n in (-3, -2, -1, 1, 2, 3)]
        for ask, symbol in ((self.fix.ask, self.fix.theirs), (super().ask, self.theirs)):
            sizes = iter([str(self.random.randint(1, 20)) for _ in levels])
            bids, asks = ([[p, next(sizes)] for p in part] for part in (levels[2::-1], levels[3:]))
            do = "book" if symbol == self.theirs else "set_book"
            ask(do=do, symbol=symbol, bids=bids, asks=asks)

    def balance_differences(self, truth: Json, data: Path) -> Iterator[str]:
        """Of each by itself."""
        yield from super().balance_differences(super()._truth(), data)
        yield from self.fix.balance_differences(self.fix.ask(do="truth"), data)

    def _truth(self) -> Json:
        one, other = super()._truth(), self.fix.ask(do="truth")
        return {
            **one,
            "orders": one["orders"] + other["orders"],
            "orders_received": one["orders_received"] + other["orders_received"],
        }


def total(told: Told) -> dict[Decimal, int]:
    """What was executed outside, by price."""
    found: dict[Decimal, int] = {}
    for qty, price in told.routed.values():
        found[price] = found.get(price, 0) + qty
    return found
