"""What both doors do alike with a link, from its first byte to its end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from internaliser.gateway.enquiries import PASSED, VERDICT, answer_record, enquiry_fields
from internaliser.gateway.entrance import Entrance
from internaliser.gateway.hours import hours_record
from tests.feed.desk import Desk, Talk, text_of

NS_PER_S = 1_000_000_000
Way = tuple[Desk, Entrance, Callable[[str], Talk]]


@pytest.fixture(params=["node", "feed"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Way:
    """One of the doors of a whole node, and how one knocks there."""
    desk = Desk(tmp_path / "data")
    if request.param == "node":
        return desk, desk.node.door, desk.client
    return desk, desk.feed, desk.reader


def kinds_of(talk: Talk) -> list[str]:
    return [text_of(message, "35") for message in talk.heard()]


def verdict_of(record: bytes, flags: int = 0) -> bytes:
    asked = enquiry_fields(record)
    return answer_record(
        asked["session"],
        "",
        b"",
        msg_seq_num=asked["link"],
        generation=asked["generation"],
        flags=VERDICT | flags,
    )


def test_a_link_without_a_logon_is_closed_in_time(way: Way) -> None:
    desk, door, _ = way
    link = door.connect(desk.now_ns)
    due_ns = desk.now_ns + desk.config.fix.logon_timeout_s * NS_PER_S
    door.pass_time(due_ns - 1)
    assert not door.is_closing(link)
    door.pass_time(due_ns)
    assert door.is_closing(link)


def test_a_second_logon_is_refused_and_a_third_is_good_once_the_first_has_gone(way: Way) -> None:
    desk, door, knock = way
    first = knock("CLIENT1")
    assert kinds_of(first) == ["A"]
    second = knock("CLIENT1")
    assert [text_of(one, "58") for one in second.heard("5")] == ["already logged on"]
    assert door.is_closing(second.link)
    second.end()
    first.end()
    desk.turn()
    assert kinds_of(knock("CLIENT1")) == ["A"]


def test_a_logon_to_be_checked_is_read_when_the_verdict_is_there(way: Way) -> None:
    desk, door, knock = way
    door.access.configure(0, is_checked=True)
    assert door.enquiries is not None
    door.enquiries.room = 1 << 16
    talk = knock("CLIENT1")
    assert kinds_of(talk) == []
    (record,) = door.enquiries.take()
    door.answer(verdict_of(record, PASSED), desk.now_ns)
    desk.turn()
    assert kinds_of(talk) == ["A"]
    door.answer(verdict_of(record), desk.now_ns)  # nobody waits for it any more
    desk.turn()
    assert kinds_of(talk) == []
    assert not door.is_closing(talk.link)


def test_a_refused_logon_learns_nothing_of_the_session(way: Way) -> None:
    desk, door, knock = way
    door.access.configure(0, is_checked=True)
    assert door.enquiries is not None
    door.enquiries.room = 1 << 16
    talk = knock("CLIENT1")
    (record,) = door.enquiries.take()
    door.answer(verdict_of(record), desk.now_ns)
    desk.turn()
    (answer,) = talk.heard()
    assert [text_of(answer, tag) for tag in ("35", "34", "58")] == ["5", "1", "logon refused"]
    assert door.is_closing(talk.link)


def test_without_room_for_the_question_a_logon_is_refused_at_once(way: Way) -> None:
    _, door, knock = way
    door.access.configure(0, is_checked=True)
    (answer,) = knock("CLIENT1").heard()
    assert text_of(answer, "58") == "logon cannot be checked now: try later"


def test_outside_hours_nobody_is_there_and_nobody_comes_in(way: Way) -> None:
    desk, door, knock = way
    talk = knock("CLIENT1")
    talk.heard()
    door.answer(hours_record("opens at 08:00", is_shut=True), desk.now_ns)
    desk.turn()
    assert [(text_of(one, "35"), text_of(one, "58")) for one in talk.heard()] == [
        ("5", "opens at 08:00")
    ]
    talk.send("5", [])
    desk.turn()
    assert door.is_closing(talk.link)
    talk.end()
    late = knock("CLIENT2")
    assert [text_of(one, "58") for one in late.heard("5")] == ["opens at 08:00"]
    assert door.is_closing(late.link)
    late.end()
    door.answer(hours_record(""), desk.now_ns)
    assert kinds_of(knock("CLIENT2")) == ["A"]


def test_what_is_no_record_of_an_answer_is_not_taken(way: Way) -> None:
    desk, door, _ = way
    with pytest.raises(ValueError, match="not an answer: 8 bytes"):
        door.answer(bytes(8), desk.now_ns)


def test_the_end_is_a_goodbye_on_every_link(way: Way) -> None:
    desk, door, knock = way
    talk = knock("CLIENT1")
    talk.heard()
    assert door.close(desk.now_ns) == 1
    desk.turn()
    assert kinds_of(talk) == ["5"]
