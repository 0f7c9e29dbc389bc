"""config/reference.toml explains every key there is, and its stated defaults are the defaults."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args, get_type_hints

from internaliser.config.sections import Config, VenueInstrument

REFERENCE = Path(__file__).parents[2] / "config" / "reference.toml"
TEXT = REFERENCE.read_text()
EXAMPLES = {"funding", "credit_limit"}  # shown with amounts; the default is none


def sections() -> Iterator[tuple[str, type[Any]]]:
    hints = get_type_hints(Config)
    for item in fields(Config):
        hint = hints[item.name]
        yield item.name, hint if is_dataclass(hint) else get_args(hint)[0]


def keys() -> Iterator[tuple[str, "Field[Any]"]]:
    for name, section in sections():
        for item in fields(section):
            yield name, item


def test_every_key_is_in_the_reference_with_a_comment() -> None:
    lines = TEXT.splitlines()
    raw = tomllib.loads(TEXT)
    for section, item in keys():
        table = raw[section][0] if isinstance(raw[section], list) else raw[section]
        assert item.name in table, f"{section}.{item.name} is not in reference.toml"
        header = next(n for n, line in enumerate(lines) if line.strip("[]").startswith(section))
        place = next(
            n for n in range(header, len(lines)) if lines[n].partition(" = ")[0] == item.name
        )
        explained = "# " in lines[place] or lines[place - 1].startswith("#")
        assert explained, f"{section}.{item.name} has no comment"


def test_every_key_of_a_mapped_instrument_is_in_the_reference() -> None:
    (mapped,) = tomllib.loads(TEXT)["venues"][0]["instruments"].values()
    assert set(mapped) == {item.name for item in fields(VenueInstrument)}


def test_every_key_is_read_somewhere() -> None:
    """A key that changes nothing would be a lie."""
    house = REFERENCE.parents[1] / "internaliser"
    text = "\n".join(
        path.read_text() for path in house.rglob("*.py") if path.parent.name != "config"
    )
    unread = [
        f"{section}.{item.name}"
        for section, item in keys()
        if not re.search(rf"\.{item.name}\b", text)
    ]
    assert unread == []


def test_the_reference_states_the_true_defaults() -> None:
    raw = tomllib.loads(TEXT)
    for section, item in keys():
        if item.name in EXAMPLES or item.default is MISSING or section == "assets":
            continue
        table = raw[section][0] if isinstance(raw[section], list) else raw[section]
        stated = table[item.name]
        if isinstance(item.default, Decimal):
            stated = Decimal(stated)
        if isinstance(item.default, tuple):
            stated = tuple(stated)
        assert stated == item.default, f"{section}.{item.name}: {stated} is not the default"
