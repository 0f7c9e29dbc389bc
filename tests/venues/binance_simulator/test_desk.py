"""What an order's client is told under each misbehaviour, and that the truth stays the truth."""

from typing import Any

import pytest

from internaliser.venues.binance_simulator.misbehaviour import make_rule

from .support import NOW_MS, Bench

ZERO, ONE = "0.00000000", "1.00000000"
NEW = ("NEW", "NEW", ZERO)
FILLED = ("TRADE", "FILLED", ONE)
Told = list[tuple[str, str, str]]


@pytest.mark.parametrize(
    ("kind", "told", "late", "answer", "truth"),
    [
        ("duplicate_fill", [NEW, FILLED, FILLED], [], "FILLED", "FILLED"),
        ("fill_before_ack", [FILLED, NEW], [], "FILLED", "FILLED"),
        ("late_fill", [NEW], [FILLED], "NEW", "FILLED"),
        ("fill_after_cancel", [NEW, ("EXPIRED", "EXPIRED", ZERO)], [FILLED], "EXPIRED", "FILLED"),
        ("silence", [], [], None, "FILLED"),
        ("unsolicited_cancel", [NEW, ("CANCELED", "CANCELED", ZERO)], [], "NEW", "CANCELED"),
        ("unsolicited_expire", [NEW, ("EXPIRED", "EXPIRED", ZERO)], [], "NEW", "EXPIRED"),
    ],
)
def test_an_order_is_told_as_the_rule_wants(
    kind: str, told: Told, late: Told, answer: str | None, truth: str
) -> None:
    bench = Bench(f"{kind}:delay_ms=70")
    found = bench.place()
    assert bench.ears.reports() == told
    assert found.body.get("status") == answer
    assert bench.run_late() == ([70] if late else [])
    assert bench.ears.reports() == told + late
    assert bench.desk.exchange.orders[0].status == truth
    queried = bench.ask("GET", "order", symbol="BTCUSDT", origClientOrderId="a1").body
    assert (queried["status"], queried["executedQty"]) == (
        truth,
        ONE if truth == "FILLED" else ZERO,
    )
    bench.ears.events.clear()
    bench.place()
    assert bench.ears.reports() == [NEW, FILLED], "the next order is told as it is"


def test_the_answer_comes_behind_the_fill_that_came_before_the_acknowledgement() -> None:
    assert Bench("fill_before_ack:delay_ms=70").place().delay_ms == 70


def test_several_executions_are_as_true_as_one() -> None:
    bench = Bench("several_executions")
    found = bench.place().body
    assert [fill["qty"] for fill in found["fills"]] == ["0.33300000", "0.33300000", "0.33400000"]
    assert found["cummulativeQuoteQty"] == "101.00000000"
    assert [one[0] for one in bench.ears.reports()] == ["NEW", "TRADE", "TRADE", "TRADE"]


def test_a_fill_can_lack_its_trade_id() -> None:
    bench = Bench("no_trade_id")
    bench.place()
    trades = [one["t"] for one in bench.ears.events if one.get("x") == "TRADE"]
    assert trades == [-1]


def test_an_order_nobody_placed_can_be_reported() -> None:
    bench = Bench("unknown_report")
    bench.place()
    names = [one["c"] for one in bench.ears.events if one["e"] == "executionReport"]
    assert (names[0].startswith("stranger"), names[1:]) == (True, ["a1", "a1"])
    assert bench.error(
        bench.ask("GET", "order", symbol="BTCUSDT", origClientOrderId=names[0])
    )[1] == -2013  # fmt: skip


def test_an_order_is_refused_out_of_caprice() -> None:
    bench = Bench("reject")
    assert bench.error(bench.place()) == (400, -2010, "This action is disabled on this account.")
    assert bench.desk.exchange.orders == []


def test_silence_lasts_as_long_as_the_order() -> None:
    bench = Bench("silence")
    bench.place(newClientOrderId="x", timeInForce="GTC", price="100")
    bench.ask("DELETE", "order", symbol="BTCUSDT", origClientOrderId="x")
    assert bench.ears.events == []


def test_a_cancel_can_come_too_late() -> None:
    bench = Bench("fill_on_cancel")
    bench.place(newClientOrderId="x", timeInForce="GTC", price="100")
    found = bench.ask("DELETE", "order", symbol="BTCUSDT", origClientOrderId="x")
    assert bench.error(found) == (400, -2011, "Unknown order sent.")
    assert bench.ears.reports() == [NEW, FILLED]
    assert bench.desk.exchange.orders[0].status == "FILLED"


def test_a_rule_about_fills_leaves_an_order_without_any_alone() -> None:
    for kind in ("late_fill", "fill_after_cancel"):
        bench = Bench(kind)
        assert bench.place(price="100").body["status"] == "EXPIRED"
        assert bench.ears.reports() == [NEW, ("EXPIRED", "EXPIRED", ZERO)]
        assert bench.late == []


@pytest.mark.parametrize(
    ("kind", "key"), [("unknown_enum", "X"), ("extra_fields", "aNewField"), ("many_decimals", "q")]
)
def test_an_event_can_have_a_wrong_form(kind: str, key: str) -> None:
    honest, bench = Bench(), Bench(f"{kind}:on=event")
    honest.place()
    bench.place()
    ours, theirs = (
        [one for one in some.ears.events if one["e"] == "executionReport"]
        for some in (bench, honest)
    )
    assert ours[0].get(key) != theirs[0].get(key)
    assert ours[1]["x"] == "TRADE"


def test_an_event_can_be_garbage() -> None:
    bench = Bench("garbage:on=event")
    bench.place()
    assert bench.ears.garbled == 1


def test_a_silent_user_stream_loses_events_for_good() -> None:
    bench = Bench()
    bench.desk.misbehaviour.add(make_rule("user_silent", {"ms": "100"}), NOW_MS)
    bench.place()
    bench.now_ms += 100
    bench.place()
    names = [one["c"] for one in bench.ears.events if one["e"] == "executionReport"]
    assert names == ["a2", "a2"]


def test_user_streams_can_be_ended() -> None:
    bench = Bench()
    bench.desk.end_streams(NOW_MS)
    bench.place()
    assert bench.ears.events == [{"e": "eventStreamTerminated", "E": NOW_MS}]
    assert bench.ears.has_ended


def test_nobody_hears_of_anothers_orders() -> None:
    bench = Bench()
    bench.place(key="other")
    assert bench.ears.events == []


def test_every_event_brings_the_balances_it_changed() -> None:
    bench = Bench()
    bench.place()
    positions: list[Any] = [
        one["B"] for one in bench.ears.events if one["e"] == "outboundAccountPosition"
    ]
    assert positions == [
        [{"a": "BTC", "f": "1000000.00000000", "l": ZERO},
         {"a": "USDT", "f": "999899.00000000", "l": "101.00000000"}],
        [{"a": "BTC", "f": "1000000.99900000", "l": ZERO},
         {"a": "USDT", "f": "999899.00000000", "l": ZERO}],
    ]  # fmt: skip
