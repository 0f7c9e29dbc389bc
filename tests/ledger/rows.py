"""Every row of a ledger, to be compared with those of another."""

from decimal import Decimal
from typing import Any

from internaliser.ledger.database import Database
from internaliser.ledger.schema import TABLES

VIEWS = (
    "postings",
    "balances",
    "account_totals",
    "purpose_totals",
    "trial_balance",
    "execution_amounts",
)
Rows = dict[str, list[tuple[Any, ...]]]


def table_rows(database: Database) -> Rows:
    """All tables by name."""
    return {
        table.name: rows_of(database, f"SELECT {', '.join(table.columns)} FROM {table.name}")
        for table in TABLES
    }


def view_rows(database: Database) -> Rows:
    """All views by name."""
    return {view: rows_of(database, f"SELECT * FROM {view}") for view in VIEWS}


def rows_of(database: Database, sql: str) -> list[tuple[Any, ...]]:
    """What a query gives, in one order for every database: each sorts texts its own way."""
    return sorted((tuple(map(_plain, row)) for row in database.rows(sql)), key=repr)


def _plain(value: Any) -> Any:
    """A NUMERIC as SQLite's text of the same amount."""
    return format(value, "f") if isinstance(value, Decimal) else value
