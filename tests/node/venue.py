"""Each way a venue can misbehave, twenty times: the client ends where the venue's truth is.

    python -m tests.node.venue --orders 20 [--seed N] [--kinds KIND ...] [--data FOLDER]

One node, one simulated exchange, one client, real sockets between them. For every kind the client
sends orders until the exchange has misbehaved that often; then what rests is canceled, and once the
fate of every child is known the exchange, the node's journal, the client's own log and the balances
are compared. At the end the node stops and the journal is folded and verified. One JSON line; exit
code 1 with any finding.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from internaliser.inspect import rows
from internaliser.recovery import recover
from internaliser.verify import verify
from tests.node.checks import check_core, check_messages, check_orders, check_reports
from tests.node.crowd import Crowd
from tests.node.exchange import LIVE, SYMBOL, Venue
from tests.node.process import NodeProcess, command_line
from tests.node.trader import Report
from tests.node.truth import Truth

ORDER_KINDS = (
    "no_ack",
    "late_ack",
    "reject",
    "duplicate_report",
    "fill_before_ack",
    "late_fill_after_cancel",
    "wrong_quantity",
    "disconnect_before",
    "disconnect_after",
    "reset_numbers",
)
KINDS = (*ORDER_KINDS, "stale_market", "silent_market", "frozen")
MAY_EXCEED = ("late_fill_after_cancel", "frozen")  # a fill after we were told there is none
DELAY_MS = 60  # how late a late report is
STALE_MS = 400
EVER_MS = 600_000  # until it is told to behave
SETTLE_S = 30
VOLLEY_MAX = 4  # orders sent at once
ATTEMPTS = 12  # orders sent per misbehaviour wanted, at most: some never reach the venue
DEAD = (b"2", b"4", b"8", b"C")
BUY, SELL = b"1", b"2"
DAY, IOC = b"0", b"3"

Row = dict[str, Any]


@dataclass(slots=True)
class Told:
    """An order as its reports leave it."""

    side: bytes
    qty: int
    order_id: str = ""
    status: bytes = b""
    cum_qty: int = 0
    routed: dict[bytes, tuple[int, Decimal]] = field(default_factory=dict)  # by ExecID
    inside: dict[bytes, int] = field(default_factory=dict)

    def take(self, values: dict[bytes, bytes]) -> None:
        self.order_id = values[b"37"].decode()
        self.status = values[b"39"]
        self.cum_qty = int(values[b"14"])
        if values[b"150"] == b"F":
            if values.get(b"851") == b"3":
                price = Decimal(values[b"31"].decode())
                self.routed[values[b"17"]] = (int(values[b"32"]), price)
            else:
                self.inside[values[b"17"]] = int(values[b"32"])


class Trial:
    """A node, its exchange and one client, from the first order to the last comparison."""

    may_exceed = MAY_EXCEED

    def __init__(self, venue: Venue, data: Path, seed: int) -> None:
        self.random = Random(seed)
        self.data = data
        self.venue = venue
        self.node = NodeProcess(data, config=venue.config)
        self.truth = Truth()  # folds the journal on while the node runs
        self.crowd = Crowd(seed, count=1)
        self.trader = self.crowd.traders[0]
        self.trader.symbols = (SYMBOL.encode(),)
        self.told: dict[bytes, Told] = {}  # by the ClOrdID of the order
        self.reports: list[Report] = []
        self.findings: list[str] = []
        self.counts: dict[str, dict[str, int]] = {}
        self.excess_before = 0

    def start(self) -> None:
        self.node.wait_ready()
        self.crowd.connect(self.node.port)
        self.crowd.fall_silent()
        self._wait(lambda: self.venue.is_linked, "the link to the exchange")

    def close(self) -> None:
        self.crowd.leave()
        if self.node.is_running:
            self.node.kill()
        self.venue.__exit__(None, None, None)

    # The misbehaviours.

    def play(self, kind: str, orders: int) -> None:
        """One kind, `orders` times; then everything is settled and compared."""
        first = len(self.told)
        done_before = self._misbehaved(kind)
        self._play(kind, orders)
        self.venue.ask(do="behave")
        self._settle(kind)
        self.counts[kind] = {
            "orders": len(self.told) - first,
            "misbehaved": self._misbehaved(kind) - done_before,
        }
        if kind in ORDER_KINDS and self.counts[kind]["misbehaved"] < orders:
            self._find(kind, f"only {self.counts[kind]['misbehaved']} of {orders} times")

    def _play(self, kind: str, orders: int) -> None:
        if kind == "frozen":
            self._play_frozen(orders)
        elif kind in ORDER_KINDS:
            self._play_orders(kind, orders)
        else:
            self._play_market(kind, orders)

    def _play_orders(self, kind: str, orders: int) -> None:
        """First every other child meets it, then every one."""
        wanted = self._misbehaved(kind) + orders
        for every, until in ((2, wanted - orders // 2), (1, wanted)):
            self.venue.ask(do="behave")
            self._misbehave(kind, every)
            for _ in range(orders * ATTEMPTS):
                if self._misbehaved(kind) >= until:
                    break
                self._volley()

    def _misbehave(self, kind: str, every: int) -> None:
        self.venue.ask(do="misbehave", kind=kind, every=every, delay_ms=DELAY_MS)

    def _play_market(self, kind: str, orders: int) -> None:
        """Orders on a view that is old without our knowing; with silence, then on none at all."""
        for _ in range(orders):
            self._wait(lambda: self._is_fresh(), f"{kind}: a market")
            self.venue.ask(do=kind.partition("_")[0], ms=EVER_MS)
            self._volley()
            if kind == "silent_market" or self.random.random() < 0.3:
                self._listen(1.2 * STALE_MS / 1000)
                self._listen(0.1)
                received = self.venue.ask(do="truth")["orders_received"]
                self._volley()
                if self.venue.ask(do="truth")["orders_received"] != received:
                    self._find(kind, "an order was sent to a venue nothing had been heard of")
            self.venue.ask(do="behave")

    def _play_frozen(self, orders: int) -> None:
        """No answer at all: shown as unknown and left alone; half are resolved by the operator."""
        for number in range(orders):
            self._wait(lambda: self._is_fresh(), "frozen: a market")
            books = self.venue.ask(do="truth")["books"][self.venue.theirs]
            known = {row["child_id"] for row in rows("children", self.data)}
            self.venue.freeze()
            cl_ord_id = self._send(BUY, 5, Decimal(books["asks"][0][0]) + 1, IOC)
            try:
                self._wait(partial(self._has_unknown, known), "frozen: an unknown child")
                told = self.told[cl_ord_id]
                if told.status in DEAD:
                    self._find("frozen", f"the end of {cl_ord_id!r} was guessed: {told}")
                if number % 2:
                    self._resolve(self._unknown(known))
            finally:
                self.venue.thaw()
            self._settle("frozen", compare=False)

    def _has_unknown(self, known: set[str]) -> bool:
        return bool(self._unknown(known))

    def _unknown(self, known: set[str]) -> list[Row]:
        return [
            row
            for row in rows("children", self.data)
            if row["state"] == "unknown" and row["child_id"] not in known
        ]

    def _resolve(self, children: list[Row]) -> None:
        """The operator says that nothing was filled. Wrong or right: the venue's word comes yet."""
        for row in children:
            line = command_line(
                "admin", "resolve-child", row["child_id"], "--filled", "0", "--data", self.data,
                "--why", "trial",
            )  # fmt: skip
            done = subprocess.run(line, capture_output=True, text=True, check=False)
            if done.returncode:
                self._find("frozen", f"resolve-child: {done.stderr.strip()}")

    # The client.

    def _volley(self) -> None:
        """A few orders at once, then a moment for what comes of them."""
        sent = self._send_some()
        end_s = time.monotonic() + 0.5
        self.crowd.listen_until(lambda: self._is_idle(sent) or time.monotonic() > end_s)

    def _send_some(self) -> list[bytes]:
        """A few orders at once near the exchange's book; their ClOrdIDs."""
        books = self.venue.ask(do="truth")["books"][self.venue.theirs]
        sent = []
        for _ in range(self.random.randint(1, VOLLEY_MAX)):
            side = self.random.choice((BUY, SELL))
            best = Decimal(books["asks" if side == BUY else "bids"][0][0])
            reach = self.random.randint(-1, 6) * Decimal("0.01")
            price = best + (reach if side == BUY else -reach)
            tif = self.random.choice((IOC, IOC, IOC, DAY))
            market = self.random.random() < 0.1
            sent.append(
                self._send(
                    side,
                    self.random.randint(1, 60),
                    None if market else price,
                    IOC if market else tif,
                )
            )
        return sent

    def _is_idle(self, sent: Sequence[bytes]) -> bool:
        told = self._take_reports()
        return all(told[one].status in DEAD for one in sent)

    def _send(self, side: bytes, qty: int, price: Decimal | None, tif: bytes) -> bytes:
        text = b"" if price is None else f"{price:.2f}".encode()
        out = self.trader.new_order(time.time_ns(), side, qty, text, tif)
        cl_ord_id = next(reversed(self.trader.terms))
        self.told[cl_ord_id] = Told(side, qty)
        self.crowd.links[0].write(out)
        return cl_ord_id

    def _take_reports(self) -> dict[bytes, Told]:
        """Fold what the client was told since the last call."""
        for report in self.trader.reports:
            values = report.values
            self.reports.append(report)
            told = self.told.get(values.get(b"41", values[b"11"])) or self.told.get(values[b"11"])
            if told is None:
                continue
            if values[b"35"] == b"8":
                told.take(values)
            elif values[b"37"].decode() == told.order_id:
                told.status = values[b"39"]  # a cancel came too late: no report follows
        self.trader.reports = []
        return self.told

    def _cancel_open(self) -> None:
        for live in list(self.trader.live.values()):
            self.crowd.links[0].write(self.trader.cancel(live, time.time_ns()))

    # Waiting.

    def _listen(self, for_s: float) -> None:
        end_s = time.monotonic() + for_s
        self.crowd.listen_until(lambda: time.monotonic() > end_s)

    def _wait(self, is_there: Callable[[], bool], what: str, for_s: float = SETTLE_S) -> bool:
        """Listen until `is_there`; a finding when it does not come."""
        end_s = time.monotonic() + for_s
        while not is_there():
            if time.monotonic() > end_s:
                self.findings.append(f"{what} did not come within {for_s} s")
                return False
            self._listen(0.02)
        return True

    def _is_fresh(self) -> bool:
        """The link is up: then a market update is never far."""
        if not self.venue.is_linked:
            return False
        self._listen(0.06)
        return True

    def _settle(self, kind: str, *, compare: bool = True) -> None:
        """Nothing open, no child live, what is late has come; then compare."""
        self._wait(lambda: self.venue.is_linked, f"{kind}: the link to the exchange")
        self._listen(2.5 * DELAY_MS / 1000)
        if compare:
            self._cancel_open()
        end_s = time.monotonic() + SETTLE_S
        last: list[str] = ["nothing was compared"]
        while last and time.monotonic() < end_s:
            self._listen(0.05)
            self._take_reports()
            last = list(self._live(compare))
        if not last and compare:
            while (last := list(self._differences(kind))) and time.monotonic() < end_s:
                self._listen(0.1)
                self._take_reports()
        self.findings += [f"{kind}: {text}" for text in last]

    def _live(self, whole: bool) -> Iterator[str]:
        for row in rows("children", self.data):
            if row["state"] in LIVE:
                yield f"a child is still live: {row}"
        yield from self._open(whole)

    def _open(self, whole: bool) -> Iterator[str]:
        for cl_ord_id, told in self.told.items():
            if whole and told.status not in DEAD:
                yield f"{cl_ord_id!r} is still open: {told}"

    # Comparing.

    def _differences(self, kind: str) -> Iterator[str]:
        truth = self.venue.ask(do="truth")
        yield from self._child_differences(truth)
        yield from self._order_differences(truth, kind)
        yield from self.venue.balance_differences(truth, self.data)
        yield from self.trader.faults

    def _child_differences(self, truth: Row) -> Iterator[str]:
        """I10: each child is at most one order of the exchange, and both say the same of it."""
        children = {row["child_id"]: row for row in rows("children", self.data)}
        if truth["orders_received"] > len(children):
            yield f"{truth['orders_received']} orders received for {len(children)} children"
        orders = {order["cl_ord_id"]: order for order in truth["orders"]}
        for child_id, row in children.items():
            order = orders.pop(child_id, {"qty": row["qty"], "cum_qty": "0"})
            if (row["qty"], row["cum_qty"]) != (order["qty"], order["cum_qty"]):
                yield f"child {row}, at the exchange {order}"
        for order in orders.values():
            yield f"the exchange has an order the node does not know: {order}"

    def _order_differences(self, truth: Row, kind: str) -> Iterator[str]:
        """What the client was told of fills outside is what the exchange executed for it."""
        executed: dict[str, list[Row]] = defaultdict(list)
        parents = {row["child_id"]: row["parent_id"] for row in rows("children", self.data)}
        for order in truth["orders"]:
            executed[parents[order["cl_ord_id"]]] += order["executions"]
        excess = 0
        for cl_ord_id, told in self.told.items():
            routed = sum(qty for qty, _ in told.routed.values())
            if told.cum_qty != routed + sum(told.inside.values()) or told.cum_qty > told.qty:
                yield f"{cl_ord_id!r} does not add up: {told}"
            fills = executed.pop(told.order_id, [])
            outside = sum(int(fill["qty"]) for fill in fills)
            excess += outside - routed
            if outside < routed or (outside > routed and told.cum_qty < told.qty):
                yield f"{cl_ord_id!r} was told {told}, the exchange executed {fills}"
            elif outside == routed:
                amount = sum(int(fill["qty"]) * Decimal(fill["price"]) for fill in fills)
                if amount != sum(qty * price for qty, price in told.routed.values()):
                    yield f"{cl_ord_id!r} was told other prices: {told}, the exchange's {fills}"
        for parent_id, fills in executed.items():
            yield f"executions for {parent_id}, which no client sent: {fills}"
        if excess > self.excess_before and kind not in self.may_exceed:
            yield f"{excess - self.excess_before} lots more than any order asked for"
        self.excess_before = excess

    def finish(self) -> None:
        """An orderly stop; the journal folded by other code, replayed and verified."""
        self._take_reports()
        if self.node.stop():
            self.findings.append(f"the node stopped badly: {self.node.errors.read_text()[-500:]}")
        truth = Truth()
        truth.read_on(self.data)
        self.trader.reports = self.reports
        recovered = recover(self.data, node_id=1, from_start=True)
        self.findings += check_reports(truth, [self.trader])
        self.findings += check_messages(truth, [self.trader])
        self.findings += check_orders(truth, [self.trader])
        self.findings += check_core(truth, recovered)
        self.findings += truth.check_trades() + truth.faults
        self.findings += verify(self.data)[0]

    def _misbehaved(self, kind: str) -> int:
        return int(self.venue.ask(do="truth")["misbehaved"].count(kind))

    def _find(self, kind: str, text: str) -> None:
        self.findings.append(f"{kind}: {text}")


def run(
    folder: Path,
    data: Path,
    orders: int,
    seed: int,
    kinds: Sequence[str],
    verbose: bool = False,
    lot: int = 1,
) -> Row:
    """Every kind on one node; the figures. The exchange trades in steps of `lot`."""
    trial = Trial(Venue(folder, seed, stale_ms=STALE_MS, lot=lot), data, seed)
    line = figures(trial, orders, seed, kinds, verbose)
    off_lot = (row for row in rows("children", data) if int(row["qty"]) % lot != 0)
    return {**line, "children_off_lot": len(list(off_lot))}


def figures(trial: Trial, orders: int, seed: int, kinds: Sequence[str], verbose: bool) -> Row:
    """Play every kind until there is a finding; then all that is known."""
    try:
        trial.start()
        for kind in kinds:
            if not trial.findings:
                trial.play(kind, orders)
                if verbose:
                    print(f"{kind}: {trial.counts[kind]}", file=sys.stderr, flush=True)
        if not trial.findings:
            trial.finish()
        children = list(rows("children", trial.data))
    finally:
        trial.close()
    return {
        "check": "venue",
        "seed": seed,
        "orders_wanted": orders,
        "kinds": trial.counts,
        "orders": len(trial.told),
        "children": len(children),
        "children_filled": sum(row["cum_qty"] != "0" for row in children),
        "house_lots": trial.excess_before,
        "findings": trial.findings[:30],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--orders", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
    parser.add_argument("--lot", type=int, default=1, help="the exchange's, in ours")
    parser.add_argument("--data", type=Path, help="kept afterwards; a temporary folder without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = options.data or folder / "data"
        line = run(
            folder, data, options.orders, options.seed, options.kinds, verbose=True, lot=options.lot
        )
    print(json.dumps(line))
    return 1 if line["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
