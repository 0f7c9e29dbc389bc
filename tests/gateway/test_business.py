"""Refusals of whole messages: the reason a version can say, and the id its sender knows."""

from pathlib import Path

import pytest

from internaliser.gateway.business import reason_in
from tests.gateway.desk import Desk

FIX42, FIX44, FIX50 = 1, 2, 3
UNKNOWN_ID, NOT_AUTHORIZED, THROTTLED, THROTTLED_OFF = 1, 6, 8, 9


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (UNKNOWN_ID, (1, 1, 1)),
        (NOT_AUTHORIZED, (0, 6, 6)),
        (THROTTLED, (0, 0, 8)),
        (THROTTLED_OFF, (0, 0, 9)),
    ],
)
def test_a_reason_that_a_version_lacks_is_other(reason: int, told: tuple[int, int, int]) -> None:
    assert tuple(reason_in(reason, version) for version in (FIX42, FIX44, FIX50)) == told


@pytest.mark.parametrize(
    ("message", "reference"),
    [
        ("AD|568=t1|569=0", "379=t1"),
        ("x|320=s1|559=4", "379=s1"),
        ("e|324=i1|55=TEST1|263=1", "379=i1"),
        ("BE|923=u1|924=1|553=me", "379=u1"),
        ("R|131=r1|146=1|55=TEST1", "380=3"),
    ],
)
def test_a_message_is_refused_by_the_id_of_its_kind(
    tmp_path: Path, message: str, reference: str
) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    (refusal,) = desk.says("CLIENT1", message)
    assert refusal.startswith("j|")
    assert f"|{reference}" in refusal


@pytest.mark.parametrize(
    ("message", "reference"),
    [("q|11=m1|530=1", "m1"), ("AF|584=s1|585=1", "s1")],
)
def test_what_the_type_of_a_request_makes_necessary_is_asked_for(
    tmp_path: Path, message: str, reference: str
) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    (refusal,) = desk.says("CLIENT1", message)
    assert f"|379={reference}|380=5|58=Symbol(55) is required" in refusal
