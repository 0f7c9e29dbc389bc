"""From the venue's states to the contract's reports."""

from decimal import Decimal as D

import pytest

from internaliser.venues.binance.answers import OrderState, OrderStatus, Trade
from internaliser.venues.binance.order_memory import Known
from internaliser.venues.binance.reports import new_trades, of_state
from internaliser.venues.contract import OrderReport, ReportKind

TRADE = Trade(7, 5, D("0.5"), D(100), D("0.1"), "BNB")


def test_an_execution_is_told_once() -> None:
    known = Known("1", "AB")
    assert new_trades(known, (TRADE,)) == [
        OrderReport(
            "1", "AB", ReportKind.FILLED, last_qty=D("0.5"), last_px=D(100), exec_id="T7",
            fee=D("0.1"), fee_asset="BNB",
        )
    ]  # fmt: skip
    assert new_trades(known, (TRADE,)) == []
    assert known.told_qty == D("0.5")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (OrderStatus.NEW, ReportKind.STATUS),
        (OrderStatus.PARTIALLY_FILLED, ReportKind.STATUS),
        (OrderStatus.PENDING_CANCEL, ReportKind.STATUS),
        (OrderStatus.UNKNOWN, ReportKind.STATUS),
        (OrderStatus.FILLED, ReportKind.FINISHED),
        (OrderStatus.CANCELED, ReportKind.FINISHED),
        (OrderStatus.EXPIRED, ReportKind.FINISHED),
        (OrderStatus.EXPIRED_IN_MATCH, ReportKind.FINISHED),
        (OrderStatus.REJECTED, ReportKind.REJECTED),
    ],
)
def test_a_state_is_final_or_not(status: OrderStatus, kind: ReportKind) -> None:
    report = of_state(OrderState("AB", "1", 5, status, D(1), D("0.5"), D(50)))
    assert (report.kind, report.cum_qty, report.cum_quote) == (kind, D("0.5"), D(50))
