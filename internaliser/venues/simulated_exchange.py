"""The simulated exchange's desk: orders in, reports out, the truth about both. No I/O, no clock.

Messages come as a dict of tag -> text and leave as Report. What a report says here is true;
whether, when and how it is sent is the business of misbehaviour.py, never of this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from internaliser.venues.simulated_accounts import Accounts
from internaliser.venues.simulated_market import BUY, SELL, Market

LIMIT = "2"
DAY, IOC = "0", "3"
NEW, PARTIALLY_FILLED, FILLED, CANCELED, REJECTED = "0", "1", "2", "4", "8"
MARKET_CODE = "XSIM"  # LastMkt(30)

Fields = list[tuple[int, str]]
TAKER, MAKER = "2", "1"  # LastLiquidityInd(851)


@dataclass(frozen=True, slots=True)
class Report:
    """One message to a client, before it is numbered. `kind` says what it tells."""

    msg_type: str
    kind: str  # new, trade, canceled, rejected, status, refusal, balance
    fields: Fields

    def value(self, tag: int) -> str:
        return next((value for found, value in self.fields if found == tag), "")

    def but(self, changes: Mapping[int, str]) -> Report:
        """The same report with other values for these tags."""
        fields = [(tag, changes.get(tag, value)) for tag, value in self.fields]
        return Report(self.msg_type, self.kind, fields)


@dataclass(slots=True)
class Execution:
    exec_id: str
    price: Decimal
    qty: Decimal
    fee: Decimal


@dataclass(slots=True)
class Order:
    """One order as the exchange knows it: the truth that a test compares with."""

    client: str
    cl_ord_id: str
    order_id: str
    symbol: str
    side: str
    price: Decimal
    qty: Decimal
    tif: str
    status: str = NEW
    text: str = ""
    executions: list[Execution] = field(default_factory=list)
    held: tuple[str, Decimal] = ("", Decimal(0))

    @property
    def cum_qty(self) -> Decimal:
        return sum((execution.qty for execution in self.executions), Decimal(0))

    @property
    def leaves_qty(self) -> Decimal:
        is_open = self.status in (NEW, PARTIALLY_FILLED)
        return self.qty - self.cum_qty if is_open else Decimal(0)

    @property
    def avg_px(self) -> Decimal:
        if not self.executions:
            return Decimal(0)
        amount = sum((execution.price * execution.qty for execution in self.executions), Decimal(0))
        return amount / self.cum_qty


Told = tuple[str, Report]  # to whom, and what


class Refusal(Exception):
    """A request the exchange says no to: OrdRejReason(103), and why in words."""

    def __init__(self, reason: int, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Exchange:
    """Orders of all clients against the markets. OrderIDs and ExecIDs never repeat."""

    def __init__(self, markets: dict[str, Market], accounts: Accounts) -> None:
        self.markets = markets
        self.accounts = accounts
        self.orders: dict[tuple[str, str], Order] = {}
        self.resting: dict[str, list[Order]] = {symbol: [] for symbol in markets}
        self.order_count = 0
        self.exec_count = 0

    # Requests.

    def new_order(self, client: str, message: Mapping[int, str], time: str) -> list[Told]:
        """NewOrderSingle(D): accepted and executed as far as the book goes, or rejected."""
        try:
            order = self._accept(client, message)
        except Refusal as refusal:
            return [(client, self._rejected(message, refusal, time))]
        told = [(client, self._report(order, NEW, "new", time)), *self._execute(order, time)]
        if order.leaves_qty and order.tif == IOC:
            told.append((client, self._close(order, time)))
        elif order.leaves_qty:
            self._rest(order)
        return told

    def reject_order(self, client: str, message: Mapping[int, str], time: str) -> list[Told]:
        """NewOrderSingle(D) refused out of caprice; it never took effect."""
        refusal = Refusal(0, "exchange option")
        return [(client, self._rejected(message, refusal, time))]

    def cancel(self, client: str, message: Mapping[int, str], time: str) -> list[Told]:
        """OrderCancelRequest(F): 8 Canceled, or 9 when there is nothing to cancel."""
        order = self.orders.get((client, message.get(41, "")))
        if order is None or not order.leaves_qty:
            return [(client, self._refused_cancel(order, message, time))]
        self._unrest(order)
        return [(client, self._close(order, time, message.get(11, "")))]

    def status(self, client: str, message: Mapping[int, str], time: str) -> list[Told]:
        """OrderStatusRequest(H): the order as it is, or 39=8 103=5 when there is none."""
        order = self.orders.get((client, message.get(11, "")))
        if order is not None:
            return [(client, self._report(order, "I", "status", time))]
        unknown = Report("8", "status", [
            (37, "NONE"), (11, message.get(11, "")), (17, self._exec_id()), (150, "I"),
            (39, REJECTED), (103, "5"), (55, message.get(55, "")), (54, message.get(54, BUY)),
            (151, "0"), (14, "0"), (6, "0"), (60, time), (58, "unknown order"),
        ])  # fmt: skip
        return [(client, unknown)]

    def balances(self, client: str, message: Mapping[int, str], time: str) -> list[Told]:
        """CollateralInquiry(BB): a CollateralReport(BA) per asset, its balance as EndCash(922)."""
        balances = sorted(self.accounts.of(client, self.assets()).items())
        inquiry = message.get(909, "")
        told = []
        for at, (asset, amount) in enumerate(balances, 1):
            echoed = [(909, inquiry)] if inquiry else []
            report = Report("BA", "balance", [
                (908, f"{inquiry or 'B'}-{at}"), *echoed, (910, "3"), (911, str(len(balances))),
                (912, "Y" if at == len(balances) else "N"), (1, client), (15, asset),
                (922, number(amount)), (60, time),
            ])  # fmt: skip
            told.append((client, report))
        return told

    def cancel_unsolicited(self, order: Order, time: str) -> list[Told]:
        """The exchange takes an open order out of the book by itself."""
        if not order.leaves_qty:
            return []
        self._unrest(order)
        return [(order.client, self._close(order, time))]

    def on_market(self, symbol: str, time: str) -> list[Told]:
        """After the market moved: reports of the resting orders that it reached."""
        told = []
        for order in list(self.resting[symbol]):
            if order.leaves_qty and self.markets[symbol].offered(order.side, order.price):
                self._unrest(order)
                told += self._execute(order, time)
                if order.leaves_qty:
                    self._rest(order)
        return told

    def assets(self) -> list[str]:
        listings = [market.listing for market in self.markets.values()]
        return sorted({name for listing in listings for name in (listing.base, listing.quote)})

    # The order's life.

    def _accept(self, client: str, message: Mapping[int, str]) -> Order:
        cl_ord_id = message.get(11, "")
        market = self.markets.get(message.get(55, ""))
        if market is None:
            raise Refusal(1, f"unknown symbol {message.get(55, '')}")
        if (client, cl_ord_id) in self.orders:
            raise Refusal(6, f"duplicate ClOrdID {cl_ord_id}")
        if message.get(40) != LIMIT or message.get(59, DAY) not in (DAY, IOC):
            raise Refusal(11, "only limit orders, DAY or IOC")
        if message.get(54) not in (BUY, SELL):
            raise Refusal(11, "only Side 1 and 2")
        price = whole_steps(message.get(44, ""), market.listing.tick, 99, "price")
        qty = whole_steps(message.get(38, ""), market.listing.lot, 13, "quantity")
        held = self.accounts.worst_case(market.listing, message[54], price, qty)
        if not self.accounts.hold(client, *held):
            raise Refusal(0, f"insufficient {held[0]}")
        self.order_count += 1
        order = Order(
            client, cl_ord_id, f"V{self.order_count:06d}", message[55], message[54], price, qty,
            message.get(59, DAY), held=held,
        )  # fmt: skip
        self.orders[client, cl_ord_id] = order
        return order

    def _execute(self, order: Order, time: str) -> list[Told]:
        """Against the book, best price first; at one price clients' orders before the crowd."""
        market = self.markets[order.symbol]
        told = []
        while order.leaves_qty:
            crowd = market.offered(order.side, order.price)
            maker = self._best_resting(order)
            if maker is not None and (
                not crowd or is_as_good(order.side, maker.price, crowd[0][0])
            ):
                told += self._execute_with(order, maker, time)
            elif crowd:
                ((price, qty),) = market.take(
                    order.side, crowd[0][0], min(crowd[0][1], order.leaves_qty)
                )
                told.append(self._trade(order, price, qty, TAKER, time))
            else:
                break
        if not order.leaves_qty:
            self._release(order)
        return told

    def _best_resting(self, order: Order) -> Order | None:
        """The client's order it would meet first: best price, then oldest."""
        others = [
            other for other in self.resting[order.symbol]
            if other.side != order.side and is_as_good(order.side, other.price, order.price)
        ]  # fmt: skip
        if not others:
            return None
        return min(others, key=lambda other: other.price if order.side == BUY else -other.price)

    def _execute_with(self, order: Order, maker: Order, time: str) -> list[Told]:
        qty = min(order.leaves_qty, maker.leaves_qty)
        self.markets[order.symbol].withdraw(maker.side, maker.price, qty)
        told = [
            self._trade(order, maker.price, qty, TAKER, time),
            self._trade(maker, maker.price, qty, MAKER, time),
        ]
        if not maker.leaves_qty:
            self.resting[order.symbol].remove(maker)
            self._release(maker)
        return told

    def _rest(self, order: Order) -> None:
        self.markets[order.symbol].place(order.side, order.price, order.leaves_qty)
        self.resting[order.symbol].append(order)

    def _close(self, order: Order, time: str, request_id: str = "") -> Report:
        order.status = CANCELED
        self._release(order)
        return self._report(order, CANCELED, "canceled", time, request_id)

    def _unrest(self, order: Order) -> None:
        self.resting[order.symbol].remove(order)
        self.markets[order.symbol].withdraw(order.side, order.price, order.leaves_qty)

    def _release(self, order: Order) -> None:
        asset, amount = order.held
        if asset:
            self.accounts.release(order.client, asset, amount)
        order.held = ("", Decimal(0))

    def _exec_id(self) -> str:
        self.exec_count += 1
        return f"E{self.exec_count:06d}"

    # Reports.

    def _report(
        self, order: Order, exec_type: str, kind: str, time: str, request_id: str = ""
    ) -> Report:
        ids = [(11, order.cl_ord_id)]
        if request_id:
            ids = [(11, request_id), (41, order.cl_ord_id)]
        return Report("8", kind, [
            (37, order.order_id), *ids, (17, self._exec_id()), (150, exec_type),
            (39, order.status), *self._terms(order), *self._progress(order), (60, time),
        ])  # fmt: skip

    def _trade(self, order: Order, price: Decimal, qty: Decimal, liquidity: str, time: str) -> Told:
        """One execution: booked, and its report."""
        listing = self.markets[order.symbol].listing
        fee = self.accounts.execute(
            order.client, listing, order.side, price, qty, is_taker=liquidity == TAKER
        )
        execution = Execution(self._exec_id(), price, qty, fee)
        order.executions.append(execution)
        order.status = PARTIALLY_FILLED if order.cum_qty < order.qty else FILLED
        commission = [(12, number(fee)), (13, "3")] if fee else []
        report = Report("8", "trade", [
            (37, order.order_id), (11, order.cl_ord_id), (17, execution.exec_id), (150, "F"),
            (39, order.status), *self._terms(order), (32, number(qty)), (31, number(price)),
            (30, MARKET_CODE), *self._progress(order), (60, time), *commission, (851, liquidity),
        ])  # fmt: skip
        return order.client, report

    def _rejected(self, message: Mapping[int, str], refusal: Refusal, time: str) -> Report:
        echoed = [(tag, message[tag]) for tag in (55, 54, 38, 40, 44, 59) if message.get(tag)]
        return Report("8", "rejected", [
            (37, "NONE"), (11, message.get(11, "")), (17, self._exec_id()), (150, REJECTED),
            (39, REJECTED), (103, str(refusal.reason)), *echoed, (151, "0"), (14, "0"), (6, "0"),
            (60, time), (58, str(refusal)),
        ])  # fmt: skip

    def _refused_cancel(self, order: Order | None, message: Mapping[int, str], time: str) -> Report:
        return Report("9", "refusal", [
            (37, order.order_id if order else "NONE"), (11, message.get(11, "")),
            (41, message.get(41, "")), (39, order.status if order else REJECTED), (434, "1"),
            (102, "0" if order else "1"), (60, time),
        ])  # fmt: skip

    def _terms(self, order: Order) -> Fields:
        return [
            (55, order.symbol), (54, order.side), (38, number(order.qty)), (40, LIMIT),
            (44, number(order.price)), (59, order.tif),
        ]  # fmt: skip

    def _progress(self, order: Order) -> Fields:
        return [
            (151, number(order.leaves_qty)), (14, number(order.cum_qty)), (6, number(order.avg_px)),
        ]  # fmt: skip


def is_as_good(side: str, price: Decimal, other: Decimal) -> bool:
    """Is `price` at least as good as `other` for someone who trades on `side`?"""
    return price <= other if side == BUY else price >= other


def whole_steps(text: str, step: Decimal, reason: int, noun: str) -> Decimal:
    """A positive number that is a whole count of steps; else a Refusal with `reason`."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise Refusal(reason, f"{noun} {text!r} is no number") from None
    if not value.is_finite() or value <= 0 or value % step:
        raise Refusal(reason, f"{noun} {text} is not a positive multiple of {step}")
    return value


def number(value: Decimal) -> str:
    """A decimal as FIX writes it: no exponent, no trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
