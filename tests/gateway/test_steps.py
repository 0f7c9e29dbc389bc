"""One step: what it writes into the journal, and in which order."""

from pathlib import Path

import pytest

from internaliser.model.commands import admin_command
from tests.gateway.desk import ORDER, Desk, kinds


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "data")


def test_command_event_message_stand_in_that_order_with_one_number(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    before = len(desk.records())
    desk.says("CLIENT1", ORDER.format("a", 1, 5, "1.00"))
    records = desk.records()[before:]
    assert kinds(records) == ["new_order", "accepted", "out_message"]
    assert len({record["seq"] for record in records}) == 1
    assert [record["index"] for record in records] == [0, 1, 0]


def test_an_operator_s_command_tells_nobody_but_the_journal(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    before = len(desk.records())
    desk.node.door.apply(admin_command("halt", client=0, note="why"), desk.now_ns)
    assert desk.turn()
    assert kinds(desk.records()[before:]) == ["admin", "state_event"]
    assert desk.reads("CLIENT1") == []


def test_an_order_of_a_client_that_is_away_is_told_when_it_comes_back(desk: Desk) -> None:
    desk.log_on("CLIENT1", "CLIENT2")
    desk.says("CLIENT1", ORDER.format("a", 2, 5, "1.00"))
    desk.hang_up("CLIENT1")
    desk.says("CLIENT2", ORDER.format("b", 1, 5, "1.00"))
    desk.connect("CLIENT1")
    assert desk.says("CLIENT1", "A|98=0|108=30") == ["A|34=4|98=0|108=30"]
    (fill,) = desk.says("CLIENT1", "2|7=3|16=3")
    assert "|43=Y|" in fill
    assert "|150=F|39=2|" in fill


def test_the_times_of_steps_never_go_back(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    desk.says("CLIENT1", ORDER.format("a", 1, 5, "1.00"))
    desk.now_ns -= 50_000_000
    desk.says("CLIENT1", ORDER.format("b", 1, 5, "1.00"))
    times = [record["time_ns"] for record in desk.records() if record["kind"] == "order_event"]
    assert times == sorted(times)  # type: ignore[type-var]
