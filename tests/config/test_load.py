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
