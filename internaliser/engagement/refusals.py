"""Every refusal the node gives, with its codes and the head of its Text(58)."""

from internaliser.dictionaries import FILES
from internaliser.fix.fix_session import reject_text
from internaliser.fix.spec import Spec
from internaliser.gateway.reasons import reason_row
from internaliser.model.enums import RejectReason

# Not refusals of an order: what became of one that had been taken.
_NO_REASON = RejectReason.REASON_NONE


def order_refusals(version: str) -> str:
    """The reasons for refusing, canceling and expiring orders, as a Markdown table."""
    number = list(FILES).index(version) + 1  # FixVersion of fix/version.pxd
    rows = [
        "| Text(58) begins | OrdRejReason(103) | CxlRejReason(102) | ExecRestatementReason(378) |",
        "| --- | --- | --- | --- |",
    ]
    for reason in RejectReason:
        if reason != _NO_REASON:
            code, rejected, too_late, restated = reason_row(reason, number)
            told = "-" if restated < 0 else str(restated)
            rows.append(f"| {code} | {rejected} | {too_late} | {told} |")
    return "\n".join(rows)


def session_refusals(spec: Spec) -> str:
    """The SessionRejectReason(373) values of the version, and the Text(58) that goes with each."""
    rows = ["| SessionRejectReason(373) | Text(58) |", "| --- | --- |"]
    for value in spec.fields[373].values:
        rows.append(f"| {value} | {reject_text(int(value))} |")
    return "\n".join(rows)
