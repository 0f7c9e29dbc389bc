"""Requests about the market: rules, book, trades, prices, candles. Nobody has to say who he is."""

from __future__ import annotations

from typing import Any

from internaliser.venues.binance_simulator import telling
from internaliser.venues.binance_simulator.amount import UNIT, told
from internaliser.venues.binance_simulator.call import Call
from internaliser.venues.binance_simulator.desk import Desk
from internaliser.venues.binance_simulator.listing import AVERAGE_MINUTES
from internaliser.venues.binance_simulator.market import BUY, SELL, Levels, best_of
from internaliser.venues.binance_simulator.order_calls import list_limit
from internaliser.venues.binance_simulator.refusal import Refusal
from internaliser.venues.binance_simulator.trading import INTERVALS_MS

DEPTH_DEFAULT, DEPTH_MAX = 100, 5_000
DAY_MS = 86_400_000


def ping(desk: Desk, call: Call) -> Any:
    return {}


def time(desk: Desk, call: Call) -> Any:
    return {"serverTime": call.now_ms}


def exchange_info(desk: Desk, call: Call) -> Any:
    places = desk.exchange.places
    return {
        "timezone": "UTC",
        "serverTime": call.now_ms,
        "rateLimits": desk.limits.told(),
        "exchangeFilters": [],
        "symbols": [
            places[name].market.listing.told(places[name].status)
            for name in call.symbols(desk.exchange)
        ],
        "sors": [],
    }


def depth(desk: Desk, call: Call) -> Any:
    market = desk.exchange.places[call.symbol(desk.exchange)].market
    limit = min(call.whole("limit", DEPTH_DEFAULT), DEPTH_MAX)
    return {
        "lastUpdateId": market.last_id,
        "bids": told_levels(market.levels(BUY, limit)),
        "asks": told_levels(market.levels(SELL, limit)),
    }


def trades(desk: Desk, call: Call) -> Any:
    tape = desk.exchange.places[call.symbol(desk.exchange)].tape
    first_id = call.whole("fromId", 0)
    found = [one for one in tape.trades if one.trade_id >= first_id][-list_limit(call) :]
    return [
        telling.public_trade(
            one.trade_id, one.price, one.qty, one.time_ms, is_maker=one.is_buyer_maker
        )
        for one in found
    ]


def aggregate_trades(desk: Desk, call: Call) -> Any:
    """Each trade stands alone here: the crowd never splits one."""
    tape = desk.exchange.places[call.symbol(desk.exchange)].tape
    return [
        {
            "a": one.trade_id,
            "p": told(one.price),
            "q": told(one.qty),
            "f": one.trade_id,
            "l": one.trade_id,
            "T": one.time_ms,
            "m": one.is_buyer_maker,
            "M": True,
        }
        for one in list(tape.trades)[-list_limit(call) :]
    ]


def candles(desk: Desk, call: Call) -> Any:
    tape = desk.exchange.places[call.symbol(desk.exchange)].tape
    span_ms = INTERVALS_MS.get(call.text("interval"))
    if span_ms is None:
        raise Refusal(-1120, "Invalid interval.")
    begin, end = call.whole("startTime", 0), call.whole("endTime", 1 << 62)
    found = [one for one in tape.spans(span_ms) if begin <= one.open_ms <= end]
    return [one.told(span_ms) for one in found[-list_limit(call) :]]


def average(desk: Desk, call: Call) -> Any:
    tape = desk.exchange.places[call.symbol(desk.exchange)].tape
    return {
        "mins": AVERAGE_MINUTES,
        "price": told(tape.average(AVERAGE_MINUTES, call.now_ms)),
        "closeTime": tape.trades[-1].time_ms if tape.trades else call.now_ms,
    }


def price(desk: Desk, call: Call) -> Any:
    found = [
        {"symbol": name, "price": told(desk.exchange.places[name].tape.last_price)}
        for name in call.symbols(desk.exchange)
    ]
    return alone(call, found)


def book_ticker(desk: Desk, call: Call) -> Any:
    found = []
    for name in call.symbols(desk.exchange):
        bid, ask = best_pair(desk, name)
        found.append({
            "symbol": name,
            "bidPrice": told(bid[0]), "bidQty": told(bid[1]),
            "askPrice": told(ask[0]), "askQty": told(ask[1]),
        })  # fmt: skip
    return alone(call, found)


def day_ticker(desk: Desk, call: Call) -> Any:
    """The day is as long as the simulator has run."""
    return alone(call, [day_of(desk, name, call.now_ms) for name in call.symbols(desk.exchange)])


def day_of(desk: Desk, name: str, now_ms: int) -> dict[str, Any]:
    tape = desk.exchange.places[name].tape
    whole, last = tape.whole(), tape.trades[-1] if tape.trades else None
    bid, ask = best_pair(desk, name)
    change = tape.last_price - whole.first
    weighted = whole.quote * UNIT // whole.qty if whole.qty else tape.last_price
    return {
        "symbol": name,
        "priceChange": told(change),
        "priceChangePercent": told(change * UNIT * 100 // whole.first)[:-5],
        "weightedAvgPrice": told(weighted),
        "prevClosePrice": told(whole.first),
        "lastPrice": told(tape.last_price),
        "lastQty": told(last.qty if last else 0),
        "bidPrice": told(bid[0]),
        "bidQty": told(bid[1]),
        "askPrice": told(ask[0]),
        "askQty": told(ask[1]),
        "openPrice": told(whole.first),
        "highPrice": told(whole.high),
        "lowPrice": told(whole.low),
        "volume": told(whole.qty),
        "quoteVolume": told(whole.quote),
        "openTime": now_ms - DAY_MS,
        "closeTime": now_ms,
        "firstId": 1 if last else -1,
        "lastId": last.trade_id if last else -1,
        "count": tape.trade_count,
    }


def best_pair(desk: Desk, name: str) -> tuple[tuple[int, int], tuple[int, int]]:
    market = desk.exchange.places[name].market
    return best_of(market.levels(BUY, 1)), best_of(market.levels(SELL, 1))


def alone(call: Call, found: list[dict[str, Any]]) -> Any:
    """One object for one symbol, a list for several."""
    return found[0] if call.params.get("symbol") else found


def told_levels(levels: Levels) -> list[list[str]]:
    return [[told(price), told(qty)] for price, qty in levels]
