"""The adapter's configuration: safe as it is, whole with a name and symbols."""

from internaliser.venues.binance.config import BinanceConfig, BinanceLimits


def test_it_is_whole_with_a_name_and_symbols() -> None:
    config = BinanceConfig("binance", ())
    assert (config.rest_url, config.orders_by) == ("https://api.binance.com", "websocket")
    assert config.stream_url.startswith("wss://")
    assert config.api_url.startswith("wss://")


def test_the_limits_keep_to_the_venues() -> None:
    limits = BinanceLimits()
    assert limits.recv_window_ms <= 60_000
    assert limits.link_age_s_max < 24 * 3600
    assert limits.streams_max <= 1024
    assert limits.depth_levels <= 5000
