"""Dialects of a node's counterparties: who speaks one, where, and what a start refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from internaliser.config import Config, parse
from internaliser.dialects import check_dialects, dialect_of
from internaliser.errors import ConfigError
from internaliser.fix.spec import load
from internaliser.resources import resource
from tests.node.process import NodeProcess
from tests.node.test_simplefix import Client

EXAMPLE = resource("fix_specs/example_dialect.xml")


def config(file: Path, versions: str = '"FIX.4.2", "FIX.4.4"') -> Config:
    text = f"""
        [fix]
        begin_strings = [{versions}]
        [[assets]]
        name = "USD"
        decimals = 2
        [[clients]]
        name = "ACME"
        session = {{ dialect = "{file}" }}
        [[clients]]
        name = "PLAIN"
    """
    return parse(text, "node.toml")


def test_it_is_for_the_sessions_of_its_version() -> None:
    speaker, plain = config(EXAMPLE).clients
    assert dialect_of(speaker, "FIX.4.4") == str(EXAMPLE)
    assert dialect_of(speaker, "FIX.4.2") is None
    assert dialect_of(plain, "FIX.4.4") is None
    check_dialects(config(EXAMPLE))


def test_one_of_a_version_not_spoken_is_refused_by_its_key() -> None:
    with pytest.raises(ConfigError) as caught:
        check_dialects(config(EXAMPLE, '"FIX.4.2"'))
    told = str(caught.value)
    assert told.startswith(f"{EXAMPLE}: clients.ACME.session.dialect: ")
    assert "is of FIX.4.4, spoken is FIX.4.2" in told


def test_a_file_that_is_none_is_refused_by_its_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"clients\.ACME\.session\.dialect: No such file"):
        check_dialects(config(tmp_path / "none.xml"))


def lenient(folder: Path) -> Path:
    """A dialect in which an order needs nothing at all."""
    spec = load(resource("fix_specs/FIX44.xml"))
    names = [spec.fields[one.tag].name for one in spec.messages["D"].members if one.is_required]
    members = "".join(f'<field name="{name}" required="N"/>' for name in names)
    path = folder / "lenient.xml"
    path.write_text(
        '<fix type="FIX" major="4" minor="4"><messages><message name="NewOrderSingle" msgtype="D">'
        f"{members}</message></messages><fields/></fix>"
    )
    return path


@pytest.fixture
def node(tmp_path: Path) -> Iterator[NodeProcess]:
    plain = resource("config/plain.toml").read_text()
    for name, file in (("CLIENT1", EXAMPLE), ("CLIENT2", lenient(tmp_path))):
        known = f'name = "{name}"\n'
        assert known in plain
        plain = plain.replace(known, f'{known}session = {{ dialect = "{file}" }}\n')
    path = tmp_path / "node.toml"
    path.write_text(plain)
    process = NodeProcess(tmp_path / "data", config=path, settings=("journal.sync=off",))
    process.wait_ready()
    yield process
    process.kill()


ORDER: list[tuple[int, str | int]] = [
    (11, "a"), (55, "TEST1"), (54, "1"), (38, 10), (40, "2"), (44, "100"),
]  # fmt: skip


@pytest.mark.slow
def test_its_speaker_is_heard_as_it_speaks_and_others_as_ever(node: NodeProcess) -> None:
    speaker, plain = (
        Client(node.port, "FIX.4.4", "CLIENT1"),
        Client(node.port, "FIX.4.4", "CLIENT3"),
    )
    speaker.log_on()
    plain.log_on()
    speaker.send("D", *ORDER, (1, "CLIENT1"), (6001, 7))
    assert [speaker.read().get(tag) for tag in (35,)] == [b"8"]
    speaker.send("D", (11, "b"), *ORDER[1:])
    assert [speaker.read().get(tag) for tag in (35,)] == [b"3"]
    plain.send("D", *ORDER)
    told = plain.read()
    assert [told.get(tag) for tag in (35, 371, 373)] == [b"3", b"60", b"1"]
    plain.order("D", *(field for field in ORDER if field[0] != 55), (6001, 7))
    told = plain.read()
    assert [told.get(tag) for tag in (35, 371, 373)] == [b"3", b"6001", b"0"]
    speaker.log_out()
    plain.log_out()
    # In another version it speaks as everybody does.
    speaker = Client(node.port, "FIX.4.2", "CLIENT1")
    speaker.log_on()
    speaker.send("D", *ORDER)
    assert speaker.read().get(35) == b"3"
    speaker.log_out()


@pytest.mark.slow
def test_what_a_dialect_lets_be_left_out_the_node_answers_for_itself(node: NodeProcess) -> None:
    client = Client(node.port, "FIX.4.4", "CLIENT2")
    client.log_on()
    told = {}
    for left_out, _ in ORDER:
        body = [(11, f"n{left_out}"), *ORDER[1:]]
        client.send("D", *(field for field in body if field[0] != left_out))
        report = client.read()
        assert report.get(35) == b"8", report
        told[left_out] = report.get(39)
    assert told == {11: b"8", 55: b"8", 54: b"8", 38: b"8", 40: b"8", 44: b"8"}
    client.send("D", *ORDER)
    assert client.read().get(39) == b"0"
    client.log_out()
