"""What `load` takes and what it refuses, mistake by mistake."""

from decimal import Decimal
from pathlib import Path

import pytest

from internaliser.config import Config, load, parse
from internaliser.errors import ConfigError

CONFIG = Path(__file__).parents[2] / "config"

GOOD = """
[[assets]]
name = "USD"
decimals = 2
[[assets]]
name = "BTC"
decimals = 4
[[instruments]]
symbol = "BTC/USD"
base = "BTC"
quote = "USD"
tick = 0.5
lot = 0.02
price_max = 1000
qty_max = 100
[[clients]]
name = "ALICE"
funding = { USD = 10 }
[[venues]]
name = "MARKET"
host = "localhost"
port = 1
sender_comp_id = "NODE"
target_comp_id = "MARKET"
instruments = { "BTC/USD" = { symbol = "BTC/USD", tick = 1, lot = 0.04 } }
"""


def mistakes(text: str, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.toml", overrides)
    return [str(mistake) for mistake in caught.value.mistakes]


def changed(old: str, new: str) -> list[str]:
    assert GOOD.count(old) == 1
    return mistakes(GOOD.replace(old, new))


def test_an_empty_file_is_a_node_with_every_default() -> None:
    assert parse("", "f.toml") == Config()


def test_a_bare_number_is_read_exactly() -> None:
    assert parse(GOOD, "f.toml").instruments[0].lot == Decimal("0.02")


def test_plain_toml_is_the_yardstick_set_up() -> None:
    config = load(str(CONFIG / "plain.toml"))
    assert (config.fix.comp_id, config.fix.port) == ("NODE", 9878)
    assert [client.name for client in config.clients] == [f"CLIENT{n}" for n in range(1, 9)]
    symbols = ["BTC/USD", "ETH/USD", *(f"TEST{n}" for n in range(1, 9))]
    assert [instrument.symbol for instrument in config.instruments] == symbols
    for instrument in config.instruments:
        assert instrument.tick == Decimal("0.01")
        assert instrument.lot == 1
        assert instrument.price_max == 10_000_000
        assert instrument.qty_max == 1_000_000_000
        assert instrument.band_bp == 0
    for client in config.clients:
        assert client.credit == "unlimited"
        assert client.self_match == "allow"
        assert (client.maker_fee_bp, client.taker_fee_bp, client.routed_fee_bp) == (0, 0, 0)
        assert client.never_worse_gross is False
        assert client.open_orders_max == 0
    assert config.venues == ()
    assert config.day.end_utc == ""


@pytest.mark.parametrize("name", ["plain.toml", "demo.toml", "reference.toml"])
def test_a_file_we_ship_is_accepted(name: str) -> None:
    assert load(str(CONFIG / name)).instruments


def test_an_unknown_key_names_file_line_key_and_the_nearest_known_one() -> None:
    assert mistakes("[fix]\nport = 1\nheart_bt_mins = 5\n") == [
        "f.toml:3: fix.heart_bt_mins: unknown key; nearest known key is heart_bt_min_s"
    ]


def test_an_unknown_section_is_an_unknown_key() -> None:
    assert mistakes("[jurnal]\nsync = 'off'\n") == [
        "f.toml:1: jurnal: unknown key; nearest known key is journal"
    ]


def test_every_mistake_of_a_file_is_told_at_once() -> None:
    assert mistakes("[fix]\nport = 70000\nhost = 5\n[core]\nwait = 'doze'\n") == [
        "f.toml:2: fix.port: expected 0 to 65535, found 70000",
        "f.toml:3: fix.host: expected a text in quotes, found 5",
        'f.toml:5: core.wait: expected one of block, spin, found "doze"',
    ]


def test_a_mistake_in_a_list_names_the_element() -> None:
    assert changed("decimals = 4", "decimals = 40") == [
        "f.toml:7: assets.BTC.decimals: expected 0 to 18, found 40"
    ]


def test_a_missing_key_is_told_at_its_table() -> None:
    assert changed("decimals = 4\n", "") == [
        "f.toml:5: assets.BTC.decimals: missing; this key must be given"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[fix]\nport = true", "fix.port: expected a whole number, found true"),
        ("[fix]\nport = 1.0", "fix.port: expected a whole number, found 1.0"),
        ("[fix]\ntimestamp_digits = 4", "fix.timestamp_digits: expected one of 3, 6, 9, found 4"),
        ("[fix]\nbegin_strings = 'FIX.4.4'", "expected a list, found a text in quotes"),
        ("fix = 3", "fix: expected a table, found a whole number"),
        ("[fix]\ncomp_id = ''", "expected 1 to 63 characters"),
        ('[fix]\ncomp_id = "a\\u0001b"', "expected printable ASCII"),
        ("[[assets]]\nname = 'é'\ndecimals = 2", "expected printable ASCII"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(text: str, told: str) -> None:
    (mistake,) = mistakes(text)
    assert told in mistake


@pytest.mark.parametrize("amount", ["'ten'", "'NaN'", "inf", "'1e400'", "true"])
def test_what_is_no_plain_decimal_is_refused(amount: str) -> None:
    (mistake,) = changed("USD = 10 ", f"USD = {amount} ")
    assert "f.toml:18: clients.ALICE.funding.USD: expected a decimal number, found" in mistake


def test_text_that_is_not_toml_names_the_line() -> None:
    (mistake,) = mistakes("[fix]\nport =\n")
    assert mistake.startswith("f.toml:2: Invalid value")


def test_a_file_that_cannot_be_read_is_one_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(str(tmp_path / "none.toml"))
    assert str(caught.value) == f"{tmp_path}/none.toml: cannot be read: No such file or directory"


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 at byte 0"):
        load(str(tmp_path / "f.toml"))


# overrides


def test_an_override_replaces_a_key() -> None:
    config = parse(GOOD, "f.toml", ["fix.port=0", "journal.sync=off", 'node.name="a b"'])
    assert (config.fix.port, config.journal.sync, config.node.name) == (0, "off", "a b")


def test_an_override_reaches_an_element_by_its_name() -> None:
    config = parse(GOOD, "f.toml", ["instruments.BTC/USD.tick=1.0", "clients.ALICE.credit=funded"])
    assert config.instruments[0].tick == 1


def test_an_override_can_be_a_table() -> None:
    config = parse(GOOD, "f.toml", ["clients.ALICE.funding={USD='7'}"])
    assert config.clients[0].funding == {"USD": 7}


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("fix.port", "--set fix.port: expected section.key=value"),
        ("port=1", "--set port=1: expected section.key=value"),
        ("fix.prt=1", "--set fix.prt=1: unknown key; nearest known key is port"),
        ("fix.port=x", '--set fix.port=x: expected a whole number, found "x"'),
        ("clients.BOB.credit=funded", "no clients named BOB"),
        ("clients.credit=funded", "expected clients.NAME.key=value"),
        ("fix.a.port=1", "expected fix.key=value"),
    ],
)
def test_a_wrong_override_is_named_as_it_was_written(override: str, told: str) -> None:
    (mistake,) = mistakes(GOOD, override)
    assert told in mistake


def test_an_override_that_breaks_a_relation_is_told_where_it_shows() -> None:
    assert mistakes(GOOD, "assets.BTC.decimals=1") == [
        "f.toml:13: instruments.BTC/USD.lot: 0.02 is not a whole number of BTC units (0.1)"
    ]


# kinds of venue

BINANCE = """
[[venues]]
name = "B"
kind = "binance"
key_file = "k"
secret_env = "S"
instruments = { "BTC/USD" = { symbol = "BTCUSD" } }
"""


def test_the_kind_of_a_venue_decides_which_keys_it_has() -> None:
    venues = parse(GOOD + BINANCE, "f.toml").venues
    assert [type(venue).__name__ for venue in venues] == ["FixVenue", "BinanceVenue"]
    assert [venue.kind for venue in venues] == ["fix", "binance"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "target_comp_id = 'X'",
            'venues.B.target_comp_id: of kind = "fix", not of "binance"; known keys are',
        ),
        ("host = 'X'", 'venues.B.host: of kind = "fix", not of "binance"'),
        ("rest_ulr = 'X'", "venues.B.rest_ulr: unknown key; nearest known key is rest_url"),
        ("kind2 = 'X'", "venues.B.kind2: unknown key; nearest known key is kind"),
        ("orders = 'fix'", 'venues.B.orders: expected one of rest, ws, found "fix"'),
        ("rest_url = 'ftp://x'", 'venues.B.rest_url: expected https://HOST or http://HOST, found'),
        ("api_url = 'x'", 'venues.B.api_url: expected wss://HOST or ws://HOST, found "x"'),
        ("key_env = 'K'", "venues.B.key_file: expected one of key_file and key_env"),
        ("place_within_ms = 3000", "venues.B.place_within_ms: 3000 is above answer_after_ms"),
    ],
)  # fmt: skip
def test_a_wrong_key_of_an_edge_venue_is_told(line: str, told: str) -> None:
    found = mistakes(GOOD + BINANCE.replace("key_file", f"{line}\nkey_file"))
    assert len(found) == 1
    assert told in found[0]


def test_a_rest_key_at_a_fix_venue_is_told_as_such() -> None:
    (mistake,) = changed('name = "MARKET"\n', 'name = "MARKET"\nrest_url = "http://x"\n')
    assert 'venues.MARKET.rest_url: of kind = "binance", not of "fix"' in mistake


def test_a_kind_that_does_not_exist_is_refused_with_those_there_are() -> None:
    (mistake,) = changed('name = "MARKET"\n', 'name = "MARKET"\nkind = "finance"\n')
    assert mistake.endswith('venues.MARKET.kind: expected one of fix, binance, found "finance"')


def test_requests_must_fit_all_children() -> None:
    assert mistakes("[limits]\nrequests_max = 10\n") == [
        "f.toml:2: limits.requests_max: must hold a request per child, children_max = 20000"
    ]


def test_the_reference_asset_must_exist() -> None:
    assert mistakes('[node]\nreference_asset = "EUR"\n') == [
        'f.toml:2: node.reference_asset: no asset is named "EUR"'
    ]
