"""Ledgers made of journals, for the tests of this room."""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from threading import Event

from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import JournalReader, Record
from internaliser.ledger.books import Books
from internaliser.ledger.database import Database
from internaliser.ledger.follow import rebuild
from internaliser.ledger.projection import KINDS, Projection
from internaliser.ledger.tail import Tail, our_rules_version
from internaliser.ledger.target import Target
from internaliser.names import Names


def rebuilt(data: Path, address: str) -> Target:
    """The whole durable journal in a ledger."""
    target = Target.read(address, data)
    rebuild(data, target, Event(), lambda line: None)
    return target


def caught_up(data: Path, database: Database) -> Books:
    """The ledger there, brought up to date from where it stands."""
    books = Books(database)
    if not books.is_made:
        books.reset()
    with Tail(data, books) as tail:
        while tail.turn():
            pass
    return books


def turned(data: Path, address: str, turns: int) -> None:
    """So many turns of a projection that then ends without a word."""
    with closing(Target.read(address, data).open()) as database:
        books = Books(database)
        if not books.is_made:
            books.reset()
        with Tail(data, books) as tail:
            for _ in range(turns):
                tail.turn()


def records(data: Path) -> list[Record]:
    """What the ledger is made of, in order."""
    with JournalReader(journal_folder(data)) as reader:
        return [record for record in reader if record.kind in KINDS]


def projected(node_id: int, found: Iterable[Record]) -> Projection:
    """A projection that has taken `found`."""
    projection = Projection(node_id, our_rules_version(), Names(), {})
    for record in found:
        projection.take(record)
    return projection
