"""Options that several verbs share."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from internaliser.verbs import Parser

if TYPE_CHECKING:
    from internaliser.send import Destination


def add_set(parser: Parser) -> None:
    """--set, for verbs that read a configuration."""
    parser.optional.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="SECTION.KEY=VALUE",
        help="override one key of the file; in a list: SECTION.NAME.KEY=VALUE. May be repeated",
    )


def add_data(parser: Parser) -> None:
    """--data, for verbs about a node's data folder."""
    parser.required.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="the node's data folder"
    )


def add_destination(parser: Parser) -> None:
    """Where to log on, and as whom."""
    add = parser.optional.add_argument
    add("--host", default="127.0.0.1", metavar="H", help="where to log on (default 127.0.0.1)")
    add("--port", type=int, default=9878, metavar="P", help="its FIX port (default 9878)")
    add("--sender", default="CLIENT1", metavar="ID", help="SenderCompID(49) (default CLIENT1)")
    add("--target", default="NODE", metavar="ID", help="TargetCompID(56) (default NODE)")
    add(
        *("--version", "--begin-string"),
        dest="begin_string",
        default="FIX.4.4",
        metavar="V",
        help="BeginString(8): FIX.4.2, FIX.4.4 (default) or FIXT.1.1",
    )
    add("--reset", action="store_true", help="log on with 141=Y: both sides number from 1 again")


def destination(arguments: argparse.Namespace) -> "Destination":
    """What `add_destination` read."""
    from internaliser.send import Destination

    return Destination(
        arguments.host,
        arguments.port,
        arguments.sender,
        arguments.target,
        arguments.begin_string,
        arguments.reset,
    )
