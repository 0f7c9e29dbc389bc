"""One end of a session: numbers, what is filled in, what is taken in."""

from dataclasses import replace

import pytest

from internaliser.certify.message import Message, text_of
from internaliser.certify.talker import Ended, Garbled
from internaliser.certify.versions import VERSIONS
from tests.certify.links import Heard
from tests.certify.peer import SETTINGS, heard, says, talker_over

HEAD = "49=CLIENT1|56=NODE|34=1|52=20260101-00:00:00.000"


def body(*words: str, is_raw: bool = False, version: str = "FIX.4.4") -> str:
    """What is sent, without 9 and 10."""
    settings = replace(SETTINGS, version=VERSIONS[version])
    talker, playback, _ = talker_over(settings=settings)
    talker.send(words, is_raw=is_raw)
    fields = text_of(playback.written).split("|")
    return "|".join(field for field in fields if field[:2] not in ("9=", "10"))


def test_header_and_trailer_are_filled_in() -> None:
    assert body("0") == f"8=FIX.4.4|35=0|{HEAD}"


def test_what_is_given_stands_in_its_place_and_what_is_left_out_is_out() -> None:
    assert body("0", "34=9", "-52", "56=X", "112=q") == "8=FIX.4.4|35=0|49=CLIENT1|56=X|34=9|112=q"


def test_repeats_carry_their_marks_in_the_header() -> None:
    told = body("0", "112=q", "43=Y", "122={now-1s}")
    assert told == (
        "8=FIX.4.4|35=0|49=CLIENT1|56=NODE|34=1|43=Y|52=20260101-00:00:00.000"
        "|122=20251231-23:59:59.000|112=q"
    )


def test_a_tag_may_come_twice_and_be_wrong() -> None:
    assert body("1", "112=a", "112=b", "0=x").endswith("|112=a|112=b|0=x")


def test_raw_is_as_it_is_written() -> None:
    assert body("8=*", "35=0", "34=*", "9=*", "noise", "10=*", is_raw=True) == (
        "8=FIX.4.4|35=0|34=1|noise"
    )


def test_versions_add_what_they_require() -> None:
    assert body("D", "11=a", "-60", version="FIX.4.2").endswith("|11=a|21=1")
    assert body("A", version="FIXT.1.1").endswith("|1137=9")
    assert body("A", "1137=7", version="FIXT.1.1").endswith("|1137=7")


def test_orders_and_logons_carry_the_fields_of_the_run() -> None:
    settings = replace(
        SETTINGS, order_fields=("1=ACC",), logon_fields=("464=Y",), username="me", password="pw"
    )
    talker, playback, _ = talker_over(settings=settings)
    talker.send(("A", "98=0"))
    talker.send(("F", "11=a"))
    talker.send(("0",))
    logon, cancel, beat = playback.wires[-1].written
    assert b"\x0198=0\x01553=me\x01554=pw\x01464=Y\x01" in logon
    assert b"\x0111=a\x0160=20260101-00:00:00.000\x011=ACC\x01" in cancel
    assert b"ACC" not in beat


def test_a_message_takes_a_number_unless_it_was_given_one() -> None:
    talker, _, _ = talker_over()
    for words in (("0",), ("0", "34=40"), ("0",), ("0", "-34")):
        talker.send(words)
    assert talker.counters.next_out == 3


def test_a_logon_with_reset_starts_both_numbers() -> None:
    talker, playback, _ = talker_over()
    talker.counters.next_out, talker.counters.next_in = 8, 9
    talker.send(("A", "141=Y", "108=5"))
    assert b"\x0134=1\x01" in playback.written
    assert (talker.counters.next_out, talker.counters.next_in) == (2, 1)
    assert talker.heart_bt_s == 5


def test_in_pieces_is_a_byte_at_a_time() -> None:
    talker, playback, _ = talker_over()
    talker.send(("0",), in_pieces=True)
    assert {len(piece) for piece in playback.wires[-1].written} == {1}


def faults(*texts: str, asked: int = 0) -> list[str]:
    """What is wrong with each message that comes."""
    link: Heard = [
        (0.0, says(text.partition("@")[0], int(text.partition("@")[2]))) for text in texts
    ]
    talker, _, _ = talker_over(link)
    if asked:
        talker.counters.next_in = 6
        talker.send(("2", f"7={asked}", "16=0"))
    found = []
    for _ in texts:
        talker.peek(1.0)
        found.append(talker.take())
    return found


REPEAT = "0|43=Y|122=20251231-00:00:00"


def test_numbers_must_follow_each_other() -> None:
    assert faults("0@1", "0@2", "0@4") == ["", "", "34=4 where 3 was due"]


def test_gap_fills_and_resets_move_the_number() -> None:
    assert faults("4|123=Y|36=5@1", "0@5", "4|36=2@77", "0@2") == ["", "", "", ""]


def test_a_repeat_may_come_late() -> None:
    assert faults("0@1", f"{REPEAT}@1", "0@2") == ["", "", ""]


def test_a_resend_must_be_complete() -> None:
    assert faults(f"{REPEAT}@2", f"{REPEAT}@3", f"{REPEAT}@5", asked=2) == [
        "",
        "",
        "34=5 in a resend where 4 was due",
    ]
    assert faults(f"{REPEAT}@3", asked=2) == ["34=3 in a resend where 2 was due"]
    fill = "4|43=Y|122=20251231-00:00:00|123=Y|36=5"
    assert faults(f"{fill}@2", f"{REPEAT}@5", asked=2) == ["", ""]


def test_what_comes_is_framed_and_told() -> None:
    link = [
        (0.0, says("0")[:20]),
        (0.0, says("0")[20:]),
        (0.0, b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01"),
    ]
    talker, _, said = talker_over([*link, (0.0, b"")])
    assert isinstance(talker.peek(1.0), Message)
    assert talker.take() == ""
    assert isinstance(talker.peek(1.0), Garbled)
    assert "no FIX message" in talker.take()
    assert isinstance(talker.peek(1.0), Ended)
    assert [line[:16] for line in said] == ["first < 8=FIX.4.", "first < garbled:"]


def test_with_a_short_heart_bt_int_it_beats_by_itself_unless_silent() -> None:
    talker, playback, _ = talker_over([])
    talker.heart_bt_s = 1
    assert talker.peek(3.5) is None
    assert playback.written.count(b"\x0135=0\x01") == 3
    talker.is_silent = True
    assert talker.peek(9.0) is None
    assert playback.written.count(b"\x0135=0\x01") == 3


def test_the_last_resend_request_is_remembered() -> None:
    talker, _, _ = talker_over(heard("2|7=4|16=0"))
    talker.peek(1.0)
    talker.take()
    assert talker.asked_from == 4


@pytest.mark.parametrize("is_judged", [True, False])
def test_a_number_that_the_expectation_names_is_left_to_it(is_judged: bool) -> None:
    talker, _, _ = talker_over([(0.0, says("0", 9))])
    talker.peek(1.0)
    assert (talker.take((34,) if is_judged else ()) == "") == is_judged
    assert talker.counters.next_in == (10 if is_judged else 1)
