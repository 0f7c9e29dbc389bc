from internaliser.venues.binance_simulator.order import Fill, Order, Terms

TERMS = Terms("BTCUSDT", "BUY", "LIMIT", "GTC", 100, 10, 0, "a")


def fill(qty: int) -> Fill:
    return Fill(1, 100, qty, 100 * qty, 0, "BTC", False, 5)


def test_an_order_counts_its_fills_until_it_is_filled() -> None:
    order = Order("main", 1, TERMS, 0, qty=10)
    seen = []
    for qty in (4, 6):
        order.add(fill(qty))
        seen.append((order.status, order.cum_qty, order.leaves_qty, order.cum_quote, order.is_open))
    assert seen == [("PARTIALLY_FILLED", 4, 6, 400, True), ("FILLED", 10, 0, 1000, False)]


def test_an_ended_order_leaves_nothing() -> None:
    order = Order("main", 1, TERMS, 0, qty=10, status="CANCELED")
    assert (order.leaves_qty, order.is_open) == (0, False)
