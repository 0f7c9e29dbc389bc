"""Each step of the language, kept and broken."""

import pytest

from internaliser.certify.attempt import expectation
from internaliser.certify.script import parse_script
from tests.certify.links import Heard
from tests.certify.peer import LOGON, heard, run, says


def why(script: str, *texts: str, every_s: float = 0.01) -> str:
    """What a clause of that script says of a node that says these after its Logon."""
    outcome = run(f"logon\n{script}", heard(LOGON, *texts, every_s=every_s))
    return "" if outcome.result == "passed" else f"line {outcome.line - 4}: {outcome.why}"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("> 1|112=x\n< 0|112=x", ["0|112=x"]),
        ("maybe < 3\n< 0|112=x", ["0|112=x"]),
        ("maybe < 3\n< 0|112=x", ["3|45=1", "0|112=x"]),
        ("closed", [""]),
        ("refused", [""]),
        ("refused", ["3|45=1", "5", ""]),
        ("quiet 2", []),
        ("ping", ["0|112=t-1"]),
        ("in any order\n  < 3\n  < j", ["j|372=1|380=0", "3|45=1"]),
        ("either\n  < 3\nor\n  < 5\n  closed", ["5", ""]),
        ("either\n  < 3\nor\n  refused", ["5", ""]),
        ("either\n  < 3\nor\n  quiet 1", []),
        ("repeat 2\n  < 3", ["3|45=1", "3|45=1"]),
    ],
)
def test_what_is_kept(script: str, said: list[str]) -> None:
    assert why(script, *said) == ""


def test_the_numbers_can_be_set() -> None:
    link: Heard = [(0.0, says(LOGON)), (0.1, says("3|45=1", 7))]
    outcome = run("logon\nnext in 7\nnext out {out+5}\n> 0\n< 3", link)
    assert outcome.result == "passed"
    assert "|34=7|" in outcome.transcript[-2]


@pytest.mark.parametrize(
    ("script", "said", "fault"),
    [
        ("< 0|112=x", [], "nothing came"),
        ("< 0|112=x", [""], "the link was closed"),
        ("< 0|112=x", ["5"], "35=5 where 35=0 was expected"),
        ("closed", ["5", ""], "35=5, and the link was not closed"),
        ("closed", [], "nothing came, and the link was not closed"),
        ("refused", ["8|37=1", ""], "35=8, and the link was not closed"),
        ("quiet 2", ["5"], "something came"),
        ("ping", ["3|45=1"], "35=3 came before the answer"),
        ("ping", ["0|112=other"], "35=0 came before the answer"),
        ("in any order\n  < 3\n  < j", ["3|45=1", "3|45=1"], "35=3 where 35=j was expected"),
        ("either\n  < 3\nor\n  < j", ["5"], "35=5 where 35=3 was expected; 35=5 where 35=j"),
        ("either\n  < 3\nor\n  quiet 1", ["5"], "35=5 where 35=3 was expected; something came"),
        ("repeat 2\n  < 3", ["3|45=1"], "nothing came"),
        ("< 3", ["3|45=1|58="], "tag 58 has no value"),
    ],
)
def test_what_is_broken(script: str, said: list[str], fault: str) -> None:
    assert fault in why(script, *said)


def test_too_early_and_too_late_are_failures() -> None:
    link: Heard = [(0.0, says(LOGON)), (1.0, says("0", 2))]
    assert run("logon\nafter 0.8 within 2 < 0", link).result == "passed"
    early = run("logon\nafter 1.5 within 2 < 0", link)
    assert early.why == "came after 1.00 s, not after 1.5 s"
    assert run("logon\nwithin 0.5 < 0", link).why == "nothing came"


def test_heartbeats_and_pending_reports_are_passed_over() -> None:
    pending = "8|37=1|17=1|150=A|39=A|54=1|38=1|14=0|151=1|6=0"
    assert why("< 3", "0", pending, "3|45=1") == ""
    assert why("< 8|150=A", "0", pending) == ""


def test_a_question_is_answered_unless_we_are_silent() -> None:
    for silent, answers in (("", 1), ("silent\n", 0)):
        outcome = run(f"logon\n{silent}< 3", heard(LOGON, "1|112=q", "3|45=1"))
        assert outcome.result == "passed"
        assert sum("35=0" in line and "112=q" in line for line in outcome.transcript) == answers


def test_at_once_is_one_write_for_each_talker() -> None:
    script = "logon\nat once\n  > 1|112=a\n  > 1|112=b\n< 0|112=a\n< 0|112=b"
    outcome = run(script, heard(LOGON, "0|112=a", "0|112=b"))
    assert outcome.result == "passed"


def test_fill_answers_the_request_that_came() -> None:
    link: Heard = [(0.0, says(LOGON)), (0.0, says("2|7=2|16=0", 2))]
    outcome = run("logon\n> 0|34={out+3}\n< 2|7={out}\nnext out {out+4}\nfill", link)
    fill = outcome.transcript[-1]
    assert "|35=4|" in fill
    assert "|34=2|" in fill
    assert fill.rpartition("|10=")[0].endswith("|123=Y|36=6")


def test_waiting_beats() -> None:
    outcome = run("logon 108=1\nwait 2.5\nquiet 0.1", heard(LOGON))
    assert sum("|35=0|" in line for line in outcome.transcript) == 2


def test_a_second_session_talks_as_itself_and_a_twin_as_the_first() -> None:
    second: Heard = [(0.0, says(LOGON, to="CLIENT2"))]
    outcome = run("logon\nsecond logon\ntwin connect\ntwin > 0", heard(LOGON), second, [])
    said = [line for line in outcome.transcript if ">" in line]
    assert "49=CLIENT2" in said[1]
    assert said[2].startswith("twin > ")
    assert "49=CLIENT1" in said[2]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("after 1 within 2 < 0|112=x|-58", "35=0 with 112=x, no 58 after 1 s within 2 s"),
        ("< 5", "35=5"),
        ("closed", "the link is closed, with nothing more said"),
        ("connect", ""),
        ("> 0", ""),
    ],
)
def test_an_expectation_is_said_in_words(line: str, text: str) -> None:
    (step,) = parse_script([(1, line)], {})
    assert expectation(step) == text
