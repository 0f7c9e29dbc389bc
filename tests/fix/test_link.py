"""Heartbeats, test requests and time-outs: five lines each, without sleeping."""

from tests.fix.talk import SECOND_NS, Talk


def test_silence_of_ours_for_the_interval_sends_a_heartbeat() -> None:
    # 4a
    talk = Talk()
    talk.log_on(6)
    assert talk.wait(5.9) == []
    assert talk.wait(0.2) == ["35=0|34=2"]
    talk.say("35=0|34=2")
    assert talk.wait(5.9) == ["35=0|34=3"]


def test_sending_puts_the_heartbeat_off() -> None:
    talk = Talk()
    talk.log_on(6)
    talk.wait(5)
    talk.send("58=hello")
    talk.say("35=0|34=2")
    assert talk.wait(5.9) == []
    assert talk.wait(0.2) == ["35=0|34=3"]


def test_silence_of_the_peer_is_tested_and_then_ended() -> None:
    # 6: after 1.2 and 2.4 times the interval
    talk = Talk()
    talk.log_on(10)
    assert talk.wait(11.9) == ["35=0|34=2"]
    assert talk.wait(0.2) == ["35=1|34=3|112=3"]
    assert talk.wait(11.8) == []
    assert not talk.is_closed
    assert talk.wait(0.2) == []
    assert talk.taken() == [("close_now", 0, "")]


def test_any_message_answers_a_test_request() -> None:
    talk = Talk()
    talk.log_on(10)
    talk.wait(12.1)
    talk.say("35=D|34=2|11=A1")
    talk.heard()
    assert talk.wait(9) == []
    assert talk.wait(1) == ["35=0|34=4"]
    assert not talk.is_closed


def test_a_jump_of_the_clock_asks_before_it_ends() -> None:
    talk = Talk()
    talk.log_on(10)
    talk.now_ns += 3600 * SECOND_NS
    assert talk.session.on_time(talk.now_ns) == []
    assert talk.heard() == ["35=1|34=2|112=2"]
    assert talk.say("35=0|34=2|112=2") == []
    assert talk.session.state == "active"


def test_the_deadline_is_never_late() -> None:
    talk = Talk()
    talk.log_on(10)
    for _ in range(30):
        assert 0 < talk.session.deadline_ns <= talk.now_ns + 12 * SECOND_NS
        talk.wait(0.9)
        talk.say(f"35=0|34={talk.session.next_in}")


def test_being_called_too_early_does_nothing() -> None:
    talk = Talk()
    talk.log_on(10)
    for _ in range(9):
        talk.now_ns += SECOND_NS
        assert talk.session.on_time(talk.now_ns) == []
    assert talk.heard() == []


def test_a_link_that_is_down_has_no_deadline() -> None:
    talk = Talk()
    talk.log_on()
    talk.session.disconnect(talk.now_ns)
    assert (talk.session.deadline_ns, talk.session.state) == (0, "disconnected")
    assert talk.session.on_time(talk.now_ns + 10**12) == []


def test_a_busy_session_stays_up_for_a_day() -> None:
    talk = Talk()
    talk.log_on(60)
    for _ in range(24 * 60):
        talk.wait(59)
        assert talk.say(f"35=0|34={talk.session.next_in}") == []
        talk.wait(1)
    assert talk.session.state == "active"
