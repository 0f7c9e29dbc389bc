"""Every clause against the node, and every clause against a node that does one thing wrong."""

import os
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from internaliser.certify.clause import Clause, load_clauses
from internaliser.certify.runner import Outcome
from internaliser.certify.settings import Settings
from internaliser.certify.versions import VERSIONS
from internaliser.certify.wire import Dialler, WallClock
from tests.certify.damage import Recorded, damaged, record, replay
from tests.node.process import NodeProcess

pytestmark = pytest.mark.slow

SETTINGS = Settings(VERSIONS["FIX.4.4"], second="CLIENT2", runs_slow=True)
NODE = ("journal.sync=off", "fix.logon_timeout_s=1", "fix.resend_chunk=16")
# They wait for the node to lose patience; each has a client of its own and all wait together.
PATIENT = (
    "session/15_no_logon_in_time",
    "session/30_heartbeats",
    "session/32_silence_is_questioned",
    "session/33_silence_ends_the_link",
    "session/91_logout_not_answered",
)
# What the node does otherwise, by policy: it takes a Logon with any EncryptMethod(98) of the
# standard's list and answers that nothing is encrypted.
OTHERWISE = {"session/14_logon_encrypt_method"}

# The whole of the damage takes a minute.
SHARE = 1 if os.environ.get("INTERNALISER_DEEP") == "1" else 10

Results = dict[str, tuple[Outcome, Recorded]]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    node = NodeProcess(tmp_path_factory.mktemp("node") / "data", settings=NODE)
    node.wait_ready()
    try:
        yield run_all(node.port)
    finally:
        node.kill()


def run_all(port: int) -> Results:
    clauses = {clause.name: clause for clause in load_clauses()}
    found: Results = {}

    def run(clause: Clause, settings: Settings) -> None:
        connector = Dialler("127.0.0.1", port)
        found[clause.name] = record(clause, settings, connector, WallClock())

    threads = [
        threading.Thread(
            target=run, args=(clauses.pop(name), replace(SETTINGS, sender=f"CLIENT{number}"))
        )
        for number, name in enumerate(PATIENT, 4)
    ]
    for thread in threads:
        thread.start()
    for clause in clauses.values():
        run(clause, SETTINGS)
    for thread in threads:
        thread.join()
    return found


def test_the_node_keeps_every_clause_that_it_can_be_asked(results: Results) -> None:
    told = {
        name: f"{outcome.step}: {outcome.why}"
        for name, (outcome, _) in results.items()
        if outcome.result not in ("passed", "skipped")
    }
    assert set(told) == OTHERWISE, told


def test_few_clauses_are_not_asked(results: Results) -> None:
    skipped = {name for name, (outcome, _) in results.items() if outcome.result == "skipped"}
    assert skipped == {
        "orders/12_handl_inst_missing",
        "session/14_logon_credentials",
        "session/19_appl_ver_id",
        "session/19_appl_ver_id_unknown",
        "session/41_session_status",
    }


def test_no_clause_passes_over_a_wrong_answer(results: Results) -> None:
    kept = [recorded for outcome, recorded in results.values() if outcome.result == "passed"]
    assert all(replay(recorded, recorded.links).result == "passed" for recorded in kept)
    cases = [(recorded, what, links) for recorded in kept for what, links in damaged(recorded)]
    assert len(cases) > 2000
    unnoticed = [
        f"{recorded.clause.name}: {what}"
        for recorded, what, links in cases[::SHARE]
        if replay(recorded, links).result == "passed"
    ]
    assert unnoticed == []
