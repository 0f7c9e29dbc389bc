"""A client that keeps its own books: what it sent, what it was told, what does not fit.

    trader = Trader(b"CLIENT1", random.Random(1))
    out = trader.log_on(now_ns)            # bytes for the socket
    out = trader.take(message, now_ns)     # one whole message in, bytes out
    trader.faults                          # everything the node may not do

No socket and no clock inside; its session is its own, the node's engine has no part in it.
"""

from collections import Counter
from dataclasses import dataclass, field
from random import Random

from tests.node.fix import Fields, body_of, encode, fields_of, time_text

SYMBOLS = (b"BTC/USD", b"ETH/USD", b"TEST1")
MID_CENTS = 10_000
SPREAD_CENTS = 12  # prices lie this far around the middle: many of them cross
QTY_MAX = 40
KEPT_ORDERS = 400  # open orders a trader still picks cancels and replaces from
DEAD = (b"2", b"4", b"8", b"C")  # OrdStatus(39) of an order that is over
RESEND_NS = 3 * 10**9  # a ResendRequest without an answer is repeated after so long


@dataclass(slots=True)
class Sent:
    """An application message as it left first: a resend repeats it."""

    msg_type: bytes
    body: Fields
    time_ns: int


@dataclass(slots=True)
class Live:
    """An open order as the reports leave it."""

    cl_ord_id: bytes
    symbol: bytes
    side: bytes
    qty: int


@dataclass(slots=True)
class Report:
    """An ExecutionReport or OrderCancelReject, by tag."""

    number: int
    values: dict[bytes, bytes]


@dataclass(slots=True)
class Trader:
    """One session. Numbers go on for ever: no reset."""

    comp_id: bytes
    random: Random
    symbols: tuple[bytes, ...] = SYMBOLS
    mid_cents: int = MID_CENTS
    next_in: int = 1
    next_out: int = 1
    is_logged_on: bool = False
    sent: dict[int, Sent] = field(default_factory=dict)
    terms: dict[bytes, list[Fields]] = field(default_factory=dict)  # requests of each ClOrdID
    asked: Counter[bytes] = field(default_factory=Counter)  # requests of each ClOrdID
    answered: Counter[bytes] = field(default_factory=Counter)
    unanswered: int = 0
    told: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)  # number -> type, body
    reports: list[Report] = field(default_factory=list)
    live: dict[bytes, Live] = field(default_factory=dict)  # by OrderID
    faults: list[str] = field(default_factory=list)
    repeats: int = 0  # application messages that came again, and were the same
    early: dict[int, Fields] = field(default_factory=dict)
    missing: set[int] = field(default_factory=set)  # numbers asked for again and not yet here
    resend_asked_ns: int = 0
    count: int = 0  # of ClOrdIDs

    # Receiving.

    def take(self, message: bytes, now_ns: int) -> bytes:
        """One message of the node: what is to be sent in answer."""
        fields = fields_of(message)
        values = dict(fields)
        number = int(values[b"34"])
        if (values[b"49"], values[b"56"]) != (b"NODE", self.comp_id):
            self._fault(f"a message for someone else: {message!r}")
        if values[b"35"] == b"4":
            return self._on_sequence_reset(values, number, now_ns)
        if number < self.next_in:
            self._on_repeat(fields, values, number)
            return b""
        if number > self.next_in:
            self.early[number] = fields
            return self._ask_again(now_ns, is_logon=values[b"35"] == b"A")
        return self._on_turn(fields, values, now_ns) + self._take_early(now_ns)

    def _take_early(self, now_ns: int) -> bytes:
        out = b""
        while (held := self.early.pop(self.next_in, None)) is not None:
            out += self._on_turn(held, dict(held), now_ns)
        return out

    def _on_turn(self, fields: Fields, values: dict[bytes, bytes], now_ns: int) -> bytes:
        number, kind = self.next_in, values[b"35"]
        self.next_in += 1
        self.resend_asked_ns = now_ns
        if kind == b"A":
            self.is_logged_on = True
        elif kind == b"1":
            return self._write(b"0", [(b"112", values[b"112"])], now_ns)
        elif kind == b"2":
            return self._resend(int(values[b"7"]), int(values[b"16"]), now_ns)
        elif kind in (b"8", b"9"):
            self.told[number] = (kind, body_of(fields))
            self._on_report(Report(number, values))
        elif kind != b"0":
            self._fault(f"unexpected {kind!r}: {values}")
        return b""

    def _on_repeat(self, fields: Fields, values: dict[bytes, bytes], number: int) -> None:
        if values.get(b"43") != b"Y":
            self._fault(f"MsgSeqNum went back: {number} where {self.next_in} was due: {values}")
        elif self.told.get(number) != (values[b"35"], body_of(fields)):
            self._fault(
                f"{number} came again and differs: {body_of(fields)!r}, was {self.told.get(number)}"
            )
        else:
            self.repeats += 1
            self.missing.discard(number)

    def _on_sequence_reset(self, values: dict[bytes, bytes], number: int, now_ns: int) -> bytes:
        new = int(values[b"36"])
        if values.get(b"123") != b"Y":
            self._fault(f"SequenceReset without gap fill: {values}")
            return b""
        lost = [n for n in range(number, min(new, self.next_in)) if n in self.told]
        if lost:
            self._fault(f"application messages {lost[:5]} were gap-filled")
        if number > self.next_in:
            return self._ask_again(now_ns)
        self.missing -= set(range(number, new))
        if new > self.next_in:
            self.next_in = new
            self.resend_asked_ns = now_ns
            self.early = {n: held for n, held in self.early.items() if n >= new}
        return self._take_early(now_ns)

    def _on_report(self, report: Report) -> None:
        values = report.values
        self.reports.append(report)
        cl_ord_id = values[b"11"]
        if values[b"35"] == b"9":
            self._answered(cl_ord_id, report)
            if values[b"39"] in DEAD:
                self.live.pop(values[b"37"], None)
            return
        kind, order_id = values[b"150"], values[b"37"]
        if kind in (b"0", b"8", b"5") or (kind == b"4" and b"41" in values):
            self._answered(cl_ord_id, report)
        if values[b"39"] in DEAD:
            self.live.pop(order_id, None)
        elif kind in (b"0", b"5"):
            self.live[order_id] = Live(cl_ord_id, values[b"55"], values[b"54"], int(values[b"38"]))
            if len(self.live) > KEPT_ORDERS:
                del self.live[next(iter(self.live))]

    def _answered(self, cl_ord_id: bytes, report: Report) -> None:
        self.answered[cl_ord_id] += 1
        self.unanswered -= 1
        if self.answered[cl_ord_id] > self.asked[cl_ord_id]:
            self._fault(f"{cl_ord_id!r} was answered more often than asked: {report.values}")

    # Sending: the session.

    def log_on(self, now_ns: int) -> bytes:
        """A new connection; the Logon. The node's numbers must go on where they stood."""
        self.is_logged_on = False
        self.early.clear()
        self.missing.clear()
        self.resend_asked_ns = 0
        return self._write(b"A", [(b"98", b"0"), (b"108", b"30")], now_ns)

    def rewind(self, depth: int, now_ns: int) -> bytes:
        """Ask for what was told already: every application message must come again, the same."""
        first = max(1, self.next_in - depth)
        self.missing |= {number for number in range(first, self.next_in) if number in self.told}
        return self._write(b"2", [(b"7", b"%d" % first), (b"16", b"0")], now_ns)

    def on_time(self, now_ns: int) -> bytes:
        """Ask again for a gap that is still open."""
        if self.early and now_ns - self.resend_asked_ns > RESEND_NS:
            return self._ask_again(now_ns)
        return b""

    @property
    def is_quiet(self) -> bool:
        """Nothing is outstanding in either direction."""
        return self.is_logged_on and not (self.unanswered or self.early or self.missing)

    def _ask_again(self, now_ns: int, is_logon: bool = False) -> bytes:
        if now_ns - self.resend_asked_ns < RESEND_NS:
            return b""
        self.resend_asked_ns = now_ns
        if is_logon:
            self.is_logged_on = True
        return self._write(b"2", [(b"7", b"%d" % self.next_in), (b"16", b"0")], now_ns)

    def _resend(self, first: int, last: int, now_ns: int) -> bytes:
        """Answer a ResendRequest: our requests again, everything else as gap fills."""
        out, fill = b"", 0
        end = self.next_out if last == 0 else min(last + 1, self.next_out)
        for number in range(first, end):
            sent = self.sent.get(number)
            if sent is None:
                fill = fill or number
                continue
            if fill:
                out += self._fill(fill, number, now_ns)
                fill = 0
            out += self._encode(number, sent.msg_type, sent.body, now_ns, sent.time_ns)
        if fill:
            out += self._fill(fill, end, now_ns)
        return out

    def _fill(self, number: int, new: int, now_ns: int) -> bytes:
        body = [(b"123", b"Y"), (b"36", b"%d" % new)]
        return self._encode(number, b"4", body, now_ns, now_ns)

    def _write(self, msg_type: bytes, body: Fields, now_ns: int) -> bytes:
        number = self.next_out
        self.next_out += 1
        return self._encode(number, msg_type, body, now_ns, 0)

    def _encode(
        self, number: int, msg_type: bytes, body: Fields, now_ns: int, original_ns: int
    ) -> bytes:
        head = [(b"35", msg_type), (b"34", b"%d" % number)]
        if original_ns:
            head.append((b"43", b"Y"))
        head += [(b"49", self.comp_id), (b"52", time_text(now_ns)), (b"56", b"NODE")]
        if original_ns:
            head.append((b"122", time_text(original_ns)))
        return encode(head + body)

    # Sending: the trade.

    def trade(self, now_ns: int) -> bytes:
        """One request of the mix; now and then what was sent already, marked as a repeat."""
        choice = self.random.random()
        if choice < 0.002 and self.sent:
            return self._send_again(now_ns)
        if choice < 0.26 and self.live:
            return self.cancel(self._pick(), now_ns)
        if choice < 0.40 and self.live:
            return self._replace(now_ns)
        if choice < 0.43:
            return self._nonsense(now_ns)
        return self._order(now_ns)

    def new_order(
        self, now_ns: int, side: bytes, qty: int, price: bytes = b"", tif: bytes = b"3"
    ) -> bytes:
        """A NewOrderSingle with these terms; a market order without a price."""
        body = [
            (b"11", self._new_id()),
            (b"55", self.symbols[0]),
            (b"54", side),
            (b"60", time_text(now_ns)),
            (b"38", b"%d" % qty),
            (b"40", b"2" if price else b"1"),
            *([(b"44", price)] if price else []),
            (b"59", tif),
        ]
        return self._request(b"D", body, now_ns)

    def cancel(self, live: Live, now_ns: int) -> bytes:
        """An OrderCancelRequest for an open order."""
        body = [
            (b"11", self._new_id()),
            (b"41", live.cl_ord_id),
            (b"55", live.symbol),
            (b"54", live.side),
            (b"60", time_text(now_ns)),
            (b"38", b"%d" % live.qty),
        ]
        return self._request(b"F", body, now_ns)

    def _order(self, now_ns: int, symbol: bytes = b"", **changed: bytes) -> bytes:
        pick = self.random.random()
        ord_type = b"1" if pick < 0.06 else b"2"
        tif = b"3" if pick < 0.16 else b"4" if pick < 0.22 else self.random.choice((b"0", b"1"))
        values = {
            b"11": self._new_id(),
            b"55": symbol or self.random.choice(self.symbols),
            b"54": self.random.choice((b"1", b"2")),
            b"60": time_text(now_ns),
            b"38": b"%d" % self.random.randint(1, QTY_MAX),
            b"40": ord_type,
        }
        if ord_type == b"2":
            values[b"44"] = self._price()
        values[b"59"] = tif
        values.update({name.removeprefix("t").encode(): text for name, text in changed.items()})
        return self._request(b"D", list(values.items()), now_ns)

    def _replace(self, now_ns: int) -> bytes:
        live = self._pick()
        body = [
            (b"11", self._new_id()),
            (b"41", live.cl_ord_id),
            (b"55", live.symbol),
            (b"54", live.side),
            (b"60", time_text(now_ns)),
            (b"38", b"%d" % max(1, live.qty + self.random.randint(-8, 8))),
            (b"40", b"2"),
            (b"44", self._price()),
        ]
        return self._request(b"G", body, now_ns)

    def _nonsense(self, now_ns: int) -> bytes:
        """What the node must refuse without harm."""
        pick = self.random.randrange(4)
        if pick == 0:
            return self._order(now_ns, symbol=b"NOPE")
        if pick == 1:
            return self._order(now_ns, t40=b"2", t44=b"%d.005" % (self.mid_cents // 100))
        if pick == 2 and self.live:
            return self._order(now_ns, t11=self._pick().cl_ord_id)
        body = [
            (b"11", self._new_id()),
            (b"41", b"nobody-%d" % self.count),
            (b"55", self.symbols[0]),
            (b"54", b"1"),
            (b"60", time_text(now_ns)),
            (b"38", b"1"),
        ]
        return self._request(b"F", body, now_ns)

    def _send_again(self, now_ns: int) -> bytes:
        """The last request once more with PossDupFlag(43)=Y: the node may not act on it twice."""
        number = max(self.sent)
        sent = self.sent[number]
        return self._encode(number, sent.msg_type, sent.body, now_ns, sent.time_ns)

    def _request(self, msg_type: bytes, body: Fields, now_ns: int) -> bytes:
        cl_ord_id = dict(body)[b"11"]
        self.sent[self.next_out] = Sent(msg_type, body, now_ns)
        self.terms.setdefault(cl_ord_id, []).append([(b"35", msg_type), *body])
        self.asked[cl_ord_id] += 1
        self.unanswered += 1
        return self._write(msg_type, body, now_ns)

    def _new_id(self) -> bytes:
        self.count += 1
        return b"%s-%d" % (self.comp_id, self.count)

    def _pick(self) -> Live:
        """Mostly a recent order, whose report may be on its way."""
        orders = list(self.live.values())
        return orders[-1 - min(int(self.random.expovariate(0.1)), len(orders) - 1)]

    def _price(self) -> bytes:
        cents = self.mid_cents + self.random.randint(-SPREAD_CENTS, SPREAD_CENTS)
        return b"%d.%02d" % divmod(cents, 100)

    def _fault(self, text: str) -> None:
        self.faults.append(f"{self.comp_id.decode()}: {text}")
