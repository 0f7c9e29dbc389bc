"""Verbs that look into a data folder. They take no lock and write nothing."""

import argparse

from internaliser.cli.options import add_data
from internaliser.errors import EXIT_OK
from internaliser.verbs import Parser, Verbs

DUMPS = ("orders", "executions", "trades", "positions", "sessions", "children", "journal")

VERBS = Verbs()


def _dump_arguments(parser: Parser) -> None:
    parser.required.add_argument("what", metavar="WHAT", choices=DUMPS, help=", ".join(DUMPS))
    add_data(parser)
    parser.optional.add_argument("--json", action="store_true", help="one JSON object per line")


@VERBS.add("dump", "Look", _dump_arguments)
def dump(arguments: argparse.Namespace) -> int:
    """Print what a data folder holds, as a table or as JSON lines.

    Reads the journal of a running node or of a copied folder and never disturbs the node: no lock
    is taken and nothing is written. Prices, quantities and amounts are exact decimals; ids are
    those of the FIX reports. Children are our orders at venues: "unknown" waits for evidence.

    Exit code 1 when the journal is damaged; what precedes the damage is printed.

    Examples:
        internaliser dump orders --data /tmp/node
        internaliser dump executions --json --data /tmp/node
    """
    from internaliser.inspect import rows
    from internaliser.tables import print_rows

    print_rows(rows(arguments.what, arguments.data), arguments.json)
    return EXIT_OK
