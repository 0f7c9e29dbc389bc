"""What the journal says, folded record by record by code that shares nothing with recovery.

    truth = Truth()
    truth.read_on(data)      # from where it stood; a journal that changed behind us is a fault
    truth.orders[order_id].cum_qty

The reader and the record layouts are the node's own; every sum, id and state is counted here
again.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from internaliser.errors import DataError
from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import Ending, JournalReader
from internaliser.model.fields import record_fields

Record = dict[str, Any]

ID_SEQ_BITS = 44
BODY_SIZE_AT, BODY_AT = 36, 48  # of an OutMessage, model/record.pxd
OVER = ("filled", "canceled", "expired", "rejected")
SIDES = {"buy": b"1", "sell": b"2"}
CODES = {  # our names as ExecType(150) and OrdStatus(39) have them
    "new": b"0",
    "partially_filled": b"1",
    "filled": b"2",
    "canceled": b"4",
    "replaced": b"5",
    "pending_cancel": b"6",
    "rejected": b"8",
    "expired": b"C",
    "pending_replace": b"E",
    "trade": b"F",
    "order_status": b"I",
}


@dataclass(slots=True)
class Order:
    """An order as its events leave it, in lots and ticks."""

    client: int
    cl_ord_id: str
    instrument: int | None
    side: str
    price: int
    qty: int
    cum_qty: int = 0
    cum_notional: int = 0
    routed_qty: int = 0
    late_qty: int = 0  # filled outside after the child's end, or beyond it: may be the house's
    status: str = "new"


@dataclass(frozen=True, slots=True)
class Execution:
    """An order event under its ExecID: what every report of it must say."""

    event: str
    seq: int
    client: int
    instrument: int | None
    order_id: int
    cl_ord_id: str
    orig_cl_ord_id: str
    exec_type: str
    ord_status: str
    side: str | None
    price: int
    qty: int
    cum_qty: int
    leaves_qty: int
    last_qty: int
    last_px: int


EXECUTION_KEYS = tuple(Execution.__dataclass_fields__)


@dataclass(slots=True)
class Child:
    """A child order as its events leave it."""

    parent_id: int
    qty: int
    cum_qty: int = 0
    cum_notional: int = 0
    state: str = "pending"


@dataclass(slots=True)
class Truth:
    """Everything so far. `faults` holds what contradicts itself inside the journal."""

    node_id: int = 0
    clients: list[str] = field(default_factory=list)
    instruments: list[Record] = field(default_factory=list)
    sessions: list[str] = field(
        default_factory=list
    )  # the other side's CompID, and version if not 4.4
    orders: dict[int, Order] = field(default_factory=dict)
    children: dict[int, Child] = field(default_factory=dict)
    live: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # by parent
    accepted: dict[tuple[int, str], int] = field(default_factory=dict)  # client, ClOrdID -> order
    executions: dict[str, Execution] = field(default_factory=dict)  # by ExecID, every order event
    sides: dict[int, list[Record]] = field(default_factory=lambda: defaultdict(list))  # trade_id
    venue_executions: set[tuple[int, str]] = field(default_factory=set)
    balances: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # by account
    assets: dict[int, int] = field(default_factory=dict)  # account -> asset
    sent: dict[str, dict[int, tuple[bytes, bytes]]] = field(default_factory=dict)
    steps: dict[tuple[str, int], int] = field(default_factory=dict)  # CompID, number -> seq
    new_orders: list[Record] = field(default_factory=list)  # since the last `take_new_orders`
    faults: list[str] = field(default_factory=list)
    seq: int = 0
    record_count: int = 0
    last_crc: int = 0
    next_batch: int = 1
    torn: str = ""
    _asked: Record | None = None

    def read_on(self, data: Path) -> None:
        """Fold what was written since, also while the node runs."""
        with JournalReader(journal_folder(data)) as reader:
            self._stand_where_we_stood(reader)
            for record in reader:
                self._take(record_fields(record.data), record.data)
            self.node_id = reader.node_id
            self.next_batch = reader.next_batch
            self.last_crc = reader.last_crc
            ending = reader.find_end()
            self.torn = str(reader.fault) if ending is Ending.TORN else ""
            if ending is Ending.DAMAGED:
                self.faults.append(f"journal damaged: {reader.fault}")

    def _stand_where_we_stood(self, reader: JournalReader) -> None:
        """Pass over what is folded already; what stands there now must be what stood there then."""
        if self.next_batch == 1:
            return
        try:
            reader.seek_batch(self.next_batch)
        except DataError as error:
            self.faults.append(f"the journal lost what it had: {error}")
            return
        if (reader.next_batch, reader.last_crc) != (self.next_batch, self.last_crc):
            self.faults.append(
                f"the journal changed before batch {self.next_batch}: batch "
                f"{reader.next_batch} with crc {reader.last_crc:#x} stands there"
            )

    def take_new_orders(self) -> list[Record]:
        """The NEW_ORDER commands since the last call."""
        taken, self.new_orders = self.new_orders, []
        return taken

    def exec_id(self, event: Record) -> str:
        """ExecID(17): node, epoch, seq, index."""
        return f"{self.node_id or 1}-{event['epoch']}-{event['seq']}-{event['index']}"

    def _take(self, fields: Record, data: bytes) -> None:
        self.record_count += 1
        kind = fields["kind"]
        if kind not in ("out_message", "session", "market_view"):
            if fields["seq"] < self.seq:
                self.faults.append(f"seq went back from {self.seq} to {fields['seq']}: {fields}")
            self.seq = fields["seq"]
        handler = HANDLERS.get(kind)
        if handler is not None:
            handler(self, fields, data)

    def _on_config(self, fields: Record, data: bytes) -> None:
        self._asked = fields

    def _on_state(self, fields: Record, data: bytes) -> None:
        asked, self._asked = self._asked, None
        if asked is None or fields["seq"] != asked["seq"] or fields["reason"] is not None:
            return
        if asked["action"] == "client" and asked["name"] not in self.clients:
            self.clients.append(asked["name"])
        elif asked["action"] == "instrument":
            if asked["name"] not in [one["name"] for one in self.instruments]:
                self.instruments.append(asked)
        elif asked["action"] == "session":
            other = asked["note"].partition(">")[2]
            if asked["name"] != "FIX.4.4":
                other += f" {asked['name']}"
            if other not in self.sessions:
                self.sessions.append(other)

    def _on_new_order(self, fields: Record, data: bytes) -> None:
        self.new_orders.append(fields)

    def _on_order_event(self, event: Record, data: bytes) -> None:
        exec_id = self.exec_id(event)
        if exec_id in self.executions:
            self.faults.append(f"ExecID {exec_id} stands twice in the journal")
        self.executions[exec_id] = Execution(*[event[key] for key in EXECUTION_KEYS])
        kind, order_id = event["event"], event["order_id"]
        if kind == "accepted":
            self._on_accepted(event, order_id)
        if order_id not in self.orders or kind in ("rejected", "status"):
            return  # says nothing new of the order
        order = self.orders[order_id]
        if kind == "executed":
            self._on_executed(event, order)
        elif kind == "replaced":
            order.cl_ord_id, order.price, order.qty = (
                event["cl_ord_id"],
                event["price"],
                event["qty"],
            )
        order.status = event["ord_status"]
        self._check_progress(event, order)

    def _on_accepted(self, event: Record, order_id: int) -> None:
        key = (event["client"], event["cl_ord_id"])
        if key in self.accepted:
            self.faults.append(f"{key} was accepted twice: {self.accepted[key]} and {order_id}")
        self.accepted[key] = order_id
        if order_id in self.orders:
            self.faults.append(f"OrderID {order_id} was given twice")
        self.orders[order_id] = Order(
            client=event["client"],
            cl_ord_id=event["cl_ord_id"],
            instrument=event["instrument"],
            side=event["side"],
            price=event["price"],
            qty=event["qty"],
        )

    def _on_executed(self, event: Record, order: Order) -> None:
        is_late = event["source"] is not None and order.late_qty > 0
        if order.status in OVER and not is_late:
            self.faults.append(f"an order that was {order.status} executed: {event}")
        order.cum_qty += event["last_qty"]
        order.cum_notional += event["last_qty"] * event["last_px"]
        if event["source"] is None:
            self.sides[event["trade_id"]].append(event)
        else:
            order.routed_qty += event["last_qty"]
            key = (event["source"], event["note"])
            if key in self.venue_executions:
                self.faults.append(f"the venue's execution {key} was taken twice")
            if event["note"]:  # nameless: fills known from the venue's sums only
                self.venue_executions.add(key)

    def _check_progress(self, event: Record, order: Order) -> None:
        leaves = 0 if order.status in OVER else order.qty - order.cum_qty
        expected = (order.cum_qty, order.cum_notional, leaves)
        found = (event["cum_qty"], event["cum_notional"], event["leaves_qty"])
        if found != expected:
            self.faults.append(f"CumQty, notional, LeavesQty {found}, expected {expected}: {event}")
        if order.cum_qty > event["qty"]:
            self.faults.append(f"CumQty over OrderQty: {event}")

    def _on_posting(self, posting: Record, data: bytes) -> None:
        for account in ("debit_account", "credit_account"):
            asset = self.assets.setdefault(posting[account], posting["asset"])
            if asset != posting["asset"]:
                self.faults.append(f"an account of asset {asset} was posted: {posting}")
        if posting["amount"] <= 0:
            self.faults.append(f"a posting of nothing or less: {posting}")
        self.balances[posting["debit_account"]] -= posting["amount"]
        self.balances[posting["credit_account"]] += posting["amount"]

    def _on_child(self, event: Record, data: bytes) -> None:
        child_id = event["child_id"]
        if event["event"] == "requested":
            if child_id in self.children:
                self.faults.append(f"child {child_id} was requested twice")
            self.children[child_id] = Child(event["parent_id"], event["qty"])
            self.live[event["parent_id"]].append(child_id)
            self._check_away(event)
        child = self.children[child_id]
        child.cum_qty, child.state = event["cum_qty"], event["state"]
        if child.state == "done" and child_id in self.live[child.parent_id]:
            self.live[child.parent_id].remove(child_id)
        if event["event"] == "filled":
            child.cum_notional += event["last_qty"] * event["last_px"]
        if event["event"] == "filled" and event["reason"] is not None:
            self.orders[child.parent_id].late_qty += event["last_qty"]
        if child.cum_qty > child.qty:
            self.faults.append(f"a child is overfilled: {event}")

    def _check_away(self, event: Record) -> None:
        """Filled, and out at venues, is never more than the order asked."""
        order = self.orders[event["parent_id"]]
        live = [self.children[child_id] for child_id in self.live[event["parent_id"]]]
        away = sum(child.qty - child.cum_qty for child in live)
        if order.cum_qty + away > order.qty:
            self.faults.append(f"{order.cum_qty} filled and {away} away of {order.qty}: {event}")

    def _on_session(self, change: Record, data: bytes) -> None:
        if change["change"] == "reset":
            self.sent[self.sessions[change["session"]]] = {}

    def _on_message(self, message: Record, data: bytes) -> None:
        other = self.sessions[message["session"]]
        sent = self.sent.setdefault(other, {})
        number = message["msg_seq_num"]
        if number in sent:
            self.faults.append(f"{other}: MsgSeqNum {number} was used twice")
        size = int.from_bytes(data[BODY_SIZE_AT : BODY_SIZE_AT + 4], "little")
        self.steps[other, number] = message["seq"]
        sent[number] = (message["msg_type"].encode(), data[BODY_AT : BODY_AT + size])

    def check_trades(self) -> list[str]:
        """Every internal trade: two sides, equal quantity and price, opposite, two orders."""
        faults = []
        for trade_id, sides in self.sides.items():
            if len(sides) != 2:
                faults.append(f"trade {trade_id} has {len(sides)} sides")
                continue
            one, other = sides
            same = all(one[key] == other[key] for key in ("last_qty", "last_px", "instrument"))
            if not same or {one["side"], other["side"]} != {"buy", "sell"}:
                faults.append(f"trade {trade_id} has sides that differ: {one} {other}")
            if one["order_id"] == other["order_id"] or one["contra_id"] != other["order_id"]:
                faults.append(f"trade {trade_id} does not join two orders: {one} {other}")
        return faults


HANDLERS = {
    "config": Truth._on_config,
    "state_event": Truth._on_state,
    "new_order": Truth._on_new_order,
    "order_event": Truth._on_order_event,
    "posting": Truth._on_posting,
    "child_event": Truth._on_child,
    "session": Truth._on_session,
    "out_message": Truth._on_message,
}
