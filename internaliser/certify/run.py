"""`internaliser certify`: every clause that applies, one after another, and the exit code."""

import ssl
from pathlib import Path
from typing import TextIO

from internaliser.certify.clause import Clause, choose, load_clauses
from internaliser.certify.report import Report
from internaliser.certify.runner import Outcome, Runner
from internaliser.certify.settings import Settings
from internaliser.certify.wire import Clock, Connector, Dialler, Listener, WallClock
from internaliser.errors import EXIT_FINDING, EXIT_OK, UsageError

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
RUN_ID_NS = 1_000_000  # ids of two runs started a millisecond apart differ


def certify(
    settings: Settings,
    connector: Connector,
    clauses: list[Clause],
    report: Report,
    *,
    clock: Clock | None = None,
    is_strict: bool = False,
) -> int:
    """Run the clauses and report each. 1 when one fails; with `is_strict` also when one differs by
    policy. CertifyError when there is nobody to test."""
    clock = clock or WallClock()
    runner = Runner(settings, connector, clock, run_id(clock.now_ns()))
    outcomes: list[Outcome] = []
    for clause in clauses:
        outcomes.append(runner.run(clause))
        report.add(outcomes[-1])
    report.end(outcomes)
    bad = {"failed", "differs"} if is_strict else {"failed"}
    return EXIT_FINDING if any(outcome.result in bad for outcome in outcomes) else EXIT_OK


def run_id(now_ns: int) -> str:
    """A short word that no other run has: it begins every id that this one sends."""
    number, word = now_ns // RUN_ID_NS, ""
    while number:
        number, digit = divmod(number, len(DIGITS))
        word = DIGITS[digit] + word
    return word


def chosen_clauses(pattern: str) -> list[Clause]:
    """The clauses that `pattern` names, all for "". UsageError when it names none."""
    clauses = load_clauses()
    chosen = choose(clauses, pattern) if pattern else clauses
    if not chosen:
        raise UsageError(f"no clause matches {pattern!r}; --list shows their names")
    return chosen


def split_address(text: str) -> tuple[str, int]:
    """HOST:PORT, also [::1]:9878 and :9878 (this machine)."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal():
        raise UsageError(f"expected HOST:PORT, found {text!r}")
    return host.strip("[]") or "127.0.0.1", int(port)


def connector_for(
    address: str, settings: Settings, tls: ssl.SSLContext | None = None
) -> Dialler | Listener:
    """Dials HOST:PORT, or listens there for an initiator."""
    host, port = split_address(address)
    if settings.is_listening:
        return Listener(host, port, settings.connect_timeout_s)
    return Dialler(host, port, tls)


def tls_context(ca: Path | None, cert: Path | None, key: Path | None) -> ssl.SSLContext:
    """A client's TLS: against a CA of one's own, with a certificate of one's own where given."""
    try:
        context = ssl.create_default_context(cafile=str(ca) if ca else None)
        if cert is not None:
            context.load_cert_chain(cert, key)
    except OSError as error:
        raise UsageError(f"TLS files: {error}") from None
    return context


def print_names(clauses: list[Clause], out: TextIO) -> None:
    """One line per clause: name and what it says."""
    for clause in clauses:
        print(f"{clause.name:46}  {clause.text}", file=out)
