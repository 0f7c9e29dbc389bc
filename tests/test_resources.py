"""Shipped files are found, and missed with a clear word."""

import pytest

from internaliser.errors import DataError
from internaliser.resources import resource


@pytest.mark.parametrize("name", ["fix_specs/FIX44.xml", "config/plain.toml", "config/demo.toml"])
def test_what_ships_is_there(name: str) -> None:
    assert resource(name).stat().st_size > 0


def test_what_does_not_ship_is_named() -> None:
    with pytest.raises(DataError, match=r"config/nothing\.toml is missing"):
        resource("config/nothing.toml")


def test_a_folder_is_no_file() -> None:
    with pytest.raises(DataError, match="config is missing"):
        resource("config")
