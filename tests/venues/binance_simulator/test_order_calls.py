"""Orders as asked for over REST: each refusal with the venue's code and text, each answer."""

from typing import Any

import pytest

from .support import NOW_MS, Bench

ILLEGAL = "Illegal characters found in parameter"
NOT_SENT = "was not sent, was empty/null, or malformed."


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"symbol": None}, -1102, f"Mandatory parameter 'symbol' {NOT_SENT}"),
        ({"symbol": "BTCEUR"}, -1121, "Invalid symbol."),
        ({"side": "HOLD"}, -1117, "Invalid side."),
        ({"type": "SOMETHING"}, -1116, "Invalid orderType."),
        ({"type": "STOP_LOSS_LIMIT"}, -1013,
         "Stop loss limit orders are not supported for this symbol."),
        ({"timeInForce": None}, -1102, f"Mandatory parameter 'timeInForce' {NOT_SENT}"),
        ({"timeInForce": "GTX"}, -1115, "Invalid timeInForce."),
        ({"type": "LIMIT_MAKER"}, -1106, "Parameter 'timeInForce' sent when not required."),
        ({"price": None}, -1102, f"Mandatory parameter 'price' {NOT_SENT}"),
        ({"quantity": None}, -1102, f"Mandatory parameter 'quantity' {NOT_SENT}"),
        ({"quoteOrderQty": "5"}, -1106, "Parameter 'quoteOrderQty' sent when not required."),
        ({"stopPrice": "5"}, -1106, "Parameter 'stopPrice' sent when not required."),
        ({"type": "MARKET", "timeInForce": None}, -1106,
         "Parameter 'price' sent when not required."),
        ({"type": "MARKET", "timeInForce": None, "price": None, "quantity": None}, -1102,
         "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!"),
        ({"price": "1e2"}, -1100,
         f"{ILLEGAL} 'price'; legal range is '^([0-9]{{1,20}})(\\.[0-9]{{1,20}})?$'."),
        ({"quantity": "0.123456789"}, -1111, "Parameter 'quantity' has too much precision."),
        ({"newClientOrderId": "a b"}, -1100,
         f"{ILLEGAL} 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{{1,36}}$'."),
        ({"newClientOrderId": "a" * 37}, -1100,
         f"{ILLEGAL} 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{{1,36}}$'."),
        ({"newOrderRespType": "SHORT"}, -1100, f"{ILLEGAL} 'newOrderRespType'."),
        ({"selfTradePreventionMode": "EXPIRE_BOTH"}, -1013,
         "This symbol does not allow the specified self-trade prevention mode."),
        ({"quantity": "0.0001", "price": "100"}, -1013, "Filter failure: LOT_SIZE"),
        ({"price": "100.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"price": "501"}, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
        ({"quantity": "0.01"}, -1013, "Filter failure: NOTIONAL"),
        ({"quantity": "11000", "price": "100"}, -2010,
         "Account has insufficient balance for requested action."),
        ({"side": "SELL", "quantity": "1000001", "price": "8"}, -1013,
         "Filter failure: PERCENT_PRICE_BY_SIDE"),
        ({"type": "LIMIT_MAKER", "timeInForce": None}, -2010,
         "Order would immediately match and take."),
        ({"qty": "1"}, -1104,
         "Not all sent parameters were read; read '9' parameter(s) but was sent '10'."),
    ],
)  # fmt: skip
def test_each_refusal_has_the_venues_code_and_text(
    changes: dict[str, Any], code: int, text: str
) -> None:
    bench = Bench()
    assert bench.error(bench.place(**changes)) == (400, code, text)
    assert (bench.desk.exchange.orders, bench.ears.events) == ([], []), "nothing happened"


def test_an_id_is_refused_while_its_order_is_open_and_free_again_after() -> None:
    bench = Bench()
    bench.place(newClientOrderId="x", timeInForce="GTC", price="100")
    again = bench.place(newClientOrderId="x")
    assert bench.error(again) == (400, -2010, "Duplicate order sent.")
    bench.ask("DELETE", "order", symbol="BTCUSDT", origClientOrderId="x")
    assert bench.place(newClientOrderId="x").body["status"] == "FILLED"


def test_a_market_that_is_closed_takes_no_orders() -> None:
    bench = Bench()
    bench.desk.exchange.places["BTCUSDT"].status = "BREAK"
    assert bench.error(bench.place()) == (400, -2010, "Market is closed.")


def test_more_open_orders_than_the_filter_allows_are_refused() -> None:
    bench = Bench()
    bench.desk.limits.orders_10s_max = 1_000
    for _ in range(200):
        assert bench.place(timeInForce="GTC", price="50").refusal is None
    assert bench.error(bench.place(timeInForce="GTC", price="50")) == (
        400, -1013, "Filter failure: MAX_NUM_ORDERS",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("response", "keys"),
    [("ACK", {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"}),
     ("RESULT", {"status", "executedQty", "workingTime"}), ("FULL", {"status", "fills"})],
)  # fmt: skip
def test_the_answer_says_as_much_as_was_asked_for(response: str, keys: set[str]) -> None:
    found = Bench().place(newOrderRespType=response).body
    assert keys <= found.keys()
    assert ("fills" in found, "status" in found) == (response == "FULL", response != "ACK")


def test_post_only_rests_and_is_acknowledged_only() -> None:
    bench = Bench()
    found = bench.place(type="LIMIT_MAKER", timeInForce=None, price="100")
    assert "status" not in found.body
    assert bench.ask("GET", "openOrders").body[0]["status"] == "NEW"


def test_a_test_order_is_checked_and_not_placed() -> None:
    bench = Bench()
    terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
             "quantity": "1", "price": "100"}  # fmt: skip
    assert bench.ask("POST", "order/test", **terms).body == {}
    wrong = bench.ask("POST", "order/test", **{**terms, "price": "100.001"})
    assert bench.error(wrong)[1] == -1013
    assert bench.desk.exchange.orders == []


def test_a_cancel_has_an_id_of_its_own_and_names_the_order() -> None:
    bench = Bench()
    bench.place(newClientOrderId="x", timeInForce="GTC", price="100")
    found = bench.ask(
        "DELETE", "order", symbol="BTCUSDT", origClientOrderId="x", newClientOrderId="c"
    ).body
    assert (found["status"], found["origClientOrderId"], found["clientOrderId"]) == (
        "CANCELED", "x", "c",
    )  # fmt: skip
    event = [one for one in bench.ears.events if one["e"] == "executionReport"][-1]
    assert (event["x"], event["X"], event["c"], event["C"], event["w"]) == (
        "CANCELED", "CANCELED", "c", "x", False,
    )  # fmt: skip
    assert bench.balance("USDT")[1] == 0


def test_what_is_not_open_cannot_be_canceled() -> None:
    bench = Bench()
    bench.place(newClientOrderId="done")
    for name in ("done", "never"):
        found = bench.ask("DELETE", "order", symbol="BTCUSDT", origClientOrderId=name)
        assert bench.error(found) == (400, -2011, "Unknown order sent.")
    assert bench.error(bench.ask("DELETE", "openOrders", symbol="BTCUSDT"))[1] == -2011
    assert bench.error(bench.ask("DELETE", "order", symbol="BTCUSDT")) == (
        400, -1102,
        "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
    )  # fmt: skip


def test_a_cancel_can_be_restricted_to_untouched_orders() -> None:
    bench = Bench()
    bench.place(newClientOrderId="x", timeInForce="GTC", price="101", quantity="7")
    ask = {"symbol": "BTCUSDT", "origClientOrderId": "x"}
    assert bench.error(bench.ask("DELETE", "order", **ask, cancelRestrictions="ONLY_NEW")) == (
        400, -2011, "Order was not canceled due to cancel restrictions.",
    )  # fmt: skip
    assert bench.error(bench.ask("DELETE", "order", **ask, cancelRestrictions="X"))[1] == -1145
    found = bench.ask("DELETE", "order", **ask, cancelRestrictions="ONLY_PARTIALLY_FILLED")
    assert found.body["status"] == "CANCELED"


def test_an_order_is_found_by_either_id_and_only_by_its_owner() -> None:
    bench = Bench()
    order_id = bench.place(newClientOrderId="x").body["orderId"]
    for ids in ({"orderId": order_id}, {"origClientOrderId": "x"},
                {"orderId": order_id, "origClientOrderId": "x"}):  # fmt: skip
        found = bench.ask("GET", "order", symbol="BTCUSDT", **ids)
        assert (found.body["orderId"], found.body["status"]) == (order_id, "FILLED")
    for key, ids in (("other", {"orderId": order_id}), ("simulator", {"orderId": 1}),
                     ("simulator", {"orderId": order_id, "origClientOrderId": "y"})):  # fmt: skip
        found = bench.ask("GET", "order", key, symbol="BTCUSDT", **ids)
        assert bench.error(found) == (400, -2013, "Order does not exist.")


def test_lists_of_orders_are_complete_and_in_order() -> None:
    bench = Bench()
    for name in ("a", "b", "c"):
        bench.place(newClientOrderId=name, timeInForce="GTC", price="100" if name != "b" else "101")
    opened = [one["clientOrderId"] for one in bench.ask("GET", "openOrders").body]
    ordered = bench.ask("GET", "allOrders", symbol="BTCUSDT").body
    assert (opened, [one["clientOrderId"] for one in ordered]) == (["a", "c"], ["a", "b", "c"])
    later = bench.ask("GET", "allOrders", symbol="BTCUSDT", orderId=ordered[1]["orderId"], limit=1)
    assert [one["clientOrderId"] for one in later.body] == ["b"]
    none = bench.ask("GET", "allOrders", symbol="BTCUSDT", startTime=NOW_MS + 1)
    assert none.body == []
    canceled = bench.ask("DELETE", "openOrders", symbol="BTCUSDT").body
    assert [(one["origClientOrderId"], one["status"]) for one in canceled] == [
        ("a", "CANCELED"), ("c", "CANCELED"),
    ]  # fmt: skip


def replace(bench: Bench, mode: str, **changes: Any) -> Any:
    terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
             "quantity": "1", "price": "99", "cancelReplaceMode": mode,
             "cancelOrigClientOrderId": "x"} | changes  # fmt: skip
    return bench.ask("POST", "order/cancelReplace", **terms)


def test_a_replacement_is_a_cancel_and_an_order() -> None:
    bench = Bench()
    bench.place(newClientOrderId="x", timeInForce="GTC", price="100")
    found = replace(bench, "STOP_ON_FAILURE", newClientOrderId="y").body
    assert (found["cancelResult"], found["newOrderResult"]) == ("SUCCESS", "SUCCESS")
    assert found["cancelResponse"]["origClientOrderId"] == "x"
    assert found["newOrderResponse"]["clientOrderId"] == "y"


def test_half_a_replacement_is_a_conflict() -> None:
    bench = Bench()
    found = replace(bench, "ALLOW_FAILURE")
    assert (found.status, found.body["code"], found.body["msg"]) == (
        409, -2021, "Order cancel-replace partially failed.",
    )  # fmt: skip
    assert found.body["data"]["cancelResponse"] == {"code": -2011, "msg": "Unknown order sent."}
    assert found.body["data"]["newOrderResponse"]["status"] == "NEW"
    bench.place(newClientOrderId="x", timeInForce="GTC", price="100")
    found = replace(bench, "STOP_ON_FAILURE", price="99.999")
    assert (found.status, found.body["data"]["cancelResult"]) == (409, "SUCCESS")
    assert found.body["data"]["newOrderResponse"]["code"] == -1013


def test_a_replacement_stops_at_its_failed_cancel_when_told_to() -> None:
    bench = Bench()
    found = replace(bench, "STOP_ON_FAILURE")
    assert (found.status, found.body["code"]) == (400, -2022)
    assert found.body["data"]["newOrderResult"] == "NOT_ATTEMPTED"
    both = replace(bench, "ALLOW_FAILURE", price="99.999")
    assert (both.status, both.body["data"]["newOrderResult"]) == (400, "FAILURE")


def test_an_order_without_an_id_gets_one() -> None:
    bench = Bench()
    made = [bench.place(newClientOrderId=None).body["clientOrderId"] for _ in range(2)]
    assert [len(one) for one in made] == [22, 22]
    assert made[0] != made[1]
