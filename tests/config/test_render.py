"""What `check` prints is a configuration that means the same."""

from pathlib import Path

import pytest

from internaliser.config import load, parse, render

CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize("name", ["plain.toml", "demo.toml", "reference.toml"])
def test_the_printed_configuration_reads_back_as_the_same(name: str) -> None:
    config = load(str(CONFIG / name))
    assert parse(render(config), "rendered") == config


def test_quotes_and_backslashes_survive() -> None:
    config = parse("[node]\nname = 'a\"b\\c'\n", "f.toml")
    assert parse(render(config), "rendered").node.name == 'a"b\\c'
