"""The rules inside a session, one message each; names in brackets are the acceptance scripts they
belong to.
"""

import pytest

from internaliser.fix.dictionary import Dictionary
from internaliser.fix.fix_session import SessionEvent
from internaliser.resources import resource
from tests.fix.talk import START_NS, Talk

SPECS = resource("fix_specs/FIX44.xml").parent


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.log_on()
    return talk


def test_messages_in_order_are_taken_without_an_answer(talk: Talk) -> None:
    assert talk.say("35=0|34=2", "35=0|34=3", "35=0|34=4") == []
    assert talk.session.next_in == 5


def test_an_application_message_is_handed_on_whole(talk: Talk) -> None:
    talk.say("35=D|34=2|11=A1|55=BTC/USD")
    assert talk.events == [
        SessionEvent("application", 2, "D", talk.wire("35=D|34=2|11=A1|55=BTC/USD"))
    ]


def test_a_test_request_is_answered_with_its_id(talk: Talk) -> None:
    # 4b
    assert talk.say("35=1|34=2|112=HELLO") == ["35=0|34=2|112=HELLO"]


def test_a_reject_is_taken_in_silence(talk: Talk) -> None:
    # 7
    assert talk.say("35=3|34=2|45=1") == []
    assert talk.session.next_in == 3


def test_garbled_bytes_do_not_use_up_a_number(talk: Talk) -> None:
    # 2d, 3b, 3c
    good = talk.wire("35=0|34=2")
    talk.session.receive_data(good[:-4] + b"000\x01", talk.now_ns)
    assert (talk.session.next_in, talk.session.garbled_count) == (2, 1)
    assert talk.say("35=0|34=2") == []
    assert talk.session.next_in == 3


TOO_MANY = "|".join(["58=x"] * 2100)


def test_too_many_fields_are_rejected_and_use_up_their_number(talk: Talk) -> None:
    assert talk.say(f"35=D|34=2|{TOO_MANY}") == [
        "35=3|34=2|45=2|58=More fields in a message than the 2048 allowed|372=D|373=99"
    ]
    assert talk.say("35=1|34=3|112=next") == ["35=0|34=3|112=next"]
    assert talk.events == []


def test_too_many_fields_that_came_early_are_rejected_in_their_turn() -> None:
    talk = Talk(keeps_early=True)
    talk.log_on()
    assert talk.say(f"35=D|34=3|{TOO_MANY}") == ["35=2|34=2|7=2|16=0"]
    assert talk.say("35=0|34=2|43=Y|122=T") == [
        "35=3|34=3|45=3|58=More fields in a message than the 2048 allowed|372=D|373=99"
    ]
    assert talk.session.next_in == 4


@pytest.mark.parametrize(
    ("name", "begin_string", "reason"),
    [("FIX42.xml", "FIX.4.2", ""), ("FIX44.xml", "FIX.4.4", "|373=99")],
)
def test_the_limits_of_the_dictionary_are_named(name: str, begin_string: str, reason: str) -> None:
    dictionary = Dictionary(SPECS / name, fields_max=64, instances_max=3)
    talk = Talk(begin_string=begin_string, dictionary=dictionary)
    talk.log_on()
    many = "|".join(["58=x"] * 64)
    assert talk.say(f"35=D|34=2|{many}") == [
        f"35=3|34=2|45=2|58=More fields in a message than the 64 allowed|372=D{reason}"
    ]


def test_a_group_with_too_many_instances_is_rejected_by_its_count() -> None:
    talk = Talk(dictionary=Dictionary(SPECS / "FIX44.xml", instances_max=3))
    talk.log_on()
    order = "35=D|34=%d|11=a|55=X|54=1|38=1|40=1|60=20260101-00:00:00|453=%d|448=A"
    told = "58=More instances of a group than the 3 allowed|371=453|372=D|373=16"
    assert talk.say(order % (2, 4)) == [f"35=3|34=2|45=2|{told}"]
    assert talk.say(order % (3, 1_000_000_000)) == [f"35=3|34=3|45=3|{told}"]
    assert talk.say(order % (4, 1)) == []
    assert talk.taken() == [("application", 4, "D")]


def test_a_logon_with_too_many_fields_is_refused_in_words() -> None:
    talk = Talk(dictionary=Dictionary(SPECS / "FIX44.xml", fields_max=64))
    many = "|".join(["58=x"] * 64)
    assert talk.say(f"35=A|34=1|98=0|108=30|{many}") == [
        "35=5|34=1|58=More fields in a message than the 64 allowed"
    ]


def test_a_number_too_low_ends_the_session_and_says_which_was_expected(talk: Talk) -> None:
    # 2c
    talk.say("35=0|34=2", "35=0|34=3", "35=0|34=4")
    assert talk.say("35=0|34=2") == ["35=5|34=2|58=MsgSeqNum too low, expecting 5 but received 2"]
    assert talk.taken() == [("close", 0, "")]


def test_a_missing_number_ends_the_session(talk: Talk) -> None:
    assert talk.say("35=0") == ["35=5|34=2|58=MsgSeqNum(34) is missing or not a number"]
    assert talk.taken() == [("close", 0, "")]


def test_a_repeat_of_what_we_have_is_passed_over(talk: Talk) -> None:
    # 2e
    talk.say("35=D|34=2|11=A1")
    talk.taken()
    assert talk.say("35=D|34=2|43=Y|122=T|11=A1") == []
    assert (talk.taken(), talk.session.next_in) == ([], 3)


def test_a_repeat_of_what_we_have_not_is_taken(talk: Talk) -> None:
    # 2e
    assert talk.say("35=D|34=2|43=Y|122=T-1|11=A1") == []
    assert talk.taken() == [("application", 2, "D")]


def test_a_repeat_without_its_first_sending_time_is_rejected(talk: Talk) -> None:
    # 2g
    talk.say("35=0|34=2", "35=0|34=3")
    assert talk.say("35=D|34=2|43=Y|11=A1") == [
        "35=3|34=2|45=2|58=Required tag missing|371=122|372=D|373=1"
    ]
    assert talk.say("35=1|34=4|112=HELLO") == ["35=0|34=3|112=HELLO"]


def test_a_repeat_first_sent_after_it_was_sent_is_rejected_and_ends_the_session(talk: Talk) -> None:
    # 2f
    talk.say("35=0|34=2", "35=0|34=3")
    assert talk.say("35=D|34=2|43=Y|122=T+10|11=A1") == [
        "35=3|34=2|45=2|58=SendingTime accuracy problem|372=D|373=10",
        "35=5|34=3",
    ]
    assert talk.session.state == "logout_sent"
    assert talk.say("35=5|34=4") == []
    assert talk.taken() == [("close", 0, "")]


def test_a_gap_fill_that_repeats_needs_no_first_sending_time(talk: Talk) -> None:
    assert talk.say("35=4|34=2|43=Y|36=20|123=Y") == []
    assert talk.session.next_in == 20


@pytest.mark.parametrize("seconds", [-121, 121])
def test_a_sending_time_out_of_range_is_rejected_and_ends_the_session(
    talk: Talk, seconds: int
) -> None:
    # 2o
    assert talk.say(f"35=0|34=2|52=T{seconds:+}") == [
        "35=3|34=2|45=2|58=SendingTime accuracy problem|372=0|373=10",
        "35=5|34=3",
    ]
    assert talk.session.state == "logout_sent"


@pytest.mark.parametrize("seconds", [-120, 120])
def test_a_sending_time_just_in_range_is_taken(talk: Talk, seconds: int) -> None:
    assert talk.say(f"35=0|34=2|52=T{seconds:+}") == []


@pytest.mark.parametrize(
    "ids",
    [
        "49=WRONG",
        "56=WRONG",
        "49=WRONG|56=WRONG",
        "49=CLIENT",
        "49=CLIENT11",
        "49=CLIENT1\0",
        "49=CLIENT2",
        "56=NOD",
        "56=nODE",
        "56=" + "N" * 64,
    ],
)
def test_wrong_comp_ids_are_rejected_and_end_the_session(talk: Talk, ids: str) -> None:
    # 2k
    assert talk.say(f"35=D|34=2|{ids}|11=A1") == [
        "35=3|34=2|45=2|58=CompID problem|372=D|373=9",
        "35=5|34=3",
    ]
    assert talk.say("35=5|34=3") == []
    assert talk.taken() == [("close", 0, "")]


def test_after_a_fault_of_the_peer_nothing_more_is_taken_in(talk: Talk) -> None:
    talk.say("35=0|34=2|49=WRONG")
    assert talk.say("35=D|34=3|11=A1") == []
    assert (talk.taken(), talk.session.next_in) == ([], 3)


def test_another_begin_string_ends_the_session(talk: Talk) -> None:
    # 2i
    assert talk.say("8=FIX.4.1|35=1|34=2|112=id") == ["35=5|34=2|58=Incorrect BeginString"]
    assert talk.say("35=5|34=3") == []
    assert talk.taken() == [("close", 0, "")]


def test_a_peer_that_does_not_answer_our_logout_is_cut_off(talk: Talk) -> None:
    talk.say("8=FIX.4.1|35=1|34=2|112=id")
    assert talk.wait(1.9) == []
    assert not talk.is_closed
    talk.wait(0.2)
    assert talk.taken() == [("close_now", 0, "")]


def test_a_logout_is_answered_and_ends_the_link(talk: Talk) -> None:
    # 13b
    assert talk.say("35=5|34=2") == ["35=5|34=2"]
    assert talk.taken() == [("close", 0, "")]
    assert talk.session.next_in == 3


@pytest.mark.parametrize("number", [1, 7])
def test_a_logout_is_answered_whatever_its_number(talk: Talk, number: int) -> None:
    # 20, 3b, 1a, RejectResentMessage
    assert talk.say(f"35=5|34={number}") == ["35=5|34=2"]
    assert talk.session.next_in == 2


def test_a_repeated_old_logout_is_passed_over(talk: Talk) -> None:
    assert talk.say("35=5|34=1|43=Y|122=T-1") == []
    assert talk.session.state == "active"


def test_our_logout_waits_for_the_answer(talk: Talk) -> None:
    talk.session.logout(talk.now_ns, "end of day")
    assert talk.heard() == ["35=5|34=2|58=end of day"]
    assert talk.session.state == "logout_sent"
    assert talk.say("35=5|34=2") == []
    assert talk.taken() == [("close", 0, "")]


def test_orders_under_way_when_we_log_out_still_count(talk: Talk) -> None:
    talk.session.logout(talk.now_ns)
    talk.say("35=D|34=2|11=A1", "35=5|34=3")
    assert talk.taken() == [("application", 2, "D"), ("close", 0, "")]


def test_nothing_is_taken_after_the_link_is_to_be_closed(talk: Talk) -> None:
    assert talk.say("35=5|34=2", "35=D|34=3|11=A1") == ["35=5|34=2"]
    assert talk.taken() == [("close", 0, "")]
    assert talk.say("35=D|34=3|11=A1") == []
    assert talk.taken() == [("close_now", 0, "")]


def test_gap_fill_moves_the_expected_number(talk: Talk) -> None:
    # 10_MsgSeqNumEqual
    assert talk.say("35=4|34=2|36=20|123=Y", "35=1|34=20|112=HELLO") == ["35=0|34=2|112=HELLO"]


def test_gap_fill_out_of_turn_is_a_gap(talk: Talk) -> None:
    # 10_MsgSeqNumGreater
    assert talk.say("35=4|34=10|36=20|123=Y", "35=1|34=20|112=HELLO") == ["35=2|34=2|7=2|16=0"]


def test_gap_fill_already_received_is_passed_over_only_as_a_repeat(talk: Talk) -> None:
    # 10_MsgSeqNumLess
    assert talk.say("35=4|34=1|43=Y|122=T-1|36=20|123=Y", "35=1|34=2|112=HELLO") == [
        "35=0|34=2|112=HELLO"
    ]
    assert talk.say("35=4|34=1|36=20|123=Y") == [
        "35=5|34=3|58=MsgSeqNum too low, expecting 3 but received 1"
    ]


def test_gap_fill_backwards_is_rejected_and_used_up(talk: Talk) -> None:
    assert talk.say("35=4|34=2|36=2|123=Y") == [
        "35=3|34=2|45=2|58=Value is incorrect (out of range) for this tag|372=4|373=5"
    ]
    assert talk.session.next_in == 3


@pytest.mark.parametrize("flag", ["", "|123=N"])
def test_reset_moves_forward_whatever_its_own_number(talk: Talk, flag: str) -> None:
    # 11a
    assert talk.say(f"35=4|34=0|36=25{flag}", "35=1|34=25|112=HELLO") == ["35=0|34=2|112=HELLO"]


def test_reset_to_the_expected_number_changes_nothing(talk: Talk) -> None:
    # 11b
    assert talk.say("35=4|34=0|36=2") == []
    assert talk.session.next_in == 2


@pytest.mark.parametrize("flag", ["", "|123=N"])
def test_reset_backwards_is_rejected(talk: Talk, flag: str) -> None:
    # 11c
    assert talk.say(f"35=4|34=0|36=1{flag}") == [
        "35=3|34=2|45=0|58=Value is incorrect (out of range) for this tag|372=4|373=5"
    ]
    assert talk.session.next_in == 2


def test_a_logon_with_reset_inside_the_session_starts_both_counters_anew(talk: Talk) -> None:
    # SessionReset
    talk.say(*(f"35=0|34={n}" for n in range(2, 10)))
    assert talk.say("35=1|34=10|112=1") == ["35=0|34=2|112=1"]
    assert talk.say("35=A|34=1|98=0|108=30|141=Y") == ["35=A|34=1|98=0|108=30|141=Y"]
    assert talk.say("35=1|34=2|112=1") == ["35=0|34=2|112=1"]
    assert talk.session.was_reset


def test_a_logon_with_reset_inside_the_session_must_be_number_one(talk: Talk) -> None:
    assert talk.say("35=A|34=2|98=0|108=30|141=Y") == [
        "35=5|34=2|58=ResetSeqNumFlag(141)=Y needs MsgSeqNum(34)=1"
    ]
    assert talk.taken() == [("close", 0, "")]
    assert not talk.session.was_reset


def test_a_second_logon_is_rejected_and_the_session_goes_on(talk: Talk) -> None:
    assert talk.say("35=A|34=2|98=0|108=30") == ["35=3|34=2|45=2|58=Logon inside a session|372=A"]
    assert talk.say("35=1|34=3|112=HELLO") == ["35=0|34=3|112=HELLO"]


def test_a_poss_resend_message_is_an_ordinary_one(talk: Talk) -> None:
    # 19b: what it means is the application's business
    talk.say("35=D|34=2|97=Y|11=A1")
    assert talk.taken() == [("application", 2, "D")]


def test_flags_tell_what_must_be_stored(talk: Talk) -> None:
    assert talk.session.is_dirty
    talk.session.clear_flags()
    talk.say("35=0|34=2")
    assert talk.session.is_dirty
    talk.session.clear_flags()
    talk.say("35=0|34=2|43=Y|122=T-1")
    assert not talk.session.is_dirty
    talk.send("58=hello")
    assert talk.session.is_dirty
    assert not talk.session.was_reset


def test_numbers_go_on_where_an_earlier_session_left_off() -> None:
    talk = Talk(next_in=17, next_out=42)
    assert talk.say("35=A|34=17|98=0|108=30") == ["35=A|34=42|98=0|108=30"]
    assert talk.say("35=1|34=18|112=HELLO") == ["35=0|34=43|112=HELLO"]


def test_what_is_sent_between_links_is_only_numbered_and_comes_when_asked_for(talk: Talk) -> None:
    talk.session.disconnect(talk.now_ns)
    assert (talk.send("58=one"), talk.send("58=two")) == (2, 3)
    assert talk.heard() == []
    talk.session.connect(talk.now_ns)
    assert talk.say("35=A|34=2|98=0|108=30") == ["35=A|34=4|98=0|108=30"]
    assert talk.say("35=2|34=3|7=2|16=0") == [
        "35=8|34=2|43=Y|122=T+0|58=one",
        "35=8|34=3|43=Y|122=T+0|58=two",
        "35=4|34=4|43=Y|122=T+0|36=5|123=Y",
    ]


def test_what_is_sent_after_our_logout_is_only_numbered(talk: Talk) -> None:
    talk.session.logout(talk.now_ns)
    talk.heard()
    assert talk.send("58=late") == 3
    assert talk.heard() == []


def test_a_full_output_buffer_keeps_the_number_and_writes_nothing() -> None:
    talk = Talk(buffer_limit=4096)
    talk.log_on()
    talk.heard()
    numbers = [talk.send("58=" + "x" * 1000) for _ in range(5)]
    assert numbers == [2, 3, 4, 5, 6]
    assert [line[:9] for line in talk.heard()] == ["35=8|34=2", "35=8|34=3", "35=8|34=4"]
    assert talk.session.next_out == 7


def test_time_of_the_talk_is_time_of_the_session(talk: Talk) -> None:
    talk.wait(1.5)
    talk.send("58=hello")
    assert b"\x0152=20231114-22:13:21.500\x01" in talk.session.data_to_send()
    assert START_NS == 1_700_000_000_000_000_000


# ---- numbers ---

EDGES = [2**31 - 2, 2**31 - 1, 2**31, 2**32 - 2, 2**32 - 1, 2**32, 2**53, 2**62]


@pytest.mark.parametrize("number", EDGES)
def test_numbers_are_counted_over_every_edge(number: int) -> None:
    talk = Talk(next_in=number, next_out=number)
    assert talk.log_on() == [f"35=A|34={number}|98=0|108=30"]
    for n in range(number + 1, number + 4):
        assert talk.say(f"35=1|34={n}|112=HELLO") == [f"35=0|34={n}|112=HELLO"]
    talk.send("58=late")
    talk.heard()
    assert talk.say(f"35=2|34={number + 4}|7={number}|16=0") == [
        f"35=4|34={number}|43=Y|122=T+0|36={number + 4}|123=Y",
        f"35=8|34={number + 4}|43=Y|122=T+0|58=late",
    ]
    assert talk.say(f"35=0|34={number + 9}") == [f"35=2|34={number + 5}|7={number + 5}|16=0"]
    assert talk.say(f"35=4|34={number + 5}|43=Y|122=T|36={number + 10}|123=Y") == []
    assert talk.say(f"35=0|34={number + 1}") == [
        f"35=5|34={number + 6}|58=MsgSeqNum too low, "
        f"expecting {number + 10} but received {number + 1}"
    ]


@pytest.mark.parametrize("text", ["02", "0000000002", "00000000000000000000000000000000000000002"])
def test_leading_zeros_mean_nothing(talk: Talk, text: str) -> None:
    assert talk.say(f"35=1|34={text}|112=HELLO") == ["35=0|34=2|112=HELLO"]
    assert talk.session.next_in == 3


@pytest.mark.parametrize(
    "text", ["0", "-1", "-2", "+2", "2.0", " 2", "x", "1" + "0" * 30, str(2**64 + 2), str(2**63)]
)
def test_what_is_no_number_of_a_message_ends_the_session(talk: Talk, text: str) -> None:
    assert talk.say(f"35=0|34={text}") == ["35=5|34=2|58=MsgSeqNum(34) is missing or not a number"]
    assert (talk.taken(), talk.session.next_in) == ([("close", 0, "")], 2)


# ---- LastMsgSeqNumProcessed(369) ---


def test_every_header_tells_what_was_processed_last() -> None:
    talk = Talk(tells_last=True)
    assert talk.log_on() == ["35=A|34=1|369=0|98=0|108=30"]
    assert talk.say("35=1|34=2|112=HELLO") == ["35=0|34=2|369=2|112=HELLO"]
    talk.send("58=three")
    assert talk.heard() == ["35=8|34=3|369=2|58=three"]
    assert talk.say("35=2|34=3|7=3|16=0") == ["35=8|34=3|43=Y|122=T+0|369=3|58=three"]


@pytest.mark.parametrize("line", ["35=0|34=2|369=2", "35=1|34=2|112=id|369=99", "35=0|34=2|369=-1"])
def test_having_processed_what_was_never_sent_is_rejected(talk: Talk, line: str) -> None:
    (answer,) = talk.say(line)
    assert answer.startswith("35=3|34=2|45=2|58=Value is incorrect (out of range) for this tag")
    assert "|371=369|" in answer
    assert talk.session.next_in == 3


def test_orders_tell_it_too_where_it_is_used() -> None:
    talk = Talk(tells_last=True)
    talk.log_on()
    assert talk.say("35=D|34=2|11=A1|369=1") == []
    assert talk.taken() == [("application", 2, "D")]
    assert "|371=369|" in talk.say("35=D|34=3|11=A2|369=2")[0]
    assert talk.taken() == []


# ---- ends ---


def test_a_peer_may_be_rejected_instead_of_cut_for_a_number_too_low() -> None:
    talk = Talk(too_low="reject")
    talk.log_on()
    talk.say("35=0|34=2")
    assert talk.say("35=0|34=2") == [
        "35=3|34=2|45=2|58=MsgSeqNum too low, expecting 3 but received 2|371=34|372=0|373=5"
    ]
    assert talk.say("35=1|34=3|112=HELLO") == ["35=0|34=3|112=HELLO"]


def test_two_logouts_that_cross_end_the_session_at_both_ends() -> None:
    talk = Talk()
    talk.log_on()
    talk.session.logout(talk.now_ns, "ours")
    assert talk.heard() == ["35=5|34=2|58=ours"]
    assert talk.say("35=5|34=2|58=theirs") == []
    assert (talk.taken(), talk.session.next_in) == ([("close", 0, "")], 3)


def test_after_both_have_logged_out_the_next_logon_has_no_gap() -> None:
    talk = Talk()
    talk.log_on()
    talk.session.logout(talk.now_ns)
    talk.say("35=5|34=2")
    talk.session.disconnect(talk.now_ns)
    talk.session.connect(talk.now_ns)
    talk.taken()
    talk.heard()
    assert talk.log_on() == ["35=A|34=3|98=0|108=30"]


def test_tags_about_encoding_are_tolerated(talk: Talk) -> None:
    assert talk.say("35=1|34=2|347=UTF-8|112=HELLO") == ["35=0|34=2|112=HELLO"]
