"""Sent messages: found again by number, in this life and the next."""

import struct
from pathlib import Path

import pytest

from internaliser.gateway.sent import SHELF, SentStore
from tests.gateway.desk import ORDER, Desk
from tests.node.fix import fields_of

NO_POSITION = 2**64 - 1


def numbers(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}Q", *values)


def test_positions_come_back_as_they_were_given() -> None:
    store = SentStore(2)
    store.restore(1, numbers(4096, NO_POSITION, 8192))
    assert store.positions(1) == numbers(4096, NO_POSITION, 8192)
    assert store.positions(0) == b""


def test_restoring_again_forgets_what_was_there() -> None:
    store = SentStore(1)
    store.restore(0, numbers(*range(8, 8 * 1000, 8)))
    store.restore(0, numbers(16))
    assert store.positions(0) == numbers(16)


def test_administrative_messages_have_no_position(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    desk.says("CLIENT1", "1|112=x")
    desk.says("CLIENT1", ORDER.format("a", 1, 5, "1.00"))
    logon, heartbeat, report = struct.unpack("<3Q", desk.node.state.sent.positions(1))
    assert (logon, heartbeat) == (NO_POSITION, NO_POSITION)
    assert desk.node.writer.read_record(report) is not None


def test_the_same_bytes_come_again_after_a_crash_and_after_a_snapshot(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    told = [desk.says("CLIENT1", ORDER.format(f"a{n}", 1, 5, "1.00"))[0] for n in range(3)]

    def again() -> list[str]:
        desk.log_on("CLIENT1")
        return [
            line.replace("43=Y|", "") for line in desk.says("CLIENT1", "2|7=2|16=4")
        ]  # fmt: skip

    desk.restart()
    assert again() == told
    desk.hang_up("CLIENT1")
    desk.node.stop(desk.now_ns)
    desk.node = type(desk.node)(desk.folder, desk.config, desk.now_ns)
    assert again() == told


def test_a_message_of_the_open_turn_can_be_asked_for_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    desk.hand_in("CLIENT1", ORDER.format("a", 1, 5, "1.00"))
    first, again = desk.says("CLIENT1", "2|7=2|16=2")
    assert again.replace("43=Y|", "") == first


def test_a_resend_after_the_clock_was_set_back_is_not_older_than_its_original(
    tmp_path: Path,
) -> None:
    """OrigSendingTime(122) after SendingTime(52) is what a peer refuses and logs out for."""
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    desk.says("CLIENT1", ORDER.format("a", 1, 5, "1.00"))
    desk.now_ns -= 10**9
    desk.hand_in("CLIENT1", "2|7=2|16=2")
    assert desk.turn()
    talker = desk.talkers["CLIENT1"]
    assert talker.link is not None
    fields = dict(fields_of(desk.node.sent(talker.link)))
    assert fields[b"122"] == fields[b"52"]


def resent(desk: Desk, first: int, last: int) -> list[str]:
    lines = desk.says("CLIENT1", f"2|7={first}|16={last}")
    return [line.replace("43=Y|", "") for line in lines]


@pytest.fixture(scope="module")
def long_desk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, dict[int, str]]:
    """A node with a session of which two shelves were filled, and its reports by number."""
    desk = Desk(tmp_path_factory.mktemp("long") / "data", "fix.resend_chunk=100000")
    desk.log_on("CLIENT1")
    told: dict[int, str] = {}
    for number in range(2, 3 * SHELF + 10):
        desk.hand_in("CLIENT1", ORDER.format(f"a{number}", 1, 5, "1.00"))
        if number % 256 == 0:
            assert desk.turn()
            told.update(zip(range(len(told) + 2, number + 1), desk.reads("CLIENT1"), strict=True))
    assert desk.turn()
    told.update(zip(range(len(told) + 2, number + 1), desk.reads("CLIENT1"), strict=True))
    return desk, told


def test_of_a_long_session_only_the_newest_positions_stay_in_memory(
    long_desk: tuple[Desk, dict[int, str]],
) -> None:
    desk, told = long_desk
    sent = desk.node.state.sent
    assert len(sent.shelves(1)) == 2 * 8
    assert len(sent.positions(1)) == (len(told) + 1 - 2 * SHELF) * 8
    shelves = [r for r in desk.records() if r["kind"] == "session" and r["change"] == "sent"]
    assert [(r["session"], r["next_out"]) for r in shelves] == [
        (1, 2 * SHELF + 1),
        (1, 3 * SHELF + 1),
    ]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (2, 4),
        (SHELF - 1, SHELF + 2),
        (2 * SHELF - 1, 2 * SHELF + 2),
        (3 * SHELF - 1, 3 * SHELF + 9),
        (2, 3 * SHELF + 9),
    ],
)
def test_what_was_sent_comes_again_on_both_sides_of_a_shelf(
    long_desk: tuple[Desk, dict[int, str]], first: int, last: int
) -> None:
    desk, told = long_desk
    assert resent(desk, first, last) == [told[n] for n in range(first, last + 1)]


def test_shelves_are_found_again_after_a_crash_and_after_a_snapshot(
    long_desk: tuple[Desk, dict[int, str]],
) -> None:
    desk, told = long_desk
    around = [told[n] for n in range(SHELF - 1, 2 * SHELF + 3)]
    kept = desk.node.state.sent.shelves(1)
    desk.restart()
    assert desk.node.state.sent.shelves(1) == kept
    desk.log_on("CLIENT1")
    assert resent(desk, SHELF - 1, 2 * SHELF + 2) == around
    desk.hang_up("CLIENT1")
    desk.node.stop(desk.now_ns)
    desk.node = type(desk.node)(desk.folder, desk.config, desk.now_ns)
    assert desk.node.state.sent.shelves(1) == kept
    desk.log_on("CLIENT1")
    assert resent(desk, SHELF - 1, 2 * SHELF + 2) == around
    # A reset forgets them, in memory and in what is recovered.
    desk.hang_up("CLIENT1")
    desk.connect("CLIENT1")
    assert desk.says("CLIENT1", "A|34=1|98=0|108=30|141=Y")[0].startswith("A|")
    assert desk.node.state.sent.shelves(1) == b""
    desk.restart()
    assert desk.node.state.sent.shelves(1) == b""


def test_positions_of_before_there_were_shelves_are_shelved_one_shelf_a_message(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1")
    desk.says("CLIENT1", ORDER.format("a", 1, 5, "1.00"))
    sent = desk.node.state.sent
    newest = sent.positions(1)
    sent.restore(1, numbers(*[NO_POSITION] * 5 * SHELF) + newest)
    kept = len(newest) // 8 + 5 * SHELF
    for shelf in range(1, 5):
        desk.node.state.roster.restore_counters(
            b"".join([numbers(1, 1), numbers(2 + shelf, kept + shelf)])
        )
        desk.says("CLIENT1", ORDER.format(f"b{shelf}", 1, 5, "1.00"))
        assert len(sent.shelves(1)) == 8 * shelf
    assert len(sent.positions(1)) // 8 == kept + 4 - 4 * SHELF
