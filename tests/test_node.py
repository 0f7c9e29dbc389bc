"""What the composition root itself decides."""

import pytest

from internaliser.core.core import Core
from internaliser.errors import InternaliserError
from internaliser.model.commands import config_command
from internaliser.node import refuse_refused


def applied(kind: str, values: dict[str, int], name: str) -> tuple[bytes, bytes]:
    """A configuration command and the records of what a new core says to it."""
    command = config_command(kind, values, name=name)
    return command, Core(1, 100, 100).apply_raw(command)[3]


def test_a_configuration_the_core_refuses_ends_the_start_in_one_line() -> None:
    command, events = applied("asset", {"decimals": 40}, "GOLD")
    with pytest.raises(InternaliserError) as raised:
        refuse_refused(command, events)
    assert str(raised.value) == "the core refuses the configuration of asset GOLD: unsupported"


def test_a_configuration_the_core_applies_passes() -> None:
    refuse_refused(*applied("asset", {"decimals": 4}, "GOLD"))
