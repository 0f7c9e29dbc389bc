"""What the ledger asks of a database: the same few verbs of SQLite and of PostgreSQL.

    with closing(Target.read("sqlite:/tmp/ledger.sqlite", data).open()) as database:
        with database.transaction():
            database.many("INSERT INTO t VALUES (?)", [(1,)])

Knows connections and their faults, nothing of what the tables mean.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from internaliser.errors import DataError

Values = Sequence[Any]
ROWS_AT_ONCE = 2_000  # fetched from a database in one piece


class LedgerUnavailable(DataError):
    """The database cannot be reached or used just now: trying again may help."""


class Database(Protocol):
    """One connection. `label` names the database without its secrets."""

    label: str
    mark: str  # stands for a value in a statement
    is_postgres: bool

    def rows(self, sql: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, fetched ROWS_AT_ONCE at a time."""
        ...

    def run(self, sql: str, values: Values = ()) -> int:
        """One statement; how many rows it changed."""
        ...

    def many(self, sql: str, rows: Iterable[Values]) -> None:
        """One statement for each of `rows`."""
        ...

    def append(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        """New rows of a table, by the quickest way there is."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """All of what is done inside it, durably, or none of it. One writer at a time."""
        ...

    def snapshot(self) -> AbstractContextManager[None]:
        """Everything read inside it is of one moment."""
        ...

    def has_table(self, name: str) -> bool:
        """Whether the ledger's place has a table of that name."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...
