"""The ledger as tables: its watermark, what it knows, and one transaction per batch of steps.

    books = Books(database)
    books.mark                      # how far it is projected; None before anything is
    books.write(batch, mark)        # rows and watermark together, or neither

Says nothing about how records become rows: that is projection.py.
"""

from dataclasses import astuple, dataclass, field
from typing import Any, Self

from internaliser.errors import DataError
from internaliser.ledger.database import Database
from internaliser.ledger.schema import (
    ACCOUNTS,
    ASSETS,
    CLIENTS,
    FORMAT,
    INSTRUMENTS,
    TABLES,
    VENUES,
    WATERMARK,
    Table,
    upsert,
)
from internaliser.ledger.views import create_all, drop_all
from internaliser.names import Names

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """The watermark: see schema.WATERMARK."""

    node_id: int
    rules_version: int
    epoch: int
    position: int
    batch_no: int
    batch_crc: int
    seq: int
    event_index: int
    time: str

    @property
    def key(self) -> tuple[int, int]:
        """The last record projected."""
        return self.seq, self.event_index


@dataclass(slots=True)
class Account:
    """An account of the core, by its number there."""

    owner_kind: str
    owner: str
    asset: str
    units: int = 0

    @property
    def whose(self) -> tuple[str, str, str]:
        """What never changes of an account."""
        return self.owner_kind, self.owner, self.asset


@dataclass(slots=True)
class Batch:
    """Rows to be written in one transaction: facts in order, and what changes by its key."""

    facts: dict[str, list[Row]] = field(default_factory=dict)
    states: dict[str, dict[Any, Row]] = field(default_factory=dict)

    def add(self, table: Table, row: Row) -> None:
        """A row that never changes."""
        self.facts.setdefault(table.name, []).append(row)

    def change(self, table: Table, row: Row) -> None:
        """A row as it is now; what a table keeps of an earlier row is kept here too."""
        rows = self.states.setdefault(table.name, {})
        key = row[table.key[0]]
        earlier = rows.get(key)
        if earlier is not None:
            row |= {name: earlier[name] for name in table.kept}
            row |= {name: earlier[name] for name in table.named if row[name] is None}
        rows[key] = row

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        """Its rows as the columns stand."""
        rows = self.facts.get(table.name, []) + list(self.states.get(table.name, {}).values())
        return [tuple(row[name] for name in table.columns) for row in rows]


class Books:
    """The ledger in one database. Raises DataError where it is not one this program reads."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.mark: Mark | None = self._read_mark()

    @classmethod
    def anew(cls, database: Database) -> Self:
        """An empty ledger, whatever format an earlier one there had."""
        books = cls.__new__(cls)
        books.database = database
        books.reset()
        return books

    @property
    def is_made(self) -> bool:
        """Whether there is a ledger, be it empty."""
        return self.database.has_table(WATERMARK.name)

    def reset(self) -> None:
        """An empty ledger, whatever was there, in one transaction."""
        with self.database.transaction():
            is_postgres = self.database.is_postgres
            for statement in [
                *drop_all(is_postgres=is_postgres),
                *create_all(is_postgres=is_postgres),
            ]:
                self.database.run(statement)
        self.mark = None

    def write(self, batch: Batch, mark: Mark) -> None:
        """Write `batch` and move the watermark from where this object knows it to `mark`.

        DataError, and nothing is written, when another program has moved it meanwhile.
        """
        with self.database.transaction():
            self._move(mark)
            for table in TABLES:
                rows = batch.rows(table)
                if rows and table.is_immutable:
                    self.database.append(table.name, list(table.columns), rows)
                elif rows:
                    self.database.many(upsert(table, self.database.mark), rows)
        self.mark = mark

    def names(self) -> Names:
        """Assets, instruments, clients and venues by index, as far as the watermark says."""
        names = Names()
        for row in self.rows(ASSETS):
            names.assets.append({"name": row["asset"], "decimals": row["decimals"]})
        for row in self.rows(INSTRUMENTS):
            terms = {"name": row["symbol"], "base": row["base_id"], "quote": row["quote_id"]}
            names.instruments.append(row | terms)
        names.clients += [{"name": row["client"]} for row in self.rows(CLIENTS)]
        names.sources += [{"name": row["venue"]} for row in self.rows(VENUES)]
        return names

    def accounts(self) -> dict[int, Account]:
        """All accounts by number."""
        return {
            row["account_id"]: Account(
                row["owner_kind"], row["owner"], row["asset"], int(row["balance_units"])
            )
            for row in self.rows(ACCOUNTS)
        }

    def rows(self, table: Table) -> list[Row]:
        """A whole table, for the small ones, in the order of its key."""
        columns = list(table.columns)
        sql = f"SELECT {', '.join(columns)} FROM {table.name} ORDER BY {', '.join(table.key)}"
        return [dict(zip(columns, row, strict=True)) for row in self.database.rows(sql)]

    def _read_mark(self) -> Mark | None:
        if not self.is_made:
            return None
        found = self.database.rows(f"SELECT format FROM {WATERMARK.name}")
        for (version,) in found:
            if version != FORMAT:
                raise DataError(
                    f"{self.database.label}: expected a ledger of format {FORMAT}, found {version};"
                    " `internaliser ledger rebuild` makes it anew"
                )
        for row in self.rows(WATERMARK):
            return Mark(*(row[name] for name in Mark.__dataclass_fields__))
        return None

    def _move(self, mark: Mark) -> None:
        """Take the watermark's row first: it is the lock between two projections."""
        database = self.database
        values: tuple[Any, ...] = (1, FORMAT, *astuple(mark))
        if self.mark is None:
            if next(database.rows(f"SELECT COUNT(*) FROM {WATERMARK.name}"))[0]:
                raise self._taken()
            marks = ", ".join([database.mark] * len(values))
            columns = ", ".join(WATERMARK.columns)
            database.run(f"INSERT INTO {WATERMARK.name} ({columns}) VALUES ({marks})", values)
            return
        changes = ", ".join(f"{name} = {database.mark}" for name in WATERMARK.columns)
        known = f"seq = {database.mark} AND event_index = {database.mark}"
        sql = f"UPDATE {WATERMARK.name} SET {changes} WHERE id = 1 AND {known}"
        if database.run(sql, (*values, *self.mark.key)) != 1:
            raise self._taken()

    def _taken(self) -> DataError:
        return DataError(
            f"{self.database.label}: another projection writes to this ledger (its watermark moved)"
        )
