"""What a market told of a child, as the core hears it: counted exactly, or left out and why."""

from decimal import Decimal
from typing import Any

import pytest

from internaliser.model.enums import RejectReason
from internaliser.model.fields import record_fields
from internaliser.venues.child_report import REASONS, child_of, report_command
from internaliser.venues.contract import OrderReport, ReasonClass, ReportKind
from internaliser.venues.figures import AssetTerms, InstrumentTerms, VenueTerms

TERMS = VenueTerms(
    node_id=7,
    name="EDGE",
    source=2,
    instruments=(InstrumentTerms(3, "BTC/USD", "BTCUSD", Decimal("0.01"), Decimal("0.001")),),
    assets={"USD": AssetTerms(0, 2), "BTC": AssetTerms(1, 8)},
)
CHILD = 3 << 44 | 512
FIGURES = {"cum_qty", "cum_quote", "last_qty", "last_px", "fee"}


def told(kind: ReportKind, **figures: Any) -> OrderReport:
    exact = {key: Decimal(value) if key in FIGURES else value for key, value in figures.items()}
    name, symbol = exact.pop("cl_ord_id", "7-3-512"), exact.pop("symbol", "BTCUSD")
    return OrderReport(name, symbol, kind, **exact)


def heard(kind: ReportKind, **figures: Any) -> dict[str, Any]:
    """The fields the core gets, those of another kind of command and empty ones left out."""
    found = report_command(TERMS, told(kind, **figures))
    assert found is not None
    fields = record_fields(found[0])
    assert (fields["kind"], fields["source"], fields["target_id"]) == ("venue_report", 2, CHILD)
    return {name: fields[name] for name, empty in EMPTY.items() if fields[name] != empty}


EMPTY = {
    "exec_type": None, "cum_qty": -1, "notional_lo": 0, "last_qty": 0, "last_px": 0, "note": "",
    "fee": 0, "fee_asset": None, "is_final": False, "not_found": 0, "reason": None,
}  # fmt: skip
EXECUTION = {"last_qty": "0.5", "last_px": "100.25", "exec_id": "T9"}


def test_an_acceptance_says_that_it_exists() -> None:
    assert heard(ReportKind.ACCEPTED) == {"exec_type": "new"}
    assert heard(ReportKind.ACCEPTED, cum_qty="0.5", cum_quote="50") == {
        "exec_type": "new",
        "cum_qty": 500,
        "notional_lo": 5_000_000,
    }


def test_an_execution_has_price_quantity_name_and_fee() -> None:
    assert heard(ReportKind.FILLED, **EXECUTION, fee="0.12", fee_asset="USD") == {
        "exec_type": "trade",
        "last_qty": 500,
        "last_px": 10025,
        "note": "T9",
        "fee": 12,
        "fee_asset": 0,
    }
    fields = heard(ReportKind.FILLED, **EXECUTION, fee="-0.00000001", fee_asset="BTC")
    assert (fields["fee"], fields["fee_asset"]) == (-1, 1)


@pytest.mark.parametrize(
    ("fee", "asset"), [("0.001", "USD"), ("1", "BNB"), ("1e-9", "BTC"), ("NaN", "USD")]
)
def test_a_fee_that_cannot_be_counted_is_as_not_told(fee: str, asset: str) -> None:
    fields = heard(ReportKind.FILLED, **EXECUTION, fee=fee, fee_asset=asset)
    assert not {"fee", "fee_asset"} & set(fields)
    assert fields["last_qty"] == 500


def test_an_end_says_how_much_it_was_and_what_it_cost() -> None:
    assert heard(ReportKind.FINISHED, cum_qty="1.5", cum_quote="149.995") == {
        "exec_type": "canceled",
        "cum_qty": 1500,
        "notional_lo": 14_999_500,
        "is_final": True,
    }
    assert heard(ReportKind.FINISHED, cum_qty="0") == {
        "exec_type": "canceled",
        "cum_qty": 0,
        "is_final": True,
    }


def test_a_state_is_no_end() -> None:
    fields = heard(ReportKind.STATUS, cum_qty="1")
    assert (fields["exec_type"], fields["cum_qty"]) == ("order_status", 1000)
    assert "is_final" not in fields


def test_not_found_is_for_good() -> None:
    assert heard(ReportKind.NOT_FOUND)["not_found"] == 2


@pytest.mark.parametrize("kind", [ReportKind.REJECTED, ReportKind.DENIED])
def test_a_refusal_is_final_and_keeps_its_reason(kind: ReportKind) -> None:
    fields = heard(kind, reason=ReasonClass.INSUFFICIENT_FUNDS)
    assert (fields["exec_type"], fields["is_final"], fields["reason"]) == (
        "rejected",
        True,
        "credit",
    )
    assert heard(kind)["reason"] == "venue"
    # Its symbol may be unknown: nothing is counted.
    assert heard(kind, symbol="?")["is_final"] is True


@pytest.mark.parametrize(
    ("kind", "figures", "reason"),
    [
        (ReportKind.FILLED, {**EXECUTION, "last_qty": "0.0005"}, "qty_off_lot"),
        (ReportKind.FILLED, {**EXECUTION, "last_qty": "0"}, "qty_out_of_range"),
        (ReportKind.FILLED, {**EXECUTION, "last_px": "100.001"}, "price_off_tick"),
        (ReportKind.FILLED, {**EXECUTION, "last_px": "0"}, "price_out_of_range"),
        (ReportKind.FILLED, {**EXECUTION, "last_px": "-1"}, "price_off_tick"),
        (ReportKind.FILLED, {**EXECUTION, "exec_id": ""}, "qty_missing"),
        (ReportKind.FILLED, {"last_qty": "1", "exec_id": "T"}, "price_missing"),
        (ReportKind.FILLED, {"last_px": "1", "exec_id": "T"}, "qty_missing"),
        (ReportKind.FILLED, {**EXECUTION, "cum_qty": "0.4"}, "qty_out_of_range"),
        (ReportKind.FILLED, {**EXECUTION, "symbol": "ETHUSD"}, "unknown_symbol"),
        (ReportKind.FINISHED, {}, "qty_missing"),
        (ReportKind.FINISHED, {"cum_qty": "-1"}, "qty_off_lot"),
        (ReportKind.FINISHED, {"cum_qty": "1", "cum_quote": "99.9999999"}, "price_off_tick"),
        (ReportKind.FINISHED, {"cum_qty": "1e50"}, "qty_off_lot"),
        (ReportKind.STATUS, {}, "qty_missing"),
        (ReportKind.STATUS, {"cum_qty": "NaN"}, "qty_off_lot"),
    ],
)
def test_what_cannot_be_counted_leaves_the_child_open(
    kind: ReportKind, figures: dict[str, Any], reason: str
) -> None:
    found = report_command(TERMS, told(kind, **figures))
    assert found is not None
    fields = record_fields(found[0])
    assert fields["reason"] == reason == found[1].name.removeprefix("REASON_").lower()
    assert [fields[key] for key in ("last_qty", "cum_qty", "is_final", "not_found", "note")] == [
        0, -1, False, 0, "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["", "8-3-512", "7-3", "x7-3-512", "7-3-512x", "7-03-512", "7-3-512\u0663"]
)
def test_an_order_of_another_is_none_of_ours(name: str) -> None:
    assert child_of(TERMS, name) is None
    assert report_command(TERMS, told(ReportKind.FINISHED, cl_ord_id=name, cum_qty="1")) is None


def test_every_reason_becomes_one_of_the_core_s() -> None:
    for reason in ReasonClass:
        fields = heard(ReportKind.REJECTED, reason=reason)
        wanted = REASONS.get(reason, RejectReason.REASON_VENUE)
        assert fields["reason"] == wanted.name.removeprefix("REASON_").lower()
