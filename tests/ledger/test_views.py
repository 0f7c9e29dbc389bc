"""What the views compute: sums and decimals of 128-bit amounts, exact to the last unit."""

import sqlite3
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from internaliser.ledger import views
from internaliser.ledger.books import Books
from internaliser.ledger.database import Database
from internaliser.ledger.follow import rebuild
from internaliser.ledger.target import Target
from internaliser.names import scaled_text
from tests.ledger.conftest import Connect, Place
from tests.ledger.grower import Grower
from tests.ledger.rows import rows_of, table_rows, view_rows

AMOUNTS = st.one_of(st.integers(-(2**127), 2**127 - 1), st.integers(-(10**10), 10**10))


def summed(amounts: list[int]) -> str:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (k TEXT, units TEXT)")
    connection.executemany("INSERT INTO t VALUES ('a', ?)", [(str(a),) for a in amounts])
    (row,) = connection.execute(views._sum_in_sqlite("k", "t", "units", "n")).fetchall()
    assert row[:2] == ("a", len(amounts))
    return str(row[2])


@given(st.lists(AMOUNTS, min_size=1, max_size=12))
def test_a_sum_of_texts_is_exact(amounts: list[int]) -> None:
    assert summed(amounts) == str(sum(amounts))


@pytest.mark.parametrize(
    "amounts",
    [
        [0],
        [-1],
        [-(10**9)],
        [10**9, -1],
        [-(10**18) - 1, 10**18],
        [10**36, -(10**36)],
        [-(2**127)] * 1000,
        [2**127 - 1] * 1000,
    ],
)
def test_a_sum_of_texts_is_exact_where_groups_of_digits_meet(amounts: list[int]) -> None:
    assert summed(amounts) == str(sum(amounts))


def test_a_sum_with_too_many_rows_is_refused_rather_than_rounded() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (g INTEGER)")
    connection.executemany("INSERT INTO t VALUES (?)", [(2**62,)] * 2)
    with pytest.raises(sqlite3.OperationalError, match="integer overflow"):
        connection.execute("SELECT SUM(g) FROM t").fetchone()


@given(AMOUNTS, st.integers(0, 30))
def test_a_decimal_has_every_digit(units: int, decimals: int) -> None:
    connection = sqlite3.connect(":memory:")
    sql = views._decimal_in_sqlite("u", "d")
    (found,) = connection.execute(
        f"SELECT {sql} FROM (SELECT ? AS u, ? AS d)", (str(units), decimals)
    ).fetchone()
    assert found == scaled_text(units, decimals)


@pytest.fixture
def ledger(place: Place, connect: Connect, grown: tuple[Path, Grower]) -> Database:
    from threading import Event

    address = place()
    rebuild(grown[0], Target.read(address, grown[0]), Event(), lambda line: None)
    return connect(address)


def test_every_account_total_is_the_balance_and_the_cores(
    ledger: Database, grown: tuple[Path, Grower]
) -> None:
    totals = {row[0]: row for row in view_rows(ledger)["account_totals"]}
    core = [row for row in grown[1].core.accounts() if row["balance"]]
    assert {row["account"]: str(row["balance"]) for row in core} == {
        number: row[5] for number, row in totals.items() if row[5] != "0"
    }
    assert {row[-1] for row in totals.values()} == {1}


def test_the_trial_balance_is_zero_for_every_asset(ledger: Database) -> None:
    assert [(row[0], row[2], row[3]) for row in view_rows(ledger)["trial_balance"]] == [
        ("BTC", "0", "0"),
        ("FEE", "0", "0"),
        ("USD", "0", "0"),
    ]


def test_postings_are_both_sides_of_every_transfer(ledger: Database) -> None:
    transfers = table_rows(ledger)["transfers"]
    postings = view_rows(ledger)["postings"]
    assert len(postings) == 2 * len(transfers)
    assert sum(int(row[8]) for row in postings) == 0
    noted = [row for row in postings if row[-1]]
    assert {row[-1] for row in noted} == {"ann: fees of the month", "ann: by phone"}


def test_amounts_of_executions_are_price_times_quantity(ledger: Database) -> None:
    sql = "SELECT last_qty, last_px, amount, quote FROM execution_amounts"
    rows = rows_of(ledger, sql)
    assert rows
    with localcontext(prec=60):
        for qty, price, amount, quote in rows:
            assert Decimal(qty) * Decimal(price) == Decimal(amount)
            assert quote == "USD"


def test_purpose_totals_add_up_to_the_balances(ledger: Database) -> None:
    found: dict[tuple[str, ...], int] = {}
    for kind, owner, asset, _, _, units, _ in view_rows(ledger)["purpose_totals"]:
        found[kind, owner, asset] = found.get((kind, owner, asset), 0) + int(units)
    assert found == {a.whose: a.units for a in Books(ledger).accounts().values()}


def test_both_databases_give_the_same_views(
    grown: tuple[Path, Grower], tmp_path: Path, postgres: str, connect: Connect
) -> None:
    from threading import Event

    addresses = (postgres, f"sqlite:{tmp_path / 'one.sqlite'}")
    for address in addresses:
        rebuild(grown[0], Target.read(address, tmp_path), Event(), lambda line: None)
    one, two = (connect(address) for address in addresses)
    assert table_rows(one) == table_rows(two)
    assert view_rows(one) == view_rows(two)


def test_dropping_takes_nothing_but_a_ledger(connect: Connect) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE mine (x)")
    for statement in [
        *views.create_all(is_postgres=False),
        *views.drop_all(is_postgres=False),
        *views.drop_all(is_postgres=False),
    ]:
        connection.execute(statement)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]
