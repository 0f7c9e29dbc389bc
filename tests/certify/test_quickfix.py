"""Every clause against QuickFIX as an acceptor; in all three versions in a deep run."""

import importlib.util
import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from internaliser.certify.clause import Clause
from internaliser.certify.runner import Outcome, Runner
from internaliser.certify.settings import Settings
from internaliser.certify.versions import VERSIONS
from internaliser.certify.wire import Dialler, Listener, WallClock
from tests.certify.whole import PATIENT, run_one, run_others, together

HAS_QUICKFIX = importlib.util.find_spec("quickfix") is not None
THEIRS = Path(sys.prefix) / "share" / "quickfix"
ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.interop,
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_QUICKFIX, reason="the quickfix package is not installed"),
    pytest.mark.skipif(not THEIRS.exists(), reason="quickfix came without its dictionaries"),
]

Runs = Callable[[Settings, Callable[[Clause, Settings], None]], None]

DICTIONARIES = {
    "FIX.4.2": ("FIX42",),
    "FIX.4.4": ("FIX44",),
    "FIXT.1.1": ("FIXT11", "FIX50SP2"),
}
# QuickFIX's choices where the standard leaves one.
DIFFERS = {
    "orders/85_cancel_on_disconnect",
    "session/11_logon_reset_needs_number_one",
    "session/14_logon_encrypt_method",
    "session/14_logon_negative_heart_bt_int",
    "session/17_heart_bt_int_too_long",
    "session/17_heart_bt_int_zero",
    "session/44_number_missing",
    "session/51_resend_end_before_begin",
    "session/51_resend_loop_ends",
    "session/51_resend_of_what_was_never_sent",
}
DIFFERS_IN = {
    "FIX.4.4": {"session/44_number_beyond_reason"},
    "FIXT.1.1": {
        "session/19_appl_ver_id_of_a_message_unknown",
        "session/19_appl_ver_id_unknown",
        "session/41_session_status",
        "session/44_number_beyond_reason",
    },
}
IS_DEEP = os.environ.get("INTERNALISER_DEEP") == "1"
# 4.2 has the most words of its own; the node itself is asked in 4.4.
TRIED = tuple(VERSIONS) if IS_DEEP else ("FIX.4.2",)


def free_port() -> int:
    listener = Listener("127.0.0.1", 0, 1.0)
    listener.close()
    return listener.port


@contextmanager
def quickfix(version: str, folder: Path, clients: str) -> Iterator[int]:
    """A process with QuickFIX in it, for one version; its port."""
    port = free_port()
    paths = ",".join(str(THEIRS / f"{name}.xml") for name in DICTIONARIES[version])
    command = [sys.executable, "-m", "tests.certify.quickfix_venue", str(port), str(folder)]
    with subprocess.Popen(
        [*command, clients, f"{version}={paths}"],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as venue:
        assert venue.stdout is not None
        assert venue.stdout.readline() == "up\n"
        yield port
        venue.kill()


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outcome]]:
    # QuickFIX looks at a link's first message while its other links wait: whoever measures its
    # patience needs a process to himself.
    found: dict[str, list[Outcome]] = {version: [] for version in VERSIONS}

    def certify(version: str, clients: str, runs: Runs) -> None:
        settings = Settings(VERSIONS[version], second="CLIENT2", timeout_s=10)
        with quickfix(version, tmp_path_factory.mktemp(version), clients) as port:

            def run(clause: Clause, settings: Settings) -> None:
                run_id = f"q{zlib.crc32(clause.name.encode()):x}"
                runner = Runner(settings, Dialler("127.0.0.1", port), WallClock(), run_id)
                found[version].append(runner.run(clause))

            runs(settings, run)

    together(*(partial(certify, version, "CLIENT1,CLIENT2", run_others) for version in TRIED))
    if IS_DEEP:
        for name in PATIENT:
            certify("FIX.4.4", "CLIENT4", partial(run_one, name))
    return found


@pytest.mark.parametrize("version", TRIED)
def test_quickfix_keeps_every_clause_that_is_no_choice(
    version: str, results: dict[str, list[Outcome]]
) -> None:
    failed = [
        f"{outcome.clause.name}: {outcome.step}: {outcome.why}"
        for outcome in results[version]
        if outcome.result == "failed"
    ]
    assert failed == []
    assert sum(outcome.result == "passed" for outcome in results[version]) > 145


@pytest.mark.parametrize("version", TRIED)
def test_its_choices_are_these(version: str, results: dict[str, list[Outcome]]) -> None:
    differs = {outcome.clause.name for outcome in results[version] if outcome.result == "differs"}
    assert differs == DIFFERS | DIFFERS_IN.get(version, set())
