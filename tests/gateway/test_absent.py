"""Reports for a client that is not there wait for it, over kills and long absences."""

from pathlib import Path

import pytest

from tests.gateway.desk import ORDER, Desk

HOUR_NS = 3_600 * 10**9


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """CLIENT1 rested an order and left; it was filled five times, the node killed twice."""
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1", "CLIENT2")
    desk.says("CLIENT1", ORDER.format("rests", 2, 5, "1.00"))
    desk.hang_up("CLIENT1")
    for number in range(5):
        desk.says("CLIENT2", ORDER.format(f"t{number}", 1, 1, "1.00"))
        if number in (1, 3):
            desk.restart()
            desk.now_ns += 50 * HOUR_NS
            desk.log_on("CLIENT2")
    desk.connect("CLIENT1")
    return desk


def fills(lines: list[str]) -> list[str]:
    """CumQty of each fill, in order of arrival."""
    fields = [dict(part.partition("=")[::2] for part in line.split("|")) for line in lines]
    return [field["14"] for field in fields if field.get("150") == "F"]


def test_they_come_unasked_when_the_logon_says_what_it_expects(desk: Desk) -> None:
    logon, *told = desk.says("CLIENT1", "A|98=0|108=30|789=3")
    assert logon == "A|34=8|98=0|108=30|789=4"
    assert fills(told) == ["1", "2", "3", "4", "5"]
    assert all("|43=Y|" in line for line in told)


def test_they_come_when_they_are_asked_for(desk: Desk) -> None:
    assert desk.says("CLIENT1", "A|98=0|108=30") == ["A|34=8|98=0|108=30"]
    assert fills(desk.says("CLIENT1", "2|7=3|16=5")) == ["1", "2", "3"]
    assert fills(desk.says("CLIENT1", "2|7=6|16=0")) == ["4", "5"]


def test_a_reset_at_logon_gives_them_up(desk: Desk) -> None:
    desk.talkers["CLIENT1"].next_out = 1
    assert desk.says("CLIENT1", "A|98=0|108=30|141=Y") == ["A|34=1|98=0|108=30|141=Y"]
    assert fills(desk.says("CLIENT1", "2|7=1|16=0")) == []
