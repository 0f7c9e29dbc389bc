"""What must hold of every message that comes, whatever the clause is about.

The clause's own expectation takes precedence: a header tag that it names is not judged here.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from internaliser.certify.message import Message
from internaliser.certify.versions import Version
from internaliser.fix import codec

WORKING = frozenset("0156AE")  # OrdStatus(39) with something left to execute
DEAD = frozenset("248C")
AVG_PX_TOLERANCE = Decimal("0.000001")  # of the average price: engines round it


def form_fault(
    message: Message, version: Version, sender: str, target: str, named: Collection[int]
) -> str:
    """What is wrong with the form of a message: header, required tags, empty values."""
    header = {8: version.begin_string, 49: sender, 56: target}
    for tag, wanted in header.items():
        if tag not in named and message.get(tag) != wanted:
            return f"{tag}={message.get(tag)} where {wanted} was expected"
    sent_ns = _time_ns(message, 52)
    if sent_ns is None:
        return f"SendingTime(52) is no UTC timestamp: {message.get(52)}"
    if message.is_repeat and message.msg_type != "4":
        original_ns = _time_ns(message, 122)
        if original_ns is None or original_ns > sent_ns:
            return "a repeat needs an OrigSendingTime(122) that is not after its SendingTime(52)"
    for tag in version.required.get(message.msg_type, ()):
        if message.get(tag) is None:
            return f"required tag {tag} is missing"
    for tag in version.absent.get(message.msg_type, ()):
        if message.get(tag) is not None:
            return f"{version.name} has no tag {tag} in 35={message.msg_type}"
    for tag, values in version.values.items():
        if (value := message.get(tag)) is not None and value not in values and tag not in named:
            return f"{version.name} has no value {value} for tag {tag}"
    empty = [tag for tag, value in message.fields if not value]
    return f"tag {empty[0]} has no value" if empty else ""


def _time_ns(message: Message, tag: int) -> int | None:
    try:
        return codec.parse_time(message.get(tag) or "")
    except ValueError:
        return None


@dataclass(slots=True)
class Order:
    """What the reports said of one order so far."""

    order_id: str
    cl_ord_id: str
    symbol: str
    side: str
    qty: str
    status: str
    cum_qty: Decimal
    paid: Decimal  # sum of LastQty x LastPx
    is_whole: bool  # every execution was seen


@dataclass(slots=True)
class Reports:
    """The ExecutionReports of one session in one run."""

    orders: dict[str, Order] = field(default_factory=dict)  # by OrderID
    order_ids: dict[str, str] = field(default_factory=dict)  # by ClOrdID
    exec_ids: set[str] = field(default_factory=set)

    def fault_of(self, report: Message) -> str:
        """What contradicts the order-state rules, and remember the report otherwise."""
        if report.is_repeat and report.get(17) in self.exec_ids:
            return ""
        return self._identity_fault(report) or _quantity_fault(report) or self._history(report)

    def open_orders(self) -> list[Order]:
        """Orders that still rest or may do so."""
        return [order for order in self.orders.values() if order.status in WORKING]

    def _identity_fault(self, report: Message) -> str:
        exec_id, order_id = report.get(17) or "", report.get(37) or ""
        if not is_status(report):
            if exec_id in self.exec_ids:
                return f"ExecID(17) {exec_id} came before"
            self.exec_ids.add(exec_id)
        if report.get(150) in ("8", "I"):
            return ""
        before = self.order_ids.get(report.get(41) or report.get(11) or "", order_id)
        if before != order_id:
            return f"OrderID(37) changed from {before} to {order_id}"
        self.order_ids[report.get(11) or ""] = order_id
        return ""

    def _history(self, report: Message) -> str:
        cum_qty = report.amount(14)
        if cum_qty is None or report.get(150) == "8" or is_status(report):
            return ""
        order = self._order_of(report)
        if report.get(150) not in ("G", "H") and cum_qty < order.cum_qty:
            return f"CumQty(14) fell from {order.cum_qty} to {cum_qty}"
        is_trade = report.get(150) in ("1", "2", "F")
        if is_trade:
            last_qty, last_px = report.amount(32), report.amount(31)
            if last_qty is None or last_px is None:
                return "an execution needs LastQty(32) and LastPx(31)"
            order.is_whole &= order.cum_qty + last_qty == cum_qty
            order.paid += last_qty * last_px
        order.cum_qty = cum_qty
        order.status = report.get(39) or ""
        order.cl_ord_id = report.get(11) or order.cl_ord_id
        order.qty = report.get(38) or order.qty
        return _average_fault(report, order) if is_trade and order.is_whole else ""

    def _order_of(self, report: Message) -> Order:
        order_id = report.get(37) or ""
        if order_id not in self.orders:
            self.orders[order_id] = Order(
                order_id,
                report.get(11) or "",
                report.get(55) or "",
                report.get(54) or "1",
                report.get(38) or "0",
                report.get(39) or "",
                Decimal(0),
                Decimal(0),
                report.get(39) in ("0", "A") or report.get(150) in ("0", "A"),
            )
        return self.orders[order_id]


def is_status(report: Message) -> bool:
    """Whether an ExecutionReport only answers a question."""
    return report.get(150) == "I" or report.get(20) == "3"


def _quantity_fault(report: Message) -> str:
    qty, done, left = report.amount(38), report.amount(14), report.amount(151)
    status = report.get(39) or ""
    if done is None or left is None:
        return "CumQty(14) and LeavesQty(151) must be numbers"
    if status in DEAD and left != 0:
        return f"LeavesQty(151) is {left} in a dead order (39={status})"
    if status in WORKING and qty is not None and left != qty - done:
        return f"LeavesQty(151) {left} is not OrderQty(38) {qty} less CumQty(14) {done}"
    return ""


def _average_fault(report: Message, order: Order) -> str:
    average = report.amount(6)
    if average is None or order.cum_qty == 0:
        return ""
    wanted = order.paid / order.cum_qty
    if abs(average - wanted) > AVG_PX_TOLERANCE * max(wanted, Decimal(1)):
        return f"AvgPx(6) is {average}, the executions make {wanted:f}"
    return ""
