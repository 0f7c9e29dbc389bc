"""What a Logon says about the end of its link, and what the door tells the core of it."""

from pathlib import Path

import pytest

from tests.gateway.desk import ORDER, Desk

NS_PER_S = 10**9


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "data", "clients.CLIENT2.cancel_on_disconnect=session")


def follows(desk: Desk) -> list[tuple[object, object]]:
    return [
        (record["action"], record["flags"]) for record in desk.records() if record["kind"] == "link"
    ]


def logs_on(desk: Desk, name: str, more: str = "") -> None:
    desk.connect(name)
    (logon,) = desk.says(name, f"A|98=0|108=30{more}")
    assert logon.startswith("A|")


def test_a_link_that_cancels_nothing_leaves_no_trace(desk: Desk) -> None:
    logs_on(desk, "CLIENT1")
    desk.hang_up("CLIENT1")
    assert desk.turn()
    assert follows(desk) == []


@pytest.mark.parametrize(
    ("name", "more", "flags"),
    [
        ("CLIENT1", "|8013=S", 1),
        ("CLIENT1", "|8013=Y", 2),
        ("CLIENT2", "", 1),
        ("CLIENT2", "|8013=Y", 2),
    ],
)
def test_the_logon_decides_else_the_configuration(
    desk: Desk, name: str, more: str, flags: int
) -> None:
    logs_on(desk, name, more)
    desk.hang_up(name)
    assert desk.turn()
    assert follows(desk) == [("up", flags), ("down", 0)]


def test_a_logon_may_say_that_nothing_is_to_be_canceled(desk: Desk) -> None:
    logs_on(desk, "CLIENT2", "|8013=N")
    desk.hang_up("CLIENT2")
    assert desk.turn()
    assert follows(desk) == []


def test_a_letter_that_means_nothing_is_rejected_as_any_wrong_value(desk: Desk) -> None:
    desk.connect("CLIENT1")
    (refused,) = desk.says("CLIENT1", "A|98=0|108=30|8013=Q")
    assert refused.startswith("5|")
    desk.hang_up("CLIENT1")
    assert desk.turn()
    assert follows(desk) == []


def test_a_link_that_never_logged_on_neither_cancels_nor_stops_a_cancellation(desk: Desk) -> None:
    logs_on(desk, "CLIENT2")
    desk.says("CLIENT2", ORDER.format("a", 1, 10, "1.00"))
    desk.hang_up("CLIENT2")
    assert desk.turn()
    desk.connect("CLIENT2")
    desk.says("CLIENT2", "A|98=0|108=-1")
    desk.hang_up("CLIENT2")
    desk.wait(NS_PER_S)
    assert desk.node.state.core.orders(open_only=True) == []


def test_silence_ends_the_link_and_cancels(desk: Desk) -> None:
    logs_on(desk, "CLIENT2")
    desk.says("CLIENT2", ORDER.format("a", 1, 10, "1.00"))
    desk.wait(80 * NS_PER_S)
    assert desk.is_closing("CLIENT2")
    desk.hang_up("CLIENT2")
    desk.wait(NS_PER_S)
    (row,) = desk.node.state.core.orders()
    assert row["ord_status"] == "4"


def test_sessions_come_in_between_the_chunks_of_a_cancellation(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path / "data", "clients.CLIENT2.cancel_on_disconnect=account", "limits.expiry_chunk=1"
    )
    logs_on(desk, "CLIENT1")
    logs_on(desk, "CLIENT2")
    for name in "abcd":
        desk.says("CLIENT2", ORDER.format(name, 1, 10, "1.00"))
    desk.hang_up("CLIENT2")
    chunks = 0
    while len(desk.node.state.core.orders(open_only=True)) > 0:
        before = len(desk.node.state.core.orders(open_only=True))
        desk.node.pass_time(desk.now_ns)
        assert desk.turn()
        assert len(desk.node.state.core.orders(open_only=True)) >= before - 1
        assert len(desk.says("CLIENT1", "1|112=x")) == 1
        chunks += 1
    assert chunks == 4
