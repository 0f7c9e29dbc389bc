"""What both databases promise: transactions whole or not at all, snapshots of one moment."""

from contextlib import closing
from pathlib import Path

import pytest

from internaliser.errors import DataError
from internaliser.ledger.database import ROWS_AT_ONCE, Database
from internaliser.ledger.target import Target
from tests.ledger.conftest import Connect, Place


@pytest.fixture
def address(place: Place) -> str:
    address = place()
    with closing(Target.read(address, Path("data")).open()) as database:
        database.run("CREATE TABLE t (n INTEGER PRIMARY KEY)")
    return address


def insert(database: Database, *numbers: int) -> None:
    database.many(f"INSERT INTO t VALUES ({database.mark})", [(n,) for n in numbers])


def numbers(database: Database) -> list[int]:
    return [n for (n,) in database.rows("SELECT n FROM t ORDER BY n")]


def test_a_transaction_is_seen_when_it_ends(address: str, connect: Connect) -> None:
    one, two = connect(address), connect(address, may_write=False)
    with one.transaction():
        insert(one, 1, 2)
        assert numbers(two) == []
    assert numbers(two) == [1, 2]


def test_a_transaction_that_fails_leaves_nothing(address: str, connect: Connect) -> None:
    database = connect(address)

    def fail() -> None:
        with database.transaction():
            insert(database, 1, 2)
            insert(database, 1)

    with pytest.raises(DataError):
        fail()
    assert numbers(database) == []


def test_a_snapshot_does_not_see_what_is_written_meanwhile(address: str, connect: Connect) -> None:
    reader, writer = connect(address, may_write=False), connect(address)
    with reader.snapshot():
        assert numbers(reader) == []
        insert(writer, 1)
        assert numbers(reader) == []
    assert numbers(reader) == [1]


def test_many_rows_are_fetched_in_pieces(address: str, connect: Connect) -> None:
    database = connect(address)
    count = 2 * ROWS_AT_ONCE + 1
    with database.transaction():
        insert(database, *range(count))
    assert numbers(database) == list(range(count))
    with database.snapshot():
        assert numbers(database) == list(range(count))


def test_a_change_says_how_many_rows_it_found(address: str, connect: Connect) -> None:
    database = connect(address)
    insert(database, 1, 2, 3)
    assert database.run(f"UPDATE t SET n = n + 10 WHERE n > {database.mark}", (1,)) == 2


def test_a_table_is_there_or_not(address: str, connect: Connect) -> None:
    database = connect(address)
    assert database.has_table("t")
    assert not database.has_table("u")


def test_rows_are_appended_whole(address: str, connect: Connect) -> None:
    database = connect(address)
    with database.transaction():
        database.append("t", ["n"], [(3,), (1,)])
    assert numbers(database) == [1, 3]
    with pytest.raises(DataError):
        database.append("t", ["n"], [(4,), (1,)])
    assert 1 in numbers(database)
