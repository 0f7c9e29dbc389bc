"""What a market told of one of our children, as a VENUE_REPORT in the core's units.

A figure that cannot be counted in our units, or that contradicts another, is never guessed at: the
command then carries the reason and no figures, the child stays open and is asked about again.
"""

from decimal import Decimal
from typing import Any

from internaliser.gateway.ids import id_of
from internaliser.model.enums import RejectReason
from internaliser.model.records import venue_report
from internaliser.venues.contract import OrderReport, ReasonClass, ReportKind
from internaliser.venues.figures import InstrumentTerms, VenueTerms

NOT_FOUND_FOR_GOOD = 2  # model/command.pxd
EXEC_ID_MAX = 64  # bytes kept of an ExecID, as in gateway/sources.pyx
CUM_NOT_TOLD = -1

# ExecType(150) and OrdStatus(39) as the core has them.
WORDS = {
    ReportKind.ACCEPTED: ("new", "new"),
    ReportKind.FILLED: ("trade", "partially_filled"),
    ReportKind.STATUS: ("order_status", "new"),
    ReportKind.FINISHED: ("canceled", "canceled"),
    ReportKind.REJECTED: ("rejected", "rejected"),
    ReportKind.DENIED: ("rejected", "rejected"),
    ReportKind.NOT_FOUND: ("order_status", "rejected"),
}
REFUSALS = frozenset((ReportKind.REJECTED, ReportKind.DENIED))
# Those without a word of their own are the source's affair.
REASONS = {
    ReasonClass.INSUFFICIENT_FUNDS: RejectReason.REASON_CREDIT,
    ReasonClass.BELOW_MIN: RejectReason.REASON_QTY_OUT_OF_RANGE,
    ReasonClass.ABOVE_MAX: RejectReason.REASON_QTY_OUT_OF_RANGE,
    ReasonClass.PRICE_STEP: RejectReason.REASON_PRICE_OFF_TICK,
    ReasonClass.SIZE_STEP: RejectReason.REASON_QTY_OFF_LOT,
    ReasonClass.PRICE_BAND: RejectReason.REASON_PRICE_BAND,
    ReasonClass.DUPLICATE_ID: RejectReason.REASON_DUPLICATE_CL_ORD_ID,
    ReasonClass.UNKNOWN_ORDER: RejectReason.REASON_UNKNOWN_ORDER,
    ReasonClass.ALREADY_CLOSED: RejectReason.REASON_TOO_LATE,
    ReasonClass.SYMBOL_HALTED: RejectReason.REASON_HALTED,
    ReasonClass.TOO_MANY_ORDERS: RejectReason.REASON_LIMIT_OPEN_ORDERS,
    ReasonClass.RATE_LIMITED: RejectReason.REASON_CAPACITY,
    ReasonClass.TOO_LATE: RejectReason.REASON_TOO_LATE,
    ReasonClass.LINK_DOWN: RejectReason.REASON_DISCONNECT,
}


Keywords = dict[str, Any]  # of venue_report


class Uncountable(Exception):
    """A figure of a report means nothing in our units; `reason` says which."""

    def __init__(self, reason: RejectReason) -> None:
        super().__init__(reason)
        self.reason = reason


def child_of(terms: VenueTerms, cl_ord_id: str) -> int | None:
    """The child an id at the market names; None = not one of this node's."""
    found = id_of(cl_ord_id) if cl_ord_id.isascii() else None
    return found[1] if found is not None and found[0] == terms.node_id else None


def report_command(terms: VenueTerms, report: OrderReport) -> tuple[bytes, RejectReason] | None:
    """The command, and why its figures were left out (REASON_NONE: they are in it).

    None when the report names no child of this node.
    """
    child_id = child_of(terms, report.cl_ord_id)
    if child_id is None:
        return None
    instrument = terms.of_symbol(report.symbol)
    exec_type, ord_status = WORDS[report.kind]
    common: Keywords = {
        "source": terms.source,
        "child_id": child_id,
        "instrument": None if instrument is None else instrument.index,
        "exec_type": exec_type,
        "ord_status": ord_status,
    }
    try:
        figures = _figures(terms, instrument, report)
    except Uncountable as error:
        return venue_report(**common, reason=error.reason), error.reason
    return venue_report(**common, **figures), RejectReason.REASON_NONE


def _figures(
    terms: VenueTerms, instrument: InstrumentTerms | None, report: OrderReport
) -> Keywords:
    """The keywords of venue_report that say how much, and how it ended."""
    if report.kind is ReportKind.NOT_FOUND:
        return {"not_found": NOT_FOUND_FOR_GOOD}
    if report.kind in REFUSALS:
        reason = REASONS.get(report.reason) if report.reason else None
        return {
            "cum_qty": 0,
            "is_final": True,
            "reason": reason or RejectReason.REASON_VENUE,
        }
    if instrument is None:
        raise Uncountable(RejectReason.REASON_UNKNOWN_SYMBOL)
    figures = _sums(instrument, report)
    if report.kind is ReportKind.FILLED:
        figures |= _execution(terms, instrument, report, figures["cum_qty"])
    return {**figures, "is_final": report.kind is ReportKind.FINISHED}


def _sums(instrument: InstrumentTerms, report: OrderReport) -> Keywords:
    """All that was executed so far, and what it cost; without it an end is no end."""
    if report.cum_qty is None:
        if report.kind in (ReportKind.ACCEPTED, ReportKind.FILLED):
            return {"cum_qty": CUM_NOT_TOLD, "notional": 0}
        raise Uncountable(RejectReason.REASON_QTY_MISSING)
    cum_qty = _counted(instrument.lots(report.cum_qty), RejectReason.REASON_QTY_OFF_LOT)
    if report.cum_quote is None or not cum_qty:
        return {"cum_qty": cum_qty, "notional": 0}
    notional = instrument.notional(report.cum_quote)
    return {
        "cum_qty": cum_qty,
        "notional": _counted(notional, RejectReason.REASON_PRICE_OFF_TICK),
    }


def _execution(
    terms: VenueTerms, instrument: InstrumentTerms, report: OrderReport, cum_qty: int
) -> Keywords:
    """One execution: its quantity, its price, who it is, what the market took for it."""
    if report.last_qty is None or not report.exec_id:
        raise Uncountable(RejectReason.REASON_QTY_MISSING)
    if report.last_px is None:
        raise Uncountable(RejectReason.REASON_PRICE_MISSING)
    last_qty = _counted(instrument.lots(report.last_qty), RejectReason.REASON_QTY_OFF_LOT)
    last_px = _counted(instrument.ticks(report.last_px), RejectReason.REASON_PRICE_OFF_TICK)
    if last_qty == 0 or (cum_qty != CUM_NOT_TOLD and last_qty > cum_qty):
        raise Uncountable(RejectReason.REASON_QTY_OUT_OF_RANGE)
    if last_px == 0:
        raise Uncountable(RejectReason.REASON_PRICE_OUT_OF_RANGE)
    fee, fee_asset = _fee(terms, report.fee, report.fee_asset)
    return {
        "last_qty": last_qty,
        "last_px": last_px,
        "exec_id": report.exec_id[:EXEC_ID_MAX],
        "fee": fee,
        "fee_asset": fee_asset,
    }


def _fee(terms: VenueTerms, fee: Decimal | None, name: str) -> tuple[int, int | None]:
    """In the asset's units; an asset we do not know, or one it does not fit, counts as not told:
    the configured rate applies."""
    asset = terms.assets.get(name)
    if fee is None or asset is None:
        return 0, None
    units = asset.units(fee)
    return (0, None) if units is None else (units, asset.index)


def _counted(count: int | None, reason: RejectReason) -> int:
    if count is None:
        raise Uncountable(reason)
    return count
