"""Verbs that run a node or prepare to."""

import argparse

from pathlib import Path

from internaliser.cli.options import add_data, add_set
from internaliser.errors import EXIT_OK
from internaliser.verbs import Parser, Verbs

VERBS = Verbs()


def _check_arguments(parser: Parser) -> None:
    parser.required.add_argument("file", metavar="FILE", help="the configuration, TOML")
    add_set(parser)


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


def _run_arguments(parser: Parser) -> None:
    parser.required.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="the configuration, TOML"
    )
    add_data(parser)
    add_set(parser)
    parser.optional.add_argument(
        "--log-format", choices=("text", "json"), help="overrides log.format of the file"
    )


@VERBS.add("run", "Run", _run_arguments)
def run(arguments: argparse.Namespace) -> int:
    """Run a node until SIGTERM or SIGINT.

    Recovers from the data folder first: the newest snapshot and the journal behind it, its outputs
    compared. Prints one line `READY {json}` on stdout once every port listens. An orderly stop logs
    clients out, writes a snapshot and exits with 0; a fault of the node's own or a failed journal
    stops everything, keeps the journal and exits with 1.

    Examples:
        internaliser run --config config/plain.toml --data /tmp/node
        internaliser run --config config/demo.toml --data /tmp/demo --set fix.port=0
    """
    from internaliser import log, node
    from internaliser.config import load

    config = load(str(arguments.config), arguments.overrides)
    log.set_up(arguments.log_format or config.log.format, config.log.level)
    return node.run(config, arguments.data)
