"""Sent messages: found again by number, in this life and the next."""

import struct
from pathlib import Path

from internaliser.gateway.sent import SentStore
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
