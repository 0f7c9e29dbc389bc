"""Verbs for trying things out against any FIX acceptor."""

import argparse
import sys
from pathlib import Path

from internaliser.cli.options import add_destination, destination
from internaliser.errors import EXIT_OK, UsageError
from internaliser.verbs import Parser, Verbs

VERBS = Verbs()


def _send_arguments(parser: Parser) -> None:
    parser.required.add_argument("message", metavar="MESSAGE", help='fields, as in "35=D|55=..."')
    add_destination(parser)
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

    return send(arguments.message, destination(arguments), arguments.wait_s, arguments.count)


def _certify_arguments(parser: Parser) -> None:
    add = parser.optional.add_argument
    # Optional only for --list.
    parser.required.add_argument("address", metavar="HOST:PORT", nargs="?", help="what to test")
    add("--listen", action="store_true", help="test an initiator: wait for it on HOST:PORT")
    add("--version", default="FIX.4.4", metavar="V", help="FIX.4.2, FIX.4.4 (default) or FIXT.1.1")
    add("--only", default="", metavar="PATTERN", help="clauses by name, as session/3* or cancel")
    add("--list", action="store_true", help="name the clauses and run none")
    add("--json", action="store_true", help="one JSON object per clause")
    add("--verbose", action="store_true", help="all that was said in a failed clause")
    add("--strict", action="store_true", help="clauses marked as policy count as well")
    add("--slow", action="store_true", help="also clauses that wait for 10 s and more")
    add("--sender", default="CLIENT1", metavar="ID", help="our CompID (default CLIENT1)")
    add("--target", default="NODE", metavar="ID", help="their CompID (default NODE)")
    add("--and-sender", default="", metavar="ID", help="a second session, to trade with the first")
    add("--username", default="", metavar="U", help="Username(553)")
    add("--password-file", metavar="FILE", help="holds the Password(554)")
    add("--and-username", default="", metavar="U", help="the second session's")
    add("--and-password-file", metavar="FILE", help="the second session's")
    add("--reset", default="logon", metavar="HOW", help="logon (141=Y), acceptor or never")
    add("--symbol", default="TEST1", metavar="S", help="instrument (default TEST1)")
    add("--price", default="100", metavar="P", help="where only our orders are (default 100)")
    add("--tick", default="0.01", metavar="T", help="price step (default 0.01)")
    add("--lot", default="1", metavar="L", help="quantity step (default 1)")
    add("--order-fields", default="", metavar="F", help='for every order, as in "1=ACC|21=1"')
    add("--logon-fields", default="", metavar="F", help='for every Logon, as in "464=Y"')
    add("--timeout-s", type=float, default=5.0, metavar="S", help="for an answer (default 5)")
    add("--tls", action="store_true", help="dial with TLS")
    add("--tls-ca", type=Path, metavar="FILE", help="trust this CA")
    add("--tls-cert", type=Path, metavar="FILE", help="our certificate")
    add("--tls-key", type=Path, metavar="FILE", help="and its key")


@VERBS.add("certify", "Try out", _certify_arguments)
def certify(arguments: argparse.Namespace) -> int:
    """Check any FIX acceptor or initiator against the standard, clause by clause.

    Each clause is a short readable script (internaliser/certify/clauses) with its source in the
    standard. A failed one is quoted with what was expected and what came. Clauses where engines
    legitimately differ are marked as policy and do not count. Use a test system: orders are placed,
    executed against each other with --and-sender, and canceled; numbers are reset with 141=Y.

    --price must be one at which nobody else trades. With --reset never the numbers go on: the
    session should not be in use by an engine. Exit code 1 when a clause fails.

    Examples:
        internaliser certify 127.0.0.1:9878 --and-sender CLIENT2
        internaliser certify venue.example:9878 --version FIX.4.2 --sender ME --target THEM --json
        internaliser certify :9878 --only session/4* --verbose
        internaliser certify :9900 --listen --sender VENUE --target THEM
        internaliser certify --list --only cancel
    """
    from internaliser.certify.report import Report
    from internaliser.certify.run import certify, chosen_clauses, connector_for, print_names
    from internaliser.cli.certifying import opening, settings_of, tls_of

    clauses = chosen_clauses(arguments.only)
    if arguments.list:
        print_names(clauses, sys.stdout)
        return 0
    if arguments.address is None:
        raise UsageError("HOST:PORT is required; see internaliser certify --help")
    settings = settings_of(arguments)
    report = Report(sys.stdout, is_json=arguments.json, is_verbose=arguments.verbose)
    report.begin(opening(arguments.address, settings, len(clauses)))
    connector = connector_for(arguments.address, settings, tls_of(arguments))
    try:
        return certify(settings, connector, clauses, report, is_strict=arguments.strict)
    finally:
        connector.close()


def _bench_arguments(parser: Parser) -> None:
    add_destination(parser)
    add = parser.optional.add_argument
    add("--orders", type=int, default=10_000, metavar="N", help="orders to count (default 10000)")
    add("--rate", type=int, default=0, metavar="R", help="orders per second; 0 = closed loop")
    add("--outstanding", type=int, default=1, metavar="N", help="under way at once per session")
    add(
        "--and-sender",
        dest="more_senders",
        action="append",
        default=[],
        metavar="ID",
        help="one more session, as this SenderCompID; orders take turns. May be repeated",
    )
    add("--symbol", default="TEST1", metavar="S", help="instrument (default TEST1)")
    add("--price", default="1", metavar="P", help="limit far from the market (default 1)")
    add("--qty", default="1", metavar="Q", help="quantity (default 1)")


@VERBS.add("bench", "Try out", _bench_arguments)
def bench(arguments: argparse.Namespace) -> int:
    """Measure order-to-first-report latency and throughput of any FIX acceptor.

    Buys IOC at a price that must not execute, so that nothing stays behind. With --rate the load is
    open loop: latency counts from each order's intended time. The client is compiled and runs on
    one thread. Prints one JSON line; percentiles are exact within 1.6 %, client_pause_us is the
    longest that the client itself was busy or not running. Exit code 1 when reports are missing or
    orders were refused by the session.

    Examples:
        internaliser bench --orders 20000
        internaliser bench --rate 5000 --orders 50000 --port 9878 --symbol TEST1
        internaliser bench --outstanding 32 --and-sender CLIENT2 --and-sender CLIENT3
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
    to = destination(arguments)
    return bench(to, [to.sender, *arguments.more_senders], load)


def _simulate_arguments(parser: Parser) -> None:
    from internaliser.venues.fix_simulator import add_arguments

    add_arguments(parser.optional)


@VERBS.add("simulate fix", "Try out", _simulate_arguments)
def simulate_fix(arguments: argparse.Namespace) -> int:
    """Run a FIX 4.4 exchange to rehearse against.

    A seeded moving order book, IOC orders matched against it, balances, and misbehaviour on command
    (also at run time, over its control port: one JSON object per line). Prints `READY {json}` with
    both ports; SIGTERM ends it.

    Examples:
        internaliser simulate fix --port 9880 --comp-id MARKET --seed 7
        internaliser simulate fix --port 9880 --misbehave no_ack:every=5
    """
    from internaliser.venues.fix_simulator import run

    try:
        return run(arguments)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _simulate_binance_arguments(parser: Parser) -> None:
    from internaliser.venues.binance_simulator.command import add_arguments

    add_arguments(parser.optional)


@VERBS.add("simulate binance", "Try out", _simulate_binance_arguments)
def simulate_binance(arguments: argparse.Namespace) -> int:
    """Run a Binance Spot to rehearse against: REST, streams and WebSocket API on one port.

    Binance's own formats, signatures, filters, limits and refusals over a seeded moving market (or
    a recorded one), with balances and fees. Prints `READY {json}` with the port; SIGTERM ends it.

    Point a client's base addresses at http://127.0.0.1:PORT, ws://127.0.0.1:PORT (streams) and
    ws://127.0.0.1:PORT/ws-api/v3. Under /simulator are the truth for tests (orders, trades,
    balances, books, state) and misbehaviour on command (misbehave, behave, step, ...), as JSON: to
    have nothing told of the book for five seconds, POST {"kind": "stale", "ms": 5000} to
    /simulator/misbehave.

    Examples:
        internaliser simulate binance --port 9881 --seed 7 --symbols BTC/USDT:30000:0.01:0.00001
        internaliser simulate binance --port 9881 --key abc:secret --misbehave timeout_after:every=5
        internaliser simulate binance --port 9881 --replay captures/BINANCE.ws.1.0
    """
    from internaliser.venues.binance_simulator.command import run

    try:
        return run(arguments)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _rules_arguments(parser: Parser) -> None:
    add = parser.required.add_argument
    add("version", metavar="VERSION", nargs="?", default="FIX.4.4", help="as FIX.4.4 (default)")
    parser.optional.add_argument("--dialect", metavar="FILE", help="of one counterparty")


@VERBS.add("rules", "Try out", _rules_arguments)
def rules(arguments: argparse.Namespace) -> int:
    """Print the rules of engagement of a FIX version, for the desk on the other side.

    Markdown: how sessions and orders work here, every message with its tags, types, values and
    what is required, refusals with their codes and texts, and for each message an example that was
    exchanged with a node. Made of the dictionaries the node itself checks messages with.

    Examples:
        internaliser rules FIX.4.4
        internaliser rules FIXT.1.1
        internaliser rules FIX.4.4 --dialect acme.xml
    """
    from internaliser.engagement.document import document

    sys.stdout.write(document(arguments.version, arguments.dialect))
    return EXIT_OK
