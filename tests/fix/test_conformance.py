"""The 59 acceptance scripts for FIX 4.4, strict profile, against the session on a real socket."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from internaliser.fix.dictionary import Dictionary
from internaliser.fix.fix_session import FixSession, LogonIdentity
from tests.fix.acceptor import Acceptor

ROOT = Path(__file__).resolve().parents[2]
SHARED = [ROOT / up / "shared" / "conformance" for up in ("..", "../..")]
FOLDER = next((path.resolve() for path in SHARED if path.exists()), None)
IS_DEEP = os.environ.get("INTERNALISER_DEEP") == "1"
# Heartbeats in real time: 12 s and 40 s.
SLOW = ("4a_NoDataSentDuringHeartBtInt", "6_SendTestRequest")
SCRIPTS = 59

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(FOLDER is None, reason="../shared/conformance is not there"),
]


def session(*, resets: bool) -> FixSession:
    return FixSession(
        "acceptor",
        "FIX.4.4",
        "ISLD",
        "TW44",
        dictionary=Dictionary(ROOT / "fix_specs" / "FIX44.xml"),
        reset_on_logon=resets,
        keeps_early=True,
    )


def run(tmp_path: Path, port: int, *options: str) -> dict[str, str]:
    """What became of each script that did not simply pass."""
    assert FOLDER is not None
    report, skips = tmp_path / "report.json", tmp_path / "skips.json"
    skips.write_text(json.dumps({} if IS_DEEP else dict.fromkeys(SLOW, "slow")))
    command = [sys.executable, str(FOLDER / "at_runner.py"), str(FOLDER / "fix44")]
    command += ["--port", str(port), "--retries", "0", "--gap", "0.02"]
    command += ["--skip-file", str(skips), "--json", str(report), *options]
    subprocess.run(command, check=False, capture_output=True, timeout=240)
    scripts = json.loads(report.read_text())["scripts"]
    assert len(scripts) == SCRIPTS
    return {
        Path(script["script"]).stem: script.get("reason", "")
        for script in scripts
        if script["status"] != "pass" and script.get("reason") != "slow"
    }


@pytest.mark.parametrize("reset", ["config", "inject"])
def test_every_script_passes(tmp_path: Path, reset: str) -> None:
    sessions = {LogonIdentity("FIX.4.4", "TW44", "ISLD"): session(resets=reset == "config")}
    with Acceptor(sessions, says_why=False) as acceptor:
        assert run(tmp_path, acceptor.port, "--reset", reset) == {}


def test_every_script_passes_when_a_second_link_is_told_why(tmp_path: Path) -> None:
    sessions = {LogonIdentity("FIX.4.4", "TW44", "ISLD"): session(resets=True)}
    with Acceptor(sessions) as acceptor:
        assert run(tmp_path, acceptor.port, "--logout-before-close") == {}
