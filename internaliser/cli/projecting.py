"""Verbs of the SQL ledger. They read the journal and write a database; the node takes no notice."""

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from threading import Event

from internaliser.cli.options import add_data
from internaliser.errors import EXIT_FINDING, EXIT_OK
from internaliser.verbs import Parser, Verbs

NICENESS = 10  # the node goes first where both want the processor

VERBS = Verbs()


def _ledger_arguments(parser: Parser) -> None:
    add_data(parser)
    parser.optional.add_argument(
        "--to",
        metavar="LEDGER",
        help="sqlite:PATH or postgresql://USER@HOST:PORT/DATABASE "
        "(default: ledger.sqlite in the data folder)",
    )


@VERBS.add("ledger follow", "Ledger", _ledger_arguments)
def follow(arguments: argparse.Namespace) -> int:
    """Keep an SQL ledger up to date with a node's journal until SIGTERM or SIGINT.

    Projects accounts, transfers, executions, orders, children and venue reports from what the node
    has made durable, a batch of steps per transaction; goes on from where the ledger stands and
    makes it where there is none. The node is only read from: start, stop or kill this at any time.
    A database that goes away is waited for. In PostgreSQL the tables are in the schema "ledger";
    a password is better in PGPASSWORD or ~/.pgpass than in the address.

    Examples:
        internaliser ledger follow --data /tmp/node
        internaliser ledger follow --data /tmp/node --to sqlite:/var/lib/books/node1.sqlite
        internaliser ledger follow --data /tmp/node --to postgresql://books@db.local/node1
    """
    from internaliser.ledger.follow import follow as go_on
    from internaliser.ledger.target import Target

    target = Target.read(arguments.to, arguments.data)
    os.nice(NICENESS)
    with _stopped_by_signals() as stop:
        go_on(arguments.data, target, stop, _tell)
    return EXIT_OK


@VERBS.add("ledger rebuild", "Ledger", _ledger_arguments)
def rebuild(arguments: argparse.Namespace) -> int:
    """Make the SQL ledger anew from the first record of the journal.

    Empties the ledger first. Stopped in the middle it is a ledger that ends earlier, which `ledger
    follow` completes. Works beside a running node, and after a change of the ledger's format.

    Examples:
        internaliser ledger rebuild --data /tmp/node
        internaliser ledger rebuild --data /tmp/node --to postgresql://books@db.local/node1
    """
    from internaliser.ledger.follow import rebuild as make_anew
    from internaliser.ledger.target import Target

    target = Target.read(arguments.to, arguments.data)
    with _stopped_by_signals() as stop:
        make_anew(arguments.data, target, stop, _tell)
        return EXIT_FINDING if stop.is_set() else EXIT_OK


@VERBS.add("ledger check", "Ledger", _ledger_arguments)
def check(arguments: argparse.Namespace) -> int:
    """Compare the SQL ledger with the core, to the last unit.

    Replays the journal up to the ledger's last step. Every balance is the sum of its postings, the
    balances of an asset sum to zero, every account equals the core's, and so do orders and children
    without an outcome. Prints one JSON object; exit code 1 when there is any finding. Writes
    nothing; ledger and node may be in use.

    Examples:
        internaliser ledger check --data /tmp/node
        internaliser ledger check --data /tmp/node --to sqlite:/var/lib/books/node1.sqlite
    """
    from internaliser.ledger.check import check as compare
    from internaliser.ledger.target import Target

    database = Target.read(arguments.to, arguments.data).open(may_write=False, may_make=False)
    with contextlib.closing(database):
        found = compare(arguments.data, database)
    print(json.dumps(found))
    return EXIT_OK if found["ok"] else EXIT_FINDING


def _tell(line: str) -> None:
    print(line)
    sys.stdout.flush()


@contextlib.contextmanager
def _stopped_by_signals() -> Iterator[Event]:
    """An event that SIGTERM and SIGINT set: the transaction under way is finished first."""
    stop = Event()
    earlier = {
        number: signal.signal(number, lambda _number, _frame: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)
