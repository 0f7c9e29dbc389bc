"""Verbs for trying things out against any FIX acceptor."""

import argparse

from internaliser.cli.options import add_destination, destination
from internaliser.errors import UsageError
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
    one thread. Prints one JSON line; percentiles are exact within 1.6 %. Exit code 1 when reports
    are missing or orders were refused by the session.

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
