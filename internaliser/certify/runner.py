"""Runs clauses one after another over one connector, and says what became of each."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from internaliser.certify.always import Reports
from internaliser.certify.attempt import Attempt, ClauseFailed
from internaliser.certify.clause import Clause
from internaliser.certify.logon import LogonFailed
from internaliser.certify.names import Names
from internaliser.certify.settings import Settings
from internaliser.certify.talker import Counters, Talker
from internaliser.certify.wire import Clock, Connector


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a clause. `result`: passed, failed, differs (by policy) or skipped (`why`)."""

    clause: Clause
    version: str
    result: str
    seconds: float = 0.0
    line: int = 0
    step: str = ""  # the line that failed
    expected: str = ""
    came: str = ""
    why: str = ""
    transcript: tuple[str, ...] = ()


class Runner:
    """Runs clauses one after another over one connector. Sessions' numbers live here."""

    def __init__(self, settings: Settings, connector: Connector, clock: Clock, run_id: str) -> None:
        self.settings = settings
        self.connector = connector
        self.clock = clock
        self._run_id = run_id
        self._id_count = 0
        self._counters: dict[str, Counters] = {}
        self._reports: dict[str, Reports] = {}

    def run(self, clause: Clause) -> Outcome:
        """One clause. CertifyError when there is nobody to test."""
        version = self.settings.version.name
        obstacle = self.obstacle(clause)
        if obstacle:
            return Outcome(clause, version, "skipped", why=obstacle)
        started_s = self.clock.now_s()
        attempt = Attempt(self)
        outcome = Outcome(clause, version, "passed")
        try:
            attempt.do(clause.script(version))
        except (ClauseFailed, LogonFailed) as failure:
            step = attempt.step
            assert step is not None
            outcome = Outcome(
                clause,
                version,
                "differs" if clause.policy else "failed",
                line=step.line,
                step=step.text,
                expected=attempt.expected,
                came=failure.came,
                why=failure.why,
            )
        seconds = self.clock.now_s() - started_s
        transcript = tuple(attempt.transcript)
        attempt.end(is_sound=outcome.result == "passed")
        return replace(outcome, seconds=seconds, transcript=transcript)

    def obstacle(self, clause: Clause) -> str:
        """Why a clause cannot be run here; "" = it can."""
        settings = self.settings
        role = "initiator" if settings.is_listening else "acceptor"
        if settings.version.name not in clause.versions:
            return f"not in {settings.version.name}"
        if clause.role not in (role, "either"):
            return f"about an {clause.role}"
        if "second" in clause.needs and (not settings.second or settings.is_listening):
            return "needs a second session: --and-sender"
        if "password" in clause.needs and not settings.password:
            return "needs credentials: --username, --password"
        if "numbers" in clause.needs and settings.reset == "acceptor":
            return "needs numbers that outlive a link: not with --reset acceptor"
        if clause.is_slow and not settings.runs_slow:
            return "slow: --slow"
        return ""

    def fresh_id(self) -> str:
        """An id that was never used before."""
        self._id_count += 1
        return f"{self._run_id}-{self._id_count}"

    def talker(self, name: str, names: Names, say: Callable[[str, str, str], None]) -> Talker:
        """A talker with the numbers its session has."""
        settings = self.settings
        sender = settings.second if name == "second" else settings.sender
        return Talker(
            name,
            sender,
            settings,
            names,
            self.clock,
            self.connector,
            say,
            self._counters.setdefault(sender, Counters()),
            self._reports.setdefault(sender, Reports()),
        )
