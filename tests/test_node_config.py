"""From a configuration, and what the core holds already, to the commands between them."""

from dataclasses import replace

import pytest

from internaliser.config import Config, parse
from internaliser.config.sections import BinanceVenue
from internaliser.errors import ConfigError
from internaliser.model.fields import record_fields
from internaliser.node_config import Held, Item, changes_for, commands_for

TEXT = """
[[assets]]
name = "USD"
decimals = 4
[[assets]]
name = "BTC"
decimals = 8
[[instruments]]
symbol = "BTC/USD"
base = "BTC"
quote = "USD"
tick = 0.5
lot = 0.02
price_max = 1000
qty_max = 100
band_bp = 50
[[clients]]
name = "ALICE"
maker_fee_bp = -0.5
taker_fee_bp = 2.0001
self_match = "cancel-resting"
route_scope = "local"
funding = { USD = 10.5 }
credit_limit = { BTC = 1 }
[[venues]]
name = "MARKET"
host = "localhost"
port = 1
sender_comp_id = "US"
target_comp_id = "MARKET"
taker_fee_bp = 5
stale_after_ms = 7
credit = "unlimited"
instruments = { "BTC/USD" = { symbol = "BTC/USD" } }
"""
CONFIG = parse(TEXT, "f.toml")
NONE16 = 0xFFFF


def first() -> list[Item]:
    return changes_for(CONFIG, Held())


def changed(old: str, new: str) -> Config:
    assert TEXT.count(old) == 1
    return parse(TEXT.replace(old, new), "f.toml")


def test_the_first_start_tells_everything_in_order() -> None:
    assert first() == [
        Item(
            "limits",
            "",
            "",
            {
                "orders_max": 4_000_000,
                "closed_orders_max": 1_000_000,
                "children_max": 20_000,
                "expiry_chunk": 256,
                "fills_per_step_max": 1024,
                "levels_max": 1_000_000,
            },
        ),
        Item("asset", "USD", "", {"decimals": 4}),
        Item("asset", "BTC", "", {"decimals": 8}),
        Item(
            "instrument",
            "BTC/USD",
            "",
            {
                "base": 1,
                "quote": 0,
                "is_open": 1,
                "price_decimals": 1,
                "tick_mantissa": 5,
                "lot_mantissa": 2,
                "qty_decimals": 2,
                "price_min": 1,
                "price_max": 2000,
                "qty_min": 1,
                "qty_max": 5000,
                "lot_base_units": 2_000_000,
                "tick_lot_quote_units": 100,
                "band_bp": 50,
            },
        ),
        Item(
            "client",
            "ALICE",
            "",
            {
                "maker_fee": -5000,
                "taker_fee": 20_001,
                "routed_fee": 0,
                "open_orders_max": 0,
                "has_unlimited_credit": 0,
                "self_match": 2,
                "scope": 0,
                "never_worse_gross": 0,
            },
        ),
        Item(
            "source",
            "MARKET",
            "",
            {
                "taker_fee": 50_000,
                "credit_adj": 0,
                "stale_after_ns": 7_000_000,
                "answer_after_ns": 2_000_000_000,
                "kind": 2,
                "child_rounds_max": 3,
                "has_unlimited_credit": 1,
            },
        ),
        Item(
            "listing",
            "BTC/USD",
            "BTC/USD",
            {
                "source": 0,
                "instrument": 0,
                "is_listed": 1,
                "price_step": 1,
                "qty_step": 1,
                "qty_min": 0,
                "qty_max": 0,
                "notional_min": 0,
                "price_min": 0,
                "price_max": 0,
            },
        ),
        Item("session", "FIX.4.4", "NODE>ALICE", {"client": 0, "source": NONE16}),
        Item("session", "FIX.4.4", "US>MARKET", {"client": NONE16, "source": 0}),
        Item("funding", "", "", {"amount": 105_000, "asset": 0, "owner": 0, "owner_kind": 1}),
        Item("credit", "", "", {"amount": 10**8, "asset": 1, "owner": 0, "owner_kind": 1}),
    ]


def test_a_step_above_one_has_no_decimals() -> None:
    coarse = changed("tick = 0.5", "tick = 20")
    instrument = next(item for item in changes_for(coarse, Held()) if item.kind == "instrument")
    assert (instrument.values["tick_mantissa"], instrument.values["price_decimals"]) == (20, 0)


def test_the_commands_carry_the_items() -> None:
    records = [record_fields(command) for command in commands_for(CONFIG, Held())]
    for item, record in zip(first(), records, strict=True):
        assert (record["kind"], record["action"]) == ("config", item.kind)
        assert (record["name"], record["note"]) == (item.name, item.note)
        for key, value in item.values.items():
            shown = record["source_kind" if key == "kind" else key]
            assert (NONE16 if shown is None else shown) == value


def test_nothing_changed_is_nothing_to_do() -> None:
    assert changes_for(CONFIG, Held(first())) == []


def test_only_what_changed_is_told() -> None:
    fees = changed("taker_fee_bp = 2.0001", "taker_fee_bp = 3")
    (item,) = changes_for(fees, Held(first()))
    assert (item.kind, item.name, item.values["taker_fee"]) == ("client", "ALICE", 30_000)


def test_new_names_come_after_those_held_whatever_the_order_of_the_file() -> None:
    text = '\n[[assets]]\nname = "EUR"\ndecimals = 2\n' + TEXT
    text = text.replace("funding = { USD = 10.5 }", "funding = { USD = 10.5, EUR = 3 }")
    changes = changes_for(parse(text, "f.toml"), Held(first()))
    assert changes == [
        Item("asset", "EUR", "", {"decimals": 2}),
        Item("funding", "", "", {"amount": 300, "asset": 2, "owner": 0, "owner_kind": 1}),
    ]


def test_funding_that_left_the_file_becomes_zero() -> None:
    (item,) = changes_for(changed("funding = { USD = 10.5 }\n", ""), Held(first()))
    assert item == Item("funding", "", "", {"amount": 0, "asset": 0, "owner": 0, "owner_kind": 1})


def test_an_instrument_that_left_the_file_is_closed() -> None:
    start, end = TEXT.index("[[instruments]]"), TEXT.index("[[clients]]")
    text = TEXT[:start] + TEXT[end : TEXT.index("[[venues]]")]
    changes = changes_for(parse(text, "f.toml"), Held(first()))
    delisted, closed = changes
    assert (delisted.kind, delisted.name, delisted.values["is_listed"]) == ("listing", "BTC/USD", 0)
    assert (closed.kind, closed.name, closed.values["is_open"]) == ("instrument", "BTC/USD", 0)


def refused(config: Config, held: Held) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        commands_for(config, held)
    return [f"{mistake.key}: {mistake.text}" for mistake in caught.value.mistakes]


def test_a_tick_cannot_change() -> None:
    finer = changed("tick = 0.5", "tick = 0.25")
    assert refused(finer, Held(first())) == [
        "instruments.BTC/USD.tick: cannot change: orders in this data folder are counted in it; "
        "list a new symbol"
    ]


def test_limits_of_an_instrument_may_change() -> None:
    wider = changed("price_max = 1000", "price_max = 2000")
    (item,) = changes_for(wider, Held(first()))
    assert item.values["price_max"] == 4000


def test_the_unit_of_an_asset_cannot_change() -> None:
    assert refused(changed("decimals = 4", "decimals = 6"), Held(first()))[0] == (
        "assets.USD.decimals: cannot change from 4 to 6: amounts in this data folder are counted "
        "in its units"
    )


def test_room_for_fewer_orders_than_are_open_is_refused() -> None:
    few = replace(CONFIG, limits=replace(CONFIG.limits, orders_max=10))
    assert refused(few, Held(first(), open_count=11)) == [
        "limits.orders_max: 10 is below the 11 orders open now"
    ]
    assert len(changes_for(few, Held(first(), open_count=10))) == 1


def test_every_refused_change_is_told_at_once() -> None:
    text = TEXT.replace("tick = 0.5", "tick = 0.25").replace("lot = 0.02", "lot = 0.04")
    mistakes = refused(parse(text, "f.toml"), Held(first()))
    assert [mistake.partition(":")[0] for mistake in mistakes] == [
        "instruments.BTC/USD.tick",
        "instruments.BTC/USD.lot",
    ]


def test_what_the_core_adds_to_an_instrument_is_no_configuration() -> None:
    items = [
        Item(item.kind, item.name, item.note, {**item.values, "last_price": 7, "index": 0})
        if item.kind in ("instrument", "listing")
        else item
        for item in first()
    ]
    start, end = TEXT.index("[[instruments]]"), TEXT.index("[[clients]]")
    text = TEXT[:start] + TEXT[end : TEXT.index("[[venues]]")]
    delisted, closed = map(record_fields, commands_for(parse(text, "f.toml"), Held(items)))
    assert (delisted["is_listed"], closed["is_open"]) == (0, 0)


# What venues list.


LISTED = 'instruments = { "BTC/USD" = { symbol = "BTC/USD" } }'
OTHER = """[[instruments]]
symbol = "ETH/USD"
base = "BTC"
quote = "USD"
tick = 0.5
lot = 0.02
price_max = 1000
qty_max = 100
[[clients]]"""
BOTH = TEXT.replace("[[clients]]", OTHER)


def listing(there: str, text: str = TEXT) -> Config:
    """The configuration with other listings at the venue."""
    return parse(text.replace(LISTED, f"instruments = {{ {there} }}"), "f.toml")


def listings(config: Config, held: Held) -> list[tuple[str, str, int]]:
    return [
        (item.name, item.note, item.values["is_listed"])
        for item in changes_for(config, held)
        if item.kind == "listing"
    ]


def test_a_venue_s_steps_are_counted_in_ours() -> None:
    there = (
        '"BTC/USD" = { symbol = "XBT", tick = 2, lot = 0.1, qty_min = 0.04, qty_max = 3, '
        "notional_min = 5.001 }"
    )
    (item,) = (one for one in changes_for(listing(there), Held()) if one.kind == "listing")
    assert (item.name, item.note) == ("BTC/USD", "XBT")
    assert item.values == {
        "source": 0, "instrument": 0, "is_listed": 1, "price_step": 4, "qty_step": 5, "qty_min": 2,
        "qty_max": 150, "notional_min": 501, "price_min": 0, "price_max": 0,
    }  # fmt: skip


def test_an_edited_step_or_symbol_is_the_only_change() -> None:
    (item,) = changes_for(listing('"BTC/USD" = { lot = 0.1 }'), Held(first()))
    assert (item.kind, item.values["qty_step"]) == ("listing", 5)
    assert listings(listing('"BTC/USD" = { symbol = "XBT" }'), Held(first())) == [
        ("BTC/USD", "BTC/USD", 0), ("BTC/USD", "XBT", 1),
    ]  # fmt: skip


def test_two_instruments_may_swap_their_symbols_at_a_venue() -> None:
    before = listing('"BTC/USD" = { symbol = "A" }, "ETH/USD" = { symbol = "B" }', BOTH)
    after = listing('"BTC/USD" = { symbol = "B" }, "ETH/USD" = { symbol = "A" }', BOTH)
    assert listings(after, Held(changes_for(before, Held()))) == [
        ("BTC/USD", "A", 0), ("ETH/USD", "B", 0), ("BTC/USD", "B", 1), ("ETH/USD", "A", 1),
    ]  # fmt: skip


def test_a_symbol_cannot_change_hands_while_an_order_is_under_way_by_it() -> None:
    before = changes_for(listing('"BTC/USD" = { symbol = "A" }', BOTH), Held())
    held = Held(before, 1, frozenset({(0, 0)}))
    told = 'an order for BTC/USD is under way there as "A": not while it is'
    renamed = listing('"BTC/USD" = { symbol = "X" }', BOTH)
    assert refused(renamed, held) == [f"venues.MARKET.instruments.BTC/USD.symbol: {told}"]
    other = listing('"ETH/USD" = { symbol = "A" }', BOTH)
    assert refused(other, held) == [f"venues.MARKET.instruments.ETH/USD.symbol: {told}"]
    assert listings(renamed, Held(before)) == [("BTC/USD", "A", 0), ("BTC/USD", "X", 1)]


def told_by_the_venue(text: str = TEXT) -> Config:
    """As for a venue that tells its own steps."""
    config = parse(text, "f.toml")
    venues = tuple(BinanceVenue(one.name, one.instruments) for one in config.venues)
    return replace(config, venues=venues)


def test_steps_that_a_venue_tells_itself_are_not_known_at_first_and_then_left_alone() -> None:
    config = told_by_the_venue()
    before = changes_for(config, Held())
    (item,) = (one for one in before if one.kind == "listing")
    assert {key: value for key, value in item.values.items() if value} == {"is_listed": 1}
    told = replace(item, values={**item.values, "price_step": 2, "qty_step": 3, "notional_min": 9})
    held = Held([told if one is item else one for one in before])
    assert changes_for(config, held) == []
    renamed = told_by_the_venue(TEXT.replace('symbol = "BTC/USD" }', 'symbol = "BTCUSDT" }'))
    _, change = changes_for(renamed, held)
    assert (change.note, change.values) == ("BTCUSDT", told.values)
