"""The file of a ledger: whose it is, who may read it, what happens when it is not one."""

import sqlite3
import stat
from pathlib import Path

import pytest

from internaliser.errors import DataError
from internaliser.ledger.database import LedgerUnavailable
from internaliser.ledger.sqlite import SqliteDatabase


def opened(path: Path, *, may_write: bool = True, may_make: bool = True) -> SqliteDatabase:
    return SqliteDatabase(path, may_write=may_write, may_make=may_make)


def test_a_new_file_is_ours_alone_and_synced(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite"
    database = opened(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert next(database.rows("PRAGMA journal_mode")) == ("wal",)
    assert next(database.rows("PRAGMA synchronous")) == (2,)
    assert next(database.rows("PRAGMA foreign_keys")) == (1,)
    database.close()


def test_looking_makes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "none.sqlite"
    with pytest.raises(DataError, match=r"there is no ledger at .*rebuild` makes it"):
        opened(path, may_write=False, may_make=False)
    assert list(tmp_path.iterdir()) == []


def test_looking_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    writer = opened(path)
    writer.run("CREATE TABLE t (x)")
    reader = opened(path, may_write=False, may_make=False)
    with pytest.raises(LedgerUnavailable, match="readonly"):
        reader.run("INSERT INTO t VALUES (1)")
    reader.close()
    writer.close()


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE theirs (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(DataError, match="something else, not a ledger"):
        opened(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.sqlite"
    path.write_text("not a database, but long enough to look at" * 100)
    with pytest.raises(DataError, match="not a database"):
        opened(path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened"):
        opened(tmp_path / "no" / "a.sqlite")
