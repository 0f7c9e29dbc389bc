"""Adapters by kind of venue: what a configured one becomes on the edge.

make = ADAPTERS["binance"](venue)       # credentials are read now: a mistake ends the start
adapter = make(terms, desk)             # on the loop that runs it
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from internaliser.config.sections import BinanceVenue
from internaliser.errors import ConfigError, Mistake
from internaliser.venues.contract import VenueAdapter, VenueSink
from internaliser.venues.figures import VenueTerms

if TYPE_CHECKING:
    from internaliser.venues.binance.signing import Signer

MS_PER_S = 1000

Make = Callable[[VenueTerms, VenueSink], VenueAdapter]


def binance(venue: BinanceVenue) -> Make:
    """Raises ConfigError where the credentials cannot be had or are of another kind."""
    signer = _signer(venue)

    def make(terms: VenueTerms, sink: VenueSink) -> VenueAdapter:
        from internaliser.venues.binance.adapter import BinanceAdapter
        from internaliser.venues.binance.config import BinanceConfig, BinanceLimits, ListedSymbol
        from internaliser.venues.binance.transport import AiohttpTransport

        config = BinanceConfig(
            venue.name,
            tuple(ListedSymbol(one.venue_symbol, one.tick, one.lot) for one in terms.instruments),
            venue.rest_url,
            venue.stream_url,
            venue.api_url,
            "rest" if venue.orders == "rest" else "websocket",
            limits=BinanceLimits(
                recv_window_ms=venue.recv_window_ms,
                answer_timeout_ms=venue.request_timeout_ms,
                balances_every_s=max(1, venue.balance_poll_ms // MS_PER_S),
                rules_every_s=max(1, venue.rules_poll_ms // MS_PER_S),
                depth_levels=venue.depth_levels,
                silence_ms_max=venue.stale_after_ms,
                pause_min_ms=venue.reconnect_min_ms,
                pause_max_ms=venue.reconnect_max_ms,
            ),
        )
        return BinanceAdapter(config, signer, sink, AiohttpTransport())

    return make


def _signer(venue: BinanceVenue) -> "Signer":
    from internaliser.venues.binance.signing import secret_text, signer_of

    path = f"venues.{venue.name}"
    key = secret_text(f"{path}.key_file", venue.key_file, venue.key_env)
    secret = secret_text(f"{path}.secret_file", venue.secret_file, venue.secret_env)
    signer = signer_of(key, secret, f"{path}.secret_file")
    found = "ed25519" if signer.can_log_on else "hmac"
    if found != venue.key_type:
        text = f"expected {venue.key_type}, but the secret is of kind {found}"
        raise ConfigError([Mistake("credentials", 0, f"{path}.key_type", text)])
    return signer


ADAPTERS: Mapping[str, Callable[[Any], Make]] = {"binance": binance}
