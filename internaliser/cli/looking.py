"""Verbs that look into a data folder. They take no lock; only `snapshot` writes."""

import argparse
import json
import time
from typing import TYPE_CHECKING

from internaliser.cli.options import add_data
from internaliser.errors import EXIT_FINDING, EXIT_OK, DataError
from internaliser.verbs import Parser, Verbs

if TYPE_CHECKING:
    from internaliser.recovery import Recovered

DUMPS = (
    "orders",
    "executions",
    "decisions",
    "trades",
    "balances",
    "positions",
    "sessions",
    "children",
    "cases",
    "journal",
)

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
    Cases are executions that a client disputes (DontKnowTrade), beside what it had been told.
    Executions at venues say which outside books the decision behind them saw; decisions show that
    beside what was chosen. Balances: what is booked, what each venue itself says we have there and
    how old that is, totals per asset, their value by the outside mids last journalled
    (node.reference_asset).

    Exit code 1 when the journal is damaged; what precedes the damage is printed.

    Examples:
        internaliser dump orders --data /tmp/node
        internaliser dump executions --json --data /tmp/node
    """
    from internaliser.inspect import rows
    from internaliser.tables import print_rows

    print_rows(rows(arguments.what, arguments.data), arguments.json)
    return EXIT_OK


@VERBS.add("verify", "Look", add_data)
def verify(arguments: argparse.Namespace) -> int:
    """Check a data folder from its first byte to its last.

    Checksums and chain of every batch; replay gives the recorded outputs; every trade has two equal
    sides, CumQty and LeavesQty follow from the executions, accounts sum to zero per asset and equal
    the postings. Prints one JSON object; exit code 1 when there is any finding. Works on a copied
    folder and on a running node's.

    Examples:
        internaliser verify --data /tmp/node
    """
    from internaliser.verify import report

    found = report(arguments.data)
    print(json.dumps(found))
    return EXIT_OK if found["ok"] else EXIT_FINDING


@VERBS.add("state-hash", "Look", add_data)
def state_hash(arguments: argparse.Namespace) -> int:
    """Print the hash of the state a data folder leads to.

    One JSON object with the step and the hash. Two folders with the same history print the same,
    whatever machine or version wrote them, as long as the rules are the same.

    Examples:
        internaliser state-hash --data /tmp/node
    """
    from internaliser.inspect import recovered

    return _print_state(recovered(arguments.data))


def _replay_arguments(parser: Parser) -> None:
    add_data(parser)
    parser.optional.add_argument(
        "--until", type=int, metavar="SEQ", help="stop after this step (default: the last)"
    )


@VERBS.add("replay", "Look", _replay_arguments)
def replay(arguments: argparse.Namespace) -> int:
    """Replay a journal from its beginning and compare every output.

    Stops after the step given by --until and prints the step and the hash of the state there. A
    difference names its step; exit code 1.

    Examples:
        internaliser replay --data /tmp/node
        internaliser replay --until 4711 --data /tmp/node
    """
    from internaliser.inspect import recovered

    return _print_state(recovered(arguments.data, arguments.until, from_start=True))


@VERBS.add("snapshot", "Look", add_data)
def snapshot(arguments: argparse.Namespace) -> int:
    """Write a snapshot of the state a data folder leads to.

    The next start begins there instead of replaying the journal from its first byte. Works beside a
    running node too, which is not disturbed: the state is rebuilt from the journal by this process.

    Examples:
        internaliser snapshot --data /tmp/node
    """
    from internaliser.inspect import recovered
    from internaliser.journal.folder import snapshot_folder
    from internaliser.recovery import keep_snapshot

    state = recovered(arguments.data)
    if not state.replay.is_complete:
        raise DataError(
            f"{arguments.data}: the journal ends inside step {state.core.seq}; ask again, or start "
            "the node once if it is not running"
        )
    folder = snapshot_folder(arguments.data)
    keep_snapshot(state, state.end, folder, time.time_ns())
    print(json.dumps({"seq": state.core.seq, "folder": str(folder)}))
    return EXIT_OK


def _print_state(state: "Recovered") -> int:
    core = state.core
    print(json.dumps({"seq": core.seq, "epoch": core.epoch, "state_hash": core.state_hash()}))
    return EXIT_OK
