"""The operator's verbs: each asks the running node over its control socket."""

import argparse
import getpass
from typing import Any

from internaliser.cli.options import add_data
from internaliser.errors import EXIT_OK, UsageError
from internaliser.verbs import Parser, Verbs

VERBS = Verbs()


def _add_operator(parser: Parser) -> None:
    add_data(parser)
    parser.required.add_argument("--why", required=True, help="the reason, for the journal")
    parser.optional.add_argument("--who", metavar="NAME", help="who asks (default: the login name)")


def _ask(arguments: argparse.Namespace, verb: str, **fields: Any) -> int:
    from internaliser.control import ask

    who = arguments.who or getpass.getuser()
    answer = ask(arguments.data, verb, who=who, why=arguments.why, **fields)
    orders = f", {answer['count']} orders" if answer["count"] else ""
    print(f"done: {verb} at seq {answer['seq']}{orders}")
    return EXIT_OK


def _switch_arguments(parser: Parser) -> None:
    _add_operator(parser)
    add = parser.optional.add_mutually_exclusive_group().add_argument
    add("--client", metavar="NAME", help="only this client (its SenderCompID)")
    add("--venue", metavar="NAME", help="only this venue")


@VERBS.add("admin halt", "Operate", _switch_arguments)
def halt(arguments: argparse.Namespace) -> int:
    """Stop taking orders, of the node or of one client or venue.

    Cancels still work and resting orders stay; `admin cancel` takes them out. Ends with `admin
    resume`. Journalled with who and why, and in force after a restart too.

    Examples:
        internaliser admin halt --data /tmp/node --why "clock drift"
        internaliser admin halt --client ALICE --data /tmp/node --why "limit breach" --who ann
    """
    return _ask(arguments, "halt", client=arguments.client, venue=arguments.venue)


@VERBS.add("admin reduce", "Operate", _switch_arguments)
def reduce(arguments: argparse.Namespace) -> int:
    """Take only cancels and orders that reduce a position.

    Of the node, or of one client or venue. Ends with `admin resume`.

    Examples:
        internaliser admin reduce --client ALICE --data /tmp/node --why "margin call"
    """
    return _ask(arguments, "reduce", client=arguments.client, venue=arguments.venue)


@VERBS.add("admin resume", "Operate", _switch_arguments)
def resume(arguments: argparse.Namespace) -> int:
    """Take orders again after halt or reduce.

    Of the node, or of one client or venue: each is resumed as it was halted.

    Examples:
        internaliser admin resume --data /tmp/node --why "clock is back"
    """
    return _ask(arguments, "resume", client=arguments.client, venue=arguments.venue)


def _cancel_arguments(parser: Parser) -> None:
    parser.optional.add_argument(
        "order_id", metavar="ORDER", nargs="?", help="one order, by its OrderID(37)"
    )
    _add_operator(parser)
    parser.optional.add_argument("--client", metavar="NAME", help="all orders of this client")
    parser.optional.add_argument("--all", action="store_true", help="all orders of the node")


@VERBS.add("admin cancel", "Operate", _cancel_arguments)
def cancel(arguments: argparse.Namespace) -> int:
    """Cancel one order, all orders of a client, or all orders.

    Each client gets a report per order. An order with children at venues is canceled once its
    children are; the answer does not wait for them. New orders keep coming in unless the node or
    the client is halted first.

    Examples:
        internaliser admin cancel 1-3-4711 --data /tmp/node --why "asked by phone"
        internaliser admin cancel --client ALICE --data /tmp/node --why "link down"
        internaliser admin cancel --all --data /tmp/node --why "maintenance"
    """
    fields = {"order_id": arguments.order_id, "client": arguments.client, "all": arguments.all}
    if sum(bool(value) for value in fields.values()) != 1:
        raise UsageError("expected exactly one of ORDER, --client and --all")
    return _ask(arguments, "cancel", **fields)


def _resolve_child_arguments(parser: Parser) -> None:
    parser.required.add_argument("child_id", metavar="CHILD", help="its id, from `dump children`")
    parser.required.add_argument(
        "--filled", required=True, metavar="QTY", help="what the venue filled in all; 0 = nothing"
    )
    _add_operator(parser)
    parser.optional.add_argument(
        "--price", default="0", metavar="P", help="at which price, where something was filled"
    )


@VERBS.add("admin resolve-child", "Operate", _resolve_child_arguments)
def resolve_child(arguments: argparse.Namespace) -> int:
    """Say what became of a child order whose outcome the venue cannot tell.

    For a child that `dump children` shows as unknown, and only on evidence (the venue's statement,
    a call): it is final with what is given here, the parent is filled or released accordingly.

    Examples:
        internaliser admin resolve-child 1-3-812 --filled 0 --data /tmp/node --why "venue: never"
        internaliser admin resolve-child 1-3-812 --filled 0.5 --price 30000 --data /tmp/node --why x
    """
    symbol = _symbol_of_child(arguments)
    return _ask(
        arguments,
        "resolve-child",
        child_id=arguments.child_id,
        symbol=symbol,
        filled=arguments.filled,
        price=arguments.price,
    )


def _symbol_of_child(arguments: argparse.Namespace) -> str:
    from internaliser.inspect import rows

    for row in rows("children", arguments.data):
        if row["child_id"] == arguments.child_id:
            return str(row["symbol"])
    raise UsageError(f"no child {arguments.child_id}; see internaliser dump children")


def _transfer_arguments(parser: Parser) -> None:
    owner = "client:NAME, venue:NAME, house or outside"
    add = parser.required.add_argument
    add("--asset", required=True, help="what is moved")
    add("--amount", required=True, metavar="A", help="how much, above zero")
    add("--from", dest="debit", required=True, metavar="OWNER", help=owner)
    add("--to", dest="credit", required=True, metavar="OWNER", help=owner)
    _add_operator(parser)


@VERBS.add("admin transfer", "Operate", _transfer_arguments)
def transfer(arguments: argparse.Namespace) -> int:
    """Move money between two accounts.

    Refused where a client without unlimited credit would not cover its open orders any more.
    "outside" is the other end of deposits and withdrawals.

    Examples:
        internaliser admin transfer --asset USD --amount 500 --from client:ALICE --to outside \
--data /tmp/node --why "withdrawal 17"
    """
    fields = {"from": arguments.debit, "to": arguments.credit}
    return _ask(arguments, "transfer", asset=arguments.asset, amount=arguments.amount, **fields)


@VERBS.add("admin day-end", "Operate", _add_operator)
def day_end(arguments: argparse.Namespace) -> int:
    """End the trading day now: DAY orders expire, a new day begins.

    The schedule of `day.end_utc` stays as it is.

    Examples:
        internaliser admin day-end --data /tmp/node --why "early close"
    """
    return _ask(arguments, "day-end")
