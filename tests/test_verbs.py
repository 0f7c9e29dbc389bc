"""Reading a command line: help, suggestions, one-line errors."""

import argparse

import pytest

from internaliser.errors import UsageError
from internaliser.verbs import Parser, Verbs, main

VERBS = Verbs()


def options(parser: Parser) -> None:
    parser.required.add_argument("--data", required=True, help="the data folder")
    parser.optional.add_argument("--count", type=int, default=3, help="how many")


@VERBS.add("dump", "Look", options)
def dump(arguments: argparse.Namespace) -> int:
    """Show what is in it.

    Reads only.

    Examples:
        internaliser dump --data d
        internaliser dump --data d --count 2
    """
    return int(arguments.count)


@VERBS.add("admin halt", "Operate", options)
def halt(arguments: argparse.Namespace) -> int:
    """Stop taking orders."""
    return 40


@VERBS.add("admin resume", "Operate", options)
def resume(arguments: argparse.Namespace) -> int:
    """Take orders again."""
    return 41


def test_the_exit_code_is_what_the_verb_returns() -> None:
    assert main(VERBS, ["dump", "--data", "d"]) == 3
    assert main(VERBS, ["dump", "--data=d", "--count", "7"]) == 7


def test_a_verb_of_two_words_is_found() -> None:
    assert main(VERBS, ["admin", "halt", "--data", "d"]) == 40


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_the_overview_lists_every_verb_by_group(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(VERBS, words) == 0
    text = capsys.readouterr().out
    assert text.startswith("Usage: internaliser COMMAND [options]\n")
    assert "Look:\n  dump          Show what is in it\n" in text
    assert "Operate:\n  admin halt    Stop taking orders\n" in text


@pytest.mark.parametrize("words", [["admin"], ["admin", "--help"], ["help", "admin"]])
def test_a_family_lists_its_own(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(VERBS, words) == 0
    text = capsys.readouterr().out
    assert "admin halt" in text
    assert "dump" not in text


def test_the_help_of_a_verb_has_its_text_options_and_examples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(VERBS, ["dump", "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Usage: internaliser dump --data DATA [--count COUNT]\n")
    for part in ("Show what is in it.\n", "Reads only.\n", "the data folder", "how many"):
        assert part in text
    assert text.endswith(
        "Examples:\n  internaliser dump --data d\n  internaliser dump --data d --count 2\n"
    )


def test_the_help_is_asked_for_wherever_it_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(VERBS, ["dump", "--data", "d", "-h"]) == 0
    assert capsys.readouterr().out.startswith("Usage: internaliser dump")


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(VERBS, ["--version"]) == 0
    assert capsys.readouterr().out.startswith("internaliser 0.")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["dmp"], "unknown command 'dmp'; did you mean dump?; see internaliser --help"),
        (["xyzzy"], "unknown command 'xyzzy'; see internaliser --help"),
        (
            ["admin", "hlt"],
            "unknown command 'admin hlt'; did you mean halt?; see internaliser admin --help",
        ),
        (
            ["dump", "--dta", "d"],
            "unknown option --dta; did you mean --data?; see internaliser dump --help",
        ),
        (
            ["dump"],
            "the following arguments are required: --data; see internaliser dump --help",
        ),
        (["dump", "--data", "d", "e"], "unexpected 'e'; see internaliser dump --help"),
        (
            ["dump", "--data", "d", "--count", "x"],
            "argument --count: invalid int value: 'x'; see internaliser dump --help",
        ),
        (["dump", "--dat", "d"], "unknown option --dat; did you mean --data?"),
    ],
)
def test_a_wrong_word_is_one_line_with_the_nearest_right_one(words: list[str], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        main(VERBS, words)
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)
