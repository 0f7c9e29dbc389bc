"""Slots of links: what every door has in common."""

import pytest

from internaliser.gateway.links import Links


def test_a_door_without_slots_takes_no_connection() -> None:
    with pytest.raises(ConnectionRefusedError, match="all 0 connections"):
        Links().connect(1)


def test_links_that_nothing_inherits_from_wait_for_nothing_and_halt_never() -> None:
    links = Links()
    assert links.due_ns == 0
    assert links.finish(1)
    assert not links.is_halted
    assert links.close(1) == 0
