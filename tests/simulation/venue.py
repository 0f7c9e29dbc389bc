"""An outside market by itself: a FIX 4.4 acceptor with a book, and all the ways to misbehave.

    venue = Venue(random)
    out = venue.take(message, now_ns)      # one whole message of the node
    out = venue.on_time(now_ns)            # what was held back, and a moving book
    venue.orders                           # the truth

Its session, its matching and its memory of what was done are its own; the node has no part in them.
`hang_up` says that it has just cut the link. `faults` holds what the node may not do.
"""

from dataclasses import dataclass, field
from random import Random

from tests.node.fix import Fields, encode, fields_of, time_text

NS_PER_MS = 1_000_000
SYMBOL = b"TEST1"
MID_CENTS = 10_000
DEPTH = 3
LEVEL_QTY_MAX = 30
MOVE_NS = 200 * NS_PER_MS
LATE_MAX_NS = 9_000 * NS_PER_MS  # past the node's patience
APPLICATION = frozenset((b"D", b"F", b"H", b"V"))

# How an order is answered, and how often.
WAYS = {
    "well": 40,
    "no ack": 5,
    "late ack": 5,
    "reject": 5,
    "session reject": 2,
    "business reject": 2,
    "duplicate": 6,
    "fill before ack": 5,
    "late fill": 4,
    "cut before": 4,
    "cut after": 4,
    "ignored": 2,
}


@dataclass(slots=True)
class Order:
    """What became of one order: the truth."""

    cl_ord_id: bytes
    side: bytes
    qty: int
    price: int  # cents
    way: str
    cum_qty: int = 0
    px: int = 0  # every fill of an order has one price
    status: bytes = b"0"
    late_qty: int = 0  # filled already, not told with the rest


@dataclass(slots=True)
class Sent:
    """An application message by its number; None for what is not repeated."""

    msg_type: bytes
    body: Fields
    time_ns: int


@dataclass(slots=True)
class Venue:
    random: Random
    forgets: bool  # its numbers and messages at every Logon: then it tells no fill late
    orders: dict[bytes, Order] = field(default_factory=dict)
    next_in: int = 1
    next_out: int = 1
    sent: dict[int, Sent] = field(default_factory=dict)
    held_back: list[tuple[int, bytes, Fields]] = field(default_factory=list)  # due, type, body
    bids: list[tuple[int, int]] = field(default_factory=list)  # cents, lots; best first
    asks: list[tuple[int, int]] = field(default_factory=list)
    is_logged_on: bool = False
    is_subscribed: bool = False
    hang_up: bool = False
    is_tame: bool = False  # from now on every order is answered well
    asked_ns: int = 0  # for what it missed
    moved_ns: int = 0
    count: int = 0
    ways: list[str] = field(default_factory=list)  # how each order was answered
    faults: list[str] = field(default_factory=list)

    def connected(self) -> None:
        """A new link: everything else is as it was."""
        self.is_logged_on = self.is_subscribed = self.hang_up = False
        self.asked_ns = 0

    def restart(self) -> None:
        """It forgets its numbers and its messages, not its orders."""
        self.next_in = self.next_out = 1
        self.sent.clear()
        self.held_back.clear()
        self.is_logged_on = False

    # --- the session ----------------------------------------------------------------------------

    def take(self, message: bytes, now_ns: int) -> bytes:
        """One message of the node: the answer."""
        if self.hang_up:
            return b""
        fields = fields_of(message)
        values = dict(fields)
        kind, number = values[b"35"], int(values[b"34"])
        if kind == b"A":
            return self._log_on(values, number, now_ns)
        if not self.is_logged_on:
            self.faults.append(f"before the Logon: {message!r}")
            return b""
        if kind == b"4":
            return self._on_gap_fill(values, number)
        if kind == b"2" and number != self.next_in:
            return self._resend(int(values[b"7"]), now_ns)
        if number < self.next_in:
            if values.get(b"43") != b"Y":
                self.faults.append(f"{number} again, {self.next_in} was due: {message!r}")
            return b""
        if number > self.next_in:
            return self._ask_again(now_ns)
        self.next_in += 1
        return self._on_turn(kind, values, now_ns)

    def on_time(self, now_ns: int) -> bytes:
        """Held back reports that are due, and what the market does meanwhile."""
        out = b""
        due = [one for one in self.held_back if one[0] <= now_ns]
        self.held_back = [one for one in self.held_back if one[0] > now_ns]
        for _, msg_type, body in due:
            out += self._write(msg_type, body, now_ns)
        if now_ns - self.moved_ns >= MOVE_NS:
            self.moved_ns = now_ns
            self._move()
            if self.is_logged_on and self.is_subscribed:
                out += self._snapshot(now_ns)
        return out if self.is_logged_on else b""

    def _log_on(self, values: dict[bytes, bytes], number: int, now_ns: int) -> bytes:
        is_reset = values.get(b"141") == b"Y"
        if is_reset:
            self.restart()
        if number < self.next_in:
            self.faults.append(f"a Logon with {number}, {self.next_in} was due")
        self.is_logged_on = True
        body = [(b"98", b"0"), (b"108", values[b"108"])]
        out = self._write(b"A", [*body, (b"141", b"Y")] if is_reset else body, now_ns)
        if number == self.next_in:
            self.next_in += 1
            return out
        return out + self._ask_again(now_ns)

    def _on_turn(self, kind: bytes, values: dict[bytes, bytes], now_ns: int) -> bytes:
        if kind == b"1":
            return self._write(b"0", [(b"112", values[b"112"])], now_ns)
        if kind == b"2":
            return self._resend(int(values[b"7"]), now_ns)
        if kind == b"5":
            self.hang_up = True
            return self._write(b"5", [], now_ns)
        if kind == b"3":
            self.faults.append(f"we were refused: {values}")
        if kind == b"V":
            self.is_subscribed |= values[b"55"] == SYMBOL
            return self._snapshot(now_ns) if values[b"55"] == SYMBOL else b""
        if kind == b"H":
            return self._tell_status(values[b"11"], now_ns)
        if kind == b"F":
            return self._refuse_cancel(values, now_ns)
        return self._on_order(values, now_ns) if kind == b"D" else b""

    def _on_gap_fill(self, values: dict[bytes, bytes], number: int) -> bytes:
        if number <= self.next_in:
            self.next_in = max(self.next_in, int(values[b"36"]))
        return b""

    def _ask_again(self, now_ns: int) -> bytes:
        if now_ns - self.asked_ns < 1000 * NS_PER_MS:
            return b""
        self.asked_ns = now_ns
        return self._write(b"2", [(b"7", b"%d" % self.next_in), (b"16", b"0")], now_ns)

    def _resend(self, first: int, now_ns: int) -> bytes:
        out, fill = b"", 0
        for number in range(first, self.next_out):
            sent = self.sent.get(number)
            if sent is None:
                fill = fill or number
                continue
            if fill:
                out += self._fill(fill, number, now_ns)
                fill = 0
            out += self._encode(number, sent.msg_type, sent.body, now_ns, sent.time_ns)
        return out + (self._fill(fill, self.next_out, now_ns) if fill else b"")

    def _fill(self, number: int, new: int, now_ns: int) -> bytes:
        body = [(b"123", b"Y"), (b"36", b"%d" % new)]
        return self._encode(number, b"4", body, now_ns, now_ns)

    def _write(self, msg_type: bytes, body: Fields, now_ns: int) -> bytes:
        """Number it; a report is kept. Without a link it is only kept."""
        number = self.next_out
        self.next_out += 1
        if msg_type in (b"8", b"9", b"j"):
            self.sent[number] = Sent(msg_type, body, now_ns)
        if self.hang_up or not self.is_logged_on:
            return b""
        return self._encode(number, msg_type, body, now_ns, 0)

    def _encode(
        self, number: int, msg_type: bytes, body: Fields, now_ns: int, original_ns: int
    ) -> bytes:
        head = [(b"35", msg_type), (b"34", b"%d" % number)]
        if original_ns:
            head.append((b"43", b"Y"))
        head += [(b"49", b"SIM"), (b"52", time_text(now_ns)), (b"56", b"NODE")]
        if original_ns:
            head.append((b"122", time_text(original_ns)))
        return encode(head + body)

    # --- the market -----------------------------------------------------------------------------

    def _move(self) -> None:
        mid = MID_CENTS + self.random.randint(-6, 6)
        spread = self.random.randint(1, 3)
        self.bids = [(mid - spread - i, self._lots()) for i in range(DEPTH)]
        self.asks = [(mid + spread + i, self._lots()) for i in range(DEPTH)]

    def _lots(self) -> int:
        return self.random.randint(1, LEVEL_QTY_MAX)

    def _snapshot(self, now_ns: int) -> bytes:
        levels = [(b"0", *one) for one in self.bids] + [(b"1", *one) for one in self.asks]
        body = [(b"262", b"M"), (b"55", SYMBOL), (b"268", b"%d" % len(levels))]
        for side, cents, lots in levels:
            body += [(b"269", side), (b"270", price_text(cents)), (b"271", b"%d" % lots)]
        return self._write(b"W", body, now_ns)

    def _available(self, side: bytes, price: int) -> int:
        if side == b"1":
            return sum(lots for cents, lots in self.asks if cents <= price)
        return sum(lots for cents, lots in self.bids if cents >= price)

    # --- orders ---------------------------------------------------------------------------------

    def _on_order(self, values: dict[bytes, bytes], now_ns: int) -> bytes:
        cl_ord_id = values[b"11"]
        if values.get(b"43") == b"Y":
            self.faults.append(f"an order was replayed: {values}")
        if cl_ord_id in self.orders:
            self.faults.append(f"an order came twice: {values}")
        if (values[b"40"], values[b"59"], values[b"55"]) != (b"2", b"3", SYMBOL):
            self.faults.append(f"not an IOC limit order of ours: {values}")
        way = "well" if self.is_tame else self.random.choices([*WAYS], [*WAYS.values()])[0]
        if way == "late fill" and self.forgets:
            way = "well"
        self.ways.append(way)
        order = Order(cl_ord_id, values[b"54"], int(values[b"38"]), cents_of(values[b"44"]), way)
        if way == "cut before":
            self.hang_up = True
            return b""
        if way == "ignored":
            return b""
        self.orders[cl_ord_id] = order
        if "reject" in way:
            return self._reject(order, int(values[b"34"]), now_ns)
        self._execute(order)
        return self._answer(order, now_ns)

    def _execute(self, order: Order) -> None:
        order.cum_qty = min(order.qty, self._available(order.side, order.price))
        if self.random.random() < 0.2:
            order.cum_qty //= 2  # another was faster
        order.px = order.price
        order.status = b"2" if order.cum_qty == order.qty else b"4"

    def _reject(self, order: Order, number: int, now_ns: int) -> bytes:
        order.status = b"8"
        if order.way == "session reject":
            body = [(b"45", b"%d" % number), (b"372", b"D"), (b"373", b"5")]
            return self._write(b"3", body, now_ns)
        if order.way == "business reject":
            body = [(b"45", b"%d" % number), (b"372", b"D"), (b"380", b"0")]
            return self._write(b"j", [*body, (b"379", order.cl_ord_id)], now_ns)
        return self._write(b"8", self._report(order, b"8", b"8", 0, 0), now_ns)

    def _answer(self, order: Order, now_ns: int) -> bytes:
        if order.way == "no ack":
            return b""
        reports = self._reports(order)
        if order.way == "duplicate":
            reports = [one for one in reports for _ in range(2)]
        elif order.way == "fill before ack" and order.cum_qty:
            reports = [*reports[1:], reports[0]]
        elif order.way == "late ack":
            due_ns = now_ns + self.random.randrange(LATE_MAX_NS)
            self.held_back += [(due_ns, b"8", body) for body in reports]
            return b""
        elif order.way == "late fill" and order.cum_qty > 1:
            return self._tell_late(order, now_ns)
        if order.way == "cut after":
            self.hang_up = True
        return b"".join(self._write(b"8", body, now_ns) for body in reports)

    def _reports(self, order: Order) -> list[Fields]:
        reports = [self._report(order, b"0", b"0", 0, 0)]
        done = 0
        parts = [order.cum_qty]
        if order.cum_qty > 1 and self.random.random() < 0.4:
            first = self.random.randrange(1, order.cum_qty)
            parts = [first, order.cum_qty - first]
        for part in parts if order.cum_qty else []:
            done += part
            status = b"2" if done == order.qty else b"1"
            reports.append(self._report(order, b"F", status, done, part))
        if order.status == b"4":
            reports.append(self._report(order, b"4", b"4", done, 0))
        return reports

    def _tell_late(self, order: Order, now_ns: int) -> bytes:
        """Canceled with a part, and afterwards it turns out that there was more."""
        told = order.cum_qty // 2
        order.late_qty = order.cum_qty - told
        bodies = [
            self._report(order, b"0", b"0", 0, 0),
            self._report(order, b"F", b"1", told, told),
            self._report(order, b"4", b"4", told, 0),
        ]
        late = self._report(order, b"F", order.status, order.cum_qty, order.late_qty)
        due_ns = now_ns + self.random.randrange(LATE_MAX_NS)
        self.held_back.append((due_ns, b"8", late))
        return b"".join(self._write(b"8", body, now_ns) for body in bodies)

    def _report(
        self, order: Order, exec_type: bytes, status: bytes, cum_qty: int, last_qty: int
    ) -> Fields:
        self.count += 1
        is_over = status in (b"2", b"4", b"8")
        body = [
            (b"37", b"V" + order.cl_ord_id),
            (b"11", order.cl_ord_id),
            (b"17", b"E%d" % self.count),
            (b"150", exec_type),
            (b"39", status),
            (b"55", SYMBOL),
            (b"54", order.side),
            (b"38", b"%d" % order.qty),
        ]
        if last_qty:
            body += [(b"32", b"%d" % last_qty), (b"31", price_text(order.px))]
        body += [
            (b"151", b"%d" % (0 if is_over else order.qty - cum_qty)),
            (b"14", b"%d" % cum_qty),
            (b"6", price_text(order.px) if cum_qty else b"0"),
        ]
        return body

    def _tell_status(self, cl_ord_id: bytes, now_ns: int) -> bytes:
        order = self.orders.get(cl_ord_id)
        if order is None:
            self.count += 1
            body = [
                (b"37", b"NONE"),
                (b"11", cl_ord_id),
                (b"17", b"E%d" % self.count),
                (b"150", b"I"),
                (b"39", b"8"),
                (b"103", b"5"),
                (b"55", SYMBOL),
                (b"54", b"1"),
                (b"151", b"0"),
                (b"14", b"0"),
                (b"6", b"0"),
            ]
            return self._write(b"8", body, now_ns)
        return self._write(b"8", self._report(order, b"I", order.status, order.cum_qty, 0), now_ns)

    def _refuse_cancel(self, values: dict[bytes, bytes], now_ns: int) -> bytes:
        """An IOC is over before its cancel comes; or it never came."""
        order = self.orders.get(values[b"41"])
        body = [
            (b"37", b"V" + values[b"41"] if order else b"NONE"),
            (b"11", values[b"11"]),
            (b"41", values[b"41"]),
            (b"39", order.status if order else b"8"),
            (b"434", b"1"),
            (b"102", b"0" if order else b"1"),
        ]
        return self._write(b"9", body, now_ns)


def price_text(cents: int) -> bytes:
    """Cents as a decimal text."""
    return b"%d.%02d" % divmod(cents, 100)


def cents_of(text: bytes) -> int:
    """A decimal text as cents."""
    whole, _, part = text.partition(b".")
    return int(whole) * 100 + int(part.ljust(2, b"0"))
