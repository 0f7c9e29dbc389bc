"""`internaliser simulate binance` as a process, and its options as a configuration."""

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from decimal import Decimal

import pytest

from internaliser.cli.trying import VERBS
from internaliser.errors import UsageError
from internaliser.venues.binance_simulator.amount import UNIT
from internaliser.venues.binance_simulator.command import SYMBOLS, config_of, whole
from internaliser.verbs import Parser, find

from .support import fixtures


def parsed(words: Sequence[str]) -> object:
    verb = find(VERBS, ["simulate", "binance"])
    assert verb is not None
    parser = Parser(verb)
    verb.arguments(parser)
    return config_of(parser.read(words))


def test_without_options_three_symbols_move_ten_times_a_second_each() -> None:
    config = parsed([])
    assert [one.symbol for one in config.listings] == ["BTCUSDT", "ETHUSDT", "ETHBTC"]  # type: ignore[attr-defined]
    assert config.updates_per_s == 10 * len(SYMBOLS)  # type: ignore[attr-defined]


def test_every_option_has_its_place_in_the_configuration() -> None:
    config = parsed([
        "--port", "9881", "--seed", "7", "--symbols", "A/B:2", "--key", "x:y", "--key", "p:q:desk",
        "--updates-per-s", "50", "--misbehave", "busy:next=2", "--funding", "12.5",
        "--maker-bp", "-0" , "--taker-bp", "7.5", "--weight-max", "1", "--orders-max", "2",
        "--connections-max", "3",
    ])  # fmt: skip
    found = (
        config.port, config.seed, [one.symbol for one in config.listings],  # type: ignore[attr-defined]
        [(one.api_key, one.account) for one in config.keys], config.updates_per_s,  # type: ignore[attr-defined]
        config.misbehave, config.funding, config.fees.taker, config.fees.maker,  # type: ignore[attr-defined]
        config.limits.weight_max, config.limits.orders_10s_max, config.limits.connections_max,  # type: ignore[attr-defined]
    )  # fmt: skip
    assert found == (
        9881, 7, ["AB"], [("x", "main"), ("p", "desk")], 50, ("busy:next=2",), 1_250_000_000,
        750_000_000, 0, 1, 2, 3,
    )  # fmt: skip


def test_a_recording_brings_its_own_symbols() -> None:
    capture = fixtures("marketdata", "cryptofeed", "BINANCE.ws.1.0")
    config = parsed(["--replay", str(capture)])
    assert config.markets[0].listing.symbol == "NKNUSDT"  # type: ignore[attr-defined]
    assert config.updates_per_s == 40  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--symbols", "BTCUSDT"], "a symbol is BASE/QUOTE"), (["--key", "x"], "a key is API_KEY"),
     (["--symbols", "A/B", "A/B"], "listed twice"), (["--misbehave", "x"], "unknown misbehaviour"),
     (["--replay", "nowhere.ws.1.0"], "cannot read")],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_refused_in_one_line(words: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parsed(words)


def test_amounts_of_options_have_eight_decimals() -> None:
    assert whole(Decimal("0.00000001"), "--x") == 1
    assert whole(Decimal(2), "--x") == 2 * UNIT
    for wrong in ("-1", "0.000000001"):
        with pytest.raises(ValueError, match="--x is not negative"):
            whole(Decimal(wrong), "--x")


def test_the_verb_tells_a_wrong_value_as_a_mistake_of_use() -> None:
    verb = find(VERBS, ["simulate", "binance"])
    assert verb is not None
    parser = Parser(verb)
    verb.arguments(parser)
    with pytest.raises(UsageError, match="a symbol is BASE/QUOTE"):
        verb.call(parser.read(["--symbols", "X"]))


def test_the_process_says_when_it_listens_and_ends_when_told() -> None:
    words = [sys.executable, "-m", "internaliser", "simulate", "binance", "--updates-per-s", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name, _, text = process.stdout.readline().partition(" ")
        ready = json.loads(text)
        assert (name, ready["pid"]) == ("READY", process.pid)
        url = f"http://127.0.0.1:{ready['ports']['http']}/api/v3/ping"
        with urllib.request.urlopen(url, timeout=10) as response:
            assert response.read() == b"{}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
