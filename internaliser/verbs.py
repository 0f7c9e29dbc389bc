"""How the command line reads and explains itself. Knows words and options, not what a verb does.

argparse underneath, because it starts in milliseconds and adds nothing to the supply chain of a
trading node; on top of it grouped help with examples, and errors of one line that name the nearest
right word.

    VERBS = Verbs()

    @VERBS.add("check", "Run", _check_arguments)
    def check(arguments):
        'Check a configuration file.'  # the docstring is the help

    sys.exit(main(VERBS, sys.argv[1:]))
"""

import argparse
import difflib
import inspect
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from internaliser import __version__
from internaliser.errors import UsageError

PROGRAM = "internaliser"
WIDTH_MAX = 100


@dataclass(frozen=True, slots=True)
class Verb:
    """One command. `words` may be two ("admin halt"). `arguments` adds its options to a Parser."""

    words: str
    group: str
    call: Callable[[argparse.Namespace], int]
    arguments: Callable[["Parser"], None]
    summary: str
    text: str
    examples: Sequence[str]


class Verbs(list[Verb]):
    """The verbs of a program, in the order of its help."""

    def add(
        self, words: str, group: str, arguments: Callable[["Parser"], None]
    ) -> Callable[[Callable[[argparse.Namespace], int]], Callable[[argparse.Namespace], int]]:
        """Decorate the function that does it. Its docstring is the help.

        First line: the summary. Then paragraphs, and at the end lines indented under "Examples:".
        """

        def decorate(
            call: Callable[[argparse.Namespace], int],
        ) -> Callable[[argparse.Namespace], int]:
            text, _, examples = inspect.cleandoc(call.__doc__ or "").partition("Examples:")
            summary, _, text = text.strip().partition("\n")
            lines = [line.strip() for line in examples.strip().splitlines()]
            self.append(Verb(words, group, call, arguments, summary, text.strip(), lines))
            return call

        return decorate


class Parser(argparse.ArgumentParser):
    """argparse with whole words only, errors as UsageError, and help in our layout."""

    def __init__(self, verb: Verb) -> None:
        super().__init__(
            prog=f"{PROGRAM} {verb.words}",
            description=verb.summary,
            allow_abbrev=False,
            add_help=False,
            formatter_class=_Formatter,
        )
        self.verb = verb
        self.required = self.add_argument_group("Required")
        self.optional = self.add_argument_group("Options")

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """The options in `words`. UsageError names the nearest known option for an unknown one."""
        known = list(self._option_string_actions)
        for name in (word.partition("=")[0] for word in words if word.startswith("--")):
            if name not in known:  # before argparse complains of what is missing because of it
                self.error(f"unknown option {name}{_near(name, known)}")
        arguments, extra = self.parse_known_args(words)
        if extra:
            self.error(f"unexpected {extra[0]!r}")
        return arguments

    def format_help(self) -> str:
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups, "Usage: ")
        formatter.add_text(self.description)
        for paragraph in self.verb.text.split("\n\n"):
            formatter.add_text(paragraph or None)
        for group in self._action_groups:
            if group._group_actions and group.title is not None:
                formatter.start_section(_bold(group.title.capitalize()))
                formatter.add_arguments(group._group_actions)
                formatter.end_section()
        examples = "".join(f"  {example}\n" for example in self.verb.examples)
        return formatter.format_help() + (f"\n{_bold('Examples')}:\n{examples}" if examples else "")


class _Formatter(argparse.HelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=_width())


def main(verbs: Sequence[Verb], words: Sequence[str]) -> int:
    """Find the verb, read its options, call it; the exit code."""
    if not words or words[0] in ("-h", "--help", "help"):
        print(overview(verbs, words[1] if len(words) > 1 else ""), end="")
        return 0
    if words[0] in ("-V", "--version"):
        print(f"{PROGRAM} {__version__}")
        return 0
    verb = find(verbs, words)
    if verb is None:
        print(overview(verbs, words[0]), end="")
        return 0
    parser = Parser(verb)
    verb.arguments(parser)
    rest = words[len(verb.words.split()) :]
    if "-h" in rest or "--help" in rest:
        print(parser.format_help(), end="")
        return 0
    return verb.call(parser.read(rest))


def find(verbs: Sequence[Verb], words: Sequence[str]) -> Verb | None:
    """The verb that `words` begin with; None when they ask for the overview of a family ("admin").

    UsageError names the nearest verb.
    """
    by_words = {verb.words: verb for verb in verbs}
    two = " ".join(words[:2])
    if words[0] in by_words:
        return by_words[words[0]]
    if two in by_words:
        return by_words[two]
    family = [verb.words.split()[1] for verb in verbs if verb.words.startswith(f"{words[0]} ")]
    if not family:
        firsts = sorted({verb.words.split()[0] for verb in verbs})
        hint = _near(words[0], firsts)
        raise UsageError(f"unknown command {words[0]!r}{hint}; see {PROGRAM} --help")
    if len(words) == 1 or words[1] in ("-h", "--help"):
        return None
    hint = _near(words[1], family)
    raise UsageError(f"unknown command {two!r}{hint}; see {PROGRAM} {words[0]} --help")


def overview(verbs: Sequence[Verb], family: str = "") -> str:
    """All verbs by group, or those whose first word is `family`."""
    chosen = [verb for verb in verbs if not family or verb.words.split()[0] == family]
    indent = max((len(verb.words) for verb in chosen), default=0) + 4
    command = f"{family} COMMAND" if family else "COMMAND"
    lines = [f"Usage: {PROGRAM} {command} [options]", ""]
    if not family:
        lines += ["A self-hosted FIX venue: matches inside, routes the rest outside.", ""]
    for group in dict.fromkeys(verb.group for verb in chosen):
        lines.append(f"{_bold(group)}:")
        lines += [
            f"  {verb.words.ljust(indent - 2)}{verb.summary[:-1]}"
            for verb in chosen
            if verb.group == group
        ]
        lines.append("")
    lines.append(f"{PROGRAM} COMMAND --help explains one command, with examples.")
    lines.append(
        "Exit codes: 0 done, 1 refused or something was found, 2 wrong usage or configuration."
    )
    return "\n".join(lines) + "\n"


def _near(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def _width() -> int:
    return min(shutil.get_terminal_size().columns, WIDTH_MAX) - 2


def _bold(text: str) -> str:
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ
    return text if plain else f"\x1b[1m{text}\x1b[0m"
