"""The door keeps the hours: refusals, ends, counters, and what a crash leaves of them."""

from pathlib import Path

import pytest

from internaliser.gateway.hours import hours_record
from tests.gateway.desk import ORDER, Desk

TEXT = "outside the session hours"
END_NS = 1_700_000_100 * 10**9


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """CLIENT1 is there, CLIENT2 has been; a venue's session is no client's."""
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1", "CLIENT2")
    desk.says("CLIENT2", ORDER.format("rests", 2, 5, "1.00"))
    desk.hang_up("CLIENT2")
    return desk


def tell(desk: Desk, text: str = TEXT, **terms: int) -> None:
    desk.node.door.answer(hours_record(text, **terms), desk.now_ns)  # type: ignore[arg-type]
    assert desk.turn()


def counters(desk: Desk) -> dict[str, tuple[int, int]]:
    return {
        str(row["theirs"]): (row["next_in"], row["next_out"])  # type: ignore[misc]
        for row in desk.node.state.roster.rows()
        if row["begin_string"] == "FIX.4.4"
    }


def anew(desk: Desk, name: str) -> list[str]:
    """A Logon of a peer that has begun at 1 again."""
    desk.connect(name).next_out = 1
    return desk.says(name, "A|98=0|108=30")


def test_outside_hours_a_logon_hears_when_they_begin(desk: Desk) -> None:
    tell(desk, is_shut=True)
    desk.hang_up("CLIENT1")
    desk.connect("CLIENT2")
    assert desk.says("CLIENT2", "A|98=0|108=30") == [f"5|34=3|58={TEXT}"]
    assert desk.is_closing("CLIENT2")
    desk.hang_up("CLIENT2")
    tell(desk, "")
    desk.connect("CLIENT2")
    assert desk.says("CLIENT2", "A|98=0|108=30")[0] == "A|34=4|98=0|108=30"


def test_an_end_says_goodbye_and_keeps_the_numbers_unless_told_otherwise(desk: Desk) -> None:
    tell(desk, ended_ns=END_NS, is_shut=True)
    assert desk.reads("CLIENT1") == [f"5|34=2|58={TEXT}"]
    assert not desk.is_closing("CLIENT1")  # its Logout is waited for
    assert desk.says("CLIENT1", "5") == []
    assert desk.is_closing("CLIENT1")
    assert counters(desk)["CLIENT1"] == (3, 3)
    assert counters(desk)["CLIENT2"] == (3, 3)


def test_an_end_with_a_reset_is_for_those_who_are_there_and_those_who_are_not(desk: Desk) -> None:
    tell(desk, ended_ns=END_NS, is_shut=True, resets=True)
    assert desk.reads("CLIENT1") == [f"5|34=2|58={TEXT}"]
    assert desk.says("CLIENT1", "5") == []
    assert desk.is_closing("CLIENT1")
    desk.hang_up("CLIENT1")
    assert set(counters(desk).values()) == {(1, 1)}
    tell(desk, "")
    assert anew(desk, "CLIENT1") == ["A|34=1|98=0|108=30"]
    assert anew(desk, "CLIENT2") == ["A|34=1|98=0|108=30"]
    assert desk.says("CLIENT2", "2|7=1|16=0") == ["4|34=1|43=Y|36=2|123=Y"]  # the old is forgotten


def test_of_a_session_that_was_reset_only_the_logout_is_heard(desk: Desk) -> None:
    tell(desk, ended_ns=END_NS, resets=True)
    assert desk.says("CLIENT1", ORDER.format("late", 1, 5, "1.00"))[1:] == []
    assert not any(row["cl_ord_id"] == "late" for row in desk.node.state.core.orders())
    assert desk.says("CLIENT1", "1|112=there?") == []
    assert counters(desk)["CLIENT1"] == (1, 1)
    assert desk.says("CLIENT1", "5") == []
    assert desk.is_closing("CLIENT1")


def test_who_does_not_answer_the_logout_is_cut(desk: Desk) -> None:
    tell(desk, ended_ns=END_NS, resets=True)
    desk.wait(3 * 10**9)
    assert desk.is_closing("CLIENT1")
    desk.hang_up("CLIENT1")
    assert anew(desk, "CLIENT1") == ["A|34=1|98=0|108=30"]  # open: it may come back at once


def test_a_link_whose_logon_is_on_its_way_may_go_on_in_a_session_that_begins_anew(
    desk: Desk,
) -> None:
    desk.connect("CLIENT2")
    tell(desk, ended_ns=END_NS, resets=True)
    desk.talkers["CLIENT2"].next_out = 1
    assert desk.says("CLIENT2", "A|98=0|108=30") == ["A|34=1|98=0|108=30"]
    assert desk.says("CLIENT2", "1|112=there?") == ["0|34=2|112=there?"]


def test_what_happens_after_an_end_belongs_to_the_next_session(desk: Desk) -> None:
    tell(desk, ended_ns=END_NS, resets=True)
    desk.says("CLIENT1", "5")
    desk.hang_up("CLIENT1")
    anew(desk, "CLIENT1")
    desk.says("CLIENT1", ORDER.format("takes", 1, 5, "1.00"))  # fills CLIENT2's, which is away
    assert counters(desk)["CLIENT2"] == (1, 2)
    anew(desk, "CLIENT2")
    (fill,) = desk.says("CLIENT2", "2|7=1|16=1")
    assert fill.startswith("8|34=1|43=Y|")
    assert "|150=F|" in fill


@pytest.mark.parametrize("is_stopped", [False, True])
def test_an_end_is_known_after_a_crash_or_a_stop_right_behind_it(
    desk: Desk, is_stopped: bool
) -> None:
    tell(desk, ended_ns=END_NS, is_shut=True, resets=True)
    desk.hang_up("CLIENT1")
    if is_stopped:
        desk.node.stop(desk.now_ns)
        desk.node = type(desk.node)(desk.folder, desk.config, desk.now_ns)
        desk.talkers.clear()
    else:
        desk.restart()
    assert desk.node.state.roster.ended_ns == END_NS
    assert set(counters(desk).values()) == {(1, 1)}


def test_a_crash_before_the_end_is_durable_leaves_it_to_be_done(desk: Desk) -> None:
    before = counters(desk)
    desk.node.door.answer(hours_record(TEXT, ended_ns=END_NS, resets=True), desk.now_ns)
    desk.restart()
    assert desk.node.state.roster.ended_ns == 0
    assert counters(desk) == before


@pytest.mark.parametrize(("text", "terms"), [("x" * 128, {}), ("x", {"resets": True})])
def test_what_cannot_be_told_is_refused(text: str, terms: dict[str, bool]) -> None:
    with pytest.raises(ValueError, match=r"expected at most 127|only an end"):
        hours_record(text, **terms)  # type: ignore[arg-type]
