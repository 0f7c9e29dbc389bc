"""`internaliser ledger` as a person uses it: commands, exit codes, what is printed and what not."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from internaliser.cli import projecting, run_command
from internaliser.ledger.target import Target
from tests.ledger.grower import Grower
from tests.node.process import ROOT, command_line

WAIT_S = 30


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    grower = Grower(tmp_path_factory.mktemp("node") / "data", seed=31)
    grower.turns(30)
    grower.close()
    return grower.data


def test_a_rebuilt_ledger_is_in_the_data_folder_and_checks(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["ledger", "rebuild", "--data", str(data)]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == f"rebuilding sqlite:{data}/ledger.sqlite from {data}"
    assert last.startswith("step ")
    assert run_command(["ledger", "check", "--data", str(data)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"]
    assert found["ledger"] == f"sqlite:{data}/ledger.sqlite"


def test_a_difference_is_printed_and_exits_with_1(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(data), "--to", f"sqlite:{tmp_path / 'a.sqlite'}"]
    assert run_command(["ledger", "rebuild", *words]) == 0
    database = Target.read(words[-1], data).open()
    database.run("UPDATE accounts SET balance_units = '1' WHERE account_id = 1")
    database.close()
    capsys.readouterr()
    assert run_command(["ledger", "check", *words]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["ok"]
    assert "account 1 (" in found["findings"][0]


def test_a_ledger_that_is_not_there_exits_with_1(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--data", str(data), "--to", f"sqlite:{tmp_path / 'none.sqlite'}"]
    assert run_command(["ledger", "check", *words]) == 1
    assert "there is no ledger at" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("verb", ["follow", "rebuild", "check"])
def test_an_address_of_no_kind_exits_with_2_and_is_not_repeated(
    verb: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["ledger", verb, "--data", str(data), "--to", "mysql://ann:s3cret@h/db"]
    assert run_command(words) == 2
    said = capsys.readouterr()
    assert "expected sqlite:PATH or postgresql://" in said.err
    assert "s3cret" not in said.out + said.err


@pytest.mark.parametrize("verb", ["follow", "rebuild", "check"])
def test_a_password_is_never_printed(
    verb: str, data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    monkeypatch.setattr(projecting, "NICENESS", 0)
    address = "postgresql://ann:s3cret@127.0.0.1:1/db"
    assert run_command(["ledger", verb, "--data", str(data), "--to", address]) == 1
    assert run_command(["ledger", verb, "--data", str(data), address]) == 2  # --to forgotten
    said = capsys.readouterr()
    assert "ann:***@" in said.err
    assert "s3cret" not in said.out + said.err


def test_following_ends_with_sigterm_and_exits_with_0(tmp_path: Path) -> None:
    grower = Grower(tmp_path / "data", seed=32)
    process = subprocess.Popen(
        command_line("ledger", "follow", "--data", grower.data),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first == (
        f"following {grower.data} into sqlite:{grower.data}/ledger.sqlite from step 0\n"
    )
    assert os.getpriority(os.PRIO_PROCESS, process.pid) == os.nice(0) + projecting.NICENESS
    process.send_signal(signal.SIGTERM)
    assert process.wait(WAIT_S) == 0
    process.stdout.close()
    grower.close()
    assert run_command(["ledger", "check", "--data", str(grower.data)]) == 0
