import json

from .support import Bench, fixtures, shape

HTTP = ("marketdata", "nautilus_trader", "crates", "adapters", "binance", "test_data", "spot",
        "http_json")  # fmt: skip


def test_the_account_has_the_recorded_shape_and_the_balances() -> None:
    bench = Bench()
    bench.place(timeInForce="GTC", price="100")
    found = bench.ask("GET", "account").body
    recorded = json.loads(fixtures(*HTTP, "account_response.json").read_text())
    assert shape(found) == shape(recorded)
    assert found["balances"] == [
        {"asset": "BTC", "free": "1000000.00000000", "locked": "0.00000000"},
        {"asset": "USDT", "free": "999900.00000000", "locked": "100.00000000"},
    ]


def test_assets_without_a_balance_can_be_left_out() -> None:
    bench = Bench()
    bench.desk.account("main").of("BTC").free = 0
    found = bench.ask("GET", "account", omitZeroBalances="true").body
    assert [one["asset"] for one in found["balances"]] == ["USDT"]


def test_fees_are_told_per_symbol() -> None:
    found = Bench().ask("GET", "account/commission", symbol="BTCUSDT").body
    assert found["standardCommission"] == {
        "maker": "0.00100000", "taker": "0.00100000", "buyer": "0.00000000", "seller": "0.00000000",
    }  # fmt: skip
    assert found.keys() == {
        "symbol", "standardCommission", "specialCommission", "taxCommission", "discount",
    }  # fmt: skip


def test_executions_are_listed_by_order_by_id_and_by_time() -> None:
    bench = Bench()
    first = bench.place(quantity="6", price="102").body["orderId"]
    bench.now_ms += 5
    bench.place(side="SELL", price="99")
    everything = bench.ask("GET", "myTrades", symbol="BTCUSDT").body
    assert [(one["id"], one["price"], one["isBuyer"]) for one in everything] == [
        (1, "101.00000000", True), (2, "102.00000000", True), (3, "99.00000000", False),
    ]  # fmt: skip
    assert everything[0]["commission"] == "0.00500000"
    ids = [
        [one["id"] for one in bench.ask("GET", "myTrades", symbol="BTCUSDT", **asked).body]
        for asked in (
            {"orderId": first},
            {"orderId": 1},
            {"fromId": 2},
            {"startTime": bench.now_ms},
            {"limit": 1},
        )
    ]
    assert ids == [[1, 2], [], [2, 3], [3], [3]]
    assert bench.ask("GET", "myTrades", "other", symbol="BTCUSDT", orderId=first).body == []


def test_order_counts_can_be_asked_for() -> None:
    bench = Bench()
    bench.place()
    found = bench.ask("GET", "rateLimit/order").body
    assert [(one["interval"], one["intervalNum"], one["count"]) for one in found] == [
        ("SECOND", 10, 1), ("DAY", 1, 1),
    ]  # fmt: skip
