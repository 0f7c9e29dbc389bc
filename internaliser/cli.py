"""The verbs of the command line: their options, and one call each."""

import argparse
import os
import sys
from collections.abc import Sequence

from internaliser.errors import EXIT_FINDING, EXIT_OK, ConfigError, InternaliserError
from internaliser.verbs import PROGRAM, Parser, Verb, main

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


def _check(arguments: argparse.Namespace) -> int:
    from internaliser.config import load, render

    print(render(load(arguments.file, arguments.overrides)), end="")
    return EXIT_OK


VERBS = [
    Verb(
        "check",
        "Run",
        "Check a configuration file and print what takes effect",
        _check,
        _check_arguments,
        "Prints every key with its effective value, defaults included, as TOML. Each mistake is "
        "one line on stderr with file, line and key; exit code 2. Nothing is started or written.",
        [
            "internaliser check config/demo.toml",
            "internaliser check config/plain.toml --set journal.sync=off",
        ],
    ),
]
