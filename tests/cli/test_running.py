"""`internaliser check` and its kin."""

import io
from pathlib import Path

import pytest

from internaliser.cli import run_command
from internaliser.credentials import Credential, Shown

PLAIN = str(Path(__file__).parents[2] / "config" / "plain.toml")


def test_check_prints_what_takes_effect(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["check", PLAIN, "--set", "fix.port=0"]) == 0
    assert "\nport = 0\n" in capsys.readouterr().out


def test_check_prints_one_line_per_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "f.toml"
    file.write_text("[fix]\nprt = 1\n[core]\nwait = 1\n")
    assert run_command(["check", str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"{file}:2: fix.prt: unknown key; nearest known key is port",
        f"{file}:4: core.wait: expected one of block, spin, found 1",
    ]


def test_a_password_becomes_a_hash_and_is_never_on_the_command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\nmore\n"))
    assert run_command(["hash-password"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert Credential("ALICE", line).passes(Shown("ALICE", b"correct horse"))
    assert run_command(["hash-password", "secret"]) == 2
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert run_command(["hash-password"]) == 2
