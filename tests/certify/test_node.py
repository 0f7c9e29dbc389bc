"""Every clause against the node in every version, and against a node that does one thing wrong."""

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

SETTINGS = {
    name: Settings(version, second="CLIENT2", runs_slow=True) for name, version in VERSIONS.items()
}
NODE = ("journal.sync=off", "fix.logon_timeout_s=1", "fix.resend_chunk=16")
# What the node does otherwise, by policy: it takes a Logon with any EncryptMethod(98) of the
# standard's list and answers that nothing is encrypted.
OTHERWISE = {"session/14_logon_encrypt_method"}
# What cannot be asked: credentials are not configured, and what a version does not have.
NOT_ASKED = {"session/14_logon_credentials"}

# The whole of the damage takes a minute.
SHARE = 1 if os.environ.get("INTERNALISER_DEEP") == "1" else 20

Results = dict[str, tuple[Outcome, Recorded]]


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """A node for each version: a client's orders and trades are its own in all of them."""
    folder = tmp_path_factory.mktemp("nodes")
    nodes = {name: NodeProcess(folder / name, settings=NODE) for name in VERSIONS}
    for node in nodes.values():
        node.wait_ready()
    yield {name: node.port for name, node in nodes.items()}
    for node in nodes.values():
        node.kill()


@pytest.fixture(scope="module")
def results(ports: dict[str, int]) -> dict[str, Results]:
    found: dict[str, Results] = {name: {} for name in VERSIONS}

    def run(clause: Clause, settings: Settings) -> None:
        version = settings.version.name
        dialler = Dialler("127.0.0.1", ports[version])
        found[version][clause.name] = record(clause, settings, dialler, WallClock())

    everything = [
        partial(part, settings, run)
        for settings in SETTINGS.values()
        for part in (run_patient, run_others)
    ]
    together(*everything)
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_the_node_keeps_every_clause_that_it_can_be_asked(
    results: dict[str, Results], version: str
) -> None:
    told = {
        name: f"{outcome.step}: {outcome.why}"
        for name, (outcome, _) in results[version].items()
        if outcome.result not in ("passed", "skipped")
    }
    assert set(told) == OTHERWISE, told


@pytest.mark.parametrize("version", VERSIONS)
def test_few_clauses_are_not_asked(results: dict[str, Results], version: str) -> None:
    skipped = {
        name
        for name, (outcome, recorded) in results[version].items()
        if outcome.result == "skipped" and recorded.clause.role != "initiator"
    }
    others = {clause.name for clause in load_clauses() if version not in clause.versions}
    assert skipped - others == NOT_ASKED
    assert len(others) < 30


@pytest.mark.parametrize("version", VERSIONS)
def test_no_clause_passes_over_a_wrong_answer(results: dict[str, Results], version: str) -> None:
    kept = [
        recorded for outcome, recorded in results[version].values() if outcome.result == "passed"
    ]
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
def test_an_acceptor_with_one_fault_fails_the_clause_about_it(
    fault: Fault, ports: dict[str, int]
) -> None:
    (clause,) = (clause for clause in load_clauses() if clause.name == FAULTS[fault])
    settings = replace(SETTINGS["FIX.4.4"], timeout_s=0.3)
    bad = BadAcceptor(Dialler("127.0.0.1", ports["FIX.4.4"]), fault)
    outcome = Runner(settings, bad, WallClock(), f"bad-{fault.__name__}").run(clause)
    assert outcome.result == "failed", outcome.transcript
