"""Matching, balances and events, through the desk that the APIs use."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.venues.binance_simulator.amount import UNIT, told, units
from internaliser.venues.binance_simulator.exchange import parts
from internaliser.venues.binance_simulator.market import BUY, SELL

from .support import NOW_MS, Bench

START = 1_000_000 * UNIT


def outcome(body: dict[str, Any]) -> tuple[str, str, str, list[tuple[str, str]]]:
    return (
        body["status"], body["executedQty"], body["cummulativeQuoteQty"],
        [(fill["price"], fill["qty"]) for fill in body["fills"]],
    )  # fmt: skip


def amount(text: str) -> str:
    return told(units(text, "amount"))


def test_an_ioc_order_takes_what_its_price_allows_and_expires() -> None:
    bench = Bench()
    found = bench.place(quantity="7", price="101.5")
    assert outcome(found.body) == (
        "EXPIRED", amount("5"), amount("505"), [(amount("101"), amount("5"))],
    )  # fmt: skip
    assert bench.ears.reports() == [
        ("NEW", "NEW", amount("0")),
        ("TRADE", "PARTIALLY_FILLED", amount("5")),
        ("EXPIRED", "EXPIRED", amount("5")),
    ]
    assert bench.balance("USDT") == (START - 505 * UNIT, 0)
    assert bench.balance("BTC") == (START + 5 * UNIT - 5 * UNIT // 1000, 0), "a tenth of a percent"


def test_an_order_walks_the_levels_best_first() -> None:
    bench = Bench()
    found = bench.place(side="SELL", quantity="6", price="98")
    assert outcome(found.body) == (
        "FILLED", amount("6"), amount("593"),
        [(amount("99"), amount("5")), (amount("98"), amount("1"))],
    )  # fmt: skip
    assert bench.balance("BTC") == (START - 6 * UNIT, 0)
    assert bench.balance("USDT") == (START + 593 * UNIT - 593 * UNIT // 1000, 0)


def test_fok_is_all_or_nothing() -> None:
    bench = Bench()
    assert outcome(bench.place(timeInForce="FOK", quantity="6").body)[:2] == (
        "EXPIRED", amount("0"),
    )  # fmt: skip
    assert outcome(bench.place(timeInForce="FOK", quantity="6", price="102").body)[:2] == (
        "FILLED", amount("6"),
    )  # fmt: skip


def test_a_market_order_takes_any_price_and_expires_where_the_book_ends() -> None:
    bench = Bench()
    found = bench.place(type="MARKET", timeInForce=None, price=None, quantity="20")
    assert outcome(found.body) == (
        "EXPIRED", amount("15"), amount("1525"),
        [(amount("101"), amount("5")), (amount("102"), amount("10"))],
    )  # fmt: skip
    assert bench.balance("USDT") == (START - 1525 * UNIT, 0)


def test_a_market_order_by_amount_spends_no_more() -> None:
    bench = Bench()
    found = bench.place(
        type="MARKET", timeInForce=None, price=None, quantity=None, quoteOrderQty="600"
    )
    assert outcome(found.body) == (
        "FILLED", amount("5.931"), amount("599.962"),
        [(amount("101"), amount("5")), (amount("102"), amount("0.931"))],
    )  # fmt: skip
    assert found.body["origQuoteOrderQty"] == amount("600")


def test_a_resting_order_locks_and_is_filled_by_the_moving_market_as_maker() -> None:
    bench = Bench()
    assert bench.place(timeInForce="GTC", price="100", quantity="2").body["status"] == "NEW"
    assert bench.balance("USDT") == (START - 200 * UNIT, 200 * UNIT)
    bench.market.set_level(SELL, 100 * UNIT, UNIT)
    bench.desk.exchange.on_market("BTCUSDT", NOW_MS)
    assert bench.balance("USDT") == (START - 200 * UNIT, 100 * UNIT)
    assert bench.market.qty(BUY, 100 * UNIT) == UNIT, "the other half still rests"
    assert bench.market.best(SELL) == (101 * UNIT, 5 * UNIT)
    trade = next(one for one in bench.ears.events if one.get("x") == "TRADE")
    assert (trade["X"], trade["m"], trade["w"], trade["l"], trade["L"]) == (
        "PARTIALLY_FILLED", True, True, amount("1"), amount("100"),
    )  # fmt: skip


def test_a_better_price_gives_back_what_was_locked_too_much() -> None:
    bench = Bench()
    bench.place(timeInForce="GTC", price="110", quantity="1")
    assert bench.balance("USDT") == (START - 101 * UNIT, 0)


def test_clients_meet_each_other_before_the_crowd_at_one_price() -> None:
    bench = Bench()
    bench.place(key="other", side="SELL", timeInForce="GTC", price="101", quantity="2")
    found = bench.place(quantity="3")
    assert [fill["qty"] for fill in found.body["fills"]] == [amount("2"), amount("1")]
    assert bench.balance("BTC", "second") == (START - 2 * UNIT, 0)
    assert bench.market.qty(SELL, 101 * UNIT) == 4 * UNIT
    tape = bench.desk.exchange.places["BTCUSDT"].tape
    assert [(one.buyer_order_id > 0, one.seller_order_id > 0) for one in tape.trades] == [
        (True, True), (True, False),
    ]  # fmt: skip


def test_time_decides_between_two_at_one_price() -> None:
    bench = Bench()
    for key in ("other", "simulator"):
        bench.place(key=key, side="SELL", timeInForce="GTC", price="100.5", quantity="1")
    bench.place(price="100.5", quantity="1")
    assert bench.balance("BTC", "second")[1] == 0
    assert bench.balance("BTC")[1] == UNIT


def test_a_fill_on_command_and_an_end_unasked_are_told_like_any_other() -> None:
    bench = Bench()
    bench.place(timeInForce="GTC", price="100", quantity="2")
    order = bench.desk.exchange.orders[0]
    bench.desk.exchange.fill(order, UNIT, NOW_MS)
    bench.desk.exchange.end_unasked(order, "EXPIRED", NOW_MS)
    assert bench.ears.reports() == [
        ("NEW", "NEW", amount("0")),
        ("TRADE", "PARTIALLY_FILLED", amount("1")),
        ("EXPIRED", "EXPIRED", amount("1")),
    ]
    assert bench.balance("USDT") == (START - 100 * UNIT, 0)
    assert bench.market.placed == {BUY: {}, SELL: {}}


def test_a_deposit_changes_the_balance_and_is_told() -> None:
    bench = Bench()
    bench.desk.exchange.deposit(bench.desk.account("main"), "BTC", -UNIT, NOW_MS)
    assert bench.balance("BTC") == (START - UNIT, 0)
    assert [one["e"] for one in bench.ears.events] == ["balanceUpdate", "outboundAccountPosition"]
    assert bench.ears.events[0]["d"] == "-1.00000000"


@pytest.mark.parametrize(
    ("qty", "pieces", "found"),
    [(0, 3, []), (10, 1, [10]), (10, 3, [3, 3, 4]), (2, 3, [1, 1]), (7, 3, [2, 2, 3])],
)
def test_a_quantity_falls_into_whole_lots(qty: int, pieces: int, found: list[int]) -> None:
    assert parts(qty, pieces, 1) == found


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_money_is_neither_made_nor_lost_and_nothing_stays_locked(data: st.DataObject) -> None:
    """Whatever is asked: balances = start + what the fills say, locked = what open orders hold."""
    bench = Bench()
    for _ in range(data.draw(st.integers(1, 12))):
        kind = data.draw(st.sampled_from(["IOC", "GTC", "FOK", "cancel", "move"]))
        if kind == "move":
            bench.market.move()
            bench.desk.exchange.on_market("BTCUSDT", NOW_MS)
        elif kind == "cancel":
            for order in bench.desk.exchange.open_orders("main")[:1]:
                bench.desk.cancel(order, "c", NOW_MS)
        else:
            bench.place(
                key=data.draw(st.sampled_from(["simulator", "other"])),
                side=data.draw(st.sampled_from(["BUY", "SELL"])), timeInForce=kind,
                price=f"{data.draw(st.integers(9700, 10300)) / 100:.2f}",
                quantity=f"{data.draw(st.integers(100, 9000)) / 1000:.3f}",
            )  # fmt: skip
    for account in ("main", "second"):
        expected = {"BTC": START, "USDT": START}
        held = {"BTC": 0, "USDT": 0}
        for order in bench.desk.exchange.orders:
            if order.account != account:
                continue
            sign = 1 if order.terms.side == "BUY" else -1
            for fill in order.fills:
                expected["BTC"] += sign * fill.qty
                expected["USDT"] -= sign * fill.quote
                expected[fill.commission_asset] -= fill.commission
            if order.is_open:
                price = order.terms.price if sign > 0 else UNIT
                held["USDT" if sign > 0 else "BTC"] += order.leaves_qty * price // UNIT
        for asset in ("BTC", "USDT"):
            free, locked = bench.balance(asset, account)
            assert (free + locked, locked) == (expected[asset], held[asset])
