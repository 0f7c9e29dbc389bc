"""Examples: read, written, and held again with a running node."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from internaliser.dictionaries import FILES as VERSIONS
from internaliser.dictionaries import dictionary_of
from internaliser.engagement.conversation import (
    Line,
    conversation,
    first_of,
    parse,
    render,
)
from internaliser.errors import DataError
from tests.engagement.player import play
from tests.node.process import NodeProcess

TEXT = """\
# Enter an order
A> 8=FIX.4.4|9=5|35=D|11=a1|10=000
A< 8=FIX.4.4|9=5|35=8|11=a1|10=000

# Another
B> 8=FIX.4.4|9=5|35=D|11=b1|10=000
"""
# Of the moment, or counted by the node: another run has others.
VOLATILE = frozenset((9, 10, 17, 37, 52, 60, 75, 122, 571, 880))


def test_a_conversation_is_read_and_written_the_same() -> None:
    lines = list(parse(TEXT))
    assert [(line.client, line.is_sent, line.msg_type, line.title) for line in lines] == [
        ("A", True, "D", "Enter an order"),
        ("A", False, "8", "Enter an order"),
        ("B", True, "D", "Another"),
    ]
    assert render(lines) == TEXT


@pytest.mark.parametrize("line", ["A> hello", "A 8=FIX.4.4|35=D", "nothing"])
def test_a_line_that_is_no_message_is_refused_with_its_number(line: str) -> None:
    with pytest.raises(DataError, match="line 2 of a conversation is no message"):
        list(parse(f"# x\n{line}\n"))


def test_a_version_without_examples_is_refused() -> None:
    with pytest.raises(DataError, match=r"no examples of FIX\.4\.0"):
        conversation("FIX.4.0")


def test_the_first_example_of_each_message_counts() -> None:
    lines = list(parse(TEXT))
    assert first_of(lines) == {("D", True): lines[0], ("8", False): lines[1]}


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    node = NodeProcess(tmp_path / "data")
    node.wait_ready()
    yield node.port
    node.kill()


def steady(line: Line) -> tuple[str, bool, list[tuple[int, str]]]:
    """The message without what is of the moment; those tags are there all the same."""
    fields = [(tag, "" if tag in VOLATILE else value) for tag, value in line.fields]
    return line.client, line.is_sent, fields


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_the_examples_are_what_takes_place(version: str, port: int) -> None:
    """When this fails because the node says more or other things: tests.engagement.record."""
    assert [steady(line) for line in play(version, port)] == [
        steady(line) for line in conversation(version)
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_message_that_is_taken_in_has_an_example(version: str) -> None:
    examples = first_of(conversation(version))
    taken = {
        m.msg_type
        for m in dictionary_of(version).spec.messages.values()
        if "acceptor" in m.accepted_by
    }
    # What only answers something that the other side did.
    answers = {"3", "4", "j"}
    assert taken - answers - {kind for kind, is_sent in examples if is_sent} == set()


def test_a_conversation_that_went_otherwise_is_noticed() -> None:
    lines = conversation("FIX.4.4")
    other = replace(lines[0], text=lines[0].text.replace("108=30", "108=31"))
    assert steady(other) != steady(lines[0])


def test_the_examples_lie_in_the_package() -> None:
    import internaliser.engagement

    folder = Path(internaliser.engagement.__file__).with_name("examples")
    assert {path.stem for path in folder.glob("*.txt")} == set(VERSIONS)
