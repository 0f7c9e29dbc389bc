"""One definition of the tables for two databases, and the rules the tables keep by themselves."""

import sqlite3

import pytest

from internaliser.ledger.schema import ORDERS, TABLES, TRANSFERS, Kind, create_table, upsert


def transfers() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(create_table(TRANSFERS, is_postgres=False))
    return connection


def add(connection: sqlite3.Connection, units: object) -> None:
    row = (1, 1, "now", "fee", "USD", units, 1, 2, None, None)
    connection.execute(f"INSERT INTO transfers VALUES ({', '.join('?' * len(row))})", row)


def test_both_databases_have_the_same_tables_and_columns() -> None:
    for table in TABLES:
        names = [
            [line.strip().split(" ")[0] for line in create_table(table, is_postgres=p).splitlines()]
            for p in (False, True)
        ]
        columns = list(table.columns)
        assert names[0][1 : 1 + len(columns)] == names[1][1 : 1 + len(columns)] == columns


def test_money_is_never_a_float() -> None:
    types = {word for kind in Kind for word in kind.value}
    assert types == {"INTEGER", "BIGINT", "TEXT", "NUMERIC(39,0)", "NUMERIC"}
    connection = transfers()
    add(connection, str(2**127 - 1))
    assert connection.execute("SELECT units, typeof(units) FROM transfers").fetchone() == (
        str(2**127 - 1),
        "text",
    )


@pytest.mark.parametrize("units", ["", "0", "-1", "1.5", "1e3", "x", "1 ", "٣"])
def test_a_transfer_of_anything_but_a_count_above_zero_is_refused(units: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        add(transfers(), units)


def test_a_fact_is_never_written_twice() -> None:
    connection = transfers()
    add(connection, "5")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        add(connection, "5")


def test_a_row_that_changes_keeps_what_was_said_once() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(create_table(ORDERS, is_postgres=False))
    row = dict.fromkeys(ORDERS.columns, 0) | {"cl_ord_id": "a", "opened_seq": 5, "opened": "early"}
    connection.execute(upsert(ORDERS, "?"), list(row.values()))
    later = row | {"cl_ord_id": None, "opened_seq": 9, "opened": "late", "status": "filled"}
    connection.execute(upsert(ORDERS, "?"), list(later.values()))
    sql = "SELECT cl_ord_id, opened_seq, opened, status FROM orders"
    assert connection.execute(sql).fetchall() == [("a", 5, "early", "filled")]
