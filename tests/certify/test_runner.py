"""Clauses that hold, do not, differ, or cannot be asked."""

from dataclasses import replace

import pytest

from internaliser.certify.clause import parse_clause
from internaliser.certify.runner import Runner
from internaliser.certify.settings import Settings
from internaliser.certify.versions import VERSIONS
from tests.certify.links import FakeClock, Playback
from tests.certify.peer import LOGON, SETTINGS, heard, run


def test_a_clause_that_holds_says_how_long_it_took_and_what_was_said() -> None:
    outcome = run("logon\n< 3", heard(LOGON, "3|45=1", every_s=0.5))
    assert (outcome.result, outcome.version, outcome.seconds) == ("passed", "FIX.4.4", 0.5)
    assert [line[:2] for line in outcome.transcript] == ["> ", "< ", "< "]


def test_one_that_does_not_quotes_the_line_what_was_expected_and_what_came() -> None:
    outcome = run("logon\n< 3|373=1", heard(LOGON, "3|45=1|373=5"))
    assert (outcome.result, outcome.line, outcome.step) == ("failed", 5, "< 3|373=1")
    assert outcome.expected == "35=3 with 373=1"
    assert outcome.why == "373=5 where 1 was expected"
    assert outcome.came.endswith("|45=1|373=5|10=" + outcome.came[-3:])


def test_a_logon_that_is_not_answered_fails_the_clause() -> None:
    outcome = run("logon\n< 3", [])
    assert (outcome.result, outcome.step, outcome.came) == ("failed", "logon", "nothing")


def test_a_policy_clause_differs_instead_of_failing() -> None:
    assert run("logon\nclosed", heard(LOGON), head="policy: tastes\n").result == "differs"


@pytest.mark.parametrize(
    ("head", "settings", "why"),
    [
        ("versions: FIX.4.2\n", SETTINGS, "not in FIX.4.4"),
        ("role: initiator\n", SETTINGS, "about an initiator"),
        ("", replace(SETTINGS, is_listening=True), "about an acceptor"),
        ("needs: second\n", replace(SETTINGS, second=""), "needs a second session: --and-sender"),
        ("needs: password\n", SETTINGS, "needs credentials: --username, --password"),
        ("needs: numbers\n", replace(SETTINGS, reset="acceptor"), "needs numbers that outlive"),
        ("slow: yes\n", SETTINGS, "slow: --slow"),
    ],
)
def test_what_cannot_be_asked_is_skipped_with_the_reason(
    head: str, settings: Settings, why: str
) -> None:
    outcome = run("logon", settings=settings, head=head)
    assert outcome.result == "skipped"
    assert outcome.why.startswith(why)


def test_numbers_and_ids_go_on_from_clause_to_clause() -> None:
    clock = FakeClock()
    settings = replace(SETTINGS, version=VERSIONS["FIX.4.4"], reset="acceptor")
    links = [heard("A|98=0|108=30"), heard("A|98=0|108=30", "0|112=t-2")]
    playback = Playback(links, clock)
    runner = Runner(settings, playback, clock, "t")
    first = parse_clause("a", "clause: c\nsource: s\n\nlogon\n> D|11={x}")
    second = parse_clause("b", "clause: c\nsource: s\n\nlogon\nping")
    assert [runner.run(clause).result for clause in (first, second)] == ["passed", "passed"]
