"""The closed lists: FIX's code wherever FIX has one, the same on both sides of the border."""

import re
from enum import IntEnum
from pathlib import Path

import pytest

from internaliser.fix.spec import load
from internaliser.model import enums
from internaliser.resources import resource

# list -> the FIX field whose codes its values are
FIX_FIELDS = {
    "Side": 54,
    "OrdType": 40,
    "TimeInForce": 59,
    "OrdStatus": 39,
    "ExecType": 150,
}
LISTS = [value for value in vars(enums).values() if isinstance(value, type)]


@pytest.mark.parametrize("name", FIX_FIELDS)
def test_values_are_the_codes_our_dictionary_knows(name: str) -> None:
    field = load(resource("fix_specs/FIX44.xml")).fields[FIX_FIELDS[name]]
    assert {chr(member) for member in getattr(enums, name)} <= set(field.values)


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.__name__)
def test_no_two_names_share_a_value(listed: type[IntEnum]) -> None:
    assert len(listed.__members__) == len(set(listed))


@pytest.mark.parametrize("listed", LISTS, ids=lambda listed: listed.__name__)
def test_the_stub_gives_the_same_names_and_values(listed: type[IntEnum]) -> None:
    stub = Path(__file__).resolve().parents[2] / "internaliser" / "model" / "enums.pyi"
    body = re.search(rf"class {listed.__name__}\(IntEnum\):\n((?:    .*\n)+)", stub.read_text())
    assert body is not None
    said = dict(re.findall(r"(\w+) = (\d+)", body[1]))
    assert {name: int(value) for name, value in said.items()} == dict(listed.__members__)


def test_reasons_are_numbered_without_a_gap_because_they_index_a_table() -> None:
    reasons = [reason.value for reason in enums.RejectReason]
    assert reasons == list(range(len(reasons)))
