"""A whole run in a few seconds: the clauses that wait do so at the same time."""

import threading
from collections.abc import Callable
from dataclasses import replace

from internaliser.certify.clause import Clause, load_clauses
from internaliser.certify.settings import Settings

# They wait for the other end to lose patience; each has a client of its own, CLIENT4 to CLIENT8.
PATIENT = (
    "session/15_no_logon_in_time",
    "session/30_heartbeats",
    "session/32_silence_is_questioned",
    "session/33_silence_ends_the_link",
    "session/91_logout_not_answered",
)


def run_one(name: str, settings: Settings, run: Callable[[Clause, Settings], None]) -> None:
    """Call `run` for one patient clause, as CLIENT4."""
    (clause,) = (clause for clause in load_clauses() if clause.name == name)
    run(clause, replace(settings, sender="CLIENT4"))


def run_patient(settings: Settings, run: Callable[[Clause, Settings], None]) -> None:
    """Call `run` for the patient clauses, all at once."""
    clauses = {clause.name: clause for clause in load_clauses()}
    threads = [
        threading.Thread(
            target=run, args=(clauses[name], replace(settings, sender=f"CLIENT{number}"))
        )
        for number, name in enumerate(PATIENT, 4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def run_others(settings: Settings, run: Callable[[Clause, Settings], None]) -> None:
    """Call `run` for every other clause, one after another."""
    for clause in load_clauses():
        if clause.name not in PATIENT:
            run(clause, settings)


def together(*runs: Callable[[], None]) -> None:
    """All of them at once; returns when the last is done."""
    threads = [threading.Thread(target=run) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
