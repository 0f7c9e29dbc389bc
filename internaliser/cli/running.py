"""Verbs that run a node or prepare to."""

import argparse

from internaliser.cli.options import add_set
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
