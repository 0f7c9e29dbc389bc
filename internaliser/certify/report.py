"""What a run says: progress, failed clauses quoted, the score; for people or as JSON lines."""

import json
from collections.abc import Sequence
from typing import TextIO

from internaliser.certify.runner import Outcome

NAME_WIDTH = 46
TRANSCRIPT_LINES = 12  # of a failed clause; all of them with `is_verbose`
MARKS = {"passed": "ok", "failed": "FAILED", "differs": "differs", "skipped": "skipped"}


class Report:
    """Writes each outcome as it comes, and the score at the end."""

    def __init__(self, out: TextIO, *, is_json: bool = False, is_verbose: bool = False) -> None:
        self._out = out
        self._is_json = is_json
        self._is_verbose = is_verbose

    def begin(self, what: str) -> None:
        """What is tested."""
        if not self._is_json:
            self._write(what)

    def add(self, outcome: Outcome) -> None:
        """One clause is done."""
        if self._is_json:
            self._write(json.dumps(as_dict(outcome), ensure_ascii=False))
            return
        detail = f"{outcome.seconds:6.2f} s"
        if outcome.result == "skipped":
            detail = outcome.why
        self._write(f"  {MARKS[outcome.result]:8}{outcome.clause.name:{NAME_WIDTH}}{detail}")
        if outcome.result in ("failed", "differs"):
            for line in quote(outcome, is_verbose=self._is_verbose):
                self._write(f"          {line}")

    def end(self, outcomes: Sequence[Outcome]) -> None:
        """The score."""
        if not self._is_json:
            self._write(score(outcomes))

    def _write(self, line: str) -> None:
        print(line, file=self._out, flush=True)


def quote(outcome: Outcome, *, is_verbose: bool = False) -> list[str]:
    """A clause that does not hold: what it says, what was expected, what came, what was said."""
    clause = outcome.clause
    lines = [f"clause:   {clause.text}", f"source:   {clause.source}"]
    if clause.policy:
        lines.append(f"policy:   {clause.policy}")
    lines.append(f"line {outcome.line:<4} {outcome.step}")
    if outcome.expected:
        lines.append(f"expected: {outcome.expected}")
    lines += [f"came:     {outcome.came}", f"that is:  {outcome.why}"]
    said = outcome.transcript if is_verbose else outcome.transcript[-TRANSCRIPT_LINES:]
    return [*lines, *(f"  {line}" for line in said)]


def score(outcomes: Sequence[Outcome]) -> str:
    """ "58 of 59 clauses passed (98.3 %), 1 failed, 2 differ by policy, 4 skipped". Policy and
    skipped clauses do not count."""
    counts = dict.fromkeys(MARKS, 0)
    for outcome in outcomes:
        counts[outcome.result] += 1
    judged = counts["passed"] + counts["failed"]
    share = f" ({100 * counts['passed'] / judged:.1f} %)" if judged else ""
    return (
        f"{counts['passed']} of {judged} clauses passed{share}, {counts['failed']} failed, "
        f"{counts['differs']} differ by policy, {counts['skipped']} skipped"
    )


def as_dict(outcome: Outcome) -> dict[str, object]:
    """One clause for programs."""
    clause = outcome.clause
    return {
        "name": clause.name,
        "version": outcome.version,
        "result": outcome.result,
        "clause": clause.text,
        "source": clause.source,
        "policy": clause.policy,
        "seconds": round(outcome.seconds, 3),
        "line": outcome.line,
        "step": outcome.step,
        "expected": outcome.expected,
        "came": outcome.came,
        "why": outcome.why,
        "transcript": list(outcome.transcript),
    }
