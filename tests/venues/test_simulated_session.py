"""The exchange's end of a session without a socket: messages in, messages out."""

from __future__ import annotations

from internaliser.fix import codec
from internaliser.venues.simulated_session import NS_PER_S, Received, SimulatedSession, received

NOW = 1_700_000_000 * NS_PER_S


def message(line: str, number: int) -> Received:
    first, *rest = codec.from_text(line)
    header = [(49, "NODE"), (56, "SIM"), (34, number), (52, "20231114-22:13:20")]
    return received(codec.encode("FIX.4.4", [first, *header, *rest]))


def out(session: SimulatedSession) -> list[str]:
    """What stands in the outbox: "34=2|35=0|112=x" without the rest of the header."""
    lines = []
    for data in session.outbox:
        pairs = received(data).pairs
        kept = [(tag, value) for tag, value in pairs if tag not in (8, 9, 10, 49, 52, 56, 122)]
        lines.append("|".join(f"{tag}={value}" for tag, value in kept))
    session.outbox.clear()
    return lines


def session_on() -> SimulatedSession:
    session = SimulatedSession("SIM", "NODE")
    session.connected()
    session.receive(message("35=A|98=0|108=30", 1), NOW)
    assert out(session) == ["35=A|34=1|98=0|108=30"]
    return session


def test_an_application_message_is_handed_on_and_counted() -> None:
    session = session_on()
    found = session.receive(message("35=D|11=A", 2), NOW)
    assert found is not None
    assert (found.values[11], session.next_in, out(session)) == ("A", 3, [])


def test_a_test_request_is_answered() -> None:
    session = session_on()
    session.receive(message("35=1|112=x", 2), NOW)
    assert out(session) == ["35=0|34=2|112=x"]


def test_a_gap_at_logon_is_asked_for() -> None:
    session = SimulatedSession("SIM", "NODE")
    session.receive(message("35=A|98=0|108=30", 4), NOW)
    assert out(session) == ["35=A|34=1|98=0|108=30", "35=2|34=2|7=1|16=0"]


def test_a_resend_brings_reports_and_fills_the_rest() -> None:
    session = session_on()
    session.send("8", [(17, "E1")], NOW)
    session.send("W", [(262, "M")], NOW, is_kept=False)
    session.receive(message("35=1|112=x", 2), NOW)
    session.send("8", [(17, "E2")], NOW)
    out(session)
    session.receive(message("35=2|7=1|16=0", 3), NOW)
    assert out(session) == [
        "35=4|34=1|43=Y|123=Y|36=2",
        "35=8|34=2|43=Y|17=E1",
        "35=4|34=3|43=Y|123=Y|36=5",
        "35=8|34=5|43=Y|17=E2",
    ]


def test_what_is_sent_without_a_connection_waits_for_a_resend() -> None:
    session = session_on()
    session.is_logged_on = False
    session.send("8", [(17, "E1")], NOW)
    assert (out(session), session.next_out) == ([], 3)
    session.connected()
    session.receive(message("35=A|98=0|108=30", 2), NOW)
    session.receive(message("35=2|7=2|16=2", 3), NOW)
    assert out(session) == ["35=A|34=3|98=0|108=30", "35=8|34=2|43=Y|17=E1"]


def test_a_possible_duplicate_with_an_old_number_is_ignored() -> None:
    session = session_on()
    assert session.receive(message("35=D|43=Y|11=A", 1), NOW) is None
    assert (out(session), session.wants_close) == ([], False)


def test_an_old_number_ends_the_session() -> None:
    session = session_on()
    session.receive(message("35=D|11=A", 1), NOW)
    assert out(session) == ["35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1"]
    assert session.wants_close


def test_a_sequence_reset_moves_the_expected_number() -> None:
    session = session_on()
    session.receive(message("35=4|123=N|36=9", 2), NOW)
    assert session.next_in == 9


def test_after_a_restart_the_first_number_that_comes_is_right() -> None:
    session = session_on()
    session.reset()
    session.connected()
    session.receive(message("35=A|98=0|108=30", 7), NOW)
    assert out(session) == ["35=A|34=1|98=0|108=30|141=Y"]
    assert session.receive(message("35=D|11=A", 2), NOW) is not None
    assert session.next_in == 3


def test_silence_is_broken_by_a_heartbeat() -> None:
    session = session_on()
    session.on_time(NOW + 29 * NS_PER_S)
    assert out(session) == []
    session.on_time(NOW + 30 * NS_PER_S)
    assert out(session) == ["35=0|34=2"]


def test_nothing_but_a_logon_begins_a_session() -> None:
    session = SimulatedSession("SIM", "NODE")
    assert session.receive(message("35=D|11=A", 1), NOW) is None
    assert session.wants_close


def test_a_logout_ends_it() -> None:
    session = session_on()
    session.logout("over", NOW)
    assert (out(session), session.wants_close) == (["35=5|34=2|58=over"], True)
