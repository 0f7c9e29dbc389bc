"""Exceptions of start-up, configuration and I/O.

Refusals are events and peer faults are protocol: neither raises. Every message says what was
expected, what was found, and where, in one line. The command line prints it as it is and exits with
the class's `exit_code`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

EXIT_OK = 0
EXIT_FINDING = 1  # refused, or something was found that should not be
EXIT_USAGE = 2  # the command line or the configuration is wrong


class InternaliserError(Exception):
    """The root: whatever the node raises on purpose."""

    exit_code = EXIT_FINDING


class UsageError(InternaliserError):
    """The command line asks for something that cannot be done as written."""

    exit_code = EXIT_USAGE


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in a configuration file. `line` is 0 where it is not known."""

    path: str
    line: int
    key: str
    text: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.key}: {self.text}" if self.key else f"{place}: {self.text}"


class ConfigError(InternaliserError):
    """The configuration is refused. Carries every mistake found, one line each."""

    exit_code = EXIT_USAGE

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        assert mistakes
        super().__init__("\n".join(str(mistake) for mistake in mistakes))
        self.mistakes = tuple(mistakes)


class DataError(InternaliserError):
    """The data folder cannot be used: missing, in use, not ours, or damaged."""


class ControlError(InternaliserError):
    """The operator's channel to a running node: nobody there, or the node refused."""
