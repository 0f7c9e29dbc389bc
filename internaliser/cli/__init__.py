"""The command line: verbs in five groups, one call each. `run_command` is the door."""

import os
import sys
from collections.abc import Sequence

from internaliser.cli import looking, operating, projecting, running, trying
from internaliser.errors import EXIT_FINDING, EXIT_OK, ConfigError, InternaliserError
from internaliser.verbs import PROGRAM, main

EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it
MEMORY_WANTED = (
    "expected 6 GiB of address space for a node (`ulimit -v`; a page counts once it is used) "
    "and memory for core.orders_ahead orders, 250 bytes each"
)

VERBS = [*running.VERBS, *looking.VERBS, *operating.VERBS, *projecting.VERBS, *trying.VERBS]


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
        print(f"{PROGRAM}: {_masked(error)}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except MemoryError as error:
        what = str(error) or "an allocation failed"
        print(f"{PROGRAM}: not enough memory: {what}; {MEMORY_WANTED}", file=sys.stderr)
        return EXIT_FINDING
    except Exception as error:  # the outermost edge: a fault of ours is one line as well
        if os.environ.get("INTERNALISER_TRACEBACK"):
            raise
        where = " (INTERNALISER_TRACEBACK=1 shows where)"
        print(f"{PROGRAM}: fault: {type(error).__name__}: {_masked(error)}{where}", file=sys.stderr)
        return EXIT_FINDING


def _masked(error: Exception) -> str:
    """What it says, without the password of an address that was given in a wrong place."""
    from internaliser.log import masked

    return str(masked("", str(error)))
