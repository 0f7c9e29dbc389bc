"""What a core holds is the configuration it was given, read back."""

import pytest

from internaliser.config import Config, load
from internaliser.core.core import Core
from internaliser.errors import ConfigError
from internaliser.held import held_by, names_of
from internaliser.model.commands import config_command
from internaliser.model.records import epoch, market_view, new_order, source_state
from internaliser.node_config import Held, changes_for, commands_for
from internaliser.resources import resource


def config_of(name: str, *overrides: str) -> Config:
    return load(str(resource(f"config/{name}.toml")), overrides)


def core_with(config: Config) -> Core:
    core = Core(1)
    for command in [epoch(), *commands_for(config, Held())]:
        result, *_ = core.apply_raw(command)
        assert result == 0, core.fault
    return core


@pytest.mark.parametrize("name", ["plain", "demo"])
def test_a_core_that_holds_the_file_needs_no_change(name: str) -> None:
    config = config_of(name)
    assert changes_for(config, held_by(core_with(config))) == []


def test_an_empty_core_holds_nothing() -> None:
    assert held_by(Core(1)) == Held((), 0)


def test_an_edited_key_is_the_only_change() -> None:
    held = held_by(core_with(config_of("plain")))
    (change,) = changes_for(config_of("plain", "clients.CLIENT3.taker_fee_bp=1"), held)
    assert (change.kind, change.name, change.values["taker_fee"]) == ("client", "CLIENT3", 10_000)


def test_money_is_held_as_given() -> None:
    overrides = ("clients.CLIENT1.credit=funded", "clients.CLIENT1.funding={USD=12.34}")
    held = held_by(core_with(config_of("plain", *overrides)))
    (funding,) = [item for item in held.items if item.kind == "funding"]
    assert funding.values["amount"] == 1234
    assert changes_for(config_of("plain", *overrides), held) == []
    (emptied,) = [
        change for change in changes_for(config_of("plain"), held) if change.kind == "funding"
    ]
    assert emptied.values["amount"] == 0


def test_open_orders_forbid_a_limit_below_them() -> None:
    core = core_with(config_of("plain"))
    for number in range(2):
        order = new_order(
            client=0, instrument=0, side="buy", qty=1, price=100, cl_ord_id=f"a{number}"
        )
        assert core.apply_raw(order)[0] == 0
    assert held_by(core).open_count == 2
    with pytest.raises(ConfigError, match="below the 2 orders open now"):
        changes_for(config_of("plain", "limits.orders_max=1"), held_by(core))


def test_names_say_what_the_numbers_mean() -> None:
    names = names_of(core_with(config_of("plain")))
    assert names.client(2) == "CLIENT3"
    assert names.symbol(0) == "BTC/USD"
    assert names.asset(0) == "USD"
    assert names.price(0, 10_050) == "100.5"
    assert names.sessions[0]["note"] == "NODE>CLIENT1"


def test_a_client_that_comes_later_has_the_next_number() -> None:
    core = core_with(config_of("plain"))
    core.apply_raw(config_command("client", {"has_unlimited_credit": 1}, name="LATE"))
    assert [row["name"] for row in core.clients()][-1] == "LATE"
    assert names_of(core).client(8) == "LATE"


def test_what_venues_list_and_what_is_under_way_there_is_held() -> None:
    core = core_with(config_of("demo"))
    listings = [item for item in held_by(core).items if item.kind == "listing"]
    assert [(item.name, item.note) for item in listings] == [
        ("BTC/USD", "BTC/USD"),
        ("BTC/USD", "BTCUSD"),
    ]
    assert listings[0].values["is_listed"]
    assert [row["note"] for row in names_of(core).listings] == ["BTC/USD", "BTCUSD"]
    assert held_by(core).under_way == frozenset()
    for command in (
        source_state(source=0, action="up"),
        market_view(source=0, instrument=0, asks=[(3_000_000, 10_000)]),
        new_order(client=0, instrument=0, side="buy", qty=500, price=3_000_000, cl_ord_id="a"),
    ):
        core.apply_raw(command)
    assert held_by(core).under_way == {(0, 0)}
