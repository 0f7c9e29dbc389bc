"""What a node cannot start with is refused in one clear line, and nothing in its folder changes."""

import socket
import subprocess
from pathlib import Path

import pytest

from tests.node.cuts import digest
from tests.node.process import PLAIN, ROOT, NodeProcess, run_line


def refuse(data: Path, *settings: str, config: Path = PLAIN) -> tuple[int, str]:
    """Exit code and standard error of a start that must fail; nothing may be on standard output."""
    done = subprocess.run(
        run_line(data, config, settings), capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return done.returncode, lines[0]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder that a node has used and was killed on."""
    folder = tmp_path / "data"
    node = NodeProcess(folder, settings=["journal.segment_mb=4"])
    node.wait_ready()
    node.kill()
    return folder


def test_a_data_folder_in_use_names_who_uses_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    node = NodeProcess(folder, settings=["journal.segment_mb=4"])
    try:
        node.wait_ready()
        journal = (folder / "journal" / "0000000000.segment").read_bytes()
        code, line = refuse(folder)
        assert code == 1
        assert str(folder) in line
        assert str(node.process.pid) in line
        assert (folder / "journal" / "0000000000.segment").read_bytes() == journal
        assert node.is_running
    finally:
        node.kill()


def test_a_damaged_journal_names_file_and_offset(data: Path) -> None:
    segment = data / "journal" / "0000000000.segment"
    content = bytearray(segment.read_bytes())
    content[200] ^= 1
    segment.write_bytes(content)
    before = digest(data)
    code, line = refuse(data)
    assert code == 1
    assert f"{segment} at offset 72:" in line
    assert digest(data) == before


def test_a_port_in_use_is_named_and_the_folder_stays(data: Path) -> None:
    before = digest(data)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, line = refuse(data, f"fix.port={port}")
    assert code == 1
    assert f"127.0.0.1:{port}" in line
    assert digest(data) == before


def test_a_wrong_configuration_names_the_key_and_makes_no_folder(tmp_path: Path) -> None:
    code, line = refuse(tmp_path / "data", "fix.prt=1")
    assert code == 2
    assert "fix.prt" in line
    assert "port" in line.replace("fix.prt", "")
    assert not (tmp_path / "data").exists()


def test_a_configuration_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, line = refuse(tmp_path / "data", config=tmp_path / "nowhere.toml")
    assert code == 2
    assert "nowhere.toml" in line
    assert not (tmp_path / "data").exists()


def test_a_folder_open_to_others_is_refused(data: Path) -> None:
    data.chmod(0o755)
    before = digest(data)
    code, line = refuse(data)
    assert code == 1
    assert "0700" in line
    assert digest(data) == before


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "data"
    file.write_text("not a folder")
    code, line = refuse(file)
    assert code == 1
    assert str(file) in line
    assert file.read_text() == "not a folder"


def test_the_journal_of_another_node_is_refused(data: Path) -> None:
    before = digest(data)
    code, line = refuse(data, "node.id=2")
    assert code == 1
    assert "node 1" in line
    assert digest(data) == before
