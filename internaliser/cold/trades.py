"""Trade capture: AD asks for a client's own executions, AQ says how many, AEs tell each.

What AD may name: TradeRequestType(569) 0 or 1; a time or date range (580: one = from then on, two =
from and to, the end included); Symbol(55), Side(54), OrderID(37), ClOrdID(11), ExecID(17),
TrdMatchID(880), Account in no other form than one's own PartyID; 263 = 0, 1 (and what comes) or 2.
A name that is not the client's own finds nothing, like one that does not exist.

An AE of the past says PreviouslyReported(570)=Y: its fill was told in an ExecutionReport before,
under the same ExecID(17), which is also the TradeReportID(571). So fills that were lost with a
sequence reset come back in every version.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from internaliser.cold.executions import Executions
from internaliser.cold.question import (
    FIX42,
    NOT_AVAILABLE,
    Out,
    Question,
    body,
    date_text,
    reject,
    time_text,
)
from internaliser.cold.subscriptions import SUBSCRIBE, UNSUBSCRIBE, Subscriptions
from internaliser.fix import codec
from internaliser.gateway.ids import exec_id_text, id_text
from internaliser.model.fields import record_fields
from internaliser.names import Names

FOUND, UNKNOWN_INSTRUMENT, UNKNOWN_PARTIES, NOT_SUPPORTED = 0, 1, 3, 8  # 749
ACCEPTED, COMPLETED, REJECTED = 0, 1, 2  # TradeRequestStatus(750)
TYPES = ("0", "1")  # TradeRequestType(569): all, matched
SIDES = {"buy": "1", "sell": "2"}
BREATH = 200  # records looked at before others have their turn
NS_PER_DAY = 86_400 * 10**9
TRADE_INDEX_BITS = 16  # core/trade.pyx
TIME_MAX = 2**63 - 1

Fields = dict[str, Any]
Read = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for; None = anything."""

    since_ns: int = 0
    until_ns: int = TIME_MAX
    symbol: str | None = None
    side: str | None = None
    order_id: str | None = None
    cl_ord_id: str | None = None
    exec_id: str | None = None
    trade_id: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether the time alone decides: then the count is known without reading."""
        names = (self.symbol, self.side, self.order_id, self.cl_ord_id, self.exec_id)
        return all(name is None for name in (*names, self.trade_id))

    def wants(self, fill: "Fill") -> bool:
        """Whether a fill is asked for, its time apart."""
        pairs = (
            (self.symbol, fill.symbol),
            (self.side, fill.side),
            (self.order_id, fill.order_id),
            (self.cl_ord_id, fill.cl_ord_id),
            (self.exec_id, fill.exec_id),
            (self.trade_id, fill.trade_id),
        )
        return all(wanted in (None, found) for wanted, found in pairs)


@dataclass(frozen=True, slots=True)
class Fill:
    """One side of an execution in the words of FIX."""

    exec_id: str
    trade_id: str
    order_id: str
    cl_ord_id: str
    symbol: str
    side: str
    qty: str
    price: str
    market: str
    ord_status: str
    fee: str | None
    currency: str
    time_ns: int


class Trades:
    """`read` gives the journal's record at a position."""

    def __init__(
        self,
        names: Names,
        node_id: int,
        executions: Executions,
        read: Read,
        subscriptions: Subscriptions,
    ) -> None:
        self._names = names
        self._node_id = node_id
        self._executions = executions
        self._read = read
        self._subscriptions = subscriptions

    def on_request(self, question: Question) -> Iterator[Out | None]:
        """AQ and the AEs; None where others should have their turn."""
        if question.text(263) == UNSUBSCRIBE:
            self._subscriptions.remove(question)
            yield ack(question, 0, FOUND, COMPLETED, None)
            return
        wish, refusal = self._wish(question)
        if wish is None:
            yield ack(question, 0, refusal[0], REJECTED, refusal[1])
            return
        is_subscribed = question.text(263) == SUBSCRIBE
        if is_subscribed and not self._subscribe(question, wish):
            yield reject(question, NOT_AVAILABLE, "too many subscriptions: end one with 263=2")
            return
        numbers: list[int] = []
        for number in self._numbers(question.client, wish):
            if number is None:
                yield None
            else:
                numbers.append(number)
        yield ack(question, len(numbers), FOUND, ACCEPTED if numbers else COMPLETED, None)
        for place, number in enumerate(numbers, 1):
            fill = self.fill(question.client, number)
            yield capture(
                question, fill, count=len(numbers), is_last=place == len(numbers), is_past=True
            )

    def fill(self, client: int, number: int) -> Fill:
        """The client's execution of that number."""
        return self._fill(record_fields(self._read(self._executions.position(client, number))))

    def record(self, client: int, number: int) -> bytes:
        """The event of the client's execution of that number."""
        return self._read(self._executions.position(client, number))

    def _numbers(self, client: int, wish: Wish) -> Iterator[int | None]:
        """The numbers that match; None now and then."""
        first = max(self._executions.since(client, wish.since_ns), 1)
        kept = self._executions.numbers(client)
        end = min(self._executions.since(client, wish.until_ns), kept.stop)
        for looked, number in enumerate(range(max(first, kept.start), end), 1):
            if wish.is_everything or wish.wants(self.fill(client, number)):
                yield number
            if looked % BREATH == 0:
                yield None

    def _subscribe(self, question: Question, wish: Wish) -> bool:
        told = self._executions.numbers(question.client).stop

        def update() -> list[Out]:
            nonlocal told
            outs = []
            while told < self._executions.numbers(question.client).stop:
                fill = self.fill(question.client, told)
                told += 1
                if wish.wants(fill) and wish.since_ns <= fill.time_ns < wish.until_ns:
                    outs.append(capture(question, fill, is_past=False))
                if len(outs) == BREATH:
                    break
            return outs

        return self._subscriptions.add(question, update)

    def _wish(self, question: Question) -> tuple[Wish | None, tuple[int, str]]:
        """What is asked for, or why it is refused."""
        if question.text(569) not in TYPES:
            text = "TradeRequestType(569): 0 (all) and 1 (matched) are answered"
            return None, (NOT_SUPPORTED, text)
        if any(name != question.client_name for name in question.texts(448)):
            return None, (UNKNOWN_PARTIES, "no such party")
        symbol = question.text(55)
        known = {fields["name"] for fields in self._names.instruments}
        if symbol not in (None, "[N/A]") and symbol not in known:
            return None, (UNKNOWN_INSTRUMENT, f"no instrument {symbol}")
        try:
            since_ns, until_ns = time_range(question)
        except ValueError:
            return None, (NOT_SUPPORTED, "NoDates(580) takes one or two dates or times")
        wish = Wish(
            since_ns,
            until_ns,
            None if symbol == "[N/A]" else symbol,
            question.text(54),
            question.text(37),
            question.text(11),
            question.text(17) or question.text(571),
            question.text(880),
        )
        return wish, (FOUND, "")

    def _fill(self, event: Fields) -> Fill:
        names, instrument = self._names, event["instrument"]
        seq, index = divmod(event["trade_id"], 1 << TRADE_INDEX_BITS)
        return Fill(
            exec_id=exec_id_text(self._node_id, event["epoch"], event["seq"], event["index"]),
            trade_id=exec_id_text(self._node_id, event["epoch"], seq, index),
            order_id=id_text(self._node_id, event["order_id"]),
            cl_ord_id=event["cl_ord_id"],
            symbol=str(names.symbol(instrument)),
            side=SIDES[event["side"]],
            qty=names.qty(instrument, event["last_qty"]),
            price=names.price(instrument, event["last_px"]),
            market=names.source(event["source"]) or f"N{self._node_id % 1000:03}",
            ord_status="2" if event["leaves_qty"] == 0 else "1",
            fee=names.quote_amount(instrument, event["fee"]) if event["fee"] else None,
            currency=names.asset(names.instruments[instrument]["quote"]),
            time_ns=event["time_ns"],
        )


def time_range(question: Question) -> tuple[int, int]:
    """From the entries of NoDates(580); times in ns, the end not included. ValueError for more
    than two entries."""
    entries: list[tuple[int, int]] = []
    for tag, value in question.fields:
        if tag == 75:
            day = codec.parse_time(value.decode("latin-1") + "-00:00:00")
            entries.append((day, day + NS_PER_DAY))
        elif tag == 60:
            moment = codec.parse_time(value.decode("latin-1"))
            if entries and entries[-1][1] - entries[-1][0] == NS_PER_DAY:
                entries.pop()  # the time of that same entry is the more exact word
            entries.append((moment, moment + 1))
    if len(entries) > 2:
        raise ValueError("more than two dates")
    if not entries:
        return 0, TIME_MAX
    since_ns = entries[0][0]
    if len(entries) == 2:
        return since_ns, entries[1][1]
    return since_ns, TIME_MAX if entries[0][1] - since_ns == 1 else entries[0][1]


def ack(question: Question, count: int, result: int, status: int, text: str | None) -> Out:
    """A TradeCaptureReportRequestAck(AQ)."""
    return Out(
        "AQ",
        body(
            (568, question.text(568)),
            (569, question.text(569)),
            (263, question.text(263)),
            (748, count),
            (749, result),
            (750, status),
            (55, question.text(55) or "[N/A]"),
            (58, text),
        ),
    )


def capture(
    question: Question,
    fill: Fill,
    *,
    count: int | None = None,
    is_last: bool = False,
    is_past: bool,
) -> Out:
    """A TradeCaptureReport(AE), of the asking client's side alone."""
    is_fix50 = question.is_fix50
    side = body(
        (54, fill.side),
        (37, fill.order_id),
        (11, fill.cl_ord_id or None),
        (1, question.client_name),
        (15, None if is_fix50 else fill.currency),
        (12, fill.fee),
        (13, 3 if fill.fee is not None else None),
        (479, fill.currency if fill.fee is not None else None),
        (39, fill.ord_status if is_fix50 else None),
    )
    head = body(
        (571, fill.exec_id),
        (487, 0),
        (856, 0),
        (568, question.text(568)),
        (150, None if question.begin_string == FIX42 else "F"),
        (748, count),
        (912, None if count is None else "Y" if is_last else "N"),
        (325, "N" if is_past else "Y"),
        (17, fill.exec_id),
        (39, None if is_fix50 else fill.ord_status),
        (570, "Y" if is_past else "N"),
        (880, fill.trade_id),
        (55, fill.symbol),
        (32, fill.qty),
        (31, fill.price),
        (15, fill.currency if is_fix50 else None),
        (30, fill.market),
        (75, date_text(fill.time_ns)),
        (60, time_text(fill.time_ns)),
        (552, 1),
    )
    return Out("AE", head + side, is_kept=False)
