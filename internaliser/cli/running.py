"""Verbs that run a node or prepare to."""

import argparse

from internaliser.cli.options import add_data, add_set
from internaliser.errors import EXIT_OK, UsageError
from internaliser.verbs import Parser, Verbs

VERBS = Verbs()


def _no_arguments(parser: Parser) -> None:
    pass


@VERBS.add("demo", "Run", _no_arguments)
def demo(arguments: argparse.Namespace) -> int:
    """Show what it does: a node, an exchange and two clients on this machine, in seconds.

    Two clients meet inside, a residual is bought at a simulated exchange, the node is killed and
    recovers, the journal is verified. Everything runs on free loopback ports in a temporary folder
    that is removed afterwards. Exit code 1 when something did not happen as told.

    Examples:
        internaliser demo
    """
    from internaliser.demo import run

    return run()


def _run_arguments(parser: Parser) -> None:
    parser.required.add_argument(
        "--config", required=True, metavar="FILE", help="the configuration, TOML"
    )
    add_data(parser)
    add_set(parser)
    parser.optional.add_argument(
        "--log-format", choices=("text", "json"), help="same as --set log.format=..."
    )


@VERBS.add("run", "Run", _run_arguments)
def run(arguments: argparse.Namespace) -> int:
    """Run a node until SIGTERM or SIGINT.

    Recovers from the data folder first (it is made where there is none): the newest snapshot and
    the journal behind it, its outputs compared. Prints one line `READY {json}` on stdout once every
    port listens; logs go to stderr. An orderly stop logs clients out, writes a snapshot and exits
    with 0; a fault of the node's own or a failed journal stops everything, keeps the journal and
    exits with 1.

    Examples:
        internaliser run --config config/plain.toml --data /tmp/node
        internaliser run --config config/plain.toml --data /tmp/node --set fix.port=0
    """
    from internaliser import log
    from internaliser.config import load
    from internaliser.node import run

    overrides = list(arguments.overrides)
    if arguments.log_format:
        overrides.append(f"log.format={arguments.log_format}")
    config = load(arguments.config, overrides)
    log.set_up(config.log.format, config.log.level)
    return run(config, arguments.data)


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


@VERBS.add("hash-password", "Run", _no_arguments)
def hash_password(arguments: argparse.Namespace) -> int:
    """Turn a client's Password(554) into what the configuration keeps of it.

    Reads the password from the terminal, unseen and twice, or one line from a pipe; never from the
    command line, which others may see. Prints one line for clients.NAME.password_hash, or for the
    file that password_hash_file names: a salted Argon2id hash with its parameters.

    Examples:
        internaliser hash-password
    """
    import getpass
    import sys

    from internaliser.credentials import hash_password

    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise UsageError("the two differ")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise UsageError("expected a password on standard input, found none")
    print(hash_password(password.encode()))
    return EXIT_OK
