"""`python -m internaliser` and the `internaliser` script."""

import sys

from internaliser.cli import run_command


def main() -> int:
    """The command line of this process; the exit code."""
    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
