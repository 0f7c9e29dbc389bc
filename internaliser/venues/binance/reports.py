"""What the venue said of an order, as the contract's reports.

Executions are told once per process and connection, except to whoever asks: a query tells them all.
"""

from internaliser.venues.binance.answers import FINAL, OrderState, OrderStatus, Trade
from internaliser.venues.binance.order_memory import Known
from internaliser.venues.contract import OrderReport, ReasonClass, ReportKind

ACCEPTED, FILLED, STATUS, FINISHED, REJECTED = (
    ReportKind.ACCEPTED, ReportKind.FILLED, ReportKind.STATUS, ReportKind.FINISHED,
    ReportKind.REJECTED,
)  # fmt: skip


def filled(known: Known, trade: Trade) -> OrderReport:
    """One execution. Its exec id is the venue's trade id, which is unique per symbol."""
    return OrderReport(
        known.cl_ord_id, known.symbol, FILLED, None, None, trade.qty, trade.price,
        f"T{trade.trade_id}", trade.fee, trade.fee_asset,
    )  # fmt: skip


def new_trades(known: Known, trades: tuple[Trade, ...] | list[Trade]) -> list[OrderReport]:
    """The executions among `trades` that were not told yet."""
    told = []
    for trade in trades:
        if trade.trade_id not in known.told:
            known.told.add(trade.trade_id)
            known.told_qty += trade.qty
            told.append(filled(known, trade))
    return told


def note_told(known: Known, trades: tuple[Trade, ...] | list[Trade]) -> None:
    for trade in trades:
        if trade.trade_id not in known.told:
            known.told.add(trade.trade_id)
            known.told_qty += trade.qty


def of_state(state: OrderState) -> OrderReport:
    """Where the order stands: STATUS while it may go on, FINISHED or REJECTED when it cannot."""
    kind, reason = FINISHED if state.status in FINAL else STATUS, None
    if state.status is OrderStatus.REJECTED:
        kind, reason = REJECTED, ReasonClass.MALFORMED
    return OrderReport(
        state.cl_ord_id, state.symbol, kind, state.cum_qty, state.cum_quote,
        reason=reason, text=state.status.value,
    )  # fmt: skip


def accepted(state: OrderState) -> OrderReport:
    return OrderReport(state.cl_ord_id, state.symbol, ACCEPTED)


def refused(
    cl_ord_id: str, symbol: str, kind: ReportKind, reason: ReasonClass | None, text: str
) -> OrderReport:
    return OrderReport(cl_ord_id, symbol, kind, reason=reason, text=text)
