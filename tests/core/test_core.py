"""Whatever comes in: the state's invariants, the events' invariants, and replay that equals
live."""

from typing import Any

import pytest
from hypothesis import given

from internaliser.core.core import Core
from internaliser.model import records

from .market import Market
from .stream import Driver, full_stream, local_stream, quick


@quick
@given(local_stream)
def test_local_trading_keeps_every_invariant(stream: list[tuple[Any, ...]]) -> None:
    driver = Driver()
    driver.play(stream)
    assert driver.market.replayed().state_hash() == driver.market.core.state_hash()


@quick
@given(full_stream)
def test_trading_with_sources_keeps_every_invariant_and_replay_is_live(
    stream: list[tuple[Any, ...]],
) -> None:
    driver = Driver()
    driver.play([("link", 0, "up"), ("link", 1, "up"), *stream])
    digest = driver.market.core.state_hash()
    assert driver.market.replayed().state_hash() == digest
    copy = driver.market.copied()
    copy.check()
    assert copy.state_hash() == digest


@quick
@given(full_stream, full_stream)
def test_a_loaded_snapshot_goes_on_like_the_core_it_was_taken_from(
    before: list[tuple[Any, ...]], after: list[tuple[Any, ...]]
) -> None:
    driver = Driver()
    driver.play([("link", 0, "up"), ("link", 1, "up"), *before])
    copy, told = driver.market.copied(), len(driver.market.journal)
    driver.play(after)
    for command in driver.market.journal[told:]:
        copy.apply_raw(command)
    assert copy.state_hash() == driver.market.core.state_hash()


def test_a_core_without_configuration_refuses_everything() -> None:
    core = Core(1, orders_max=10, levels_max=10)
    (event,) = core.apply_bytes(
        records.new_order(client=0, instrument=0, side="buy", qty=1, price=1, cl_ord_id="a")
    )
    assert (event.event, event.reason) == ("rejected", "unknown_account")
    (event,) = core.apply_bytes(records.source_state(source=0, action="up"))
    assert event.reason == "unknown_account"


def test_a_record_that_is_no_command_is_not_taken() -> None:
    with pytest.raises(ValueError, match="a command has 80 to"):
        Core(1, orders_max=10, levels_max=10).apply_raw(b"\0" * 79)


def test_the_limits_of_the_address_space_bind() -> None:
    market = Market()
    with pytest.raises(AssertionError):
        market.configure(
            "limits", {"orders_max": 10**6, "expiry_chunk": 1, "fills_per_step_max": 1}
        )
