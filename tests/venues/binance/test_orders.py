"""Placing, cancelling and following orders: what is proved is told once, the rest is not told."""

from typing import Any

import pytest

from tests.venues.binance.fake_venue import World, live, order, ref

FULL = {
    "executedQty": "0.5", "cummulativeQuoteQty": "50.0", "status": "FILLED",
    "fills": [
        {"price": "100.00", "qty": "0.2", "commission": "0.001", "commissionAsset": "BNB",
         "tradeId": 7},
        {"price": "100.00", "qty": "0.3", "commission": "0.001", "commissionAsset": "BNB",
         "tradeId": 8},
    ],
}  # fmt: skip
FULL_TALE = ["accepted", "filled T7 0.2@100.00", "filled T8 0.3@100.00", "finished cum 0.5"]


def answer_full(world: World) -> Any:
    """The venue fills each order at once, in two trades, and says so in its answer."""

    def place(params: dict[str, str]) -> Any:
        cl_ord_id = params["newClientOrderId"]
        world.venue.order(cl_ord_id, params["quantity"])
        world.venue.trade(cl_ord_id, 7, "0.2", "100.00")
        world.venue.trade(cl_ord_id, 8, "0.3", "100.00")
        return 200, world.venue.orders[cl_ord_id] | FULL

    return place


def test_an_answer_with_its_fills_tells_all_of_it() -> None:
    async def story(world: World) -> None:
        world.venue.answers["POST", "/api/v3/order"] = answer_full(world)
        world.adapter.place(order())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == FULL_TALE
        fill = world.sink.of("report")[1][1]
        assert (str(fill.fee), fill.fee_asset) == ("0.001", "BNB")

    live(story)


def test_what_the_stream_tells_again_is_told_once() -> None:
    async def story(world: World) -> None:
        world.venue.answers["POST", "/api/v3/order"] = answer_full(world)
        world.adapter.place(order())
        await world.pass_s(1)
        state = world.venue.orders["1-1-1"]
        state |= {"executedQty": "0.2", "status": "PARTIALLY_FILLED"}
        first = world.venue.execution("1-1-1", "TRADE", l="0.2", L="100.00", t=7)
        state |= {"executedQty": "0.5", "status": "FILLED"}
        second = world.venue.execution("1-1-1", "TRADE", l="0.3", L="100.00", t=8)
        for event in (first, second, second):
            world.venue.push_event(event)
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == FULL_TALE
        assert world.venue.count("/api/v3/order") == 0

    live(story)


def test_the_stream_alone_tells_the_same() -> None:
    async def story(world: World) -> None:
        world.venue.answers["POST", "/api/v3/order"] = lambda _: None
        world.adapter.place(order())
        world.venue.order("1-1-1", "0.5")
        world.venue.push_event(world.venue.execution("1-1-1", "NEW"))
        world.venue.push_event(world.venue.told_trade("1-1-1", 7, "0.2", "100.00"))
        world.venue.push_event(world.venue.told_trade("1-1-1", 8, "0.3", "100.00"))
        await world.pass_s(30)
        assert world.sink.tale("1-1-1") == FULL_TALE

    live(story)


def test_the_rest_of_an_immediate_order_expires() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order())
        await world.pass_s(1)
        world.venue.push_event(world.venue.told_trade("1-1-1", 7, "0.2", "99.5"))
        world.venue.orders["1-1-1"]["status"] = "EXPIRED"
        world.venue.push_event(world.venue.execution("1-1-1", "EXPIRED"))
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == [
            "accepted", "filled T7 0.2@99.5", "finished cum 0.2"
        ]  # fmt: skip

    live(story)


def test_an_execution_that_was_not_told_is_fetched() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order())
        await world.pass_s(1)
        world.venue.trade("1-1-1", 7, "0.2", "100.00")
        world.venue.push_event(world.venue.told_trade("1-1-1", 8, "0.3", "100.00"))
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == [
            "accepted", "filled T8 0.3@100.00", "filled T7 0.2@100.00", "filled T8 0.3@100.00",
            "finished cum 0.5",
        ]  # fmt: skip

    live(story)


@pytest.mark.parametrize(
    ("qty", "tale"), [("0.00001", "denied below_min"), ("9001", "denied above_max")]
)
def test_what_the_symbol_does_not_take_is_denied_here(qty: str, tale: str) -> None:
    async def story(world: World) -> None:
        world.adapter.place(order(qty=qty))
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == [tale]
        assert not world.venue.count("order.place")

    live(story)


def test_the_same_id_is_never_sent_twice() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order())
        world.adapter.place(order())
        await world.pass_s(1)
        assert sorted(world.sink.tale("1-1-1")) == ["accepted", "denied duplicate_id"]
        assert world.venue.count("order.place") == 1

    live(story)


def test_a_refusal_with_proof_is_a_rejection() -> None:
    async def story(world: World) -> None:
        text = "Account has insufficient balance for requested action."
        world.venue.answers["POST", "/api/v3/order"] = lambda _: (400, {"code": -2010, "msg": text})
        world.adapter.place(order())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["rejected insufficient_funds"]

    live(story)


UNPROVED = [
    (500, {"code": -1000, "msg": "?"}),
    (503, b"<html>"),
    (400, {"code": -1007, "msg": "Timeout waiting for response from backend server."}),
    (400, {"code": -1006, "msg": "An unexpected response"}),
    (400, {"code": -2010, "msg": "Duplicate order sent."}),
    (400, {"code": -9999, "msg": "new"}),
    (200, {"symbol": "BTCUSDT"}),
    (200, {"symbol": "BTCUSDT", "orderId": 5, "clientOrderId": "another", "status": "NEW",
           "origQty": "0.5", "executedQty": "0", "cummulativeQuoteQty": "0"}),
    None,
]  # fmt: skip


# An answer without JSON has no form on the WebSocket API.
WAYS = [("rest", answer) for answer in UNPROVED] + [
    ("websocket", answer) for answer in UNPROVED if not answer or isinstance(answer[1], dict)
]


@pytest.mark.parametrize(("orders_by", "answer"), WAYS, ids=str)
def test_an_answer_that_proves_nothing_tells_nothing(orders_by: str, answer: Any) -> None:
    async def story(world: World) -> None:
        world.venue.answers["POST", "/api/v3/order"] = lambda _: answer
        world.adapter.place(order())
        await world.pass_s(30)
        assert world.sink.tale("1-1-1") == []
        assert sum("order" in path for _, path, _ in world.venue.asked) == 1

    live(story, orders_by=orders_by)


def test_a_refusal_of_an_order_that_the_stream_has_named_proves_nothing() -> None:
    async def story(world: World) -> None:
        world.venue.order("1-1-1", "0.5")

        def place(_: dict[str, str]) -> Any:
            world.venue.push_event(world.venue.execution("1-1-1", "NEW"))
            return 400, {"code": -2010, "msg": "Market is closed."}

        world.venue.answers["POST", "/api/v3/order"] = place
        world.adapter.place(order())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["accepted"]

    live(story)


def test_a_cancel_ends_an_order() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order(tif="GTC"))
        await world.pass_s(1)
        world.adapter.cancel(ref())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["accepted", "finished cum 0"]

    live(story)


def test_a_cancel_asked_for_while_the_link_is_down_is_sent_once_it_is_up() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order(tif="GTC"))
        await world.pass_s(1)
        world.venue.user_sockets()[0].drop()
        await world.pass_s(0.01)
        world.adapter.cancel(ref())
        await world.until(lambda: world.sink.is_up)
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["accepted", "status cum 0", "finished cum 0"]

    live(story)


def test_a_cancel_that_comes_too_late_finds_the_fill() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order(tif="GTC"))
        await world.pass_s(1)
        world.venue.trade("1-1-1", 7, "0.5", "100.00")
        world.adapter.cancel(ref())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == [
            "accepted", "filled T7 0.5@100.00", "finished cum 0.5"
        ]  # fmt: skip

    live(story)


def test_a_cancel_is_told_by_the_id_of_the_order() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order(tif="GTC"))
        await world.pass_s(1)
        world.venue.orders["1-1-1"]["status"] = "CANCELED"
        world.venue.push_event(
            world.venue.execution("1-1-1", "CANCELED", c="the cancel", C="1-1-1")
        )
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["accepted", "finished cum 0"]

    live(story)


def test_a_post_only_order_is_a_limit_maker() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order(tif="GTX"))
        await world.pass_s(1)
        placed = next(params for _, path, params in world.venue.asked if path == "order.place")
        assert placed["type"] == "LIMIT_MAKER"
        assert "timeInForce" not in placed

    live(story)
