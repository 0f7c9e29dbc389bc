"""The command line as a process sees it: exit codes, one line per error, no traceback."""

import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from internaliser import cli
from internaliser.cli import VERBS, run_command
from internaliser.errors import DataError
from internaliser.verbs import Parser, Verb

ROOT = Path(__file__).parents[2]
PLAIN = str(ROOT / "config" / "plain.toml")


def process(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "internaliser", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=30)


def test_a_wrong_word_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["chek"]) == 2
    assert capsys.readouterr().err.startswith("internaliser: unknown command 'chek'")


def test_a_refusal_exits_with_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(verbs: object, words: object) -> int:
        raise DataError("d: in use by process 7")

    monkeypatch.setattr(cli, "main", refuse)
    assert run_command(["check", PLAIN]) == 1
    assert capsys.readouterr().err == "internaliser: d: in use by process 7\n"


def test_a_fault_of_ours_is_one_line_as_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(verbs: object, words: object) -> int:
        raise ZeroDivisionError("division by zero")

    monkeypatch.delenv("INTERNALISER_TRACEBACK", raising=False)
    monkeypatch.setattr(cli, "main", fail)
    assert run_command(["check", PLAIN]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("internaliser: fault: ZeroDivisionError: division by zero")


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.words)
def test_every_verb_has_help_with_an_example_that_parses(
    verb: Verb, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([*verb.words.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: internaliser {verb.words}")
    assert verb.summary.endswith(".")
    assert verb.examples
    for example in verb.examples:
        program, *words = shlex.split(example)
        assert program == "internaliser"
        parser = Parser(verb)
        verb.arguments(parser)
        parser.read(words[len(verb.words.split()) :])


def test_a_process_exits_with_the_code_and_no_traceback() -> None:
    done = process("check", "/nowhere.toml")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "/nowhere.toml: cannot be read: No such file or directory\n"


def test_a_node_without_address_space_says_what_it_wants(tmp_path: Path) -> None:
    words = ["run", "--config", PLAIN, "--data", str(tmp_path / "data"), "--set", "fix.port=0"]
    limited = ["prlimit", "--as=2000000000", sys.executable, "-m", "internaliser", *words]
    done = subprocess.run(limited, capture_output=True, text=True, cwd=ROOT, timeout=30)
    assert done.returncode == 1
    assert done.stderr.startswith("internaliser: not enough memory: no address space for")
    assert "`ulimit -v`" in done.stderr
    assert "core.orders_ahead" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_reader_that_stops_early_is_no_error() -> None:
    command = f"{sys.executable} -m internaliser check {PLAIN} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=ROOT, timeout=30)
    assert done.stdout == "[node]\n"
    assert done.stderr == ""


def test_help_is_there_within_half_a_second() -> None:
    best = 9.0
    for _ in range(3):  # the machine may be busy; the best of three is the program's own time
        start = time.perf_counter()
        assert process("--help").returncode == 0
        best = min(best, time.perf_counter() - start)
    assert best < 0.5
