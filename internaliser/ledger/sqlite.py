"""The ledger in an SQLite file: WAL, each transaction synced. Readers never wait for the writer."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from internaliser.errors import DataError
from internaliser.ledger.database import ROWS_AT_ONCE, LedgerUnavailable, Values

BUSY_S = 10  # how long a write waits for another one to end
APPLICATION_ID = 0x494E4C47  # "INLG" in the file's head: a ledger of ours
MODE = 0o600


class SqliteDatabase:
    """A connection to the file, which is made when `may_make` and it is not there."""

    mark = "?"
    is_postgres = False

    def __init__(self, path: Path, *, may_write: bool, may_make: bool) -> None:
        self.label = f"sqlite:{path}"
        self.path = path
        if not path.exists() and not may_make:
            raise DataError(f"there is no ledger at {path}; `internaliser ledger rebuild` makes it")
        try:
            if may_make and not path.exists():
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, MODE))
            mode = "rw" if may_write else "ro"
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=BUSY_S,
                isolation_level=None,
            )
        except (OSError, sqlite3.Error) as error:
            raise DataError(f"the ledger {path} cannot be opened: {error}") from error
        with self._faults():
            self._set_up(may_write)

    def rows(self, sql: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """As in Database."""
        with self._faults(), closing(self._connection.execute(sql, values)) as cursor:
            while found := cursor.fetchmany(ROWS_AT_ONCE):
                yield from found

    def run(self, sql: str, values: Values = ()) -> int:
        """As in Database."""
        with self._faults(), closing(self._connection.execute(sql, values)) as cursor:
            return cursor.rowcount

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        """As in Database."""
        with self._faults():
            self._connection.executemany(sql, rows).close()

    def append(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        """As in Database."""
        marks = ", ".join("?" * len(columns))
        self.many(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As in Database."""
        with self._between("BEGIN IMMEDIATE"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """As in Database."""
        with self._between("BEGIN"):
            yield

    def has_table(self, name: str) -> bool:
        """As in Database."""
        sql = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
        return bool(next(self.rows(sql, (name,)))[0])

    def close(self) -> None:
        """As in Database."""
        self._connection.close()

    @contextmanager
    def _between(self, begin: str) -> Iterator[None]:
        self.run(begin)
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def _set_up(self, may_write: bool) -> None:
        found = self._connection.execute("PRAGMA application_id").fetchone()[0]
        tables = self._connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
        if found != APPLICATION_ID and tables:
            raise DataError(f"{self.path} is a database of something else, not a ledger")
        self._connection.execute("PRAGMA foreign_keys = ON")
        if may_write:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise LedgerUnavailable(f"the ledger {self.path}: {error}") from error
        except sqlite3.Error as error:
            raise DataError(f"the ledger {self.path}: {error}") from error
