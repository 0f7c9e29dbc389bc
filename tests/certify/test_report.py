"""What people and programs read."""

import io
import json

from internaliser.certify.report import Report, score
from tests.certify.peer import LOGON, heard, run

PASSED = run("logon", heard(LOGON))
FAILED = run("logon\n< 3|373=1", heard(LOGON, "3|45=1|373=5"))
DIFFERS = run("logon\nclosed", heard(LOGON), head="policy: tastes differ\n")
SKIPPED = run("logon", head="needs: password\n")
ALL = [PASSED, FAILED, DIFFERS, SKIPPED]


def written(*, is_json: bool = False, is_verbose: bool = False) -> list[str]:
    out = io.StringIO()
    report = Report(out, is_json=is_json, is_verbose=is_verbose)
    report.begin("4 clauses")
    for outcome in ALL:
        report.add(outcome)
    report.end(ALL)
    return out.getvalue().splitlines()


def test_each_clause_is_a_line_and_the_score_is_the_last() -> None:
    lines = written()
    assert lines[0] == "4 clauses"
    assert lines[1].split() == ["ok", "test", "0.00", "s"]
    assert lines[-2].split()[:2] == ["skipped", "test"]
    assert lines[-1] == score(ALL)


def test_a_failed_clause_is_quoted() -> None:
    lines = [line.strip() for line in written()]
    at = lines.index(next(line for line in lines if line.startswith("FAILED")))
    assert lines[at + 1 : at + 5] == [
        "clause:   c",
        "source:   s",
        "line 5    < 3|373=1",
        "expected: 35=3 with 373=1",
    ]
    assert lines[at + 5].startswith("came:     8=FIX.4.4|")
    assert lines[at + 6] == "that is:  373=5 where 1 was expected"
    assert lines[at + 7].startswith("> 8=FIX.4.4|")
    assert "policy:   tastes differ" in lines


def test_the_score_counts_what_was_judged() -> None:
    assert score(ALL) == ("1 of 2 clauses passed (50.0 %), 1 failed, 1 differ by policy, 1 skipped")
    assert score([SKIPPED]).startswith("0 of 0 clauses passed, ")


def test_programs_get_one_object_per_clause() -> None:
    rows = [json.loads(line) for line in written(is_json=True)]
    assert [row["result"] for row in rows] == ["passed", "failed", "differs", "skipped"]
    assert set(rows[1]) == {
        *("name", "version", "result", "clause", "source", "policy", "seconds", "line"),
        *("step", "expected", "came", "why", "transcript"),
    }
    assert rows[1]["expected"] == "35=3 with 373=1"


def test_a_long_conversation_is_cut_unless_all_is_asked_for() -> None:
    outcome = run(
        "logon\nrepeat 9\n  ping\n< 3", heard(LOGON, *(f"0|112=t-{n}" for n in range(1, 10)))
    )
    assert outcome.result == "failed"
    for is_verbose, count in ((False, 12), (True, 20)):
        out = io.StringIO()
        Report(out, is_verbose=is_verbose).add(outcome)
        assert sum("8=FIX.4.4" in line for line in out.getvalue().splitlines()) == count
