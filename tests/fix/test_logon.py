"""Who gets in, with which numbers and which heartbeat."""

import pytest

from internaliser.fix.codec import encode, format_time
from internaliser.fix.fix_session import FixSession, SessionEvent
from tests.fix.talk import START_NS, Talk, pairs_of


def test_a_logon_in_turn_is_answered() -> None:
    # 1a_ValidLogonWithCorrectMsgSeqNum
    talk = Talk()
    assert talk.say("35=A|34=1|98=0|108=30") == ["35=A|34=1|98=0|108=30"]
    assert talk.taken() == [("logged_on", 0, "")]
    assert talk.session.state == "active"


def test_a_logon_with_a_gap_is_answered_and_the_gap_asked_for() -> None:
    # 1a_ValidLogonMsgSeqNumTooHigh
    talk = Talk()
    assert talk.say("35=A|34=5|98=0|108=30") == ["35=A|34=1|98=0|108=30", "35=2|34=2|7=1|16=0"]
    assert talk.session.next_in == 1


def test_a_logon_numbered_too_low_is_told_the_expected_number() -> None:
    talk = Talk(next_in=8, next_out=3)
    assert talk.say("35=A|34=5|98=0|108=30") == [
        "35=5|34=3|58=MsgSeqNum too low, expecting 8 but received 5"
    ]
    assert talk.taken() == [("close", 0, "")]
    assert talk.session.next_in == 8


@pytest.mark.parametrize(
    ("asked", "used"), [("1", 1), ("30", 30), ("60", 60), ("0", 1), ("-5", 1), ("3600", 60)]
)
def test_the_heartbeat_in_force_is_clamped_and_answered(asked: str, used: int) -> None:
    talk = Talk()
    assert talk.say(f"35=A|34=1|98=0|108={asked}") == [f"35=A|34=1|98=0|108={used}"]
    assert talk.session.heart_bt_s == used


def test_reset_at_logon_starts_both_counters_anew() -> None:
    talk = Talk(next_in=17, next_out=42)
    assert talk.say("35=A|34=1|98=0|108=30|141=Y") == ["35=A|34=1|98=0|108=30|141=Y"]
    assert (talk.session.next_in, talk.session.next_out, talk.session.was_reset) == (2, 2, True)


def test_reset_at_logon_must_be_number_one() -> None:
    talk = Talk(next_in=17, next_out=42)
    assert talk.say("35=A|34=17|98=0|108=30|141=Y") == [
        "35=5|34=42|58=ResetSeqNumFlag(141)=Y needs MsgSeqNum(34)=1"
    ]
    assert talk.taken() == [("close", 0, "")]
    assert (talk.session.next_in, talk.session.was_reset) == (17, False)


def test_an_acceptor_may_reset_at_every_logon_without_saying_so() -> None:
    talk = Talk(next_in=17, next_out=42, reset_on_logon=True)
    assert talk.say("35=A|34=1|98=0|108=30") == ["35=A|34=1|98=0|108=30"]
    assert talk.session.was_reset


@pytest.mark.parametrize(
    "line",
    [
        "35=0|34=1",  # 1e
        "35=D|34=1|11=A1",
        "35=5|34=1",
        "35=A|34=1|49=WRONG|98=0|108=30",  # 1c
        "35=A|34=1|56=WRONG|98=0|108=30",  # 1c
        "8=FIX.3.9|35=A|34=1|98=0|108=30",  # 1d
        "35=A|34=1|52=T-121|98=0|108=30",  # 1d
        "35=A|34=1|52=T+121|98=0|108=30",
    ],
)
def test_whoever_is_not_logging_on_properly_gets_no_word(line: str) -> None:
    talk = Talk()
    assert talk.say(line) == []
    assert talk.taken() == [("close_now", 0, "")]
    assert (talk.session.next_in, talk.session.next_out) == (1, 1)


def test_a_link_without_a_logon_is_closed_in_time() -> None:
    talk = Talk()
    assert talk.wait(9.9) == []
    assert not talk.is_closed
    talk.wait(0.2)
    assert talk.taken() == [("close_now", 0, "")]


def test_an_initiator_logs_on_and_is_logged_on_by_the_answer() -> None:
    talk = Talk("initiator", heart_bt_s=10)
    assert talk.heard() == ["35=A|34=1|98=0|108=10"]
    assert talk.session.state == "logon_sent"
    assert talk.say("35=A|34=1|98=0|108=10") == []
    assert talk.taken() == [("logged_on", 0, "")]


def test_an_initiator_uses_the_heartbeat_it_is_answered() -> None:
    talk = Talk("initiator", heart_bt_s=90)
    talk.say("35=A|34=1|98=0|108=60")
    assert talk.session.heart_bt_s == 60


def test_an_initiator_may_ask_for_reset() -> None:
    talk = Talk("initiator", next_in=17, next_out=42, reset_on_logon=True)
    assert talk.heard() == ["35=A|34=1|98=0|108=30|141=Y"]
    assert talk.session.was_reset
    talk.say("35=A|34=1|98=0|108=30|141=Y")
    assert (talk.session.next_in, talk.session.next_out) == (2, 2)


def test_an_initiator_follows_an_acceptor_that_resets_unasked() -> None:
    talk = Talk("initiator", next_in=17, next_out=1)
    talk.heard()
    talk.say("35=A|34=1|98=0|108=30|141=Y")
    assert (talk.session.next_in, talk.session.next_out) == (2, 2)
    assert talk.session.was_reset


def test_an_initiator_that_misses_messages_asks_for_them_after_the_answer() -> None:
    talk = Talk("initiator", next_in=3, next_out=9)
    talk.heard()
    assert talk.say("35=A|34=7|98=0|108=30") == ["35=2|34=10|7=3|16=0"]
    assert talk.taken() == [("logged_on", 0, "")]


def test_an_initiator_refused_with_a_logout_answers_it_and_hangs_up() -> None:
    talk = Talk("initiator")
    talk.heard()
    assert talk.say("35=5|34=1|58=not today") == ["35=5|34=2"]
    assert talk.taken() == [("close", 0, "")]
    assert (talk.session.next_in, talk.session.next_out) == (2, 3)


def test_a_logout_of_somebody_else_during_our_logon_gets_no_word() -> None:
    talk = Talk("initiator")
    talk.heard()
    assert talk.say("35=5|34=1|49=WRONG") == []
    assert talk.taken() == [("close_now", 0, "")]


def test_an_initiator_without_an_answer_gives_up() -> None:
    talk = Talk("initiator")
    talk.heard()
    talk.wait(10.1)
    assert talk.taken() == [("close_now", 0, "")]


def test_logon_fields_of_the_owner_stand_at_the_end() -> None:
    talk = Talk("initiator", logon_fields=b"553=me\x01554=secret\x01")
    assert talk.heard() == ["35=A|34=1|98=0|108=30|553=me|554=secret"]


def test_the_rules_know_no_version() -> None:
    old = Talk(begin_string="FIX.4.2")
    assert old.say("35=A|34=1|98=0|108=30") == ["35=A|34=1|98=0|108=30"]
    assert old.say("8=FIX.4.4|35=0|34=2") == ["35=5|34=2|58=Incorrect BeginString"]
    new = Talk(begin_string="FIXT.1.1", logon_fields=b"1137=9\x01")
    assert new.say("35=A|34=1|98=0|108=30|1137=9") == ["35=A|34=1|98=0|108=30|1137=9"]
    assert new.say("35=1|34=2|112=HELLO") == ["35=0|34=2|112=HELLO"]


def test_logging_out_before_the_logon_is_through_closes_at_once() -> None:
    talk = Talk("initiator")
    talk.heard()
    talk.session.logout(talk.now_ns)
    assert talk.wait(0) == []
    assert talk.taken() == [("close_now", 0, "")]


def test_what_the_peer_says_it_still_needs_is_sent_without_asking() -> None:
    talk = Talk()
    for text in ("one", "two"):
        talk.send(f"58={text}")
    assert talk.say("35=A|34=1|98=0|108=30|789=2") == [
        "35=A|34=3|98=0|108=30|789=2",
        "35=8|34=2|43=Y|122=T+0|58=two",
        "35=4|34=3|43=Y|122=T+0|36=4|123=Y",
    ]


def test_a_peer_that_needs_nothing_gets_nothing() -> None:
    talk = Talk(next_out=5)
    assert talk.say("35=A|34=1|98=0|108=30|789=5") == ["35=A|34=5|98=0|108=30|789=2"]


def test_a_peer_that_expects_what_was_never_sent_is_refused() -> None:
    talk = Talk(next_out=5)
    assert talk.say("35=A|34=1|98=0|108=30|789=6") == [
        "35=5|34=5|58=NextExpectedMsgSeqNum(789) was never sent"
    ]
    assert talk.taken() == [("close", 0, "")]


# ---- NextExpectedMsgSeqNum(789) ---


def test_a_logon_that_tells_what_it_expects_is_told_the_same() -> None:
    talk = Talk(next_in=4, next_out=7)
    assert talk.say("35=A|34=4|98=0|108=30|789=7") == ["35=A|34=7|98=0|108=30|789=5"]


@pytest.mark.parametrize(
    ("begin_string", "told"), [("FIX.4.2", ""), ("FIX.4.4", "|789=2"), ("FIXT.1.1", "|789=2")]
)
def test_an_acceptor_may_always_tell_what_it_expects(begin_string: str, told: str) -> None:
    talk = Talk(begin_string=begin_string, next_expected="always")
    assert talk.say("35=A|34=1|98=0|108=30") == ["35=A|34=1|98=0|108=30" + told]


def test_an_acceptor_may_never_tell_what_it_expects() -> None:
    talk = Talk(next_expected="never")
    assert talk.say("35=A|34=3|98=0|108=30|789=1") == [
        "35=A|34=1|98=0|108=30",
        "35=2|34=2|7=1|16=0",
    ]


@pytest.mark.parametrize(
    ("begin_string", "told"), [("FIX.4.2", ""), ("FIX.4.4", "|789=17"), ("FIXT.1.1", "|789=17")]
)
def test_an_initiator_tells_what_it_expects(begin_string: str, told: str) -> None:
    talk = Talk(
        "initiator", begin_string=begin_string, next_in=17, next_out=3, next_expected="always"
    )
    assert talk.heard() == ["35=A|34=3|98=0|108=30" + told]


def test_nobody_asks_for_what_both_logons_tell() -> None:
    talk = Talk(next_in=3)
    assert talk.say("35=A|34=6|98=0|108=30|789=1") == ["35=A|34=1|98=0|108=30|789=3"]
    for number in (3, 4, 5):
        assert talk.say(f"35=D|34={number}|43=Y|122=T|11=A{number}") == []
    assert talk.say("35=4|34=6|43=Y|122=T|36=7|123=Y", "35=1|34=7|112=HELLO") == [
        "35=0|34=2|112=HELLO"
    ]


def test_what_does_not_come_unasked_is_asked_for_later() -> None:
    talk = Talk(next_in=3)
    talk.say("35=A|34=6|98=0|108=30|789=1")
    assert talk.say("35=0|34=7") == []
    talk.wait(31)
    (answer,) = talk.say("35=0|34=8")
    assert answer.endswith("|7=3|16=0")


def test_an_initiator_gets_and_gives_what_is_missing_unasked() -> None:
    talk = Talk("initiator", next_in=3, next_out=5, next_expected="always")
    talk.heard()
    assert talk.say("35=A|34=9|98=0|108=30|789=4") == [
        "35=4|34=4|43=Y|122=T+0|36=6|123=Y",
    ]
    assert talk.say("35=4|34=3|43=Y|122=T|36=10|123=Y") == []
    assert talk.session.next_in == 10


def test_an_initiator_asks_an_acceptor_that_does_not_know_789() -> None:
    talk = Talk("initiator", next_in=3, next_out=5, next_expected="always")
    talk.heard()
    assert talk.say("35=A|34=9|98=0|108=30") == ["35=2|34=6|7=3|16=0"]


def test_after_a_reset_the_next_number_expected_is_two() -> None:
    talk = Talk(next_in=9, next_out=12)
    assert talk.say("35=A|34=1|98=0|108=30|141=Y|789=1") == ["35=A|34=1|98=0|108=30|141=Y|789=2"]
    assert talk.say("35=A|34=1|98=0|108=30|141=Y|789=1") == ["35=A|34=1|98=0|108=30|141=Y|789=2"]


@pytest.mark.parametrize("wrong", ["0", "-3"])
def test_expecting_less_than_the_first_number_is_refused(wrong: str) -> None:
    talk = Talk(next_out=5)
    assert talk.say(f"35=A|34=1|98=0|108=30|789={wrong}") == [
        "35=5|34=5|58=NextExpectedMsgSeqNum(789) must be at least 1"
    ]
    assert talk.taken() == [("close", 0, "")]
    assert talk.session.next_in == 1


def test_an_initiator_refuses_an_acceptor_that_expects_what_was_never_sent() -> None:
    talk = Talk("initiator", next_out=5, next_expected="always")
    talk.heard()
    assert talk.say("35=A|34=1|98=0|108=30|789=7") == [
        "35=5|34=6|58=NextExpectedMsgSeqNum(789) was never sent"
    ]


# ---- the other terms of a Logon ---


def test_our_logon_tells_the_largest_message_we_take() -> None:
    talk = Talk(message_size_told=1048576)
    assert talk.say("35=A|34=1|98=0|108=30") == ["35=A|34=1|98=0|108=30|383=1048576"]


@pytest.mark.parametrize(("told", "kept"), [("4096", 4096), ("0", 0), ("99999999999", 2**32 - 1)])
def test_the_largest_message_the_peer_takes_is_remembered(told: str, kept: int) -> None:
    talk = Talk()
    talk.say(f"35=A|34=1|98=0|108=30|383={told}")
    assert (talk.session.state, talk.session.peer_size_max) == ("active", kept)


def test_a_peer_that_could_not_take_a_report_is_refused() -> None:
    assert Talk().say("35=A|34=1|98=0|108=30|383=100") == [
        "35=5|34=1|58=MaxMessageSize(383) must be at least 1024"
    ]


@pytest.mark.parametrize(
    ("rule", "flag", "answer"),
    [
        ("any", "", "35=A|34=1|98=0|108=30"),
        ("any", "|464=Y", "35=A|34=1|98=0|108=30"),
        ("production", "|464=N", "35=A|34=1|98=0|108=30"),
        ("production", "", "35=A|34=1|98=0|108=30"),
        (
            "production",
            "|464=Y",
            "35=5|34=1|58=TestMessageIndicator(464)=Y, but this is production",
        ),
        ("test", "|464=Y", "35=A|34=1|98=0|108=30|464=Y"),
        ("test", "", "35=5|34=1|58=TestMessageIndicator(464) must be Y: this is a test system"),
        (
            "test",
            "|464=N",
            "35=5|34=1|58=TestMessageIndicator(464) must be Y: this is a test system",
        ),
    ],
)
def test_test_and_production_are_kept_apart(rule: str, flag: str, answer: str) -> None:
    assert Talk(test_session=rule).say("35=A|34=1|98=0|108=30" + flag) == [answer]


def test_over_fixt_a_session_that_is_shut_says_so_in_its_status() -> None:
    talk = Talk(begin_string="FIXT.1.1")
    talk.session.shut("outside the hours")
    assert talk.say("35=A|34=1|98=0|108=30|1137=9") == ["35=5|34=1|1409=7|58=outside the hours"]
    talk.session.disconnect(talk.now_ns)
    talk.session.shut("")
    talk.session.connect(talk.now_ns)
    talk.taken()
    # The refusal was numbered, as the peer counts it.
    assert talk.say("35=A|34=1|98=0|108=30|1137=9")[0].startswith("35=A|34=2|")


def test_a_session_that_is_shut_says_why_and_opens_again() -> None:
    talk = Talk()
    talk.session.shut("outside the hours of this session, which opens 2026-01-05 08:00 UTC")
    assert talk.say("35=A|34=1|98=0|108=30") == [
        "35=5|34=1|58=outside the hours of this session, which opens 2026-01-05 08:00 UTC"
    ]
    assert talk.taken() == [("close", 0, "")]
    talk.session.disconnect(talk.now_ns)
    talk.session.shut("")
    talk.session.connect(talk.now_ns)
    assert talk.say("35=A|34=1|98=0|108=30") == ["35=A|34=2|98=0|108=30"]


@pytest.mark.parametrize("digits", [0, 3, 6, 9])
@pytest.mark.parametrize("sent", [0, 3, 6, 9])
def test_times_are_taken_with_any_digits_and_sent_with_those_configured(
    sent: int, digits: int
) -> None:
    session = FixSession("acceptor", "FIX.4.4", "NODE", "CLIENT1", timestamp_digits=digits)
    session.connect(START_NS)
    fields = [(35, "A"), (34, 1), (49, "CLIENT1"), (56, "NODE")]
    time = format_time(START_NS, sent)
    logon = encode("FIX.4.4", [*fields, (52, time), (98, 0), (108, 30)])
    assert session.receive_data(logon, START_NS) == [SessionEvent("logged_on")]
    answer = dict(pairs_of(session.data_to_send()))
    assert answer[52].decode() == format_time(START_NS, digits)
