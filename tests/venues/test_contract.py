"""The contract's values: what they hold by default, and that they cannot change."""

import pytest

from internaliser.venues.contract import OrderRef, OrderReport, ReasonClass, ReportKind

NAMED_BY_EVERY_MARKET = {
    "insufficient_funds", "below_min", "price_step", "size_step", "price_band",
    "post_only_would_cross", "duplicate_id", "unknown_order", "already_closed", "symbol_halted",
    "rate_limited", "clock_skew", "auth", "venue_busy", "unknown_outcome",
}  # fmt: skip


def test_every_reason_seen_at_every_market_has_its_class() -> None:
    assert {reason.value for reason in ReasonClass} >= NAMED_BY_EVERY_MARKET


def test_a_report_says_nothing_it_was_not_told() -> None:
    report = OrderReport("1-3-512", "BTCUSDT", ReportKind.ACCEPTED)
    assert (report.cum_qty, report.cum_quote, report.last_qty, report.fee) == (None,) * 4


def test_what_was_told_cannot_change() -> None:
    with pytest.raises(AttributeError):
        OrderRef("1-3-512", "BTCUSDT").symbol = "ETHUSDT"  # type: ignore[misc]
