"""The data folder: who may hold it, and what is said to those who may not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from internaliser.errors import DataError
from internaliser.journal.folder import DataFolder, FolderInUse

HOLD = """
import sys
from pathlib import Path
from internaliser.journal.folder import DataFolder
folder = DataFolder(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_new_folder_is_closed_to_others(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "deep" / "data") as folder:
        assert folder.path.stat().st_mode & 0o777 == 0o700
        assert folder.journal.stat().st_mode & 0o777 == 0o700


def test_an_empty_folder_that_is_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.mkdir(mode=0o755)
    with DataFolder(path):
        assert path.stat().st_mode & 0o777 == 0o700


def test_a_folder_with_content_that_is_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.mkdir(mode=0o755)
    (path / "letters").touch()
    with pytest.raises(DataError, match=r"expected mode 0700, found 0755"):
        DataFolder(path)
    assert [entry.name for entry in path.iterdir()] == ["letters"]


def test_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(DataError, match="cannot be used"):
        DataFolder(tmp_path / "data")


def test_a_held_folder_is_refused_by_naming_the_process_that_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "data"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(FolderInUse) as caught:
            DataFolder(path)
        holder.kill()
    assert caught.value.pid == holder.pid
    assert str(caught.value) == (
        f"data folder {path} is in use by process {holder.pid} (it holds {path / 'lock'})"
    )


def test_the_folder_is_free_again_after_close(tmp_path: Path) -> None:
    DataFolder(tmp_path).close()
    with DataFolder(tmp_path) as folder:
        assert folder.is_held
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    assert not folder.is_held


def test_a_lock_file_that_a_dead_process_left_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("999999\n")
    tmp_path.chmod(0o700)
    with DataFolder(tmp_path) as folder:
        assert folder.is_held
