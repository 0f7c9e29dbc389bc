"""Getting on and off a session, and what is left behind."""

from dataclasses import replace

import pytest

from internaliser.certify.logon import LogonFailed, leave, log_on, tidy
from tests.certify.links import Heard
from tests.certify.peer import LOGON, SETTINGS, heard, says, talker_over

NEW = "8|37=o|11=a|17=e|150=0|39=0|55=T|54=1|38=5|14=0|151=5|6=0"
CANCELED = "8|37=o|11=b|41=a|17=f|150=4|39=4|55=T|54=1|38=5|14=0|151=0|6=0"
BUSY: Heard = [(0.0, says("5|58=already logged on")), (0.0, b"")]
REFUSED: Heard = [(0.0, says("5|58=MsgSeqNum too low, expecting 7 but received 1")), (0.0, b"")]


def test_a_link_that_is_not_forgotten_yet_is_tried_again() -> None:
    talker, playback, _ = talker_over([], [(0.0, b"")], BUSY, heard(LOGON))
    log_on(talker, (), is_kept=False)
    assert len(playback.wires) == 4
    assert (talker.counters.next_out, talker.counters.next_in) == (2, 2)


def test_nobody_answering_is_a_failure() -> None:
    talker, _, _ = talker_over([], [])
    with pytest.raises(LogonFailed, match="no Logon as answer"):
        log_on(talker, (), is_kept=False)


def test_a_session_that_cannot_be_had_is_not_tried_as_often_again() -> None:
    talker, playback, _ = talker_over(*([(0.0, b"")] for _ in range(20)))
    for links in (9, 10):
        with pytest.raises(LogonFailed):
            log_on(talker, (), is_kept=False)
        assert len(playback.wires) == links


def test_a_number_that_is_wrong_is_not_tried_again() -> None:
    settings = replace(SETTINGS, reset="acceptor")
    talker, playback, _ = talker_over([], REFUSED, heard(LOGON), settings=settings)
    with pytest.raises(LogonFailed):
        log_on(talker, (), is_kept=False)
    assert len(playback.wires) == 2


def test_a_logon_carries_what_it_is_given() -> None:
    talker, playback, _ = talker_over([], heard("A|98=0|108=1|141=Y"))
    log_on(talker, ("108=1", "789=4"), is_kept=False)
    assert b"\x0198=0\x01108=1\x01141=Y\x01789=4\x01" in playback.written


def test_kept_numbers_go_on() -> None:
    talker, playback, _ = talker_over([], [(0.0, says("A|98=0|108=30", 9))])
    talker.counters.next_out, talker.counters.next_in = 5, 9
    log_on(talker, (), is_kept=True)
    assert b"\x0134=5\x01" in playback.written
    assert b"\x01141=" not in playback.written
    assert talker.counters.next_in == 10


def test_an_acceptor_that_resets_is_logged_on_to_with_number_one() -> None:
    settings = replace(SETTINGS, reset="acceptor")
    talker, playback, _ = talker_over([], heard("A|98=0|108=30"), settings=settings)
    talker.counters.next_out = 40
    log_on(talker, (), is_kept=False)
    assert b"\x0134=1\x01" in playback.written
    assert b"\x01141=" not in playback.written


def test_without_resets_the_number_that_is_expected_is_taken() -> None:
    settings = replace(SETTINGS, reset="never")
    settled = [
        (0.0, says("A|98=0|108=30", 12)),
        (0.0, says("2|7=4|16=0", 13)),
        (0.1, says("0|112=settle 1", 14)),
    ]
    talker, playback, said = talker_over([], REFUSED, settled, settings=settings)
    log_on(talker, (), is_kept=False)
    assert b"\x0134=7\x01" in playback.written
    assert [line for line in said if "|35=4|" in line and "|34=4|" in line and "|36=9|" in line]
    assert talker.counters.next_in == 15


def test_an_initiator_is_answered_in_its_terms() -> None:
    settings = replace(SETTINGS, is_listening=True)
    calls = [(0.0, says("A|98=0|108=17|141=Y")), (0.0, says("0|112=settle 0", 2))]
    talker, playback, _ = talker_over([], calls, settings=settings)
    talker.counters.next_out = 30
    log_on(talker, (), is_kept=False)
    assert b"\x0135=A\x01" in playback.written
    assert b"\x0134=1\x01" in playback.written
    assert b"\x01108=17\x01141=Y\x01" in playback.written
    assert (talker.counters.next_in, talker.counters.next_out) == (3, 3)


def test_an_initiator_that_expects_another_number_is_waited_for_again() -> None:
    settings = replace(SETTINGS, is_listening=True)
    call = (0.0, says("A|98=0|108=17", 4))
    low = (0.1, says("5|58=expecting 9 but received 1", 5))
    again = [(0.2, says("A|98=0|108=17", 6)), (0.2, says("0|112=settle 0", 7))]
    talker, playback, _ = talker_over([], [call, low, (0.1, b"")], again, settings=settings)
    log_on(talker, (), is_kept=False)
    assert b"\x0134=9\x01" in playback.written


def test_leaving_says_logout_and_lets_the_other_end_close() -> None:
    talker, playback, _ = talker_over([(0.0, says("0")), (0.1, says("5", 2)), (0.15, b"")])
    leave(talker)
    assert b"\x0135=5\x01" in playback.written
    assert talker.wire is None
    leave(talker)


def test_orders_that_rest_are_canceled() -> None:
    talker, playback, _ = talker_over(heard(NEW, CANCELED))
    talker.peek(1.0)
    talker.take()
    tidy(talker, is_sound=True)
    assert b"\x0111=id1\x0141=a\x0137=o\x0155=T\x0154=1\x0138=5\x01" in playback.written
    tidy(talker, is_sound=True)
    assert playback.written.count(b"\x0135=F\x01") == 1


def test_an_order_that_came_instead_of_what_was_expected_is_canceled_too() -> None:
    talker, playback, _ = talker_over(heard(NEW), heard(LOGON, CANCELED))
    talker.peek(1.0)
    tidy(talker, is_sound=False)
    assert b"\x0135=F\x01" in playback.written


def test_after_a_failure_orders_are_canceled_over_a_new_link() -> None:
    talker, playback, _ = talker_over(heard(NEW), heard(LOGON, CANCELED))
    talker.peek(1.0)
    talker.take()
    tidy(talker, is_sound=False)
    assert len(playback.wires) == 2
    assert b"\x0135=F\x01" in playback.written
