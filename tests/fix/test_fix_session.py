"""The Python face of a session: what it refuses, what it keeps, who a link is from."""

import inspect
from pathlib import Path

import pytest

from internaliser.fix import fix_session
from internaliser.fix.fix_session import FixSession, LogonIdentity, first_logon
from tests.fix.talk import Talk


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("broker", "FIX.4.4", "A", "B"), {}, "role must be 'acceptor' or 'initiator'"),
        (("acceptor", "", "A", "B"), {}, "begin_string must have 1 to 15 characters"),
        (("acceptor", "FIX.4.4", "A" * 64, "B"), {}, "sender must have 1 to 63 characters"),
        (("acceptor", "FIX.4.4", "A", "B\x01"), {}, "target must have 1 to 63 characters"),
        (("acceptor", "FIX.4.4", "A", "B"), {"timestamp_digits": 4}, "timestamp_digits must be"),
    ],
)
def test_wrong_arguments_are_refused_by_name(
    arguments: tuple[str, str, str, str], options: dict[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        FixSession(*arguments, **options)  # type: ignore[arg-type]


def test_a_message_type_must_fit() -> None:
    talk = Talk()
    with pytest.raises(ValueError, match="msg_type must have 1 to 7 characters"):
        talk.session.send("TOOLONGX", b"", talk.now_ns)


def test_counters_can_be_set() -> None:
    talk = Talk()
    talk.session.next_in, talk.session.next_out = 7, 9
    assert talk.say("35=A|34=7|98=0|108=30") == ["35=A|34=9|98=0|108=30"]


def test_sent_messages_are_kept_by_number_and_can_be_handed_to_the_next_session() -> None:
    talk = Talk()
    talk.log_on()
    talk.send("58=two")
    later = Talk(next_in=2, next_out=3, sent=talk.session.sent)
    later.log_on()
    assert later.say("35=2|34=3|7=2|16=2") == ["35=8|34=2|43=Y|122=T+0|58=two"]


def test_the_last_refusal_is_told() -> None:
    talk = Talk()
    talk.log_on()
    assert talk.session.last_refusal is None
    talk.say("35=D|34=2|43=Y|11=A1")
    assert talk.session.last_refusal == (1, 122)


def test_a_message_over_the_limit_ends_the_link() -> None:
    talk = Talk(message_limit=500)
    talk.log_on()
    talk.say("35=D|34=2|58=" + "x" * 500)
    assert talk.taken() == [("close_now", 0, "")]


def test_bytes_over_the_buffer_limit_end_the_link() -> None:
    talk = Talk(buffer_limit=4096)
    talk.events += talk.session.receive_data(b"8=FIX.4.4\x019=4000\x01" + b"x" * 5000, talk.now_ns)
    assert talk.taken() == [("close_now", 0, "")]


def test_the_first_message_tells_who_a_link_is_from() -> None:
    talk = Talk()
    logon = talk.wire("35=A|34=1|98=0|108=30")
    identity = LogonIdentity("FIX.4.4", "CLIENT1", "NODE")
    assert first_logon(logon + b"8=FIX") == (len(logon), identity)


def test_part_of_a_logon_tells_nothing_yet() -> None:
    logon = Talk().wire("35=A|34=1|98=0|108=30")
    assert [first_logon(logon[:cut]) for cut in range(len(logon))] == [(0, None)] * len(logon)


@pytest.mark.parametrize("line", ["35=0|34=1", "35=A|34=1|49=|98=0", "35=AE|34=1"])
def test_anything_but_a_logon_tells_nobody(line: str) -> None:
    data = Talk().wire(line)
    used, identity = first_logon(data)
    assert used == len(data)
    assert identity is None or identity.sender == ""


def test_garbled_first_bytes_tell_nobody() -> None:
    assert first_logon(b"GET / HTTP/1.1\r\n\r\n")[1] is None
    assert first_logon(b"GET / HTTP/1.1\r\n\r\n")[0] > 0


def test_the_stub_names_what_the_module_has() -> None:
    stub = Path(fix_session.__file__).with_name("fix_session.pyi").read_text()
    public = [
        name
        for name, _ in inspect.getmembers(FixSession)
        if not name.startswith("_") and name not in ("__pyx_vtable__",)
    ]
    assert [name for name in public if f" {name}" not in stub] == []


def test_a_session_is_reset_only_outside_a_conversation() -> None:
    talk = Talk(next_in=5, next_out=7)
    talk.session.send("8", b"58=x\x01", talk.now_ns)
    talk.session.reset()
    assert (talk.session.next_in, talk.session.next_out, talk.session.sent) == (1, 1, {})
    assert talk.session.was_reset
    talk.log_on()
    with pytest.raises(ValueError, match="active"):
        talk.session.reset()


def test_a_choice_that_is_none_is_named_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="next_expected must be one of never, answered, always"):
        FixSession("acceptor", "FIX.4.4", "NODE", "CLIENT1", next_expected="sometimes")
