"""Which question goes to whom."""

from pathlib import Path

import pytest

from tests.cold.traded import Traded


@pytest.fixture
def desk(tmp_path: Path) -> Traded:
    return Traded(tmp_path / "data")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("x|320=r|559=4", "y"),
        ("c|320=r|321=3", "d"),
        ("e|324=r|55=TEST1|263=0", "f"),
        ("g|335=r|263=0", "h"),
        ("AD|568=r|569=0", "AQ"),
        ("AN|710=r|724=0|1=CLIENT1|581=1|715=20231114|60=20231114-22:13:20", "AO"),
        ("BE|923=r|924=4|553=CLIENT1", "BF"),
    ],
)
def test_every_question_finds_who_answers_it(desk: Traded, text: str, answer: str) -> None:
    assert desk.ask(text)[0].startswith(f"{answer}|")


def test_an_acknowledgement_of_a_trade_is_read_and_not_answered(desk: Traded) -> None:
    assert desk.ask("AR|571=t|150=F|572=t|939=0|55=TEST1") == []


def test_what_nobody_answers_is_refused_as_unsupported(desk: Traded) -> None:
    assert desk.ask("x|320=r|559=4", msg_type="R") == [
        "j|45=2|372=R|379=r|380=3|58=message type not supported"
    ]


def test_a_value_too_long_to_be_repeated_is_refused(desk: Traded) -> None:
    long = "r" * 200
    (text,) = desk.ask(f"x|320={long}|559=4")
    assert text == f"j|45=2|372=x|379={'r' * 128}|380=0|58=tag 320 takes at most 128 bytes"
    assert desk.ask(f"x|320=r|559=4|58={long}")[0].startswith("y|")
