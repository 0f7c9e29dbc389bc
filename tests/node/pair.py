"""A node with two kinds of venue for one instrument: a FIX exchange and a simulated Binance.

    with Pair(tmp_path, tmp_path / "data", seed=1) as pair:
        pair.set_books(fix_asks=[("100", "5")], rest_asks=[("100.01", "4")])
        told = pair.order(BUY, 12, "101")

Neither market moves by itself; what is fresh stays fresh.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from internaliser.inspect import rows
from tests.node.crowd import Crowd
from tests.node.exchange import CLIENTS, HEAD, SYMBOL, Venue
from tests.node.process import NodeProcess
from tests.node.rest_exchange import RestVenue
from tests.node.venue import DEAD, IOC, Told

STALE_MS = 60_000
WAIT_S = 15
BUY, SELL = b"1", b"2"
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
        config = folder / "pair.toml"
        head = HEAD.format(symbol=SYMBOL, usd_decimals=8, btc_decimals=8)
        config.write_text(head + CLIENTS + self.fix.section + self.rest.section)
        self.node = NodeProcess(data, config=config)
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
        found = []
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


def total(told: Told) -> dict[Decimal, int]:
    """What was executed outside, by price."""
    found: dict[Decimal, int] = {}
    for qty, price in told.routed.values():
        found[price] = found.get(price, 0) + qty
    return found
