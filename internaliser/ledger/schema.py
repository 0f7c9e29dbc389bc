"""The tables of the ledger, one definition for SQLite and PostgreSQL.

Money is whole smallest units of an asset, up to 128 bits. SQLite's integers have 64 bits and its
NUMERIC is a float beyond them, so there it is the decimal text of the integer in a TEXT column,
which keeps every digit, reads as it is, and leaves tables and columns the same as in PostgreSQL
(NUMERIC without a scale). Arithmetic on such texts belongs to the views of views.py: SQLite's own
SUM over a text makes a float.

Prices and quantities stand twice: in ticks and lots, which fit 64 bits and may be summed, and as
exact decimals for people. Ids are the texts of the FIX reports. Times are UTC texts to the
nanosecond; they sort as they read.
"""

from dataclasses import dataclass
from enum import Enum

FORMAT = 1  # of tables and views; another one is refused and must be rebuilt
SCHEMA = "ledger"  # where the tables are in PostgreSQL


class Kind(Enum):
    """What a column holds: its type in SQLite and in PostgreSQL."""

    COUNT = ("INTEGER", "BIGINT")
    TEXT = ("TEXT", "TEXT")
    UNITS = ("TEXT", "NUMERIC(39,0)")
    DECIMAL = ("TEXT", "NUMERIC")


@dataclass(frozen=True, slots=True)
class Table:
    """`key` comes first in `columns`. `kept`: columns that a later row of the same key leaves.

    `named`: columns that a later row changes only where it has a value. A table whose rows never
    change is `is_immutable`: a second row of one key is an error.
    """

    name: str
    columns: dict[str, Kind]
    key: tuple[str, ...]
    needed: frozenset[str]
    kept: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    is_immutable: bool = False
    rules: tuple[str, ...] = ()


def _table(
    name: str,
    key: str,
    columns: str,
    *,
    kept: str = "",
    named: str = "",
    is_immutable: bool = False,
    rules: tuple[str, ...] = (),
) -> Table:
    """Columns as "name:kind", all needed but those with a "?" behind the kind."""
    kinds = {}
    needed = set(key.split())
    for word in columns.split():
        column, _, kind = word.partition(":")
        kinds[column] = Kind[(kind.rstrip("?") or "text").upper()]
        if not kind.endswith("?"):
            needed.add(column)
    kept_names, named_names = frozenset(kept.split()), frozenset(named.split())
    needed_names = frozenset(needed) - named_names
    keys = tuple(key.split())
    return Table(name, kinds, keys, needed_names, kept_names, named_names, is_immutable, rules)


# How far the journal is projected: one row. A batch of the journal holds the first record of the
# step last projected (`position`, `batch_no`); seq and event_index are those of the last record,
# batch_crc the checksum, chained, of the batch that one stands in.
WATERMARK = _table(
    "watermark",
    "id",
    "id:count format:count node_id:count rules_version:count epoch:count position:count"
    " batch_no:count batch_crc:count seq:count event_index:count time:text",
)
ASSETS = _table("assets", "asset_id", "asset_id:count asset:text decimals:count")
INSTRUMENTS = _table(
    "instruments",
    "instrument_id",
    "instrument_id:count symbol:text base_id:count quote_id:count base:text quote:text"
    " tick_mantissa:count price_decimals:count lot_mantissa:count qty_decimals:count"
    " lot_base_units:count tick_lot_quote_units:count",
)
CLIENTS = _table("clients", "client_id", "client_id:count client:text")
VENUES = _table("venues", "venue_id", "venue_id:count venue:text")
ACCOUNTS = _table(
    "accounts",
    "account_id",
    "account_id:count owner_kind:text owner:text asset:text balance_units:units changed_seq:count",
    rules=("UNIQUE (owner_kind, owner, asset)", "UNIQUE (account_id, asset)"),
)
TRANSFERS = _table(
    "transfers",
    "seq event_index",
    "seq:count event_index:count time:text purpose:text asset:text units:units"
    " debit_account:count credit_account:count trade_id:text? note:text?",
    is_immutable=True,
    rules=(
        "FOREIGN KEY (debit_account, asset) REFERENCES accounts (account_id, asset)",
        "FOREIGN KEY (credit_account, asset) REFERENCES accounts (account_id, asset)",
    ),
)
EXECUTIONS = _table(
    "executions",
    "seq event_index",
    "seq:count event_index:count time:text exec_id:text trade_id:text order_id:text cl_ord_id:text"
    " client:text symbol:text side:text liquidity:text venue:text? venue_exec_id:text?"
    " contra_id:text last_qty_lots:count last_px_ticks:count last_qty:decimal last_px:decimal"
    " quote_units:units fee_units:units",
    is_immutable=True,
    rules=("UNIQUE (exec_id)",),
)
ORDERS = _table(
    "orders",
    "order_id",
    "order_id:text client:text cl_ord_id:text? symbol:text side:text? ord_type:text? tif:text?"
    " price_ticks:count? qty_lots:count cum_qty_lots:count leaves_qty_lots:count price:decimal?"
    " qty:decimal? cum_qty:decimal? leaves_qty:decimal? cum_quote_units:units status:text"
    " reason:text? is_open:count opened_seq:count opened:text changed_seq:count changed:text",
    kept="opened_seq opened",
    named="cl_ord_id reason",
)
CHILDREN = _table(
    "children",
    "child_id",
    "child_id:text parent_id:text venue:text symbol:text side:text price_ticks:count qty_lots:count"
    " cum_qty_lots:count price:decimal qty:decimal cum_qty:decimal state:text reason:text?"
    " requested_seq:count requested:text changed_seq:count changed:text",
    kept="requested_seq requested",
)
VENUE_REPORTS = _table(
    "venue_reports",
    "seq",
    "seq:count time:text venue:text? child_id:text exec_type:text? ord_status:text?"
    " last_qty_lots:count last_px_ticks:count cum_qty_lots:count? fee_units:units fee_asset:text?"
    " venue_exec_id:text? is_final:count not_found:count",
    is_immutable=True,
)

# In the order in which rows must be written: what is referred to comes first.
TABLES = (
    WATERMARK,
    ASSETS,
    INSTRUMENTS,
    CLIENTS,
    VENUES,
    ACCOUNTS,
    TRANSFERS,
    EXECUTIONS,
    ORDERS,
    CHILDREN,
    VENUE_REPORTS,
)
INDEXES = {
    "transfers_by_trade": "transfers (trade_id)",
    "transfers_by_debit": "transfers (debit_account)",
    "transfers_by_credit": "transfers (credit_account)",
    "executions_by_order": "executions (order_id)",
    "orders_by_client": "orders (client, is_open)",
    "children_by_parent": "children (parent_id)",
    "venue_reports_by_child": "venue_reports (child_id)",
}


def create_table(table: Table, *, is_postgres: bool) -> str:
    """CREATE TABLE, with the rules every amount must keep."""
    lines = []
    for name, kind in table.columns.items():
        line = f"{name} {kind.value[is_postgres]}"
        if name in table.needed:
            line += " NOT NULL"
        if kind is Kind.UNITS and not is_postgres:
            line += f" CHECK ({_whole_number(name)})"
        lines.append(line)
    if table is TRANSFERS:
        lines.append(f"CHECK ({'units > 0' if is_postgres else _POSITIVE})")
    lines += [f"PRIMARY KEY ({', '.join(table.key)})", *table.rules]
    return f"CREATE TABLE {table.name} (\n    " + ",\n    ".join(lines) + "\n)"


def upsert(table: Table, mark: str) -> str:
    """INSERT of a row or, where its key is there, the change of it; `mark` stands for a value."""
    columns = list(table.columns)
    marks = ", ".join([mark] * len(columns))
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"
    changes = [
        f"{name} = COALESCE(excluded.{name}, {table.name}.{name})"
        if name in table.named
        else f"{name} = excluded.{name}"
        for name in columns
        if name not in table.key and name not in table.kept
    ]
    return f"{sql} ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {', '.join(changes)}"


def _whole_number(name: str) -> str:
    digits = f"CASE WHEN {name} LIKE '-%' THEN substr({name}, 2) ELSE {name} END"
    return f"({digits}) GLOB '[0-9]*' AND ({digits}) NOT GLOB '*[^0-9]*'"


_POSITIVE = "units GLOB '[1-9]*'"
