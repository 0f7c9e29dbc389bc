"""A simulated exchange as a process, beside a node that routes to it; its truth against the node's.

with Venue(folder, seed=1) as venue:
    node = NodeProcess(data, config=venue.config)
    venue.differences(truth)
"""

import json
import os
import signal
import socket
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from internaliser.inspect import rows
from tests.node.process import ROOT, command_line
from tests.node.truth import ID_SEQ_BITS, Child, Truth

SYMBOL = "BTC/USD"
THEIRS = "XBT/USD"  # what the exchange calls it
ASSETS = {"XBT": "BTC", "USD": "USD"}  # ours, by its names
MID = 100
INTERVAL_MS = 25  # between moves of its market
TICKS = 100  # in one
STALE_MS = 2000
TAKER_BP = 2
FUNDING = 10**12  # of every asset, at the exchange
CONTROL_S = 10
LIVE = ("pending", "working", "unknown")

HEAD = """
[[assets]]
name = "USD"
decimals = {usd_decimals}
[[assets]]
name = "BTC"
decimals = {btc_decimals}
[[instruments]]
symbol = "{symbol}"
base = "BTC"
quote = "USD"
tick = "0.01"
lot = "1"
price_max = "1000000"
qty_max = "1000000"
"""
CLIENTS = "".join(
    f'[[clients]]\nname = "CLIENT{number}"\ncredit = "unlimited"\n' for number in range(1, 5)
)
SECTION = """
[[venues]]
name = "{name}"
host = "127.0.0.1"
port = {port}
sender_comp_id = "NODE"
target_comp_id = "MARKET"
heart_bt_s = 5
reconnect_min_ms = 20
reconnect_max_ms = 100
stale_after_ms = {stale_ms}
answer_after_ms = 300
taker_fee_bp = {taker_bp}
credit = "unlimited"
instruments = {{ "{symbol}" = {{ symbol = "{theirs}", lot = {lot} }} }}
"""

Json = dict[str, Any]


class Venue:
    """The exchange from construction to `close`; it outlives every node. `lot` is in ours."""

    name = "MARKET"
    theirs = THEIRS
    assets = ASSETS

    def __init__(
        self,
        folder: Path,
        seed: int,
        misbehave: Sequence[str] = (),
        stale_ms: int = STALE_MS,
        lot: int = 1,
        interval_ms: int = INTERVAL_MS,
    ) -> None:
        self.config = folder / "venue.toml"
        line = command_line(
            "simulate", "fix", "--comp-id", "MARKET", "--seed", seed,
            "--interval-ms", interval_ms, "--instruments", f"{THEIRS}:{MID}:0.01:{lot}",
            "--funding", FUNDING, "--taker-bp", TAKER_BP,
        )  # fmt: skip
        if misbehave:
            line += ["--misbehave", *misbehave]
        ports = self._start(line)
        self.control = socket.create_connection(("127.0.0.1", ports["control"]), CONTROL_S)
        self.answers = self.control.makefile("rb")
        self.section = SECTION.format(
            name=self.name, symbol=SYMBOL, theirs=THEIRS, lot=lot, port=ports["fix"],
            stale_ms=stale_ms, taker_bp=TAKER_BP,
        )  # fmt: skip
        head = HEAD.format(symbol=SYMBOL, usd_decimals=6, btc_decimals=0)
        self.config.write_text(head + CLIENTS + self.section)

    def _start(self, line: Sequence[str]) -> dict[str, int]:
        """The process; its ports."""
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline().removeprefix("READY "))
        ports: dict[str, int] = ready["ports"]
        return ports

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.thaw()
        self._hang_up()
        self.process.terminate()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _hang_up(self) -> None:
        """Nothing is asked any more."""
        self.answers.close()
        self.control.close()

    def ask(self, **request: object) -> Json:
        """One control request; its answer."""
        self.control.sendall(json.dumps(request).encode() + b"\n")
        answer: Json = json.loads(self.answers.readline())
        assert answer.pop("ok"), answer
        return answer

    def freeze(self) -> None:
        """From now on it says nothing, hears nothing and does nothing; the line stays up."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on where it stood, with all that has come in meanwhile."""
        os.kill(self.process.pid, signal.SIGCONT)

    @property
    def is_linked(self) -> bool:
        """Whether the node is logged on."""
        session = self.ask(do="truth")["sessions"].get("NODE")
        return session is not None and bool(session["is_logged_on"])

    def mid_cents(self) -> int:
        """The middle of its book, so that orders can be near it."""
        book = self.ask(do="truth")["books"][self.theirs]
        return int((Decimal(book["bids"][0][0]) + Decimal(book["asks"][0][0])) * 50)

    def balance_differences(self, truth: Json, data: Path) -> Iterator[str]:
        """What the node says it has here, and what the exchange says."""
        at_venue = {
            row["asset"]: Decimal(row["balance"])
            for row in rows("balances", data)
            if (row["kind"], row["owner"]) == ("venue", self.name)
        }
        for asset, balance in truth["balances"]["NODE"].items():
            change = Decimal(balance) - FUNDING
            # A venue owes us what we have there: its account stands on the other side.
            if change != -at_venue.get(self.assets[asset], Decimal(0)):
                yield f"{asset} at {self.name} changed by {change}, the node has {at_venue}"

    def differences(self, truth: Truth) -> Iterator[str]:
        """I10, reconciled: the exchange's orders against the node's children, none of them live."""
        told = self.ask(do="truth")
        orders = {order["cl_ord_id"]: order for order in told["orders"]}
        if told["orders_received"] > len(truth.children):
            yield f"{told['orders_received']} orders for {len(truth.children)} children"
        for child_id, child in truth.children.items():
            order = orders.pop(id_text(truth.node_id, child_id), None)
            yield from child_differences(child_id, child, order)
        for order in orders.values():
            yield f"the exchange has an order the node does not know: {order}"
        yield from parent_differences(truth)


def child_differences(child_id: int, child: Child, order: Json | None) -> Iterator[str]:
    """One child against the exchange's order."""
    if child.state in LIVE:
        yield f"child {child_id} is still {child.state}: {child}, at the exchange {order}"
    elif order is None:
        if child.cum_qty:
            yield f"child {child_id} has {child.cum_qty}, the exchange never had it"
    elif int(order["qty"]) != child.qty or int(order["cum_qty"]) != child.cum_qty:
        yield f"child {child_id} is {child}, at the exchange {order}"
    elif notional(order) != child.cum_notional:
        yield f"child {child_id} was paid otherwise: {child}, at the exchange {order}"


def notional(order: Json) -> int:
    """Ticks times lots of all that the exchange executed."""
    amounts = (Decimal(one["price"]) * int(one["qty"]) for one in order["executions"])
    return int(sum(amounts) * TICKS)


def parent_differences(truth: Truth) -> Iterator[str]:
    """What children filled is what their parents were given, and never more than they asked."""
    filled: dict[int, int] = defaultdict(int)
    for child in truth.children.values():
        filled[child.parent_id] += child.cum_qty
    for parent_id, qty in filled.items():
        order = truth.orders[parent_id]
        if not qty - order.late_qty <= order.routed_qty <= qty:
            yield (
                f"parent {parent_id} was given {order.routed_qty}, its children have {qty}, "
                f"{order.late_qty} of it late"
            )


def id_text(node_id: int, child_id: int) -> str:
    """ClOrdID(11) of a child at its venue."""
    seq = child_id & ((1 << ID_SEQ_BITS) - 1)
    return f"{node_id}-{child_id >> ID_SEQ_BITS}-{seq}"
