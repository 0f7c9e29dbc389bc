"""`internaliser dump` on a folder with a journal."""

import json
from pathlib import Path
from typing import Any

import pytest

from internaliser.cli import run_command
from internaliser.cli.looking import DUMPS
from internaliser.config import parse
from internaliser.core.core import Core
from internaliser.inspect import ROWS
from internaliser.journal.start import find_start
from internaliser.node_config import Held, changes_for
from tests.journaled_core import journal_of
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


SMALL = parse(
    "[limits]\norders_max = 1000\nclosed_orders_max = 1000\nlevels_max = 1000\n"
    '[[assets]]\nname = "USD"\ndecimals = 2\n'
    '[[clients]]\nname = "ALICE"\nfunding = { USD = 5.25 }\n'
    '[[clients]]\nname = "BOB"\ncredit = "unlimited"\n',
    "f.toml",
)


@pytest.fixture
def node(tmp_path: Path) -> tuple[Core, str]:
    """A core and the folder that its journal is in."""
    return journal_of(tmp_path / "node", SMALL, []), str(tmp_path / "node")


def printed(words: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> Any:
    assert run_command(words) == code
    return json.loads(capsys.readouterr().out)


def test_balances_are_exact(node: tuple[Core, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["dump", "balances", "--json", "--data", node[1]]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["kind"], row["owner"], row["balance"], row["available"]) for row in rows] == [
        ("client", "ALICE", "5.25", "5.25"),
        ("outside", "outside", "-5.25", "unlimited"),
    ]


def test_the_state_hash_is_that_of_the_core(
    node: tuple[Core, str], capsys: pytest.CaptureFixture[str]
) -> None:
    core, data = node
    state = {"seq": core.seq, "epoch": 1, "state_hash": core.state_hash()}
    assert printed(["state-hash", "--data", data], capsys) == state
    assert printed(["replay", "--data", data], capsys) == state


def test_a_replay_can_stop_at_a_step(
    node: tuple[Core, str], capsys: pytest.CaptureFixture[str]
) -> None:
    core, data = node
    state = printed(["replay", "--until", "3", "--data", data], capsys)
    assert state["seq"] == 3
    assert state["state_hash"] != core.state_hash()


def test_a_snapshot_leads_to_the_same_state(
    node: tuple[Core, str], capsys: pytest.CaptureFixture[str]
) -> None:
    core, data = node
    assert printed(["snapshot", "--data", data], capsys)["seq"] == core.seq
    (snapshot,) = (Path(data) / "snapshots").iterdir()
    assert snapshot.suffix == ".snapshot"
    assert find_start(Path(data), layout=core.layout).snapshot is not None
    assert printed(["state-hash", "--data", data], capsys)["state_hash"] == core.state_hash()


def test_verify_prints_its_verdict_and_exits_with_it(
    node: tuple[Core, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, data = node
    assert printed(["verify", "--data", data], capsys)["ok"] is True
    segment = next(
        path for path in (Path(data) / "journal").iterdir() if b"ALICE" in path.read_bytes()
    )
    segment.write_bytes(segment.read_bytes().replace(b"ALICE", b"ALOCE", 1))
    verdict = printed(["verify", "--data", data], capsys, code=1)
    assert verdict["ok"] is False
    assert verdict["finding_count"] == 1
