"""`internaliser send`: what it fills in, what it prints, how it exits."""

import pytest

from internaliser.errors import UsageError
from internaliser.fix_client import value
from internaliser.send import Destination, is_refusal, message_of, send
from tests.fix_acceptor import Fields, FixAcceptor, Reply

NOW_NS = 1_000_000_000 * 10**9


def test_an_order_gets_id_and_time_where_it_has_none() -> None:
    assert message_of("35=D|55=BTC/USD|38=5", NOW_NS) == [
        (35, b"D"),
        (11, b"send-1000000000000000000"),
        (55, b"BTC/USD"),
        (38, b"5"),
        (60, b"20010909-01:46:40.000"),
    ]


def test_an_order_of_4_2_gets_its_handl_inst() -> None:
    assert (21, b"1") in message_of("35=D|55=BTC/USD|38=5", NOW_NS, "FIX.4.2")
    assert value(message_of("35=G|41=x|21=3", NOW_NS, "FIX.4.2"), 21) == b"3"
    assert value(message_of("35=F|41=x", NOW_NS, "FIX.4.2"), 21) is None


def test_what_is_given_is_kept() -> None:
    text = "35=F|11=x|41=y|60=20260101-00:00:00"
    assert [item for _, item in message_of(text, NOW_NS)] == [
        b"F",
        b"x",
        b"y",
        b"20260101-00:00:00",
    ]


def test_header_and_trailer_are_left_to_the_session() -> None:
    text = "8=FIX.4.4|9=5|35=H|49=A|56=B|34=7|52=20260101-00:00:00|11=x|10=123"
    assert message_of(text, NOW_NS) == [(35, b"H"), (11, b"x")]


@pytest.mark.parametrize("text", ["", "hello", "55=BTC/USD", "35=|55=x"])
def test_text_that_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        message_of(text, NOW_NS)


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        ([(35, b"8"), (150, b"0")], False),
        ([(35, b"8"), (150, b"8")], True),
        ([(35, b"9")], True),
        ([(35, b"3")], True),
        ([(35, b"j")], True),
        ([(35, b"W")], False),
    ],
)
def test_a_refusal_is_recognised(answer: Fields, refused: bool) -> None:
    assert is_refusal(answer) is refused


def run(reply: Reply, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    def answer(fields: Fields) -> Reply:
        kind = value(fields, 35)
        return reply if kind == b"D" else [[(35, kind or b"")]]

    with FixAcceptor(answer) as node:
        to = Destination("127.0.0.1", node.port, "CLIENT1", "NODE", "FIX.4.4", False)
        code = send("35=D|55=X", to, wait_s=0.2, count_max=2)
    return code, capsys.readouterr().out.splitlines()


def test_answers_are_printed_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    reports: Reply = [[(35, "8"), (150, "0"), (39, "0")], [(35, "8"), (150, "F"), (39, "2")]]
    code, lines = run(reports, capsys)
    assert code == 0
    assert len(lines) == 2
    assert lines[0].startswith("8=FIX.4.4|9=")
    assert "|35=8|" in lines[0]
    assert "|150=0|39=0|10=" in lines[0]
    assert "|150=F|39=2|10=" in lines[1]


def test_a_rejected_order_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = run([[(35, "8"), (150, "8"), (58, "unknown symbol")]], capsys)
    assert (code, len(lines)) == (1, 1)


def test_no_answer_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([], capsys) == (1, [])
