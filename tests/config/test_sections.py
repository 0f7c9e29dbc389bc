"""config/reference.toml explains every key there is, and its stated defaults are the defaults."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

from internaliser.config.sections import Config, SessionTerms, VenueInstrument

REFERENCE = Path(__file__).parents[2] / "config" / "reference.toml"
TEXT = REFERENCE.read_text()
EXAMPLES = {
    "funding",
    "credit_limit",
    "key_file",
    "secret_file",
}  # shown with a value; none is given


def sections() -> Iterator[tuple[str, type[Any]]]:
    hints = get_type_hints(Config)
    for item in fields(Config):
        hint = hints[item.name]
        if not is_dataclass(hint):
            hint = get_args(hint)[0]
        for section in get_args(hint) or [hint]:  # one per kind, where there are kinds
            yield item.name, section


def keys() -> Iterator[tuple[str, "Field[Any]", int]]:
    """Section, key, and which of the section's examples in the reference is of the key's kind."""
    for name, section in sections():
        kind = {item.name: item.default for item in fields(section)}.get("kind")
        kinds = [table.get("kind") for table in tables(name)]
        for item in fields(section):
            yield name, item, kinds.index(kind)


def tables(section: str) -> list[dict[str, Any]]:
    raw = tomllib.loads(TEXT)[section]
    return raw if isinstance(raw, list) else [raw]


def test_every_key_is_in_the_reference_with_a_comment() -> None:
    lines = TEXT.splitlines()
    for section, item, number in keys():
        table = tables(section)[number]
        assert item.name in table, f"{section}.{item.name} is not in reference.toml"
        headers = [n for n, line in enumerate(lines) if re.match(rf"\[+{section}\]", line)]
        header = headers[number]
        place = next(
            n for n in range(header, len(lines)) if lines[n].partition(" = ")[0] == item.name
        )
        explained = "# " in lines[place] or lines[place - 1].startswith("#")
        assert explained, f"{section}.{item.name} has no comment"


def test_every_key_of_a_mapped_instrument_is_in_the_reference() -> None:
    (mapped,) = tables("venues")[0]["instruments"].values()
    assert set(mapped) == {item.name for item in fields(VenueInstrument)}


def test_every_key_of_a_session_is_in_the_reference_with_its_default() -> None:
    defaults = {item.name: item.default for item in fields(SessionTerms)}
    assert tables("clients")[0]["session"] == defaults
    assert tables("venues")[0]["session"] == defaults


def test_every_key_is_read_somewhere() -> None:
    """A key that changes nothing would be a lie."""
    house = REFERENCE.parents[1] / "internaliser"
    text = "\n".join(
        path.read_text() for path in house.rglob("*.py") if path.parent.name != "config"
    )
    unread = [
        f"{section}.{item.name}"
        for section, item, _ in keys()
        if not re.search(rf"\.{item.name}\b", text)
    ]
    assert unread == []


def test_the_reference_states_the_true_defaults() -> None:
    for section, item, number in keys():
        if item.name in EXAMPLES or item.default is MISSING or section == "assets":
            continue
        stated = tables(section)[number][item.name]
        if isinstance(item.default, Decimal):
            stated = Decimal(stated)
        if isinstance(item.default, tuple):
            stated = tuple(stated)
        assert stated == item.default, f"{section}.{item.name}: {stated} is not the default"
