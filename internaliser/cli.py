"""The verbs of the command line: their options, and one call each."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from internaliser.errors import EXIT_FINDING, EXIT_OK, ConfigError, InternaliserError
from internaliser.verbs import PROGRAM, Parser, Verbs, main

if TYPE_CHECKING:
    from internaliser.send import Destination

VERBS = Verbs()

DUMPS = ("orders", "executions", "trades", "positions", "sessions", "children", "journal")
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def run_command(words: Sequence[str]) -> int:
    """Run one command line; the exit code. A failure is one line on stderr, never a traceback."""
    try:
        code = main(VERBS, words)
        sys.stdout.flush()
        return code
    except ConfigError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except InternaliserError as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except Exception as error:  # the outermost edge: a fault of ours is one line as well
        if os.environ.get("INTERNALISER_TRACEBACK"):
            raise
        where = " (INTERNALISER_TRACEBACK=1 shows where)"
        print(f"{PROGRAM}: fault: {type(error).__name__}: {error}{where}", file=sys.stderr)
        return EXIT_FINDING


def _add_set(parser: Parser) -> None:
    parser.optional.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="SECTION.KEY=VALUE",
        help="override one key of the file; in a list: SECTION.NAME.KEY=VALUE. May be repeated",
    )


def _check_arguments(parser: Parser) -> None:
    parser.required.add_argument("file", metavar="FILE", help="the configuration, TOML")
    _add_set(parser)


@VERBS.add("check", "Run", _check_arguments)
def check(arguments: argparse.Namespace) -> int:
    """Check a configuration file and print what takes effect.

    Prints every key with its effective value, defaults included, as TOML. Each mistake is one line
    on stderr with file, line and key; exit code 2. Nothing is started or written.

    Examples:
        internaliser check config/demo.toml
        internaliser check config/plain.toml --set journal.sync=off
    """
    from internaliser.config import load, render

    print(render(load(arguments.file, arguments.overrides)), end="")
    return EXIT_OK


def _add_data(parser: Parser) -> None:
    parser.required.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="the node's data folder"
    )


def _dump_arguments(parser: Parser) -> None:
    parser.required.add_argument("what", metavar="WHAT", choices=DUMPS, help=", ".join(DUMPS))
    _add_data(parser)
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


def _add_destination(parser: Parser) -> None:
    add = parser.optional.add_argument
    add("--host", default="127.0.0.1", metavar="H", help="where to log on (default 127.0.0.1)")
    add("--port", type=int, default=9878, metavar="P", help="its FIX port (default 9878)")
    add("--sender", default="CLIENT1", metavar="ID", help="SenderCompID(49) (default CLIENT1)")
    add("--target", default="NODE", metavar="ID", help="TargetCompID(56) (default NODE)")
    add("--begin-string", default="FIX.4.4", metavar="V", help="version (default FIX.4.4)")
    add("--reset", action="store_true", help="log on with 141=Y: both sides number from 1 again")


def _destination(arguments: argparse.Namespace) -> "Destination":
    from internaliser.send import Destination

    return Destination(
        arguments.host,
        arguments.port,
        arguments.sender,
        arguments.target,
        arguments.begin_string,
        arguments.reset,
    )


def _send_arguments(parser: Parser) -> None:
    parser.required.add_argument("message", metavar="MESSAGE", help='fields, as in "35=D|55=..."')
    _add_destination(parser)
    add = parser.optional.add_argument
    add("--wait-s", type=float, default=1.0, metavar="S", help="listen for so long (default 1)")
    add("--count", type=int, default=1000, metavar="N", help="stop after N answers")


@VERBS.add("send", "Try out", _send_arguments)
def send(arguments: argparse.Namespace) -> int:
    """Log on, send one FIX message, print the answers, log out.

    Header, BodyLength and CheckSum are filled in; so are ClOrdID(11) and TransactTime(60) where an
    order message lacks them. One line per answer, fields joined by |. Exit code 1 when the message
    is refused or nothing comes back.

    Without --reset the session keeps its numbers: the tool takes the one the node expects. Do not
    use it on a session that a FIX engine is using.

    Examples:
        internaliser send "35=D|55=BTC/USD|54=1|38=5|40=2|44=30000|59=1"
        internaliser send "35=H|55=BTC/USD|54=1|11=a1" --sender CLIENT2 --port 9878
    """
    from internaliser.send import send

    return send(arguments.message, _destination(arguments), arguments.wait_s, arguments.count)


def _bench_arguments(parser: Parser) -> None:
    _add_destination(parser)
    add = parser.optional.add_argument
    add("--orders", type=int, default=10_000, metavar="N", help="orders to count (default 10000)")
    add("--rate", type=int, default=0, metavar="R", help="orders per second; 0 = closed loop")
    add("--outstanding", type=int, default=1, metavar="N", help="under way at once in closed loop")
    add("--symbol", default="TEST1", metavar="S", help="instrument (default TEST1)")
    add("--price", default="1", metavar="P", help="limit far from the market (default 1)")
    add("--qty", default="1", metavar="Q", help="quantity (default 1)")


@VERBS.add("bench", "Try out", _bench_arguments)
def bench(arguments: argparse.Namespace) -> int:
    """Measure order-to-first-report latency and throughput of any FIX acceptor.

    Buys IOC at a price that must not execute, so that nothing stays behind. With --rate the load is
    open loop: latency counts from each order's intended time. Prints one JSON line with exact
    percentiles; client_cost_us is what this client itself adds to each. Exit code 1 when reports
    are missing.

    Examples:
        internaliser bench --orders 20000
        internaliser bench --rate 5000 --orders 50000 --port 9878 --symbol TEST1
    """
    from internaliser.bench import Load, bench

    load = Load(
        arguments.symbol,
        arguments.price,
        arguments.qty,
        arguments.orders,
        arguments.rate,
        arguments.outstanding,
    )
    return bench(_destination(arguments), load)
