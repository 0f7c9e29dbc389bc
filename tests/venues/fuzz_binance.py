"""Mutated answers and stream messages of Binance: never a crash, never taken for something else.

    python -m tests.venues.fuzz_binance --count 1000000 [--seed 7]

Each mutant goes through the reader of its kind. It must come out as one of the reader's documented
classes; an answer that is taken must obey what its class promises (`sound`), and one that no longer
is JSON of the right shape must be refused. The judge knows only the json module and the venue's
published shapes, not the readers. Prints one JSON line; a crash names seed and case.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from internaliser.venues.binance.answers import (
    Balances,
    OrderState,
    OrderStatus,
    Trade,
    Unreadable,
    read_balances,
    read_open_orders,
    read_order,
    read_time,
    read_trades,
)
from internaliser.venues.binance.market_events import (
    DepthUpdate,
    MarketTrade,
    Misread,
    read_market_event,
    read_snapshot,
)
from internaliser.venues.binance.market_info import (
    MarketInfo,
    read_commission,
    read_exchange_info,
)
from internaliser.venues.binance.outcomes import Outcome, judged
from internaliser.venues.binance.reply import (
    NoReply,
    Reply,
    api_reply,
    is_utf8,
    read_frame,
    rest_reply,
)
from internaliser.venues.binance.user_events import (
    AccountPosition,
    BalanceChanged,
    ExecutionKind,
    ExecutionReport,
    Strange,
    read_user_event,
)

ORDER = {
    "symbol": "BTCUSDT", "orderId": 28, "orderListId": -1, "clientOrderId": "1-3-512",
    "transactTime": 1507725176595, "price": "4000.00000000", "origQty": "10.00000000",
    "executedQty": "3.00000000", "cummulativeQuoteQty": "11997.00000000",
    "status": "PARTIALLY_FILLED", "timeInForce": "GTC", "type": "LIMIT", "side": "BUY",
}  # fmt: skip
FILLS = [
    {"price": "4000.00", "qty": "1.0", "commission": "4.0", "commissionAsset": "USDT",
     "tradeId": 56},
    {"price": "3998.50", "qty": "2.0", "commission": "7.9", "commissionAsset": "USDT",
     "tradeId": 57},
]  # fmt: skip
TRADE = {
    "symbol": "BTCUSDT", "id": 56, "orderId": 28, "price": "4000.00", "qty": "1.0",
    "quoteQty": "4000.0", "commission": "0.004", "commissionAsset": "BNB", "time": 1499865549590,
    "isBuyer": True, "isMaker": False,
}  # fmt: skip
EXECUTION = {
    "e": "executionReport", "E": 1709654401000, "s": "BTCUSDT", "c": "1-3-512", "S": "BUY",
    "o": "LIMIT", "f": "GTC", "q": "10.00000000", "p": "4000.00", "x": "TRADE",
    "X": "PARTIALLY_FILLED", "r": "NONE", "i": 28, "l": "2.0", "z": "3.0", "L": "3998.50",
    "n": "7.9", "N": "USDT", "T": 1709654401000, "t": 57, "w": False, "m": True,
    "Z": "11997.00000000", "C": "",
}  # fmt: skip
POSITION = {
    "e": "outboundAccountPosition", "E": 1564034571105, "u": 1564034571073,
    "B": [{"a": "ETH", "f": "10000.0", "l": "0.5"}, {"a": "BTC", "f": "1.0", "l": "0.0"}],
}  # fmt: skip
CHANGE = {"e": "balanceUpdate", "E": 1573200697110, "a": "BTC", "d": "-100.0", "T": 1573200697068}
DEPTH = {
    "stream": "btcusdt@depth@100ms",
    "data": {"e": "depthUpdate", "E": 1633998512068, "s": "BTCUSDT", "U": 150, "u": 152,
             "b": [["0.35", "6195.0"], ["0.34", "0.0"]], "a": [["0.36", "5.0"]]},
}  # fmt: skip
MARKET_TRADE = {
    "stream": "btcusdt@trade",
    "data": {"e": "trade", "E": 1, "s": "BTCUSDT", "t": 7, "p": "0.35", "q": "2", "T": 3},
}  # fmt: skip
INFO = {
    "rateLimits": [{"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10,
                    "limit": 50}],
    "symbols": [{
        "symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
        "orderTypes": ["LIMIT", "LIMIT_MAKER"], "isSpotTradingAllowed": True,
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000.0",
             "tickSize": "0.01"},
            {"filterType": "LOT_SIZE", "minQty": "0.1", "maxQty": "900.0", "stepSize": "0.1"},
            {"filterType": "NOTIONAL", "minNotional": "5.0", "maxNotional": "9000.0"},
            {"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": "1.2",
             "bidMultiplierDown": "0.2", "askMultiplierUp": "5", "askMultiplierDown": "0.8"},
        ],
    }],
}  # fmt: skip
ACCOUNT = {
    "makerCommission": 15, "canTrade": True,
    "balances": [{"asset": "BTC", "free": "4.5", "locked": "0.5"},
                 {"asset": "LTC", "free": "47.0", "locked": "0.0"}],
}  # fmt: skip
RATES = {"maker": "0.001", "taker": "0.002", "buyer": "0.0", "seller": "0.0"}
LIMITS = [{"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 50,
           "count": 12}]  # fmt: skip
ERROR = {"code": -2010, "msg": "Account has insufficient balance for requested action."}


class Bad(AssertionError):
    """A reader took what it should have refused."""


def must(is_so: object, what: str) -> None:
    if not is_so:
        raise Bad(what)


def number(value: Decimal, least: int = 0) -> None:
    must(value.is_finite() and least <= value < Decimal(10) ** 34, f"number {value}")
    must(value.as_tuple().exponent >= -32, f"digits of {value}")  # type: ignore[operator]


# What each class promises, whatever came in.


def sound_trade(trade: Trade) -> None:
    number(trade.qty)
    number(trade.price)
    must(trade.qty > 0 and trade.price > 0 and trade.trade_id >= 0, "an execution of nothing")


def sound_order(state: OrderState) -> None:
    must(state.symbol and state.cl_ord_id and state.order_id >= 0, "no name")
    number(state.qty)
    number(state.cum_qty)
    must(0 <= state.cum_qty <= state.qty and state.qty > 0, "overfilled")
    must(state.status is not OrderStatus.FILLED or state.cum_qty == state.qty, "full but short")
    for trade in state.trades:
        sound_trade(trade)
    must(sum(trade.qty for trade in state.trades) <= state.cum_qty, "more trades than quantity")


def sound_asked(state: OrderState) -> None:
    sound_order(state)
    must((state.cl_ord_id, state.symbol) == ("1-3-512", "BTCUSDT"), "another order")


def sound_execution(event: ExecutionReport) -> None:
    must(event.symbol and event.cl_ord_id, "no name")
    must((event.trade is not None) == (event.kind is ExecutionKind.TRADE), "trade or not")
    must(0 <= event.cum_qty <= event.qty and event.qty > 0, "overfilled")
    must(event.status is not OrderStatus.UNKNOWN, "status unknown")
    if event.trade is not None:
        sound_trade(event.trade)
        must(event.trade.qty <= event.cum_qty, "a trade over the sum")
        must(not event.trade.fee or event.trade.fee_asset, "a fee in nothing")


def sound_balances(found: Balances) -> None:
    for balance in found.balances:
        must(balance.asset, "no asset")
        number(balance.free)
        number(balance.locked)


def sound_info(info: MarketInfo) -> None:
    for name, symbol in info.symbols.items():
        rules = symbol.rules
        must(name == rules.symbol and rules.tick > 0 and rules.lot > 0, "no steps")
        for value in (rules.qty_min, rules.qty_max, rules.notional_min, rules.price_max):
            must(value is None or value > 0, "a rule of nothing")
    for usage in info.limits:
        must(usage.limit > 0 and usage.interval_s > 0, "a limit of nothing")


def sound_event(event: Any) -> None:
    if isinstance(event, ExecutionReport):
        sound_execution(event)
    elif isinstance(event, AccountPosition):
        sound_balances(event.balances)
    elif isinstance(event, BalanceChanged):
        number(abs(event.delta))
        must(event.asset, "no asset")


def sound_market(event: Any) -> None:
    if isinstance(event, DepthUpdate):
        must(event.symbol and 0 <= event.first_id <= event.last_id, "ids")
        for level in (*event.bids, *event.asks):
            must(len(level) == 2 and all(isinstance(text, str) for text in level), "level")
    elif isinstance(event, MarketTrade):
        must(event.price > 0 and event.qty > 0, "a trade of nothing")


def sound_reply(reply: Any) -> None:
    """A refusal is believed only with the venue's own code and words."""
    verdict = judged(NoReply("") if reply is None else reply)
    if verdict.outcome is Outcome.REJECTED:
        must(isinstance(reply, Reply) and 400 <= reply.status < 500, "rejected without proof")
    if isinstance(reply, Reply):
        for usage in reply.usage:
            must(usage.used >= 0 and usage.interval_s > 0, "count")


def read_api(data: bytes) -> Any:
    frame = read_frame(data)
    return None if frame is None else api_reply(frame)


REFUSALS = (Unreadable, Misread, Strange, type(None))
Case = tuple[str, Any, Callable[[bytes], Any], Callable[[Any], None]]
CASES: list[Case] = [
    ("placed", ORDER | {"fills": FILLS}, lambda d: read_order(d, "1-3-512", "BTCUSDT"),
     sound_asked),
    ("status", ORDER, read_order, sound_order),
    ("cancelled", ORDER | {"clientOrderId": "c", "origClientOrderId": "1-3-512"},
     lambda d: read_order(d, "1-3-512", "BTCUSDT"), sound_asked),
    ("open", [ORDER, ORDER | {"clientOrderId": "1-3-513"}], read_open_orders,
     lambda found: [sound_order(one) for one in found.orders] and None),
    ("trades", [TRADE, TRADE | {"id": 57}], read_trades,
     lambda found: [sound_trade(one) for one in found.trades] and None),
    ("account", ACCOUNT, read_balances, sound_balances),
    ("info", INFO, read_exchange_info, sound_info),
    ("fees", {"symbol": "BTCUSDT", "standardCommission": RATES, "taxCommission": RATES},
     read_commission, lambda fees: must(0 <= fees.maker < 1 and 0 <= fees.taker < 1, "fee")),
    ("time", {"serverTime": 1499827319559}, read_time, lambda ms: must(ms >= 0, "time")),
    ("snapshot", {"lastUpdateId": 160, "bids": [["4.0", "431.0"]], "asks": [["4.2", "12.0"]]},
     read_snapshot, lambda found: must(found.last_id >= 0, "id")),
    ("execution", EXECUTION, read_user_event, sound_event),
    ("position", POSITION, read_user_event, sound_event),
    ("change", CHANGE, read_user_event, sound_event),
    ("depth", DEPTH, read_market_event, sound_market),
    ("trade", MARKET_TRADE, read_market_event, sound_market),
    ("refusal", ERROR, lambda d: rest_reply(400, {}, d), sound_reply),
    ("api answer", {"id": 7, "status": 200, "result": ORDER, "rateLimits": LIMITS}, read_api,
     sound_reply),
    ("api refusal", {"id": 7, "status": 400, "error": ERROR, "rateLimits": LIMITS}, read_api,
     sound_reply),
]  # fmt: skip
SCALARS: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, 10**40, 1.5, 1e308, "", "0", "-0", "-1",
    "1e5", "NaN", "Infinity", "-Infinity", "0x10", "1_000", "\u0661", " 1", "1 ", "9" * 40,
    "0." + "9" * 40, "FILLED", "NEW", "MELTED", "\x00", "\ud7ff", "a" * 5000, [], {}, [[]],
    [None], {"a": 1}, "TRADE", "CANCELED",
]  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def mutated_value(chance: random.Random, value: Any) -> bytes:
    """One to three places of the JSON value changed, dropped, doubled or swapped."""
    value = json.loads(json.dumps(value))
    for _ in range(chance.randint(1, 3)):
        found = list(places(value))
        if not found:
            break
        container, key = chance.choice(found)
        act = chance.randrange(4)
        if act == 0:
            del container[key]
        elif act == 1:
            other, other_key = chance.choice(found)
            container[key] = json.loads(json.dumps(other.get(other_key) if isinstance(other, dict)
                                                   else other[min(other_key, len(other) - 1)]
                                                   if other else None))  # fmt: skip
        elif act == 2 and isinstance(container, list):
            container.insert(0, container[key])
        else:
            container[key] = chance.choice(SCALARS)
    return json.dumps(value, ensure_ascii=chance.random() < 0.5).encode()


def mutated_bytes(chance: random.Random, data: bytes) -> bytes:
    """A few bytes flipped, put in, taken out, or the end cut off."""
    mutant = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(mutant) + 1)
        act = chance.randrange(5)
        if act == 0 and at < len(mutant):
            mutant[at] ^= 1 << chance.randrange(8)
        elif act == 1:
            mutant.insert(at, chance.choice(b'"{}[],:0123456789.eE-\\ntf \x00\xff'))
        elif act == 2:
            del mutant[at : at + chance.randint(1, 8)]
        elif act == 3:
            del mutant[at:]
        else:
            mutant[at:at] = mutant[at : at + chance.randint(1, 20)]
    return bytes(mutant)


def check(case: Case, data: bytes) -> str:
    """Read one mutant; "refused" or "taken", Bad when it was taken wrongly."""
    _, _, read, sound = case
    found = read(data)
    # At the door: a WebSocket text is UTF-8 or ends the connection, an HTTP body or has no content.
    if isinstance(found, REFUSALS) or not is_utf8(data):
        return "refused"
    has_bad_element = getattr(found, "bad", 0) or getattr(found, "code", 0) is None
    must(has_bad_element or is_json(data), "taken although it is no JSON")
    sound(found)
    return "taken"


def is_json(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


def fuzz(count: int, seed: int) -> Counter[str]:
    """Counts of what became of `count` mutants. Raises with seed and case at the first fault."""
    chance = random.Random(seed)
    plain = [json.dumps(case[1]).encode() for case in CASES]
    for case, data in zip(CASES, plain, strict=True):
        must(check(case, data) == "taken", f"{case[0]} itself is refused")
    counts: Counter[str] = Counter()
    for turn in range(count):
        which = turn % len(CASES)
        case = CASES[which]
        if chance.random() < 0.5:
            data = mutated_value(chance, case[1])
        else:
            data = mutated_bytes(chance, plain[which])
        try:
            result = check(case, data)
        except Exception as fault:
            raise AssertionError(
                f"seed {seed} turn {turn} {case[0]} {data!r}: {fault!r}"
            ) from fault
        counts[result] += 1
        counts[f"{case[0]} {result}"] += 1
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    start = time.perf_counter()
    counts = fuzz(options.count, options.seed)
    took_s = round(time.perf_counter() - start, 1)
    print(json.dumps({"count": options.count, "seed": options.seed, "took_s": took_s, **counts}))


if __name__ == "__main__":
    main()
