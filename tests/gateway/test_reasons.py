import xml.etree.ElementTree as ElementTree
from pathlib import Path

from internaliser.gateway.reasons import reason_row
from internaliser.model.enums import RejectReason

# fix-rules section 8: the values FIX 4.4 has for each field.
ORD_REJ_REASONS = {*range(12), 13, 14, 15, 99}
CXL_REJ_REASONS = {*range(7), 99}
RESTATEMENT_REASONS = {-1, *range(11), 99}


def test_every_reason_has_its_own_code_and_values_of_the_version() -> None:
    rows = {reason: reason_row(reason) for reason in RejectReason if reason}
    assert {reason: row[0] for reason, row in rows.items()} == {
        reason: reason.name.removeprefix("REASON_") for reason in rows
    }
    assert all(
        row[1] in ORD_REJ_REASONS and row[2] in CXL_REJ_REASONS and row[3] in RESTATEMENT_REASONS
        for row in rows.values()
    )


def test_the_reasons_with_a_code_of_their_own_use_it() -> None:
    table = {
        RejectReason.REASON_UNKNOWN_SYMBOL: (1, 1),
        RejectReason.REASON_HALTED: (2, 2),
        RejectReason.REASON_CREDIT: (0, 2),
        RejectReason.REASON_LIMIT_NOTIONAL: (3, 99),
        RejectReason.REASON_TOO_LATE: (4, 0),
        RejectReason.REASON_UNKNOWN_ORDER: (5, 1),
        RejectReason.REASON_DUPLICATE_CL_ORD_ID: (6, 6),
        RejectReason.REASON_UNSUPPORTED: (11, 99),
        RejectReason.REASON_QTY_MISSING: (13, 99),
        RejectReason.REASON_ALREADY_PENDING: (99, 3),
    }
    assert {reason: reason_row(reason)[1:3] for reason in table} == table


def test_only_what_nobody_asked_for_is_a_restatement() -> None:
    asked = {RejectReason.REASON_CLIENT_REQUEST, RejectReason.REASON_NO_LIQUIDITY,
             RejectReason.REASON_FOK_UNFILLABLE, RejectReason.REASON_DAY_END}  # fmt: skip
    assert {reason for reason in RejectReason if reason and reason_row(reason)[3] == -1} == asked


def test_the_values_are_in_our_dictionary() -> None:
    path = Path(__file__).parents[2] / "fix_specs" / "FIX44.xml"
    fields = {
        field.get("number"): {value.get("enum") for value in field.findall("value")}
        for field in ElementTree.parse(path).getroot().find("fields") or ()
    }
    rows = [reason_row(reason) for reason in RejectReason if reason]
    assert {str(row[1]) for row in rows} <= fields["103"]
    assert {str(row[2]) for row in rows} <= fields["102"]
    assert {str(row[3]) for row in rows if row[3] >= 0} <= fields["378"]
