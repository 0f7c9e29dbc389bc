"""A configured venue of the edge as the adapter it becomes."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from internaliser.config.sections import BinanceVenue
from internaliser.edge_adapters import ADAPTERS, binance
from internaliser.errors import ConfigError
from internaliser.venues.binance.signing import HmacSigner
from internaliser.venues.figures import InstrumentTerms, VenueTerms
from tests.venues.fake_market import FakeMarket

TERMS = VenueTerms(
    1, "B", 0, (InstrumentTerms(0, "BTC/USD", "BTCUSDT", Decimal("0.1"), Decimal("0.2")),), {}
)


@pytest.fixture
def venue(tmp_path: Path) -> BinanceVenue:
    (tmp_path / "key").write_text("the key\n")
    (tmp_path / "secret").write_text("the secret\n")
    return BinanceVenue(
        "B",
        {},
        rest_url="http://127.0.0.1:1",
        stream_url="ws://127.0.0.1:2",
        api_url="ws://127.0.0.1:3",
        orders="rest",
        key_type="hmac",
        key_file=str(tmp_path / "key"),
        secret_file=str(tmp_path / "secret"),
        recv_window_ms=700,
        request_timeout_ms=800,
        balance_poll_ms=9_500,
        rules_poll_ms=300,
        depth_levels=500,
    )


def test_every_key_reaches_the_adapter(
    venue: BinanceVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from internaliser.venues.binance import adapter, transport

    made: list[tuple[object, ...]] = []
    monkeypatch.setattr(transport, "AiohttpTransport", lambda: "transport")
    monkeypatch.setattr(adapter, "BinanceAdapter", lambda *given: made.append(given))
    sink = object()
    binance(venue)(TERMS, sink)  # type: ignore[arg-type]
    ((config, signer, told, over),) = made
    assert (told, over) == (sink, "transport")
    assert isinstance(signer, HmacSigner)
    assert signer.api_key == "the key"
    assert [getattr(config, key) for key in ("name", "rest_url", "stream_url", "api_url")] == [
        "B", "http://127.0.0.1:1", "ws://127.0.0.1:2", "ws://127.0.0.1:3",
    ]  # fmt: skip
    assert config.orders_by == "rest"  # type: ignore[attr-defined]
    (listed,) = config.symbols  # type: ignore[attr-defined]
    assert (listed.symbol, listed.tick, listed.lot) == ("BTCUSDT", Decimal("0.1"), Decimal("0.2"))
    limits = config.limits  # type: ignore[attr-defined]
    assert (limits.recv_window_ms, limits.answer_timeout_ms) == (700, 800)
    assert (limits.balances_every_s, limits.rules_every_s, limits.depth_levels) == (9, 1, 500)


def test_a_secret_of_another_kind_ends_the_start_and_is_not_shown(venue: BinanceVenue) -> None:
    with pytest.raises(ConfigError) as caught:
        ADAPTERS["binance"](replace(venue, key_type="ed25519"))
    told = str(caught.value)
    assert (
        told == "credentials: venues.B.key_type: expected ed25519, but the secret is of kind hmac"
    )
    assert "the secret" not in told.replace("the secret is of kind", "")


def test_a_file_that_is_not_there_ends_the_start(venue: BinanceVenue) -> None:
    with pytest.raises(ConfigError, match=r"venues\.B\.secret_file"):
        binance(replace(venue, secret_file="/nowhere"))


def test_keys_may_come_from_the_environment(
    venue: BinanceVenue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "k")
    monkeypatch.setenv("A_SECRET", "s")
    binance(replace(venue, key_file="", secret_file="", key_env="A_KEY", secret_env="A_SECRET"))


def test_the_market_of_the_tests_is_an_adapter() -> None:
    from internaliser.venues.contract import VenueAdapter

    adapter: VenueAdapter = FakeMarket(None)  # type: ignore[arg-type]
    assert adapter.place
