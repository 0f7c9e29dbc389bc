"""The ledger in PostgreSQL, in the schema `ledger` of the database the address names.

psycopg is an extra of the installation and imported with this module only.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from internaliser.errors import DataError
from internaliser.ledger.database import ROWS_AT_ONCE, LedgerUnavailable, Values
from internaliser.ledger.schema import SCHEMA
from internaliser.ledger.target import Target

CONNECT_S = 10
LOCK_S = 10.0  # until a projection that was killed is gone at the server too
LOCK_KEY = 0x494E4C47  # of the lock that one projection at a time holds on the database


class PostgresDatabase:
    """A connection. `may_make`: the schema is made where it is not there yet."""

    mark = "%s"
    is_postgres = True

    def __init__(self, target: Target, *, may_write: bool, may_make: bool) -> None:
        self.label = target.label
        self._target = target
        with self._faults():
            self._connection = psycopg.connect(
                target.address,
                autocommit=True,
                connect_timeout=CONNECT_S,
                application_name="internaliser ledger",
            )
        try:
            self._set_up(may_write, may_make)
        except BaseException:
            self.close()
            raise

    def rows(self, sql: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """As in Database."""
        with self._faults(), self._cursor() as cursor:
            cursor.execute(sql, values or None)
            while found := cursor.fetchmany(ROWS_AT_ONCE):
                yield from found

    def run(self, sql: str, values: Values = ()) -> int:
        """As in Database."""
        with self._faults():
            return self._connection.execute(sql, values or None).rowcount

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        """As in Database."""
        with self._faults(), self._connection.cursor() as cursor:
            cursor.executemany(sql, rows)

    def append(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        """As in Database."""
        sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self._faults(), self._connection.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As in Database."""
        with self._faults(), self._connection.transaction():
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """As in Database."""
        with self._faults(), self._connection.transaction():
            self.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield

    def has_table(self, name: str) -> bool:
        """As in Database."""
        sql = "SELECT COUNT(*) FROM pg_tables WHERE schemaname = %s AND tablename = %s"
        return bool(next(self.rows(sql, (SCHEMA, name)))[0])

    def close(self) -> None:
        """As in Database."""
        self._connection.close()

    def _cursor(self) -> psycopg.Cursor[tuple[Any, ...]]:
        """One that leaves the rows at the server, where a transaction allows it."""
        is_between = self._connection.info.transaction_status == TransactionStatus.IDLE
        return self._connection.cursor() if is_between else self._connection.cursor(name="rows")

    def _set_up(self, may_write: bool, may_make: bool) -> None:
        encoding = next(self.rows("SHOW server_encoding"))[0]
        if encoding != "UTF8":
            raise DataError(f"{self.label}: expected a database in UTF8, found {encoding}")
        if may_write:
            self._take_turn()
        if may_make:
            self.run(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        self.run(f"SET search_path TO {SCHEMA}")
        if not may_write:
            self.run("SET default_transaction_read_only TO on")

    def _take_turn(self) -> None:
        """Hold the writers' lock until the connection ends."""
        self.run(f"SET lock_timeout TO {int(LOCK_S * 1000)}")
        try:
            self.run("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        except LedgerUnavailable as error:
            told = f"another projection writes to this ledger ({error})"
            raise LedgerUnavailable(f"{self.label}: {told}") from None
        self.run("SET lock_timeout TO 0")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """psycopg's errors as ours, without what the address keeps secret."""
        try:
            yield
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise LedgerUnavailable(self._told(error)) from None
        except psycopg.Error as error:
            raise DataError(self._told(error)) from None

    def _told(self, error: psycopg.Error) -> str:
        text = " ".join(str(error).split()) or type(error).__name__
        return f"{self.label}: {self._target.without_secrets(text)}"
