"""What a ResendRequest brings back. The scripts are 8_* and 20."""

from typing import Any

import pytest

from tests.fix.talk import Talk


def beaten(count: int, **options: Any) -> Talk:
    """A session that has answered `count` TestRequests: numbers 2 and on are heartbeats."""
    talk = Talk(**options)
    talk.log_on()
    talk.say(*(f"35=1|34={n + 2}|112=HELLO" for n in range(count)))
    return talk


def test_administrative_messages_become_one_gap_fill() -> None:
    # 8_OnlyAdminMessages
    talk = beaten(3)
    assert talk.say("35=2|34=5|7=1|16=4") == ["35=4|34=1|43=Y|122=T+0|36=5|123=Y"]
    assert talk.say("35=1|34=6|112=HELLO") == ["35=0|34=5|112=HELLO"]
    assert talk.say("35=2|34=7|7=1|16=0") == ["35=4|34=1|43=Y|122=T+0|36=6|123=Y"]


def test_a_resend_request_numbered_too_low_is_served_all_the_same() -> None:
    # 8_OnlyAdminMessages
    talk = beaten(3)
    assert talk.say("35=2|34=2|7=1|16=4") == ["35=4|34=1|43=Y|122=T+0|36=5|123=Y"]
    assert talk.session.next_in == 5


def test_application_messages_come_back_as_they_were() -> None:
    # 8_OnlyApplicationMessages
    talk = Talk()
    talk.log_on()
    for text in ("one", "two"):
        talk.send(f"37=1|58={text}|17=E{text}")
        talk.wait(3)
    talk.heard()
    assert talk.say("35=2|34=2|7=2|16=0") == [
        "35=8|34=2|43=Y|122=T+0|37=1|58=one|17=Eone",
        "35=8|34=3|43=Y|122=T+3|37=1|58=two|17=Etwo",
    ]


def mixed(**options: Any) -> Talk:
    """1 Logon, 2 3 heartbeats, 4 5 reports, 6 heartbeat, 7 report, 8 heartbeat."""
    talk = beaten(2, **options)
    talk.send("58=four")
    talk.send("58=five")
    talk.say("35=1|34=4|112=HELLO")
    talk.send("58=seven")
    talk.say("35=1|34=5|112=HELLO")
    return talk


FILL_2 = "35=4|34=2|43=Y|122=T+0|36=4|123=Y"
FOUR = "35=8|34=4|43=Y|122=T+0|58=four"
FIVE = "35=8|34=5|43=Y|122=T+0|58=five"
FILL_6 = "35=4|34=6|43=Y|122=T+0|36=7|123=Y"
SEVEN = "35=8|34=7|43=Y|122=T+0|58=seven"
FILL_8 = "35=4|34=8|43=Y|122=T+0|36=9|123=Y"


@pytest.mark.parametrize(
    ("first", "last", "answer"),
    [
        (2, 3, [FILL_2]),
        (2, 5, [FILL_2, FOUR, FIVE]),
        (4, 6, [FOUR, FIVE, FILL_6]),
        (5, 5, [FIVE]),
        (6, 6, [FILL_6]),
        (4, 0, [FOUR, FIVE, FILL_6, SEVEN, FILL_8]),
        (7, 999999, [SEVEN, FILL_8]),
        (7, 100, [SEVEN, FILL_8]),
        (0, 3, ["35=4|34=1|43=Y|122=T+0|36=4|123=Y"]),
    ],
)
def test_ranges_bring_exactly_what_they_name(first: int, last: int, answer: list[str]) -> None:
    # 8_AdminAndApplicationMessages
    assert mixed().say(f"35=2|34=6|7={first}|16={last}") == answer


@pytest.mark.parametrize("chunk", [1, 2, 3, 100])
def test_a_resend_in_pieces_says_the_same(chunk: int) -> None:
    talk = mixed(resend_chunk=chunk)
    said = talk.say("35=2|34=6|7=2|16=0")
    said += talk.wait(0)
    assert said == [FILL_2, FOUR, FIVE, FILL_6, SEVEN, FILL_8]
    assert not talk.session.is_resending


def test_one_call_serves_one_piece() -> None:
    talk = mixed(resend_chunk=2)
    assert talk.say("35=2|34=6|7=4|16=0") == [FOUR, FIVE]
    assert talk.session.deadline_ns == talk.now_ns
    assert talk.session.on_time(talk.now_ns) == []
    assert talk.heard() == [FILL_6, SEVEN]


def test_between_pieces_that_repeat_something_others_have_their_turn() -> None:
    talk = mixed(resend_chunk=2, resend_pause_s=0.5)
    assert talk.say("35=2|34=6|7=4|16=0") == [FOUR, FIVE]
    asked_ns = talk.now_ns
    assert talk.session.deadline_ns == asked_ns + 500_000_000
    assert talk.wait(0.4) == []
    talk.now_ns = asked_ns + 500_000_000
    assert talk.session.on_time(talk.now_ns) == []
    assert talk.heard() == [FILL_6, SEVEN]


def test_a_piece_that_only_looked_is_followed_at_once() -> None:
    talk = mixed(resend_chunk=1, resend_pause_s=0.5)
    assert talk.say("35=2|34=6|7=6|16=0") == []  # 6 is no message to repeat
    assert talk.session.deadline_ns == talk.now_ns


def test_our_own_orders_are_filled_not_repeated() -> None:
    talk = Talk()
    talk.log_on()
    talk.send("58=two")
    talk.send("11=C1", "D", is_own_order=True)
    talk.send("11=C2", "D", is_own_order=True)
    talk.send("58=five")
    talk.heard()
    assert talk.say("35=2|34=2|7=2|16=0") == [
        "35=8|34=2|43=Y|122=T+0|58=two",
        "35=4|34=3|43=Y|122=T+0|36=5|123=Y",
        "35=8|34=5|43=Y|122=T+0|58=five",
    ]


def test_new_messages_wait_for_an_open_resend_and_end_it() -> None:
    talk = mixed(resend_chunk=2)
    assert talk.say("35=2|34=6|7=4|16=0") == [FOUR, FIVE]
    assert talk.send("58=nine") == 9
    assert talk.heard() == []
    assert talk.wait(0) == [FILL_6, SEVEN, FILL_8, "35=8|34=9|43=Y|122=T+0|58=nine"]
    talk.send("58=ten")
    assert talk.heard() == ["35=8|34=10|58=ten"]


def test_new_messages_pass_a_resend_with_an_end() -> None:
    talk = mixed(resend_chunk=1)
    assert talk.say("35=2|34=6|7=4|16=5") == [FOUR]
    talk.send("58=nine")
    assert talk.heard() == ["35=8|34=9|58=nine"]
    assert talk.wait(0) == [FIVE]


def test_asking_again_from_further_back_starts_there() -> None:
    talk = mixed(resend_chunk=2)
    assert talk.say("35=2|34=6|7=5|16=0") == [FIVE]
    assert talk.say("35=2|34=7|7=4|16=0") + talk.wait(0) == [FOUR, FIVE, FILL_6, SEVEN, FILL_8]


def test_asking_for_what_is_still_to_come_changes_nothing() -> None:
    talk = mixed(resend_chunk=2)
    assert talk.say("35=2|34=6|7=2|16=7") == []
    assert talk.say("35=2|34=7|7=5|16=6") + talk.wait(0) == [FILL_2, FOUR, FIVE, FILL_6, SEVEN]


def test_asking_without_end_is_ended() -> None:
    talk = mixed()
    for number in range(6, 6 + 31):
        assert talk.say(f"35=2|34={number}|7=7|16=0") == [SEVEN, FILL_8]
    assert talk.say("35=2|34=37|7=7|16=0") == ["35=5|34=9|58=ResendRequest repeated without end"]
    assert talk.session.state == "logout_sent"


def test_asking_often_between_orders_is_no_loop() -> None:
    talk = mixed()
    for number in range(6, 6 + 2 * 40, 2):
        assert talk.say(f"35=2|34={number}|7=7|16=0") == [SEVEN, FILL_8]
        talk.say(f"35=D|34={number + 1}|11=A{number}")
    assert talk.session.state == "active"


@pytest.mark.parametrize(
    ("wanted", "tag"), [("7=9|16=0", 7), ("7=5|16=4", 16), ("7=-1|16=0", 7), ("7=1|16=-4", 16)]
)
def test_a_range_that_cannot_be_is_rejected(wanted: str, tag: int) -> None:
    assert mixed().say(f"35=2|34=6|{wanted}") == [
        f"35=3|34=9|45=6|58=Value is incorrect (out of range) for this tag|371={tag}|372=2|373=5"
    ]


def test_a_resend_request_behind_a_gap_is_served_before_we_ask() -> None:
    # 20
    talk = mixed()
    assert talk.say("35=2|34=9|7=7|16=7") == [SEVEN, "35=2|34=9|7=6|16=0"]


def test_a_resend_request_inside_an_open_gap_is_served() -> None:
    # 20
    talk = mixed()
    assert talk.say("35=0|34=9") == ["35=2|34=9|7=6|16=0"]
    assert talk.say("35=2|34=10|7=4|16=5") == [FOUR, FIVE]


def test_a_full_buffer_pauses_the_resend_and_loses_nothing() -> None:
    talk = Talk(buffer_limit=4096)
    talk.log_on()
    for n in range(2, 12):
        talk.send(f"58={n}" + "x" * 700)
        talk.heard()
    said = talk.say("35=2|34=2|7=2|16=0")
    assert 0 < len(said) < 10
    rounds = 0
    while talk.session.is_resending:
        assert talk.session.deadline_ns >= talk.now_ns
        said += talk.wait(0.01)
        rounds += 1
        assert rounds < 10
    assert [line.split("|")[1] for line in said] == [f"34={n}" for n in range(2, 12)]


def test_a_resend_ends_with_its_link() -> None:
    talk = mixed(resend_chunk=1)
    talk.say("35=2|34=6|7=2|16=0")
    talk.session.disconnect(talk.now_ns)
    assert (talk.session.is_resending, talk.session.deadline_ns) == (False, 0)


def test_what_was_sent_before_a_reset_is_gone() -> None:
    talk = mixed()
    talk.say("35=A|34=1|98=0|108=30|141=Y")
    talk.send("58=new two")
    talk.heard()
    assert talk.say("35=2|34=2|7=1|16=0") == [
        "35=4|34=1|43=Y|122=T+0|36=2|123=Y",
        "35=8|34=2|43=Y|122=T+0|58=new two",
    ]


def test_asking_for_two_ranges_by_turns_is_a_loop_too() -> None:
    talk = mixed(resend_repeats_max=6)
    for number, first in enumerate([4, 7, 4, 7, 4, 7], 6):
        talk.say(f"35=2|34={number}|7={first}|16=0")
    assert talk.session.state == "active"
    assert talk.say("35=2|34=12|7=4|16=0") == ["35=5|34=9|58=ResendRequest repeated without end"]


def test_asking_part_by_part_is_no_loop() -> None:
    talk = Talk(resend_repeats_max=3)
    talk.log_on()
    for n in range(2, 100):
        talk.send(f"58={n}")
    talk.heard()
    said = []
    for number, first in enumerate(range(2, 100, 7), 2):
        said += talk.say(f"35=2|34={number}|7={first}|16={first + 6}")
    assert [line.split("|")[1] for line in said] == [f"34={n}" for n in range(2, 100)]


def test_a_slow_reader_is_given_a_resend_no_faster_than_it_reads() -> None:
    talk = Talk(resend_output_max=5_000)
    talk.log_on()
    for n in range(2, 102):
        talk.send(f"58={n}" + "x" * 500)
    talk.heard()
    said = talk.say("35=2|34=2|7=2|16=0")
    assert 5 < len(said) < 15
    while talk.session.is_resending:
        part = talk.wait(0.01)
        assert len(part) < 15
        said += part
    assert [line.split("|")[1] for line in said] == [f"34={n}" for n in range(2, 102)]
