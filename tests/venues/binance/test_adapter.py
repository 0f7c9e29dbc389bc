"""The adapter as a whole at a scripted venue, in virtual time: no socket, no sleeping."""

import asyncio
import json
import logging
from typing import Any

import pytest

from internaliser.venues.binance.signing import Ed25519Signer
from tests.venues.binance.fake_venue import START_NS, World, live, order
from tests.venues.binance.support import vector
from tests.venues.binance.virtual_loop import run


def test_it_is_up_after_clock_rules_subscription_orders_trades_and_balances() -> None:
    async def story(world: World) -> None:
        names = [path for _, path, _ in world.venue.asked if "depth" not in path]
        assert names == [
            *["/api/v3/time"] * 3, "/api/v3/exchangeInfo", "/api/v3/account/commission",
            "userDataStream.subscribe.signature", "/api/v3/openOrders", "/api/v3/myTrades",
            "/api/v3/account",
        ]  # fmt: skip
        assert world.sink.links() == [True]

    live(story)


def test_requests_are_signed_with_the_venues_time() -> None:
    async def story(world: World) -> None:
        account = next(params for _, path, params in world.venue.asked if path.endswith("account"))
        assert abs(int(account["timestamp"]) - world.venue.now_ms()) < 100

    live(story)


def test_a_connection_that_logged_on_sends_orders_without_signature() -> None:
    pem = vector("binance-fix-logon-ed25519")["private_key_pem"]

    async def story(world: World) -> None:
        world.adapter.place(order())
        await world.pass_s(1)
        logon = next(p for _, path, p in world.venue.asked if path == "session.logon")
        placed = next(p for _, path, p in world.venue.asked if path == "order.place")
        assert {"apiKey", "signature", "timestamp"} <= logon.keys()
        assert not {"apiKey", "signature"} & placed.keys()
        assert "timestamp" in placed

    live(story, signer=Ed25519Signer("key", pem))


@pytest.mark.parametrize("orders_by", ["websocket", "rest"])
def test_an_order_goes_the_configured_way(orders_by: str) -> None:
    async def story(world: World) -> None:
        world.adapter.place(order())
        await world.pass_s(1)
        path = {"websocket": "order.place", "rest": "/api/v3/order"}[orders_by]
        assert world.venue.count(path) == 1
        assert world.sink.tale("1-1-1") == ["accepted"]

    live(story, orders_by=orders_by)


def test_an_order_is_denied_while_the_link_is_down() -> None:
    async def main() -> None:
        world = World()
        await world.start()
        world.adapter.place(order())
        assert world.sink.tale("1-1-1") == ["denied link_down"]
        await world.__aexit__()
        assert not world.venue.count("order.place")

    run(main())


def test_an_order_whose_deadline_passed_is_denied_and_not_sent() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order(deadline_ns=START_NS))
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["denied too_late"]
        assert not world.venue.count("order.place")

    live(story)


def test_after_a_refusal_for_the_time_the_clock_is_asked_for_again() -> None:
    async def story(world: World) -> None:
        asked = world.venue.count("/api/v3/time")
        world.venue.answers["POST", "/api/v3/order"] = lambda _: (
            400, {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."},
        )  # fmt: skip
        world.adapter.place(order())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["rejected clock_skew"]
        assert world.venue.count("/api/v3/time") == asked + 3

    live(story)


def test_a_clock_that_proves_wrong_while_the_link_is_down_is_asked_for_again() -> None:
    async def story(world: World) -> None:
        asked = world.venue.count("/api/v3/time")

        def account(_: object) -> tuple[int, dict[str, object]]:
            if world.venue.count("/api/v3/time") == asked:
                return 400, {"code": -1021, "msg": "Timestamp is ahead."}
            del world.venue.answers["GET", "/api/v3/account"]
            return 503, {}

        world.venue.answers["GET", "/api/v3/account"] = account
        world.adapter.stream.gap("a drill")
        await world.pass_s(5)
        assert world.venue.count("/api/v3/time") == asked + 3
        assert world.adapter.stream.is_up

    live(story)


def test_a_closed_market_makes_it_look_at_the_rules_again() -> None:
    async def story(world: World) -> None:
        world.venue.answers["POST", "/api/v3/order"] = lambda _: (
            400, {"code": -2010, "msg": "Market is closed."},
        )  # fmt: skip
        world.adapter.place(order())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["rejected symbol_halted"]
        assert world.venue.count("/api/v3/exchangeInfo") == 2

    live(story)


def test_close_leaves_nothing_running() -> None:
    async def main() -> None:
        world = World()
        await world.start()
        await world.until(lambda: world.sink.is_up)
        world.adapter.place(order())
        await world.__aexit__()
        assert world.venue.is_closed
        assert not [socket for socket in world.venue.sockets if socket.is_open]
        await asyncio.sleep(10)
        assert len(asyncio.all_tasks()) == 1
        assert world.sink.links()[-1] is False

    run(main())


def test_no_secret_is_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    secret = "n0t-t0-be-seen"

    async def story(world: World) -> None:
        world.venue.answers["GET", "/api/v3/account"] = lambda _: (500, b"")
        world.venue.push_event({"e": "executionReport"})
        await world.pass_s(30)
        assert secret not in repr(world.adapter.caller.signer)

    from internaliser.venues.binance.signing import HmacSigner

    logging.getLogger("internaliser").propagate = True
    with caplog.at_level(logging.INFO):
        world = live(story, signer=HmacSigner("the-key", secret))
    logged = json.dumps([record.__dict__ for record in caplog.records], default=str)
    assert "venue_link_down" in logged
    assert secret not in logged + str(world.sink.told)
    assert "the-key" not in logged


def test_the_venue_forbidding_everything_is_obeyed() -> None:
    async def story(world: World) -> None:
        def banned(_: dict[str, str]) -> Any:
            return 418, {"code": -1003, "msg": "Way too much request weight used; IP banned"}

        world.venue.answers["POST", "/api/v3/order"] = banned
        world.venue.headers = {"Retry-After": "300"}
        world.adapter.place(order())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["rejected rate_limited"]
        asked = len(world.venue.asked)
        await world.pass_s(290)
        assert len(world.venue.asked) == asked
        world.venue.headers = {}
        await world.pass_s(60)
        assert len(world.venue.asked) > asked

    live(story, orders_by="rest")
