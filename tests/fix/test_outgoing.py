"""The bytes of what we send: header order, lengths, check sums, times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.fix.codec import decode, format_time, parse_time
from internaliser.fix.fix_session import FixSession
from tests.fix.talk import START_NS, Talk


def test_the_header_stands_in_the_standard_order() -> None:
    talk = Talk()
    talk.log_on()
    talk.send("37=1|17=2")
    assert talk.session.data_to_send() == (
        b"8=FIX.4.4\x019=64\x0135=8\x0134=2\x0149=NODE\x0152=20231114-22:13:20.000\x01"
        b"56=CLIENT1\x0137=1\x0117=2\x0110=142\x01"
    )


def test_a_repeat_carries_its_flag_and_its_first_time() -> None:
    talk = Talk()
    talk.log_on()
    talk.send("37=1")
    talk.heard()
    talk.now_ns += 2_500_000_000
    talk.session.receive_data(talk.wire("35=2|34=2|7=2|16=2"), talk.now_ns)
    tags = [tag for tag, _ in decode(talk.session.data_to_send())]
    assert tags == [8, 9, 35, 34, 43, 49, 52, 56, 122, 37, 10]


@pytest.mark.parametrize("size", [1, 255, 1016, 1017, 60_000])
def test_a_heartbeat_repeats_what_it_was_asked_for_however_long_it_is(size: int) -> None:
    talk = Talk()
    talk.log_on()
    assert talk.say(f"35=1|34=2|112={'x' * size}") == [f"35=0|34=2|112={'x' * size}"]


@pytest.mark.parametrize("digits", [0, 3, 6, 9])
def test_times_have_the_digits_asked_for(digits: int) -> None:
    talk = Talk(timestamp_digits=digits)
    talk.now_ns += 123_456_789
    talk.log_on()
    talk.send("58=x")
    fields = dict(decode(talk.session.data_to_send()))
    assert fields[52].decode() == format_time(talk.now_ns, digits)


@given(
    number=st.integers(1, 10**12),
    body=st.binary(max_size=1500).map(lambda b: b.replace(b"\x01", b" ") + b"\x01"),
    msg_type=st.sampled_from(["8", "AE", "UXYZ12"]),
    now_ns=st.integers(START_NS, START_NS + 10**18),
)
def test_every_message_is_whole_for_any_number_body_and_time(
    number: int, body: bytes, msg_type: str, now_ns: int
) -> None:
    session = FixSession("acceptor", "FIX.4.4", "NODE", "CLIENT1", next_out=number)
    session.connect(now_ns)
    talk = Talk()
    talk.now_ns = now_ns
    session.receive_data(talk.wire("35=A|34=1|98=0|108=30"), now_ns)
    session.data_to_send()
    assert session.send(msg_type, b"58=" + body, now_ns) == number + 1
    fields = decode(session.data_to_send())
    assert [tag for tag, _ in fields] == [8, 9, 35, 34, 49, 52, 56, 58, 10]
    values = dict(fields)
    assert values[35] == msg_type.encode()
    assert values[34] == b"%d" % (number + 1)
    assert values[58] == body[:-1]
    assert parse_time(values[52]) == now_ns // 1_000_000 * 1_000_000


def test_time_going_on_and_back_is_written_as_given() -> None:
    talk = Talk()
    talk.log_on()
    for shift_ns in (0, 999_000_000, 1_000_000_000, 86_400_000_000_000, 1_000_000):
        talk.session.send("8", b"58=x\x01", START_NS + shift_ns)
        fields = dict(decode(talk.session.data_to_send()))
        assert parse_time(fields[52]) == START_NS + shift_ns


ROUTES = [
    ("115=A", "128=A"),
    ("128=A", "115=A"),
    ("115=A|116=B", "128=A|129=B"),
    ("128=A|129=B", "115=A|116=B"),
    ("115=A|116=B|144=C", "128=A|129=B|145=C"),
    ("128=A|129=B|145=C", "115=A|116=B|144=C"),
    ("115=", ""),
    ("115=A|116=", "128=A"),
]


@pytest.mark.parametrize(("route", "reverse"), ROUTES)
def test_a_reject_goes_back_the_way_the_message_came(route: str, reverse: str) -> None:
    # ReverseRoute, ReverseRouteWithEmptyRoutingTags
    talk = Talk()
    talk.log_on()
    reject = "45=2|58=Required tag missing|371=122|372=D|373=1"
    expected = "|".join(filter(None, ["35=3|34=2", reverse, reject]))
    assert talk.say(f"35=D|34=2|43=Y|{route}|11=A1") == [expected]


def test_a_reject_repeats_no_endless_text() -> None:
    talk = Talk()
    talk.log_on()
    assert talk.say(f"35=D|34=2|43=Y|115={'x' * 300}|11=A1") == [
        "35=3|34=2|45=2|58=Required tag missing|371=122|372=D|373=1"
    ]


def test_a_second_link_is_refused_without_taking_a_number() -> None:
    talk = Talk()
    talk.log_on()
    talk.session.clear_flags()
    refusal = talk.session.refusal("Already logged on", talk.now_ns)
    assert talk.show(refusal) == "35=5|34=2|58=Already logged on"
    assert (talk.session.next_out, talk.session.is_dirty) == (2, False)
    assert talk.heard() == []
