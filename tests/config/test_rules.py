"""The relations between keys: each is broken once, and told in one line."""

from dataclasses import replace

import pytest

from internaliser.config import parse
from internaliser.config.rules import check_rules, day_end_s, open_days
from internaliser.config.sections import BinanceVenue
from internaliser.errors import ConfigError

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

BROKEN = [
    (
        "[[instruments]]",
        "[fix]\ntls_cert_file = 'c.pem'\n[[instruments]]",
        "fix.tls_key_file: must be given with tls_cert_file",
    ),
    (
        "[[instruments]]",
        "[fix]\ntls_ca_file = 'c.pem'\n[[instruments]]",
        "fix.tls_ca_file: has no meaning without tls_cert_file",
    ),
    (
        "[[instruments]]",
        "[fix]\ntls_cert_file='c'\ntls_key_file='k'\ntls_client_certs='required'\n[[instruments]]",
        "fix.tls_client_certs: needs tls_ca_file",
    ),
    (
        "[[instruments]]",
        "[fix]\ntls_cert_file='c'\ntls_key_file='k'\ntls_port=9878\n[[instruments]]",
        "fix.tls_port: is 9878 as fix.port: TLS has a port of its own",
    ),
    (
        "[[instruments]]",
        "[fix]\ntls_cert_file='c'\ntls_key_file='k'\n[feed]\nenabled=true\ntls_port=9879\n[[instruments]]",
        "feed.tls_port: is 9879 as fix.tls_port: TLS of the feed has its own port",
    ),
    (
        'name = "ALICE"',
        'name = "ALICE"\nallowed_addresses = ["10.0.0.1/8"]',
        "allowed_addresses[0]: expected an address or network: 10.0.0.1/8 has host bits set",
    ),
    (
        'name = "ALICE"',
        'name = "ALICE"\ncertificate_names = ["x"]',
        'certificate_names: nobody can show one: fix.tls_client_certs is "none"',
    ),
    ("tick = 0.5", "tick = 0", "instruments.BTC/USD.tick: must be above zero, found 0"),
    ("tick = 0.5", "tick = 0.3", "price_max: 1000 is not a whole number of ticks (0.3)"),
    ("tick = 0.5", "tick = 0.25", "tick: tick x lot = 0.0050 is not a whole number of USD units"),
    ("lot = 0.02\n", "lot = 0.00002\n", "lot: 0.00002 is not a whole number of BTC units"),
    ("qty_max = 100", "qty_max = 100.01", "qty_max: 100.01 is not a whole number of lots"),
    ("qty_max = 100", "qty_max = 0", "qty_max: 0 is below qty_min or below one lot"),
    ("price_max = 1000", "price_max = 1e30", "price_max: expected 0 to 281474976710655 ticks"),
    (
        "price_max = 1000",
        "price_max = 1000\nprice_min = 2000",
        "price_max: 1000 is below price_min",
    ),
    ("price_max = 1000", "price_max = 1000\nprice_min = -1", "price_min: expected 0 to"),
    ('base = "BTC"', 'base = "ETH"', 'base: no asset is named "ETH"'),
    ('base = "BTC"', 'base = "USD"', "quote: base and quote must differ"),
    ('name = "BTC"', 'name = "USD"', 'assets.USD.name: "USD" is taken already by assets[0]'),
    ('name = "ALICE"', 'name = "ALICE"\ntaker_fee_bp = 0.00001', "expected at most 4 decimals"),
    (
        'name = "ALICE"',
        'name = "ALICE"\nsession = { resend_ask_max = 9 }',
        "clients.ALICE.session.resend_ask_max: expected 0 or at least 10, found 9",
    ),
    ("USD = 10 ", "USD = 10.001 ", "clients.ALICE.funding.USD: 10.001 has more than 2 decimals"),
    ("USD = 10 ", "USD = -1 ", "funding.USD: must not be negative, found -1"),
    ("USD = 10 ", "EUR = 10 ", 'funding.EUR: no asset is named "EUR"'),
    ("USD = 10 ", "USD = 1e40 ", "funding.USD: is above 6338"),
    (
        'name = "ALICE"',
        'name = "ALICE"\ncredit = "unlimited"\ncredit_limit = { USD = 1 }',
        'credit_limit: has no meaning with credit = "unlimited"',
    ),
    (
        '"BTC/USD" = { symbol = "BTC/USD", tick = 1, lot = 0.04 }',
        '"BTC/USD" = {}, "ETH/USD" = { symbol = "BTC/USD" }',
        'instruments.ETH/USD: no instrument has the symbol "ETH/USD"',
    ),
    ("lot = 0.04", "qty_min = 0.03", "qty_min: expected a whole number of our lots (0.02)"),
    ("lot = 0.04", "qty_max = -0.02", "qty_max: expected a whole number of our lots (0.02)"),
    ("lot = 0.04", "lot = 0.04, qty_max = 0.02", "qty_max: 0.02 is less than two of qty_min"),
    ("lot = 0.04", "notional_min = -1", "notional_min: expected 0 to 1000000000000, found -1"),
    ("tick = 1,", "tick = 1.2,", "tick: our tick 0.5 does not divide the venue's 1.2"),
    ("lot = 0.04", "lot = 0.03", "lot: our lot 0.02 does not divide the venue's 0.03"),
    ("lot = 0.04", "lot = 0", "lot: our lot 0.02 does not divide the venue's 0"),
    (
        '{ "BTC/USD" =',
        '{ "ETH/USD" =',
        'instruments.ETH/USD: no instrument has the symbol "ETH/USD"',
    ),
    ("port = 1", "port = 1\nreconnect_min_ms = 20000", "20000 is above reconnect_max_ms = 10000"),
    ("port = 1", "port = 1\ncredit_adj_bp = -1", "credit_adj_bp: must not be negative, found -1"),
    ('= "MARKET"\ninst', '= "ALICE"\ninst', "the session NODE > ALICE exists already"),
]


FEED = "[feed]\nenabled = true\n"
COPY = '[[drop_copies]]\nname = "RISK"\naccounts = ["ALICE"]\n'
GUARDED = [
    ("", FEED + 'host = "0.0.0.0"\n' + COPY, "feed.host 0.0.0.0 is not loopback"),
    ('allowed_addresses = ["10.0.0.1"]\n', FEED + COPY, 'it hears "ALICE", who has them'),
    ('password_hash_file = "a"\n', FEED + COPY, 'it hears "ALICE", who must prove itself'),
    (
        'public_key = "a"\n',
        FEED + COPY.replace("ALICE", "*") + 'allowed_addresses = ["10.0.0.1"]\n',
        'drop_copies.RISK.password_hash: must be given, or public_key: it hears "ALICE"',
    ),
    (
        "",
        FEED + COPY + "[fix]\ntls_cert_file='c'\ntls_key_file='k'\ntls_ca_file='a'\n"
        "tls_client_certs='required'\n",
        "certificates are required, its plain port sees none",
    ),
    (
        "",
        FEED + COPY + 'allowed_addresses = ["10.0.0.1/8"]\n',
        "drop_copies.RISK.allowed_addresses[0]: expected an address or network",
    ),
]


@pytest.mark.parametrize(("alice", "more", "told"), GUARDED)
def test_a_drop_copy_proves_no_less_than_those_it_hears(alice: str, more: str, told: str) -> None:
    text = GOOD.replace('name = "ALICE"\n', f'name = "ALICE"\n{alice}') + more
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.toml")
    assert told in str(caught.value)
    if "expected an address" not in told:  # with a password of its own it is as good as they are
        parse(text.replace('name = "RISK"\n', 'name = "RISK"\npassword_hash = "x"\n'), "f.toml")


def test_an_unguarded_drop_copy_of_unguarded_clients_is_for_loopback() -> None:
    parse(GOOD + FEED + 'host = "::1"\n' + COPY, "f.toml")
    parse(GOOD + FEED + 'host = "localhost"\n' + COPY, "f.toml")


@pytest.mark.parametrize(("old", "new", "told"), BROKEN)
def test_a_broken_relation_is_refused(old: str, new: str, told: str) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(ConfigError) as caught:
        parse(GOOD.replace(old, new), "f.toml")
    assert told in str(caught.value)


SECOND = """
[[instruments]]
symbol = "BTC/USD2"
base = "BTC"
quote = "USD"
tick = 0.5
lot = 0.02
price_max = 1000
qty_max = 100
[[clients]]"""


def test_a_venue_calls_its_instruments_by_names_of_its_own_each_once() -> None:
    text = GOOD.replace("\n[[clients]]", SECOND)
    both = '{ "BTC/USD" = { symbol = "XBT" }, "BTC/USD2" = { symbol = "%s" } }'
    start = text.index('{ "BTC/USD" = {')
    config = parse(text[:start] + both % "XBT2", "f.toml")
    assert [one.symbol for one in config.venues[0].instruments.values()] == ["XBT", "XBT2"]
    with pytest.raises(ConfigError) as caught:
        parse(text[:start] + both % "XBT", "f.toml")
    assert 'BTC/USD2.symbol: "XBT" is its symbol of "BTC/USD" already' in str(caught.value)


def test_a_venue_that_tells_its_rules_is_not_told_them() -> None:
    config = parse(GOOD, "f.toml")
    instruments = config.venues[0].instruments
    venue = BinanceVenue("B", instruments, key_env="K", secret_env="S")
    told = []
    check_rules(replace(config, venues=(venue,)), lambda path, text: told.append((path, text)))
    assert told == [
        (("venues", 0, "instruments", "BTC/USD", key), "the venue tells this itself: leave it out")
        for key in ("tick", "lot")
    ]


HOUR = "open_utc = '23:30'\nclose_utc = '00:30'"
ROUND = "open_utc = '08:00'\nclose_utc = '08:00'"
SINGLE = [
    ("[limits]\norders_max = 7000000", "with closed_orders_max = 1000000 it must be below 8000000"),
    ("[fix]\nheart_bt_min_s = 61", "fix.heart_bt_min_s: 61 is above heart_bt_max_s = 60"),
    ("[fix]\nbegin_strings = []", "expected at least one version, each once"),
    ("[fix]\noutput_bytes_max = 1048576", "must hold two messages of message_bytes_max = 1048576"),
    ("[journal]\nsegment_mb = 1", "must hold two messages of fix.message_bytes_max = 1048576"),
    ("[test]\nbusy_edge_ms = 2", "test.busy_edge_ms: must be below busy_edge_period_ms = 0"),
    ("[core]\nwait = 'spin'\nrealtime = 1", "core.realtime: a thread in real time must sleep"),
    ("[day]\nend_utc = '24:00'", "expected HH:MM or HH:MM:SS (UTC)"),
    ("[schedule]\ndays = 'mon-'", 'schedule.days: expected as "mon-fri" or "mon,wed,fri"'),
    ("[schedule]\ndays = 'mon,wed,tue'", "schedule.days: expected as"),
    (
        "[schedule]\nopen_utc = '08:00'",
        "schedule.close_utc: expected HH:MM or HH:MM:SS (UTC) of both",
    ),
    ("[schedule]\nreset = 'daily'", "schedule.reset: needs hours"),
    (
        f"[schedule]\nannounce_s = 3600\n{HOUR}",
        "announce_s: must be below the 3600 s that are open",
    ),
    (f"[schedule]\ndays = 'sun-sat'\n{ROUND}", "schedule.close_utc: these hours never end"),
]


@pytest.mark.parametrize(("text", "told"), SINGLE)
def test_a_section_that_contradicts_itself_is_refused(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.toml")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:00", 0), ("21:30", 77400), ("23:59:59", 86399), ("9:00", None), ("1", None), ("", None)],
)
def test_the_day_ends_at_a_time_of_day(text: str, seconds: int | None) -> None:
    assert day_end_s(text) == seconds


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sat-mon", (5, 6, 0)),
        ("sun,tue-thu", (6, 1, 2, 3)),
        ("wed", (2,)),
        ("mon-sun,mon", None),
        ("", None),
        ("Mon", None),
    ],
)
def test_days_are_named_in_their_order(text: str, days: tuple[int, ...] | None) -> None:
    assert open_days(text) == days


def test_more_venues_than_the_core_has_room_for_are_refused() -> None:
    start = GOOD.index("[[venues]]")
    venues = [
        GOOD[start:].replace('"MARKET"', f'"M{n}"').replace("port = 1", f"port = {n + 1}")
        for n in range(65)
    ]
    with pytest.raises(ConfigError, match="venues: expected at most 64, found 65"):
        parse(GOOD[:start] + "".join(venues), "f.toml")


def test_more_sessions_than_there_is_room_for_are_refused() -> None:
    clients = "".join(f'[[clients]]\nname = "C{n}"\ncredit = "unlimited"\n' for n in range(1366))
    versions = '[fix]\nbegin_strings = ["FIX.4.2", "FIX.4.4", "FIXT.1.1"]\n'
    with pytest.raises(ConfigError, match="1366 clients in 3 versions and 0 venues are 4098"):
        parse(versions + clients, "f.toml")
    parse(versions + clients[: clients.index('"C1365"') - len("[[clients]]\nname = ")], "f.toml")


def test_a_venue_speaks_4_4() -> None:
    text = GOOD.replace("[[venues]]\n", '[[venues]]\nbegin_string = "FIXT.1.1"\n')
    with pytest.raises(ConfigError, match=r'expected one of FIX\.4\.4, found "FIXT\.1\.1"'):
        parse(text, "f.toml")


def test_an_order_that_could_cost_more_than_the_core_counts_is_refused() -> None:
    text = GOOD.replace("decimals = 2", "decimals = 12").replace("qty_max = 100", "qty_max = 2e10")
    with pytest.raises(ConfigError, match="price_max x qty_max is above"):
        parse(text.replace("price_max = 1000", "price_max = 1e14"), "f.toml")
