"""--listen: the clauses that hold for initiators, against ours and against QuickFIX."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from internaliser.certify.clause import choose, load_clauses
from internaliser.certify.runner import Outcome, Runner
from internaliser.certify.settings import Settings
from internaliser.certify.versions import VERSIONS
from internaliser.certify.wire import Listener, WallClock
from tests.certify.redialler import Redialler

HAS_QUICKFIX = importlib.util.find_spec("quickfix") is not None
ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow

SETTINGS = Settings(VERSIONS["FIX.4.4"], sender="NODE", target="CLIENT1", is_listening=True)
SLOWEST = "session/91_logout_not_answered"  # the same code as an acceptor's
# It dials once a second; these are one of each kind.
FOR_QUICKFIX = ("20_initiator_logon", "41_number_too_low")
QUICKFIX = """[DEFAULT]
ConnectionType=initiator
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
ReconnectInterval=1
HeartBtInt=30
StartTime=00:00:00
EndTime=00:00:00
UseDataDictionary=N
[SESSION]
BeginString=FIX.4.4
SenderCompID=CLIENT1
TargetCompID=NODE
"""


def told(outcome: Outcome) -> str:
    return f"{outcome.clause.name}: {outcome.step}: {outcome.why}"


def test_our_initiator_keeps_every_clause_about_initiators() -> None:
    listener = Listener("127.0.0.1", 0, 10.0)
    runner = Runner(SETTINGS, listener, WallClock(), "i")
    with Redialler(listener.port):
        outcomes = [runner.run(clause) for clause in load_clauses() if clause.name != SLOWEST]
        listener.close()
    judged = [outcome for outcome in outcomes if outcome.result != "skipped"]
    assert [told(outcome) for outcome in judged if outcome.result != "passed"] == []
    assert len(judged) > 70


@pytest.mark.interop
@pytest.mark.skipif(not HAS_QUICKFIX, reason="the quickfix package is not installed")
def test_quickfix_as_initiator_keeps_one_of_each_kind(tmp_path: Path) -> None:
    listener = Listener("127.0.0.1", 0, 20.0)
    runner = Runner(SETTINGS, listener, WallClock(), "i")
    path = tmp_path / "initiator.cfg"
    path.write_text(QUICKFIX.format(port=listener.port))
    command = [sys.executable, "-m", "tests.fix.quickfix_peer", str(path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as peer:
        clauses = [choose(load_clauses(), name)[0] for name in FOR_QUICKFIX]
        outcomes = [runner.run(clause) for clause in clauses]
        peer.kill()
    listener.close()
    assert [told(outcome) for outcome in outcomes if outcome.result != "passed"] == []
