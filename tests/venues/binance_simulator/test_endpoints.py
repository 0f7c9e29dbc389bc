from internaliser.venues.binance_simulator.endpoints import ENDPOINTS, PATHS, Security


def weight(name: str, **params: str) -> int:
    return ENDPOINTS[name].weight(params)


def test_every_request_has_one_name_and_one_path() -> None:
    assert len(ENDPOINTS) == len(PATHS)
    assert PATHS["POST", "/api/v3/order"].name == "order.place"
    assert PATHS["DELETE", "/api/v3/openOrders"].name == "openOrders.cancelAll"


def test_whatever_concerns_an_account_wants_a_signature() -> None:
    open_to_all = {name for name, one in ENDPOINTS.items() if one.security is Security.NONE}
    assert open_to_all == {
        "ping", "time", "exchangeInfo", "depth", "trades.recent", "trades.historical",
        "trades.aggregate", "klines", "uiKlines", "avgPrice", "ticker.24hr", "ticker.price",
        "ticker.book",
    }  # fmt: skip


def test_weights_are_the_venues() -> None:
    assert [weight("depth", limit=n) for n in ("100", "101", "500", "1000", "5000", "x")] == [
        5, 25, 25, 50, 250, 5,
    ]  # fmt: skip
    assert [weight("openOrders.status"), weight("openOrders.status", symbol="A")] == [80, 6]
    assert [weight("myTrades", symbol="A"), weight("myTrades", orderId="1")] == [20, 5]
    assert [weight(name) for name in ("order.place", "order.status", "account.status")] == [
        1,
        4,
        20,
    ]
