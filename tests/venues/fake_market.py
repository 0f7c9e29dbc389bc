"""A market of the edge in memory: what the contract asks, played by the test."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from internaliser.model.records import market_view
from internaliser.venues.contract import (
    InstrumentRules,
    OrderRef,
    OrderReport,
    PlaceOrder,
    ReportKind,
    StatedBalance,
    VenueSink,
)


@dataclass(frozen=True, slots=True)
class Book:
    """A Depth: levels in ticks and lots."""

    bids: Sequence[tuple[int, int]] = ()
    asks: Sequence[tuple[int, int]] = ()

    def view(self, source: int, instrument: int, is_fresh: bool) -> bytes:
        return market_view(
            source=source, instrument=instrument, bids=self.bids, asks=self.asks, is_fresh=is_fresh
        )


@dataclass(slots=True)
class FakeMarket:
    """A VenueAdapter. `placed`, `queried`, `canceled` hold what it was asked, in order."""

    sink: VenueSink
    rules: Sequence[InstrumentRules] = ()
    books: dict[str, Book] = field(default_factory=dict)
    balances: Sequence[StatedBalance] = ()
    on_place: "Callable[[FakeMarket, PlaceOrder], None] | None" = None
    on_query: "Callable[[FakeMarket, OrderRef], None] | None" = None
    placed: list[PlaceOrder] = field(default_factory=list)
    queried: list[OrderRef] = field(default_factory=list)
    canceled: list[OrderRef] = field(default_factory=list)
    is_closed: bool = False

    async def run(self) -> None:
        self.come_up()
        await asyncio.Event().wait()

    def come_up(self) -> None:
        """As an adapter does once it is reconciled."""
        self.sink.on_rules(self.rules)
        self.sink.on_balances(self.balances, 1)
        self.sink.on_link(True, "reconciled")
        for symbol, book in self.books.items():
            self.sink.on_book(symbol, book)

    def place(self, order: PlaceOrder) -> None:
        self.placed.append(order)
        if self.on_place:
            self.on_place(self, order)

    def cancel(self, order: OrderRef) -> None:
        self.canceled.append(order)

    def query(self, order: OrderRef) -> None:
        self.queried.append(order)
        if self.on_query:
            self.on_query(self, order)

    async def close(self) -> None:
        self.is_closed = True


def fill(market: FakeMarket, order: PlaceOrder) -> None:
    """Accepts, executes all of it at its price, ends it."""
    value = order.qty * order.price
    common = (order.cl_ord_id, order.symbol)
    market.sink.on_report(OrderReport(*common, ReportKind.ACCEPTED))
    market.sink.on_report(
        OrderReport(
            *common,
            ReportKind.FILLED,
            last_qty=order.qty,
            last_px=order.price,
            exec_id=f"T{len(market.placed)}",
            fee=Decimal("0.01"),
            fee_asset="USD",
        )
    )
    market.sink.on_report(
        OrderReport(*common, ReportKind.FINISHED, cum_qty=order.qty, cum_quote=value)
    )


def rules_of(symbol: str, tick: str = "0.01", lot: str = "1") -> InstrumentRules:
    """Rules with nothing but steps."""
    return InstrumentRules(symbol, "TEST1", "USD", Decimal(tick), Decimal(lot))
