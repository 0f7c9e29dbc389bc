"""Every answer stands up to the dictionary of the version it is told in."""

from pathlib import Path

import pytest

from internaliser.cold.question import FIX42, FIX44, FIX50
from internaliser.dictionaries import dictionary_of
from internaliser.model.commands import admin_command
from tests.cold.asking import said, values
from tests.cold.traded import Traded

QUESTIONS = (
    "x|320=r|559=4",
    "x|320=r|559=0|55=NOSUCH",
    "x|320=r|559=3",
    "c|320=r|321=3",
    "c|320=r|321=0|55=TEST1",
    "c|320=r|321=0|55=NOSUCH",
    "c|320=r|321=2|55=TEST1",
    "e|324=r|55=TEST1|263=1",
    "e|324=r|55=NOSUCH|263=0",
    "g|335=r|263=1",
    "g|335=r|336=NIGHT|263=0",
    "AD|568=r|569=0|263=1",
    "AD|568=r|569=2",
    "AN|710=r|724=0|1=CLIENT1|581=1|715=20231114|60=20231114-22:13:20|453=1|448=CLIENT1",
    "AN|710=r|724=1|1=CLIENT1|581=1|715=20231114|60=20231114-22:13:20|453=1|448=CLIENT1",
    "BE|923=r|924=4|553=CLIENT1",
    "BE|923=r|924=5|553=CLIENT1",
    "BE|923=r|924=3|553=CLIENT1|554=a|925=b",
    "BW|1346=r|1347=0|1351=1|1355=EXEC",
    "BW|1346=r|1347=0|1351=1|1355=OTHER",
)


def offered(text: str, begin_string: str) -> bool:
    msg_type = text.split("|", 1)[0]
    spec = dictionary_of(begin_string).spec
    message = spec.messages.get(msg_type)
    return message is not None and "acceptor" in message.accepted_by


@pytest.mark.parametrize("begin_string", [FIX42, FIX44, FIX50])
def test_what_a_version_asks_is_answered_in_its_words(tmp_path: Path, begin_string: str) -> None:
    desk = Traded(tmp_path / "data", "clients.CLIENT1.taker_fee_bp=10")
    desk.trade()
    answered = set()
    for text in QUESTIONS:
        if offered(text, begin_string) and not (begin_string == FIX44 and "924=5" in text):
            answered.add(text.split("|", 1)[0])
            assert desk.ask(text, begin_string=begin_string), text
    for action in ("halt", "resume", "reduce", "day_end"):
        desk.node.door.apply(admin_command(action), desk.now_ns)
        assert desk.turn()
        assert desk.updates(), action
    common = {"c", "e", "g"}
    modern = common | {"x", "AD", "AN", "BE"}
    expected = {FIX42: common, FIX44: modern, FIX50: modern | {"BW"}}
    assert answered == expected[begin_string]


def test_fills_in_5_0_say_what_4_4_says(tmp_path: Path) -> None:
    desk = Traded(tmp_path / "data", "clients.CLIENT1.taker_fee_bp=10")
    desk.trade()
    (_, old) = desk.ask("AD|568=r|569=0", begin_string=FIX44)
    (_, new) = desk.ask("AD|568=r|569=0", begin_string=FIX50)
    for tag in (17, 37, 11, 32, 31, 15, 39, 12, 880, 1):
        assert values(old, tag) == values(new, tag) != [], tag


def test_4_2_answers_what_a_client_was_given_of_4_4(tmp_path: Path) -> None:
    """A dictionary of 4.2 with the answers of 4.4 in it, as such a client needs one."""
    desk = Traded(tmp_path / "data", "clients.CLIENT1.taker_fee_bp=10")
    desk.trade()
    asks = frozenset(("x", "AD", "AR", "AN", "BE"))
    answers = frozenset(("y", "AQ", "AE", "AO", "AP", "BF"))
    found = set()
    for text in QUESTIONS:
        if text.split("|", 1)[0] in asks and "924=5" not in text:
            question = desk.question(text, begin_string=FIX42, also=asks)
            desk.read_for(question)
            outs = [out for out in desk.desk.answer(question) if out]
            found |= {out.msg_type for out in outs}
            assert said(outs, FIX42, answers)
    assert found == answers
