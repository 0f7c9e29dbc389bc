"""A ledger on a real PostgreSQL server: its schema, its errors, a connection that breaks."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from internaliser.errors import DataError
from internaliser.ledger.database import LedgerUnavailable
from internaliser.ledger.target import Target
from tests.ledger.cluster import VARIABLE
from tests.ledger.conftest import Connect, need_postgres

DATA = Path("data")


def test_tables_are_in_a_schema_of_their_own(postgres: str, connect: Connect) -> None:
    database = connect(postgres)
    database.run("CREATE TABLE t (x INTEGER)")
    sql = "SELECT schemaname FROM pg_tables WHERE tablename = 't'"
    assert list(database.rows(sql)) == [("ledger",)]


def test_looking_cannot_write(postgres: str, connect: Connect) -> None:
    connect(postgres).run("CREATE TABLE t (x INTEGER)")
    reader = connect(postgres, may_write=False)
    with pytest.raises(DataError, match="read-only"):
        reader.run("INSERT INTO t VALUES (1)")


def test_a_second_writer_is_refused_while_the_first_is_there(
    postgres: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    from internaliser.ledger import postgres as module

    monkeypatch.setattr(module, "LOCK_S", 0.2)
    connect(postgres)
    with pytest.raises(LedgerUnavailable, match="another projection writes to this ledger"):
        connect(postgres)
    connect(postgres, may_write=False)  # looking needs no turn


def test_a_connection_that_breaks_is_a_fault_that_may_pass(postgres: str, connect: Connect) -> None:
    database = connect(postgres)
    with pytest.raises(LedgerUnavailable, match=r"postgresql://tester:\*\*\*@127"):
        database.run("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(LedgerUnavailable):
        list(database.rows("SELECT 1"))


def test_a_wrong_password_is_told_without_it(postgres: str) -> None:
    parts = urlsplit(postgres)
    wrong = parts._replace(netloc=f"tester:wr0ng@{parts.hostname}:{parts.port}").geturl()
    with pytest.raises(LedgerUnavailable, match="password authentication failed") as caught:
        Target.read(wrong, DATA).open()
    assert "wr0ng" not in str(caught.value)


def test_an_option_that_is_none_is_told_without_the_secrets(postgres: str) -> None:
    wrong = f"{postgres}?no_such=1"
    with pytest.raises(DataError, match="no_such") as caught:
        Target.read(wrong, DATA).open()
    password = urlsplit(postgres).password
    assert password is not None
    assert password not in str(caught.value)


def test_a_server_that_is_not_there_may_come() -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(LedgerUnavailable, match="refused"):
        Target.read(f"postgresql://ann:s3cret@127.0.0.1:{port}/db", DATA).open()


def test_a_database_in_another_encoding_is_refused() -> None:
    need_postgres()
    import psycopg

    address = os.environ[VARIABLE]
    name = f"latin_{os.getpid()}"
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        try:
            with pytest.raises(DataError, match="expected a database in UTF8, found LATIN1"):
                Target.read(urlsplit(address)._replace(path=f"/{name}").geturl(), DATA).open()
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
