"""Missing messages are asked for once, and what comes early is not taken out of turn."""

from typing import Any

import pytest

from tests.fix.talk import Talk

BOTH = pytest.mark.parametrize("keeps_early", [False, True])


def asked(keeps_early: bool = False, **options: Any) -> Talk:
    """A session that has seen number 4 while it expects 2."""
    talk = Talk(keeps_early=keeps_early, **options)
    talk.log_on()
    assert talk.say("35=D|34=4|11=A4") == ["35=2|34=2|7=2|16=0"]
    return talk


@BOTH
def test_a_gap_is_asked_for_once(keeps_early: bool) -> None:
    # 2b, 10_MsgSeqNumGreater
    talk = asked(keeps_early)
    assert talk.say("35=D|34=5|11=A5", "35=0|34=6") == []
    assert talk.taken() == []


@BOTH
def test_what_fills_the_gap_is_taken_as_it_comes(keeps_early: bool) -> None:
    talk = asked(keeps_early)
    talk.say("35=D|34=2|43=Y|122=T|11=A2", "35=D|34=3|43=Y|122=T|11=A3")
    assert talk.taken()[:2] == [("application", 2, "D"), ("application", 3, "D")]


def test_an_early_message_comes_again_with_the_resend() -> None:
    talk = asked()
    talk.say("35=D|34=5|11=A5")
    talk.say(*(f"35=D|34={n}|43=Y|122=T|11=A{n}" for n in (2, 3, 4, 5)))
    assert talk.taken() == [("application", n, "D") for n in (2, 3, 4, 5)]


def test_a_kept_early_message_follows_at_once_and_its_repeat_is_passed_over() -> None:
    # 2m, RejectResentMessage
    talk = asked(keeps_early=True)
    talk.say("35=1|34=5|112=HELLO")
    assert talk.say("35=4|34=2|43=Y|122=T|36=4|123=Y") == ["35=0|34=3|112=HELLO"]
    assert talk.taken() == [("application", 4, "D")]
    assert talk.say("35=D|34=4|43=Y|122=T|11=A4") == []
    assert (talk.taken(), talk.session.next_in) == ([], 6)


def test_a_resend_request_kept_early_is_not_served_twice() -> None:
    # 20
    talk = asked(keeps_early=True)
    assert talk.say("35=2|34=5|7=1|16=1") == ["35=4|34=1|43=Y|122=T+0|36=2|123=Y"]
    assert talk.say("35=4|34=2|43=Y|122=T|36=4|123=Y") == []
    assert talk.session.next_in == 6


def test_kept_messages_end_with_their_link() -> None:
    talk = asked(keeps_early=True)
    talk.session.disconnect(talk.now_ns)
    talk.session.connect(talk.now_ns)
    talk.say("35=A|34=3|98=0|108=30")
    talk.say("35=4|34=2|43=Y|122=T|36=4|123=Y")
    assert (talk.taken(), talk.session.next_in) == ([("logged_on", 0, "")], 4)


def test_a_message_kept_for_minutes_is_still_in_time() -> None:
    talk = asked(keeps_early=True)
    for number in range(5, 12):
        talk.wait(25)
        talk.say(f"35=0|34={number}")
    assert talk.say("35=4|34=2|43=Y|122=T|36=4|123=Y") == []
    assert (talk.taken(), talk.session.next_in) == ([("application", 4, "D")], 12)


def test_a_filled_gap_closes_and_the_next_one_is_asked_for() -> None:
    talk = asked()
    talk.say("35=4|34=2|43=Y|122=T|36=5|123=Y")
    assert talk.say("35=0|34=5", "35=0|34=8") == ["35=2|34=3|7=6|16=0"]


def test_a_resend_that_stops_short_is_asked_for_from_where_it_stopped() -> None:
    talk = asked()
    talk.say("35=4|34=2|43=Y|122=T|36=5|123=Y")
    assert talk.say("35=0|34=6") == ["35=2|34=3|7=5|16=0"]


def test_a_peer_that_does_not_answer_is_asked_again_and_then_given_up() -> None:
    talk = asked()
    said = []
    for number in range(5, 30):
        talk.wait(29)
        talk.say()
        said += [line for line in talk.say(f"35=0|34={number}") if not line.startswith("35=0")]
        if talk.session.state != "active":
            break
    assert [line.split("|")[0] + "|" + line.split("|", 2)[2] for line in said] == [
        *["35=2|7=2|16=0"] * 4,
        "35=5|58=ResendRequest was not answered",
    ]


def test_a_long_resend_is_not_asked_for_again_while_it_comes() -> None:
    talk = asked()
    for number in range(5, 60):
        talk.wait(20)
        talk.say(f"35=0|34={number + 10}")
    talk = Talk()
    talk.log_on()
    talk.say("35=0|34=100")
    for number in range(2, 40):
        talk.wait(20)
        said = talk.say(f"35=0|34={number}|43=Y|122=T", f"35=0|34={number + 99}")
        assert [line for line in said if line.startswith("35=2")] == []
    assert talk.session.state == "active"


@BOTH
def test_simultaneous_gaps_are_both_filled(keeps_early: bool) -> None:
    # 20
    talk = Talk(keeps_early=keeps_early)
    talk.log_on()
    talk.send("58=two")
    talk.send("58=three")
    talk.heard()
    assert talk.say("35=0|34=5") == ["35=2|34=4|7=2|16=0"]
    assert talk.say("35=2|34=6|7=2|16=3") == [
        "35=8|34=2|43=Y|122=T+0|58=two",
        "35=8|34=3|43=Y|122=T+0|58=three",
    ]
    assert talk.say("35=4|34=2|43=Y|122=T|36=7|123=Y") == []
    assert talk.session.next_in == 7


# ---- asked for in parts ---


@BOTH
def test_a_long_gap_is_asked_for_in_parts(keeps_early: bool) -> None:
    talk = Talk(keeps_early=keeps_early, resend_ask_max=3)
    talk.log_on()
    assert talk.say("35=D|34=10|11=A10") == ["35=2|34=2|7=2|16=4"]
    assert talk.say(*(f"35=D|34={n}|43=Y|122=T|11=A{n}" for n in (2, 3))) == []
    assert talk.say("35=D|34=4|43=Y|122=T|11=A4") == ["35=2|34=3|7=5|16=7"]
    # What was not kept comes with the last part, which then has no end.
    last = 9 if keeps_early else 0
    assert talk.say("35=4|34=5|43=Y|122=T|36=8|123=Y") == [f"35=2|34=4|7=8|16={last}"]
    talk.say(*(f"35=D|34={n}|43=Y|122=T|11=A{n}" for n in range(8, 11)))
    assert [event[1] for event in talk.taken()] == [2, 3, 4, 8, 9, 10]
    assert talk.say("35=1|34=11|112=HELLO") == ["35=0|34=5|112=HELLO"]


@BOTH
def test_a_gap_that_grows_is_asked_for_to_its_end(keeps_early: bool) -> None:
    talk = Talk(keeps_early=keeps_early, resend_ask_max=2)
    talk.log_on()
    assert talk.say("35=D|34=4|11=A4") == ["35=2|34=2|7=2|16=3"]
    assert talk.say("35=D|34=7|11=A7") == []
    answers = []
    for number in (2, 3, 4, 5, 6, 7):
        answers += talk.say(f"35=D|34={number}|43=Y|122=T|11=A{number}")
    first = "5|16=6" if keeps_early else "4|16=5"
    rest = [] if keeps_early else ["35=2|34=4|7=6|16=0"]
    assert answers == [f"35=2|34=3|7={first}", *rest]
    assert [event[1] for event in talk.taken()] == [2, 3, 4, 5, 6, 7]


def test_a_part_that_does_not_come_is_asked_for_again() -> None:
    talk = Talk(resend_ask_max=3, gap_asks_max=2)
    talk.log_on()
    talk.say("35=0|34=100")
    talk.wait(31)
    assert talk.say("35=0|34=101")[-1].endswith("|7=2|16=4")
    talk.wait(31)
    assert talk.say("35=0|34=102")[-1].endswith("|58=ResendRequest was not answered")


def test_a_logon_with_a_gap_is_asked_for_in_parts_too() -> None:
    talk = Talk(resend_ask_max=10)
    assert talk.say("35=A|34=25|98=0|108=30") == ["35=A|34=1|98=0|108=30", "35=2|34=2|7=1|16=10"]
    assert talk.say("35=4|34=1|43=Y|122=T|36=11|123=Y") == ["35=2|34=3|7=11|16=20"]
    assert talk.say("35=4|34=11|43=Y|122=T|36=21|123=Y") == ["35=2|34=4|7=21|16=25"]
    assert talk.say("35=4|34=21|43=Y|122=T|36=26|123=Y") == []
    assert talk.session.next_in == 26
