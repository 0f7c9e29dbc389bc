"""What one order at Binance costs the adapter, beside ccxt for the same order: CPU, no network.

    python -m benchmarks.venue_orders [--smoke]

One JSON line: microseconds of CPU per order, the best of the rounds, and the median of ccxt's
figure over ours of the same round (in turns: a machine that is busy slows both).
`ours`: build, sign and encode the request, read the answer with its fills. `whole` adds what the
adapter does around it: fit the order to its symbol's rules, make the reports. `ccxt`: create_order
with its HTTP call replaced by one that answers with the same body; its rate limiter is off and its
markets are loaded; it rounds to the market's precision and makes its unified order as always. All
sign by HMAC-SHA256 but `ed25519`; `websocket` is a frame of the WebSocket API. Not included:
sockets, TLS, the loop, waiting for a turn in the budget.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from internaliser.venues.binance import calls, reports
from internaliser.venues.binance.answers import OrderState, read_order
from internaliser.venues.binance.encoding import api_frame, rest_request
from internaliser.venues.binance.fitting import fitted
from internaliser.venues.binance.market_info import MarketInfo, read_exchange_info
from internaliser.venues.binance.order_memory import Known
from internaliser.venues.binance.outcomes import Outcome, judged
from internaliser.venues.binance.reply import Reply, api_reply, read_frame, rest_reply
from internaliser.venues.binance.signing import Ed25519Signer, HmacSigner, Signer
from internaliser.venues.contract import OrderReport, PlaceOrder

SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
NOW_MS = 1_700_000_000_000
SYMBOL = {
    "symbol": "BTCUSDT", "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT",
    "baseAssetPrecision": 8, "quotePrecision": 8, "quoteAssetPrecision": 8,
    "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"], "icebergAllowed": True,
    "isSpotTradingAllowed": True, "isMarginTradingAllowed": False, "permissions": ["SPOT"],
    "permissionSets": [["SPOT"]],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000.00",
         "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000.0", "stepSize": "0.00001"},
        {"filterType": "NOTIONAL", "minNotional": "5.0", "maxNotional": "9000000.0"},
    ],
}  # fmt: skip
INFO = {"timezone": "UTC", "serverTime": NOW_MS, "rateLimits": [], "symbols": [SYMBOL]}
ANSWER = {
    "symbol": "BTCUSDT", "orderId": 28, "orderListId": -1, "clientOrderId": "1-3-512",
    "transactTime": NOW_MS, "price": "60000.10", "origQty": "0.50000000",
    "executedQty": "0.50000000", "origQuoteOrderQty": "0.000000",
    "cummulativeQuoteQty": "30000.05000000", "status": "FILLED", "timeInForce": "IOC",
    "type": "LIMIT", "side": "BUY", "workingTime": NOW_MS, "selfTradePreventionMode": "NONE",
    "fills": [
        {"price": "60000.10", "qty": "0.20000000", "commission": "0.00020000",
         "commissionAsset": "BTC", "tradeId": 56},
        {"price": "60000.10", "qty": "0.30000000", "commission": "0.00030000",
         "commissionAsset": "BTC", "tradeId": 57},
    ],
}  # fmt: skip
BODY = json.dumps(ANSWER, separators=(",", ":")).encode()
FRAME = json.dumps({"id": 2, "status": 200, "result": ANSWER, "rateLimits": []}).encode()
HEADERS = {"Content-Type": "application/json", "X-MBX-USED-WEIGHT-1M": "70"}
PRICE, QTY = Decimal("60000.10"), Decimal("0.5")


def read(answer: Reply) -> OrderState:
    assert judged(answer).outcome is Outcome.ACCEPTED
    state = read_order(answer.data, "1-3-512", "BTCUSDT")
    assert isinstance(state, OrderState)
    return state


def by_rest(order: PlaceOrder, signer: Signer) -> OrderState:
    """One order there and back."""
    rest_request(calls.place(order), signer, NOW_MS, 5000)
    return read(rest_reply(200, HEADERS, BODY))


def by_websocket(order: PlaceOrder, signer: Signer) -> OrderState:
    api_frame(calls.place(order), 2, signer, NOW_MS, 5000)
    frame = read_frame(FRAME)
    assert frame is not None
    reply = api_reply(frame)
    assert reply is not None
    return read(reply)


def whole(signer: Signer) -> Callable[[], list[OrderReport]]:
    """The order made to fit, sent, and its answer told."""
    info = read_exchange_info(json.dumps(INFO).encode())
    assert isinstance(info, MarketInfo)
    symbol = info.symbols["BTCUSDT"]

    def order() -> list[OrderReport]:
        fit = fitted(new_order(), symbol)
        assert isinstance(fit, PlaceOrder)
        state = by_rest(fit, signer)
        known = Known("1-3-512", "BTCUSDT")
        fills = reports.new_trades(known, state.trades)
        return [reports.accepted(state), *fills, reports.of_state(state)]

    return order


def new_order() -> PlaceOrder:
    return PlaceOrder("1-3-512", "BTCUSDT", "BUY", QTY, PRICE, "IOC")


def ccxts() -> Callable[[], dict[str, Any]]:
    """The same order by ccxt, its fetch answering from memory."""
    import ccxt

    text = BODY.decode()
    info = json.dumps(INFO)

    class Binance(ccxt.binance):  # type: ignore[misc]
        def fetch(self, url: str, *_: Any, **__: Any) -> Any:
            answer = info if "exchangeInfo" in url else text
            parsed = self.parse_json(answer)
            self.handle_errors(200, "OK", url, "POST", HEADERS, answer, parsed, {}, "")
            return parsed

    options = {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False,
               "defaultType": "spot"}  # fmt: skip
    exchange = Binance(
        {"apiKey": "key", "secret": SECRET, "enableRateLimit": False, "options": options}
    )
    exchange.load_markets()

    def order() -> dict[str, Any]:
        params = {"timeInForce": "IOC", "newClientOrderId": "1-3-512"}
        found: dict[str, Any] = exchange.create_order(
            "BTC/USDT", "limit", "buy", 0.5, 60000.1, params
        )
        return found

    return order


def cpu_us(call: Callable[[], object], number: int) -> float:
    start = time.thread_time()
    for _ in range(number):
        call()
    return (time.thread_time() - start) / number * 1e6


def ed25519() -> Signer:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Ed25519Signer("key", pem.decode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="tiny sizes: only proves that it runs")
    smoke = parser.parse_args().smoke
    rounds, number = (2, 20) if smoke else (200, 20)
    signer, slow_signer = HmacSigner("key", SECRET), ed25519()
    contenders: dict[str, Callable[[], object]] = {
        "ccxt": ccxts(),
        "ours": lambda: by_rest(new_order(), signer),
        "websocket": lambda: by_websocket(new_order(), signer),
        "whole": whole(signer),
        "ed25519": lambda: by_rest(new_order(), slow_signer),
    }
    measured = [[cpu_us(call, number) for call in contenders.values()] for _ in range(rounds)]
    figures: dict[str, Any] = {"benchmark": "venue_orders", "orders": number * rounds}
    for name, column in zip(contenders, zip(*measured, strict=True), strict=True):
        figures[f"{name}_us"] = round(min(column), 1)
    for at, name in enumerate(contenders):
        if at:
            ratio = statistics.median(row[0] / row[at] for row in measured)
            figures[f"{name}_ratio"] = round(ratio, 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
