"""Every clause against the node, and every clause against a node that does one thing wrong."""

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import pytest

from internaliser.certify.clause import Clause, load_clauses
from internaliser.certify.runner import Outcome, Runner
from internaliser.certify.settings import Settings
from internaliser.certify.versions import VERSIONS
from internaliser.certify.wire import Dialler, WallClock
from tests.certify.bad import FAULTS, BadAcceptor, Fault
from tests.certify.damage import Recorded, damaged, record, replay
from tests.certify.whole import run_others, run_patient, together
from tests.node.process import NodeProcess

pytestmark = pytest.mark.slow

SETTINGS = Settings(VERSIONS["FIX.4.4"], second="CLIENT2", runs_slow=True)
NODE = ("journal.sync=off", "fix.logon_timeout_s=1", "fix.resend_chunk=16")
# What the node does otherwise, by policy: it takes a Logon with any EncryptMethod(98) of the
# standard's list and answers that nothing is encrypted.
OTHERWISE = {"session/14_logon_encrypt_method"}

# The whole of the damage takes a minute.
SHARE = 1 if os.environ.get("INTERNALISER_DEEP") == "1" else 10

Results = dict[str, tuple[Outcome, Recorded]]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    node = NodeProcess(tmp_path_factory.mktemp("node") / "data", settings=NODE)
    node.wait_ready()
    yield node.port
    node.kill()


@pytest.fixture(scope="module")
def results(port: int) -> Results:
    found: Results = {}

    def run(clause: Clause, settings: Settings) -> None:
        found[clause.name] = record(clause, settings, Dialler("127.0.0.1", port), WallClock())

    together(partial(run_patient, SETTINGS, run), partial(run_others, SETTINGS, run))
    return found


def test_the_node_keeps_every_clause_that_it_can_be_asked(results: Results) -> None:
    told = {
        name: f"{outcome.step}: {outcome.why}"
        for name, (outcome, _) in results.items()
        if outcome.result not in ("passed", "skipped")
    }
    assert set(told) == OTHERWISE, told


def test_few_clauses_are_not_asked(results: Results) -> None:
    skipped = {
        name
        for name, (outcome, recorded) in results.items()
        if outcome.result == "skipped" and recorded.clause.role != "initiator"
    }
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


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.__name__))
def test_an_acceptor_with_one_fault_fails_the_clause_about_it(fault: Fault, port: int) -> None:
    (clause,) = (clause for clause in load_clauses() if clause.name == FAULTS[fault])
    settings = replace(SETTINGS, timeout_s=0.3)
    bad = BadAcceptor(Dialler("127.0.0.1", port), fault)
    outcome = Runner(settings, bad, WallClock(), f"bad-{fault.__name__}").run(clause)
    assert outcome.result == "failed", outcome.transcript
