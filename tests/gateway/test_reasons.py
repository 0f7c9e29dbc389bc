import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from internaliser.gateway.reasons import reason_row
from internaliser.model.enums import RejectReason

FIX42, FIX44, FIX50 = 1, 2, 3
# The values each version has for OrdRejReason, CxlRejReason and ExecRestatementReason.
VALUES = {
    FIX42: ({*range(9)}, {*range(4)}, {-1, *range(6)}),
    FIX44: ({*range(12), 13, 14, 15, 99}, {*range(7), 99}, {-1, *range(11), 99}),
    FIX50: ({*range(17), *range(18, 30), 99}, {*range(9), 18, 99}, {-1, *range(21), 99}),
}


@pytest.mark.parametrize("version", VALUES)
def test_every_reason_has_its_own_code_and_values_of_the_version(version: int) -> None:
    rows = {reason: reason_row(reason, version) for reason in RejectReason if reason}
    assert {reason: row[0] for reason, row in rows.items()} == {
        reason: reason.name.removeprefix("REASON_") for reason in rows
    }
    for row in rows.values():
        assert all(value in known for value, known in zip(row[1:], VALUES[version], strict=True))


@pytest.mark.parametrize(
    ("reason", "ord_rej", "cxl_rej", "restated"),
    [
        (RejectReason.REASON_CREDIT, (0, 0, 25), (2, 2, 2), (-1, 99, 99)),
        (RejectReason.REASON_PRICE_BAND, (0, 99, 16), (2, 99, 8), (-1, 99, 99)),
        (RejectReason.REASON_PRICE_OFF_TICK, (0, 99, 18), (2, 99, 18), (-1, 99, 99)),
        (RejectReason.REASON_LIMIT_NOTIONAL, (3, 3, 27), (2, 99, 99), (-1, 99, 99)),
        (RejectReason.REASON_DUPLICATE_CL_ORD_ID, (6, 6, 6), (2, 6, 6), (-1, 99, 99)),
        (RejectReason.REASON_DISCONNECT, (0, 99, 99), (2, 99, 99), (-1, 99, 12)),
        (RejectReason.REASON_SELF_MATCH, (0, 99, 99), (2, 99, 99), (-1, 99, 17)),
        (RejectReason.REASON_HALTED, (2, 2, 2), (2, 2, 2), (-1, 6, 6)),
    ],
)
def test_a_version_gets_the_most_precise_value_it_has(
    reason: RejectReason,
    ord_rej: tuple[int, ...],
    cxl_rej: tuple[int, ...],
    restated: tuple[int, ...],
) -> None:
    columns = zip(*(reason_row(reason, version)[1:] for version in VALUES), strict=True)
    assert list(columns) == [ord_rej, cxl_rej, restated]


def test_an_unknown_version_counts_as_4_4() -> None:
    rows = [reason for reason in RejectReason if reason]
    assert [reason_row(one, 0) for one in rows] == [reason_row(one, FIX44) for one in rows]


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
