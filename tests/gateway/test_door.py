"""The door: what it takes in, what leaves and when, and how a link ends."""

from pathlib import Path

import pytest

from internaliser.model.commands import admin_command
from tests.gateway.desk import ORDER, Desk, kinds
from tests.simulation.disk import full_at
from tests.whole_node import NS_PER_MS, SEGMENT_SIZE

NS_PER_S = 10**9


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "data")


def test_nothing_leaves_before_the_turn_has_ended(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    desk.hand_in("CLIENT1", ORDER.format("a", 1, 10, "1.00"))
    assert desk.reads("CLIENT1") == []
    assert desk.turn()
    assert len(desk.reads("CLIENT1")) == 1


def test_what_was_taken_once_is_not_given_again(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    assert len(desk.says("CLIENT1", "1|112=x")) == 1
    assert desk.turn()
    assert desk.reads("CLIENT1") == []


def test_a_message_may_arrive_byte_by_byte(desk: Desk) -> None:
    talker = desk.connect("CLIENT1")
    assert talker.link is not None
    for byte in talker.write("A|98=0|108=30", desk.now_ns):
        assert desk.reads("CLIENT1") == []
        desk.node.receive(talker.link, bytes([byte]), desk.now_ns)
        assert desk.turn()
    assert desk.reads("CLIENT1") == ["A|34=1|98=0|108=30"]


def test_many_messages_may_arrive_at_once(desk: Desk) -> None:
    talker = desk.connect("CLIENT1")
    assert talker.link is not None
    texts = ["A|98=0|108=30", *(ORDER.format(f"a{n}", 1, 1, "1.00") for n in range(50))]
    data = b"".join(talker.write(text, desk.now_ns) for text in texts)
    desk.node.receive(talker.link, data, desk.now_ns)
    assert desk.turn()
    assert len(desk.reads("CLIENT1")) == 51


@pytest.mark.parametrize(
    "text",
    [
        "D|11=a|55=TEST1|54=1|38=1|40=2|44=1.00",
        "A|49=NOBODY|98=0|108=30",
        "A|56=OTHER|98=0|108=30",
        "0",
    ],
)
def test_who_does_not_log_on_to_a_known_session_is_let_go_without_a_word(
    desk: Desk, text: str
) -> None:
    desk.connect("CLIENT1")
    assert desk.says("CLIENT1", text) == []
    assert desk.is_closing("CLIENT1")


@pytest.mark.parametrize(
    "noise", [b"GET / HTTP/1.1\r\n\r\n", b"8=FIX.4.4\x019=5\x0135=A\x0110=000\x01"]
)
def test_a_link_that_starts_with_noise_is_let_go(desk: Desk, noise: bytes) -> None:
    talker = desk.connect("CLIENT1")
    assert talker.link is not None
    desk.node.receive(talker.link, noise, desk.now_ns)
    assert desk.turn()
    assert desk.is_closing("CLIENT1")
    assert desk.reads("CLIENT1") == []


def test_a_message_larger_than_the_limit_ends_the_link(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data", "fix.message_bytes_max=4096")
    desk.log_on("CLIENT1")
    talker = desk.talkers["CLIENT1"]
    assert talker.link is not None
    desk.node.receive(talker.link, b"8=FIX.4.4\x019=999999\x0135=D\x01", desk.now_ns)
    assert desk.turn()
    assert desk.is_closing("CLIENT1")


def test_garbled_bytes_inside_a_session_are_passed_over(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    talker = desk.talkers["CLIENT1"]
    assert talker.link is not None
    good = talker.write("1|112=x", desk.now_ns)
    desk.node.receive(talker.link, good[:-4] + b"000\x01", desk.now_ns)
    desk.node.receive(talker.link, good, desk.now_ns)
    assert desk.turn()
    assert desk.reads("CLIENT1") == ["0|34=2|112=x"]


def test_a_silent_link_is_closed_after_the_time_for_a_logon(desk: Desk) -> None:
    desk.connect("CLIENT1")
    desk.wait(10 * NS_PER_S - 1)
    assert not desk.is_closing("CLIENT1")
    desk.wait(1)
    assert desk.is_closing("CLIENT1")


def test_no_more_links_than_the_limit(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data", "fix.connections_max=2")
    desk.connect("CLIENT1")
    desk.connect("CLIENT2")
    with pytest.raises(ConnectionRefusedError, match="all 2 connections are in use"):
        desk.connect("CLIENT3")
    desk.hang_up("CLIENT1")
    desk.log_on("CLIENT3")


def test_a_slot_may_be_used_many_times_in_one_turn(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data", "fix.connections_max=1")
    for _ in range(100):
        desk.connect("CLIENT1")
        desk.hand_in("CLIENT1", "A|98=0|108=30")
        desk.hang_up("CLIENT1")
    desk.log_on("CLIENT1")
    assert desk.says("CLIENT1", "1|112=x") == ["0|34=102|112=x"]


def test_a_client_too_slow_for_its_reports_is_cut_and_catches_up_by_resend(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data", "fix.output_bytes_max=65536", "fix.message_bytes_max=32768")
    desk.log_on("CLIENT1")
    for number in range(400):
        desk.hand_in("CLIENT1", ORDER.format(f"a{number}", 1, 1, "1.00"))
    assert desk.turn()
    assert desk.is_closing("CLIENT1")
    desk.hang_up("CLIENT1")
    desk.connect("CLIENT1")
    assert desk.says("CLIENT1", "A|98=0|108=30") == ["A|34=402|98=0|108=30"]
    told = desk.says("CLIENT1", "2|7=2|16=0")
    for _ in range(10):
        desk.wait(20 * NS_PER_MS)
        told += desk.reads("CLIENT1")
    assert [line.split("|")[1] for line in told] == [f"34={number}" for number in range(2, 403)]


def test_a_journal_that_fails_halts_the_node_and_nothing_leaves(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    desk.hand_in("CLIENT1", ORDER.format("a", 1, 10, "1.00"))
    with full_at(desk.node.writer.next_position % SEGMENT_SIZE):
        assert not desk.turn()
    assert desk.node.door.is_halted
    assert desk.reads("CLIENT1") == []
    desk.hand_in("CLIENT1", ORDER.format("b", 1, 10, "1.00"))
    assert not desk.turn()
    assert desk.reads("CLIENT1") == []
    desk.restart()
    assert desk.node.state.core.orders() == []


def test_a_command_is_a_record_of_sound_size(desk: Desk) -> None:
    with pytest.raises(ValueError, match="a command has"):
        desk.node.door.apply(b"short", desk.now_ns)


def test_every_one_of_many_chunked_commands_is_done_in_the_end(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "data", "limits.expiry_chunk=1")
    names = [f"CLIENT{number}" for number in range(1, 9)]
    desk.log_on(*names)
    for name in names:
        for order in "abc":
            desk.says(name, ORDER.format(order, 1, 1, "1.00"))
    for client in range(8):
        command = admin_command("cancel_client", client=client)
        desk.node.door.apply(command, desk.now_ns)
        desk.node.door.apply(command, desk.now_ns)
    assert desk.turn()
    desk.wait(NS_PER_MS)
    assert desk.node.state.core.orders(open_only=True) == []
    for name in names:
        assert [line.split("|")[5] for line in desk.reads(name)] == ["150=4"] * 3


def test_a_number_that_moved_alone_is_journalled_within_a_second(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    before = len(desk.records())
    assert desk.says("CLIENT1", "0") == []
    assert len(desk.records()) == before
    desk.wait(NS_PER_S)
    (counters,) = desk.records()[before:]
    assert (counters["kind"], counters["next_in"], counters["next_out"]) == ("session", 3, 2)


def test_a_number_is_journalled_before_its_message_leaves(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    before = len(desk.records())
    assert desk.says("CLIENT1", "1|112=x") == ["0|34=2|112=x"]
    (counters,) = desk.records()[before:]
    assert (counters["next_in"], counters["next_out"]) == (3, 3)


def test_a_refusal_of_a_message_type_comes_again_after_a_crash(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    refusal = desk.says("CLIENT1", "V|262=m|263=1|264=0|267=1|269=0|146=1|55=TEST1")
    assert len(refusal) == 1
    desk.restart()
    desk.log_on("CLIENT1")
    (again,) = desk.says("CLIENT1", "2|7=2|16=2")
    assert again.replace("43=Y|", "") == refusal[0]


def test_reset_by_logon_starts_both_numbers_anew_and_forgets_what_was_sent(desk: Desk) -> None:
    desk.log_on("CLIENT1")
    desk.says("CLIENT1", ORDER.format("a", 1, 10, "1.00"))
    desk.hang_up("CLIENT1")
    desk.connect("CLIENT1")
    desk.talkers["CLIENT1"].next_out = 1
    assert desk.says("CLIENT1", "A|98=0|108=30|141=Y") == ["A|34=1|98=0|108=30|141=Y"]
    assert desk.says("CLIENT1", "2|7=1|16=0") == ["4|34=1|43=Y|36=2|123=Y"]
    desk.restart()
    desk.log_on("CLIENT1")
    assert desk.says("CLIENT1", "1|112=x") == ["0|34=3|112=x"]


def test_an_orderly_end_says_goodbye_to_everyone_it_knows(desk: Desk) -> None:
    desk.log_on("CLIENT1", "CLIENT2")
    desk.connect("STRANGER")
    assert desk.node.door.close(desk.now_ns) == 3
    assert desk.turn()
    assert desk.reads("CLIENT1") == ["5|34=2|58=node stops"]
    assert desk.reads("CLIENT2") == ["5|34=2|58=node stops"]
    assert desk.is_closing("STRANGER")
    assert not desk.is_closing("CLIENT1")
    desk.wait(2 * NS_PER_S)
    assert desk.is_closing("CLIENT1")


def test_the_journal_holds_a_turn_in_the_order_it_happened(desk: Desk) -> None:
    desk.log_on("CLIENT1", "CLIENT2")
    before = len(desk.records())
    desk.says("CLIENT1", ORDER.format("a", 2, 5, "1.00"))
    desk.says("CLIENT2", ORDER.format("b", 1, 5, "1.00"))
    assert kinds(desk.records()[before:]) == [
        *("new_order", "accepted", "out_message"),
        *("new_order", "accepted", "out_message"),
        *("executed", "out_message", "executed", "out_message", "posting", "posting"),
    ]
