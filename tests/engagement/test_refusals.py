"""The tables of refusals."""

import pytest

from internaliser.dictionaries import FILES as VERSIONS
from internaliser.dictionaries import dictionary_of
from internaliser.engagement.refusals import order_refusals, session_refusals
from internaliser.model.enums import RejectReason


@pytest.mark.parametrize("version", VERSIONS)
def test_every_reason_has_a_row_of_its_own(version: str) -> None:
    rows = order_refusals(version).splitlines()[2:]
    codes = [row.split("|")[1].strip() for row in rows]
    assert len(set(codes)) == len(codes) == len(RejectReason) - 1


@pytest.mark.parametrize("version", VERSIONS)
def test_codes_are_values_that_the_version_has(version: str) -> None:
    fields = dictionary_of(version).spec.fields
    for row in order_refusals(version).splitlines()[2:]:
        values = [cell.strip() for cell in row.strip("|").split("|")][1:]
        for tag, value in zip((103, 102, 378), values, strict=True):
            assert value == "-" or value in fields[tag].values, row


def test_every_session_reason_of_the_version_has_its_text() -> None:
    rows = session_refusals(dictionary_of("FIX.4.4").spec).splitlines()
    assert "| 1 | Required tag missing |" in rows
    assert len(rows) == 2 + len(dictionary_of("FIX.4.4").spec.fields[373].values)
