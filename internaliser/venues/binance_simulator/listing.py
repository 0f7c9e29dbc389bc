"""What is traded at the simulated Binance: a symbol, its steps and its filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from internaliser.venues.binance_simulator.amount import UNIT, told, units
from internaliser.venues.binance_simulator.refusal import Refusal, filter_failure

AVERAGE_MINUTES = 5
ORDER_TYPES = ("LIMIT", "LIMIT_MAKER", "MARKET")
KNOWN_TYPES = (
    *ORDER_TYPES, "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT",
)  # fmt: skip

Filter = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """One symbol. Prices, quantities and multipliers in units of 10^-8."""

    base: str
    quote: str
    mid: int
    tick: int = UNIT // 100
    lot: int = UNIT // 100_000
    qty_max: int = 9_000_000 * UNIT
    price_max: int = 10_000_000 * UNIT
    notional_min: int = 5 * UNIT
    notional_max: int = 9_000_000 * UNIT
    band_up: int = 5 * UNIT
    band_down: int = UNIT // 5
    orders_max: int = 200

    @property
    def symbol(self) -> str:
        return self.base + self.quote

    def filters(self) -> list[Filter]:
        """As exchangeInfo tells them."""
        up, down = plain(self.band_up), plain(self.band_down)
        return [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": told(self.tick),
                "maxPrice": told(self.price_max),
                "tickSize": told(self.tick),
            },
            {
                "filterType": "LOT_SIZE",
                "minQty": told(self.lot),
                "maxQty": told(self.qty_max),
                "stepSize": told(self.lot),
            },
            {"filterType": "ICEBERG_PARTS", "limit": 10},
            {
                "filterType": "MARKET_LOT_SIZE",
                "minQty": told(0),
                "maxQty": told(self.qty_max),
                "stepSize": told(0),
            },
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": up,
                "bidMultiplierDown": down,
                "askMultiplierUp": up,
                "askMultiplierDown": down,
                "avgPriceMins": AVERAGE_MINUTES,
            },
            {
                "filterType": "NOTIONAL",
                "minNotional": told(self.notional_min),
                "applyMinToMarket": True,
                "maxNotional": told(self.notional_max),
                "applyMaxToMarket": False,
                "avgPriceMins": AVERAGE_MINUTES,
            },
            {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": self.orders_max},
            {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
        ]

    def check_price(self, price: int, average: int) -> None:
        """PRICE_FILTER and PERCENT_PRICE_BY_SIDE. `average` is the price of the last minutes."""
        if not self.tick <= price <= self.price_max or price % self.tick:
            raise filter_failure("PRICE_FILTER")
        if not average * self.band_down <= price * UNIT <= average * self.band_up:
            raise filter_failure("PERCENT_PRICE_BY_SIDE")

    def check_qty(self, qty: int) -> None:
        if not self.lot <= qty <= self.qty_max or qty % self.lot:
            raise filter_failure("LOT_SIZE")

    def check_notional(self, price: int, qty: int, *, is_market: bool) -> None:
        notional = price * qty // UNIT
        if notional < self.notional_min or (notional > self.notional_max and not is_market):
            raise filter_failure("NOTIONAL")

    def told(self, status: str) -> dict[str, Any]:
        """The symbol's object of exchangeInfo."""
        return {
            "symbol": self.symbol,
            "status": status,
            "baseAsset": self.base,
            "baseAssetPrecision": 8,
            "quoteAsset": self.quote,
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "baseCommissionPrecision": 8,
            "quoteCommissionPrecision": 8,
            "orderTypes": list(ORDER_TYPES),
            "icebergAllowed": False,
            "ocoAllowed": False,
            "otoAllowed": False,
            "opoAllowed": False,
            "quoteOrderQtyMarketAllowed": True,
            "allowTrailingStop": False,
            "cancelReplaceAllowed": True,
            "amendAllowed": False,
            "pegInstructionsAllowed": False,
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": False,
            "filters": self.filters(),
            "permissions": [],
            "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": "NONE",
            "allowedSelfTradePreventionModes": ["NONE"],
        }


def listing_of(text: str) -> Listing:
    """A listing from "BASE/QUOTE[:MID[:TICK[:LOT[:NOTIONAL]]]]"; NOTIONAL is the least."""
    pair, *numbers = text.split(":")
    base, _, quote = pair.partition("/")
    try:
        values = [units(number, "symbols") for number in numbers]
    except Refusal:
        values = [0]
    if not base or not quote or len(values) > 4 or 0 in values:
        raise ValueError(f"a symbol is BASE/QUOTE[:MID[:TICK[:LOT[:NOTIONAL]]]], not {text!r}")
    names = ("mid", "tick", "lot", "notional_min")
    found = dict(zip(names, values or [100 * UNIT], strict=False))
    return checked(Listing(base, quote, **found))


def listing_from(told: dict[str, Any], mid: int) -> Listing:
    """A listing from a symbol's object of a recorded exchangeInfo."""
    found = {one["filterType"]: one for one in told["filters"]}
    least = found.get("NOTIONAL") or found["MIN_NOTIONAL"]
    return checked(Listing(
        told["baseAsset"], told["quoteAsset"], mid,
        tick=units(found["PRICE_FILTER"]["tickSize"], "tickSize"),
        lot=units(found["LOT_SIZE"]["stepSize"], "stepSize"),
        qty_max=units(found["LOT_SIZE"]["maxQty"], "maxQty"),
        price_max=units(found["PRICE_FILTER"]["maxPrice"], "maxPrice"),
        notional_min=units(least["minNotional"], "minNotional"),
    ))  # fmt: skip


def checked(listing: Listing) -> Listing:
    if listing.tick * listing.lot % UNIT:
        raise ValueError(f"{listing.symbol}: tick x lot is finer than 8 decimals")
    return listing


def plain(amount: int) -> str:
    """Without trailing zeros: multipliers are told like that."""
    return told(amount).rstrip("0").rstrip(".")
