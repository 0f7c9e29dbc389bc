"""Judges a journal: folds it as tests/node/truth.py does, and matches it with the slow book.

    judge = Judge()
    judge.read_on(data)
    judge.findings(traders, recovered)

To be asked after the node died and before it starts again.
"""

from dataclasses import dataclass, field
from typing import Any

from internaliser.recovery import Recovered
from tests.node.checks import (
    check_core,
    check_counters,
    check_messages,
    check_orders,
    check_reports,
)
from tests.node.trader import Trader
from tests.node.truth import OVER, Order, Truth
from tests.oracle.book import BUY, SELL, OracleBook

Record = dict[str, Any]

SIDES = {"buy": BUY, "sell": SELL}
ANY_PRICE = {BUY: 10**15, SELL: 0}
GONE = ("canceled", "expired")


@dataclass(slots=True)
class Judge(Truth):
    """Everything so far, and one slow book per instrument (in ids of orders)."""

    books: dict[int, OracleBook] = field(default_factory=dict)
    due: list[tuple[int, int, int]] = field(default_factory=list)  # fills this step must show
    due_seq: int = 0
    routed: frozenset[int] = frozenset()  # instruments that also trade outside: not matched again

    def _take(self, fields: Record, data: bytes) -> None:
        # Not super(): a dataclass with slots is another class than the one it closes over.
        Truth._take(self, fields, data)
        if fields["kind"] == "state_event" and fields["action"] == "day_end":
            self.accepted.clear()  # from here on the ids of closed orders are free again
        if fields["kind"] == "session" and fields["change"] == "reset":
            self.sent.pop(self.sessions[fields["session"]], None)  # its numbers begin anew
        if fields["kind"] != "order_event" or fields["instrument"] is None:
            return
        if fields["seq"] != self.due_seq:
            self.end_step()
            self.due_seq = fields["seq"]
        if fields["instrument"] not in self.routed:
            self._match(fields)

    def end_step(self) -> None:
        """Every fill the slow book made has been seen."""
        if self.due:
            self.faults.append(f"step {self.due_seq}: the oracle also executes {self.due}")
            self.due = []

    def findings(self, traders: list[Trader], recovered: Recovered) -> list[str]:
        """Every invariant that two independent sides can compare."""
        self.end_step()
        return [
            *self.faults,
            *(fault for trader in traders for fault in trader.faults),
            *check_reports(self, traders),
            *check_messages(self, traders),
            *check_orders(self, traders),
            *check_core(self, recovered),
            *check_counters(recovered, self, traders),
            *self.check_trades(),
            *self._book_differences(recovered),
        ]

    def _on_executed(self, event: Record, order: Order) -> None:
        if event["source"] is not None and order.status in OVER:
            order.status = "late"  # an outside market may fill what it had declared dead
        Truth._on_executed(self, event, order)

    def _match(self, event: Record) -> None:
        book = self.books.setdefault(event["instrument"], OracleBook())
        kind, slot = event["event"], event["order_id"]
        if kind == "accepted":
            self.due = self._enter(book, event)
        elif kind == "replaced" and event["leaves_qty"] == 0:
            book.cancel(slot)
        elif kind == "replaced":
            self.due = book.replace(slot, event["price"], event["leaves_qty"]) or []
        elif kind == "executed" and event["liquidity"] == "removed":
            fill = (event["contra_id"], event["last_px"], event["last_qty"])
            if not self.due or self.due.pop(0) != fill:
                self.faults.append(f"the oracle does not execute {fill} here: {event}")
        elif kind in GONE:
            book.cancel(slot)

    def _enter(self, book: OracleBook, event: Record) -> list[tuple[int, int, int]]:
        side, qty = SIDES[event["side"]], event["qty"]
        price = event["price"] if event["ord_type"] == "limit" else ANY_PRICE[side]
        if event["tif"] == "fok" and book.available(side, price, qty) < qty:
            return []
        if event["ord_type"] == "market" or event["tif"] in ("ioc", "fok"):
            return book.take(side, price, qty)
        return book.place(event["order_id"], side, price, qty)

    def _book_differences(self, recovered: Recovered) -> list[str]:
        found = []
        for instrument, book in self.books.items():
            ours = recovered.core.depth(instrument)
            theirs = (book.depth(BUY, 1000), book.depth(SELL, 1000))
            if ours != theirs:
                found.append(f"book {instrument}: the core has {ours}, the oracle {theirs}")
        return found
