"""The venue's rules: exchangeInfo and the account's commission, as InstrumentRules.

    read_exchange_info(data)   ->   MarketInfo({"BTCUSDT": SymbolRules(...)}, limits, bad=[])

A symbol that cannot be read, or whose price or quantity step is missing, has no rules and is not
traded; the others are as they are. A filter of a kind we do not know cannot be obeyed before the
venue says so itself (a refusal with proof), and does not close the symbol.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import msgspec
from msgspec import Struct

from internaliser.venues.binance.amounts import ZERO, Amount
from internaliser.venues.binance.answers import FAULTS, Asset, Name, Unreadable
from internaliser.venues.binance.reply import Usage, usage_of_limits
from internaliser.venues.contract import InstrumentRules, Side

SYMBOLS_MAX = 20_000
FEE_MAX = Decimal(1)


@dataclass(frozen=True, slots=True)
class Band:
    """Fractions of the venue's average price that a limit price must stay between."""

    up: Decimal
    down: Decimal


@dataclass(frozen=True, slots=True)
class SymbolRules:
    """What the contract tells of a symbol, and what only the adapter needs."""

    rules: InstrumentRules
    bands: dict[Side, Band] = field(default_factory=dict)
    has_post_only: bool = False


@dataclass(frozen=True, slots=True)
class MarketInfo:
    symbols: dict[str, SymbolRules]
    limits: tuple[Usage, ...]
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Commission:
    symbol: str
    maker: Decimal
    taker: Decimal


class _Info(Struct, gc=False):
    symbols: list[msgspec.Raw]
    rateLimits: msgspec.Raw = msgspec.Raw(b"")


class _Symbol(Struct, gc=False):
    symbol: Name
    status: str
    baseAsset: Asset
    quoteAsset: Asset
    filters: list[msgspec.Raw]
    orderTypes: list[str] = []
    isSpotTradingAllowed: bool = True


class _Filter(Struct, gc=False):
    filterType: str
    minPrice: Amount = "0"
    maxPrice: Amount = "0"
    tickSize: Amount = "0"
    minQty: Amount = "0"
    maxQty: Amount = "0"
    stepSize: Amount = "0"
    minNotional: Amount = "0"
    maxNotional: Amount = "0"
    multiplierUp: Amount = "0"
    multiplierDown: Amount = "0"
    bidMultiplierUp: Amount = "0"
    bidMultiplierDown: Amount = "0"
    askMultiplierUp: Amount = "0"
    askMultiplierDown: Amount = "0"


class _Rates(Struct, gc=False):
    maker: Amount
    taker: Amount
    buyer: Amount = "0"
    seller: Amount = "0"


class _Commission(Struct, gc=False):
    symbol: Name
    standardCommission: _Rates
    specialCommission: _Rates | None = None
    taxCommission: _Rates | None = None


_info = msgspec.json.Decoder(_Info).decode
_symbol = msgspec.json.Decoder(_Symbol).decode
_filter = msgspec.json.Decoder(_Filter).decode
_commission = msgspec.json.Decoder(_Commission).decode


def read_exchange_info(data: bytes) -> MarketInfo | Unreadable:
    try:
        info = _info(data)
    except FAULTS as fault:
        return Unreadable("exchangeInfo", str(fault))
    if len(info.symbols) > SYMBOLS_MAX:
        return Unreadable("exchangeInfo", f"{len(info.symbols)} symbols")
    symbols = {}
    bad = 0
    for element in info.symbols:
        rules = _read_symbol(bytes(element))
        if rules is None or rules.rules.symbol in symbols:
            bad += 1
        else:
            symbols[rules.rules.symbol] = rules
    return MarketInfo(symbols, usage_of_limits(bytes(info.rateLimits)), bad)


def read_commission(data: bytes) -> Commission | Unreadable:
    """The account's own fees of one symbol: all the venue takes, without discounts."""
    try:
        read = _commission(data)
    except FAULTS as fault:
        return Unreadable("commission", str(fault))
    maker = taker = side = ZERO
    for rates in (read.standardCommission, read.specialCommission, read.taxCommission):
        if rates is not None:
            maker += Decimal(rates.maker)
            taker += Decimal(rates.taker)
            # Which of the two applies depends on the side: the dearer never promises too much.
            side += max(Decimal(rates.buyer), Decimal(rates.seller))
    if maker + side >= FEE_MAX or taker + side >= FEE_MAX:
        return Unreadable("commission", f"fees of {maker + side} and {taker + side}")
    return Commission(read.symbol, maker + side, taker + side)


def with_fees(symbol: SymbolRules, fees: Commission) -> SymbolRules:
    rules = replace(symbol.rules, maker_fee=fees.maker, taker_fee=fees.taker)
    return replace(symbol, rules=rules)


def _read_symbol(data: bytes) -> SymbolRules | None:
    """None when it cannot be read, or has no price step or no quantity step."""
    try:
        read = _symbol(data)
        filters = {one.filterType: one for one in map(_filter, read.filters)}
    except FAULTS:
        return None
    prices, lots = filters.get("PRICE_FILTER"), filters.get("LOT_SIZE")
    if prices is None or lots is None:
        return None
    tick, lot = _positive(prices.tickSize), _positive(lots.stepSize)
    if tick is None or lot is None:
        return None
    least, most = _notional(filters)
    bands = _bands(filters)
    rules = InstrumentRules(
        symbol=read.symbol, base=read.baseAsset, quote=read.quoteAsset, tick=tick, lot=lot,
        qty_min=_positive(lots.minQty), qty_max=_positive(lots.maxQty), notional_min=least,
        price_min=_positive(prices.minPrice), price_max=_positive(prices.maxPrice),
        # One pair for both sides in the contract: the narrower, which both sides are inside of.
        band_up=min((band.up for band in bands.values()), default=None),
        band_down=max((band.down for band in bands.values()), default=None),
        is_open=read.status == "TRADING" and read.isSpotTradingAllowed, notional_max=most,
    )  # fmt: skip
    return SymbolRules(rules, bands, "LIMIT_MAKER" in read.orderTypes)


def _positive(text: str) -> Decimal | None:
    """Zero switches a rule off."""
    value = Decimal(text)
    return value if value > 0 else None


def _notional(filters: dict[str, _Filter]) -> tuple[Decimal | None, Decimal | None]:
    """The greatest least and the smallest most; the venue has an old filter and a new one."""
    found = [filters[name] for name in ("MIN_NOTIONAL", "NOTIONAL") if name in filters]
    least = [value for one in found if (value := _positive(one.minNotional))]
    most = [value for one in found if (value := _positive(one.maxNotional))]
    return max(least, default=None), min(most, default=None)


def _bands(filters: dict[str, _Filter]) -> dict[Side, Band]:
    both, by_side = filters.get("PERCENT_PRICE"), filters.get("PERCENT_PRICE_BY_SIDE")
    bands: dict[Side, Band] = {}
    if by_side is not None:
        bands["BUY"] = _band(by_side.bidMultiplierUp, by_side.bidMultiplierDown)
        bands["SELL"] = _band(by_side.askMultiplierUp, by_side.askMultiplierDown)
    if both is not None:
        for side in ("BUY", "SELL"):
            band = _band(both.multiplierUp, both.multiplierDown)
            old = bands.get(side, band)
            bands[side] = Band(min(band.up, old.up), max(band.down, old.down))
    return bands


def _band(up: str, down: str) -> Band:
    return Band(Decimal(up), Decimal(down))
