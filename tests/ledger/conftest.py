"""Ledgers to test with: one in a file and, where there is a server, one in PostgreSQL."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import pytest

from internaliser.ledger.database import Database
from internaliser.ledger.target import Target
from tests.ledger.cluster import VARIABLE
from tests.ledger.grower import Grower

# Without a server the tests of both databases are of SQLite; those of PostgreSQL alone skip.
KINDS = ("sqlite", "postgres") if os.environ.get(VARIABLE) else ("sqlite",)
Place = Callable[[], str]  # an address of a ledger that is not there yet


class Connect(Protocol):
    """Opens a ledger, to write or to look; closed at the end of the test."""

    def __call__(self, address: str, *, may_write: bool = True) -> Database: ...


def new_database(number: int) -> str:
    """The address of an empty database on the test server."""
    import psycopg

    address = os.environ[VARIABLE]
    name = f"ledger_{os.getpid()}_{number}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


def drop_database(address: str) -> None:
    """The end of a database made by `new_database`."""
    import psycopg

    with psycopg.connect(os.environ[VARIABLE], autocommit=True) as connection:
        name = urlsplit(address).path.lstrip("/")
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def need_postgres() -> None:
    """Skip where no server is told or psycopg is missing."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    if not os.environ.get(VARIABLE):
        pytest.skip(f"no PostgreSQL: {VARIABLE} is not set (python -m tests.ledger.cluster ...)")


NUMBERS = iter(range(10**6))


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Gives a new place for a ledger at each call; the test runs once per kind."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:{tmp_path / f'ledger{next(NUMBERS)}.sqlite'}"
        return
    need_postgres()
    made: list[str] = []

    def make() -> str:
        made.append(new_database(next(NUMBERS)))
        return made[-1]

    yield make
    for address in made:
        drop_database(address)


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    need_postgres()
    address = new_database(next(NUMBERS))
    yield address
    drop_database(address)


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Connect]:
    """Opens a ledger by its address."""
    with ExitStack() as stack:

        def make(address: str, *, may_write: bool = True) -> Database:
            target = Target.read(address, tmp_path)
            database = target.open(may_write=may_write, may_make=may_write)
            return stack.enter_context(closing(database))

        yield make


@pytest.fixture(scope="session")
def grown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Grower]:
    """A journal of several runs, one of them ended inside a write, and the state it leads to."""
    data = tmp_path_factory.mktemp("grown") / "data"
    grower = Grower(data, seed=11)
    for run in range(4):
        grower.turns(15)
        grower.crash(is_torn=run % 2 == 1)
    grower.turns(20)
    grower.close()
    return data, grower
