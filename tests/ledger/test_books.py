"""One transaction per batch with its watermark; what a ledger knows when it is opened again."""

from dataclasses import replace
from pathlib import Path

import pytest

from internaliser.errors import DataError
from internaliser.ledger.books import Batch, Books, Mark
from internaliser.ledger.schema import ASSETS, FORMAT, ORDERS
from tests.ledger.conftest import Connect, Place
from tests.ledger.grower import ASSETS as GROWN_ASSETS
from tests.ledger.grower import CLIENTS, NODE_ID, SOURCES, Grower
from tests.ledger.rows import table_rows
from tests.ledger.support import caught_up, projected, rebuilt, records

MARK = Mark(3, 2, 1, 120, 1, 77, 5, 2, "now")


def asset(number: int, name: str) -> Batch:
    batch = Batch()
    batch.change(ASSETS, {"asset_id": number, "asset": name, "decimals": 2})
    return batch


def test_rows_and_watermark_go_together(place: Place, connect: Connect) -> None:
    address = place()
    books = Books.anew(connect(address))
    books.write(asset(0, "USD"), MARK)
    books.write(asset(1, "BTC"), replace(MARK, seq=6))
    read = Books(connect(address, may_write=False))
    assert read.mark == replace(MARK, seq=6)
    assert [row["asset"] for row in read.rows(ASSETS)] == ["USD", "BTC"]


def test_a_batch_that_fails_moves_nothing(place: Place, connect: Connect) -> None:
    books = Books.anew(connect(place()))
    books.write(asset(0, "USD"), MARK)
    broken = asset(1, "BTC")
    broken.change(ORDERS, dict.fromkeys(ORDERS.columns))
    with pytest.raises(DataError):
        books.write(broken, replace(MARK, seq=6))
    assert books.mark == MARK
    assert Books(books.database).mark == MARK
    assert len(books.rows(ASSETS)) == 1


def test_a_watermark_that_another_moved_stops_us(place: Place, connect: Connect) -> None:
    one = Books.anew(connect(place()))
    two = Books(one.database)
    one.write(asset(0, "USD"), MARK)
    for late in (two, two):
        with pytest.raises(DataError, match="another projection writes to this ledger"):
            late.write(asset(0, "EUR"), replace(MARK, seq=4))
    assert [row["asset"] for row in one.rows(ASSETS)] == ["USD"]
    three = Books(one.database)
    three.write(asset(1, "BTC"), replace(MARK, seq=6))
    with pytest.raises(DataError, match="another projection"):
        one.write(asset(1, "EUR"), replace(MARK, seq=6))


def test_a_ledger_that_was_emptied_stops_us(place: Place, connect: Connect) -> None:
    books = Books.anew(connect(place()))
    books.write(asset(0, "USD"), MARK)
    Books.anew(books.database)
    with pytest.raises(DataError, match="another projection"):
        books.write(asset(1, "BTC"), replace(MARK, seq=6))


def test_an_empty_place_has_no_ledger(place: Place, connect: Connect) -> None:
    books = Books(connect(place()))
    assert not books.is_made
    assert books.mark is None
    books.reset()
    assert books.is_made
    assert books.mark is None


def test_a_ledger_of_another_format_is_refused_and_made_anew(
    place: Place, connect: Connect
) -> None:
    database = connect(place())
    Books.anew(database).write(asset(0, "USD"), MARK)
    database.run(f"UPDATE watermark SET format = {FORMAT + 1}")
    with pytest.raises(DataError, match=f"format {FORMAT}, found {FORMAT + 1}; .* rebuild"):
        Books(database)
    assert Books.anew(database).mark is None
    assert {name: rows for name, rows in table_rows(database).items() if rows} == {}


def test_names_and_accounts_are_read_back(
    place: Place, connect: Connect, grown: tuple[Path, Grower]
) -> None:
    data, _ = grown
    books = caught_up(data, connect(place()))
    made = projected(NODE_ID, records(data))
    names = books.names()
    assert [entry["name"] for entry in names.assets] == list(GROWN_ASSETS)
    assert [entry["name"] for entry in names.clients] == list(CLIENTS)
    assert [entry["name"] for entry in names.sources] == list(SOURCES)
    for told in (names, made.names):
        assert told.price(0, 7) == "0.35"
        assert told.qty(0, 7) == "0.0007"
        assert told.quote_amount(0, 10**20 + 1) == "100000000000000.000001"
    assert books.accounts() == made.accounts


def test_the_rows_survive_the_connection(
    place: Place, connect: Connect, grown: tuple[Path, Grower]
) -> None:
    address = place()
    rebuilt(grown[0], address)
    one = table_rows(connect(address, may_write=False))
    assert len(one["transfers"]) > 100
    assert one == table_rows(connect(address, may_write=False))
