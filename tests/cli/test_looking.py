"""`internaliser dump` on a folder with a journal."""

import json
from pathlib import Path

import pytest

from internaliser.cli import run_command
from internaliser.cli.looking import DUMPS
from internaliser.config import parse
from internaliser.inspect import ROWS
from internaliser.node_config import Held, changes_for
from tests.records import config, session_record, write_journal

CONFIG = parse('[[clients]]\nname = "ALICE"\n[[clients]]\nname = "BOB"\n', "f.toml")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    records = []
    for seq, item in enumerate(changes_for(CONFIG, Held()), start=1):
        records += config(item, seq)
    write_journal(tmp_path / "data", [*records, session_record(1, 5, 9)])
    return tmp_path / "data"


def test_a_table_has_a_heading_and_aligned_columns(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["dump", "sessions", "--data", str(data)]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split()[:4] == ["SESSION", "BEGIN_STRING", "OURS", "THEIRS"]
    assert [line.split()[:4] for line in lines] == [
        ["0", "FIX.4.4", "NODE", "ALICE"],
        ["1", "FIX.4.4", "NODE", "BOB"],
    ]
    assert {line.index("NODE") for line in lines} == {heading.index("OURS")}


def test_json_is_one_object_per_line(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["dump", "sessions", "--json", "--data", str(data)]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["theirs"], row["next_in"], row["next_out"]) for row in rows] == [
        ("ALICE", 1, 1),
        ("BOB", 5, 9),
    ]


@pytest.mark.parametrize("what", ["orders", "executions", "trades", "positions", "children"])
def test_what_there_is_none_of_prints_nothing(
    what: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["dump", what, "--data", str(data)]) == 0
    assert capsys.readouterr().out == ""


def test_a_folder_that_is_none_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["dump", "orders", "--data", str(tmp_path / "x")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("internaliser: ")
    assert str(tmp_path / "x") in line


def test_an_unknown_listing_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["dump", "order", "--data", "x"]) == 2
    assert "orders" in capsys.readouterr().err


def test_every_listing_can_be_asked_for() -> None:
    assert set(DUMPS) == {*ROWS, "balances"}
