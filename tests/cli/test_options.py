"""Options that verbs share mean the same everywhere."""

from pathlib import Path

from internaliser.cli import VERBS
from internaliser.cli.options import destination
from internaliser.send import Destination
from internaliser.verbs import Parser, Verb


def verb(words: str) -> Parser:
    (found,) = [one for one in VERBS if one.words == words]
    parser = Parser(found)
    found.arguments(parser)
    return parser


def options(one: Verb) -> set[str]:
    parser = Parser(one)
    one.arguments(parser)
    return set(parser._option_string_actions)


def test_the_destination_is_that_of_plain_toml_unless_given() -> None:
    read = destination(verb("send").read(["35=D"]))
    assert read == Destination("127.0.0.1", 9878, "CLIENT1", "NODE", "FIX.4.4", False)
    words = ["35=D", "--host", "h", "--port", "1", "--sender", "A", "--target", "B", "--reset"]
    assert destination(verb("send").read(words)) == Destination("h", 1, "A", "B", "FIX.4.4", True)


def test_overrides_are_kept_in_order() -> None:
    read = verb("check").read(["f", "--set", "a.b=1", "--set", "a.b=2"])
    assert read.overrides == ["a.b=1", "a.b=2"]


def test_a_data_folder_is_a_path() -> None:
    assert verb("dump").read(["orders", "--data", "d"]).data == Path("d")


def test_every_operator_verb_asks_for_the_reason() -> None:
    operators = [one for one in VERBS if one.words.startswith("admin ")]
    assert operators
    assert all({"--data", "--why", "--who"} <= options(one) for one in operators)
