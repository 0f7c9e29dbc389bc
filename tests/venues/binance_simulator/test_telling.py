"""Words against recorded ones: the same keys, the same types."""

import json
from typing import Any

import pytest

from internaliser.venues.binance_simulator import telling

from .support import NOW_MS, Bench, fixtures, shape

SPOT = ("marketdata", "nautilus_trader", "crates", "adapters", "binance", "test_data", "spot")
EVENTS = ("marketdata", "nautilus_trader", "tests", "integration_tests", "adapters", "binance",
          "resources", "ws_messages")  # fmt: skip


def recorded(*parts: str) -> Any:
    return json.loads(fixtures(*parts).read_text())


def reports(bench: Bench) -> list[Any]:
    return [one for one in bench.ears.events if one["e"] == "executionReport"]


def test_an_answer_to_an_order_has_the_recorded_shape() -> None:
    found = Bench().place().body
    assert shape(found) == shape(recorded(*SPOT, "http_json", "new_order_full_response.json"))


def test_a_queried_and_a_canceled_order_have_the_recorded_shape() -> None:
    bench = Bench()
    bench.place(newClientOrderId="x", timeInForce="GTC", price="100")
    queried = bench.ask("GET", "order", symbol="BTCUSDT", origClientOrderId="x").body
    canceled = bench.ask("DELETE", "order", symbol="BTCUSDT", origClientOrderId="x").body
    assert shape(queried) == shape(recorded(*SPOT, "http_json", "order_response.json"))
    assert shape(canceled) == shape(recorded(*SPOT, "http_json", "cancel_order_response.json"))


def test_a_new_orders_event_has_the_recorded_shape() -> None:
    bench = Bench()
    bench.place()
    theirs = recorded(*SPOT, "user_data_json", "execution_report_wrapped.json")["event"]
    assert shape(reports(bench)[0]) == shape(theirs)


@pytest.mark.parametrize(
    ("name", "at", "optional"),
    [("ws_spot_execution_report_trade", 1, {"W", "V"}),
     ("ws_spot_execution_report_new", 0, {"W", "V"}),
     ("ws_spot_execution_report_canceled", 2, {"W", "V"})],
)  # fmt: skip
def test_later_events_have_the_recorded_shape(name: str, at: int, optional: set[str]) -> None:
    bench = Bench()
    bench.place(newClientOrderId="x", timeInForce="GTC", quantity="6")
    bench.ask("DELETE", "order", symbol="BTCUSDT", origClientOrderId="x")
    ours = shape(reports(bench)[at])
    theirs = shape(recorded(*EVENTS, f"{name}.json")["data"])
    assert {key: ours[key] for key in ours.keys() - optional} == theirs


def test_balances_have_the_recorded_shape() -> None:
    bench = Bench()
    bench.place()
    theirs = recorded(*SPOT, "user_data_json", "account_position_wrapped.json")["event"]
    ours = next(one for one in bench.ears.events if one["e"] == "outboundAccountPosition")
    assert shape(ours) == shape(theirs)
    theirs = recorded(*SPOT, "user_data_json", "balance_update_wrapped.json")["event"]
    assert shape(telling.balance_update("BTC", 1, NOW_MS)) == shape(theirs)


def test_a_maker_buyer_is_told_in_public_trades() -> None:
    found = telling.public_trade(7, 10**8, 2 * 10**8, NOW_MS, is_maker=True)
    assert found == {
        "id": 7, "price": "1.00000000", "qty": "2.00000000", "quoteQty": "2.00000000",
        "time": NOW_MS, "isBuyerMaker": True, "isBestMatch": True,
    }  # fmt: skip


def test_the_venue_announces_its_ends() -> None:
    assert [telling.terminated(5), telling.shutdown(6)] == [
        {"e": "eventStreamTerminated", "E": 5}, {"e": "serverShutdown", "E": 6},
    ]  # fmt: skip
