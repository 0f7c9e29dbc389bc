"""The whole simulator over loopback sockets."""

import asyncio
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from internaliser.venues.binance_simulator.limits import Limits
from internaliser.venues.binance_simulator.listing import listing_of
from internaliser.venues.binance_simulator.market import BUY, SELL
from internaliser.venues.binance_simulator.misbehaviour import make_rule
from internaliser.venues.binance_simulator.replay import markets_of
from internaliser.venues.binance_simulator.simulator import Simulator, SimulatorConfig

from .support import ASKS, BIDS, TIMEOUT_S, Venue, ask, ended, fixtures, hear, trade


def test_an_order_is_answered_told_and_seen_in_the_book() -> None:
    async def scenario(venue: Venue) -> None:
        user = await venue.user_stream()
        market = await venue.socket("/stream?streams=btcusdt@depth@100ms/btcusdt@trade")
        status, found = await venue.place("a")
        assert (status, found["status"]) == (200, "FILLED")
        events = [(await hear(user))["event"] for _ in range(4)]
        assert [one.get("X") for one in events] == ["NEW", None, "FILLED", None]
        told, depth = await hear(market), await hear(market)
        assert (told["data"]["p"], depth["data"]["a"]) == (
            "101.00000000", [["101.00000000", "4.00000000"]],
        )  # fmt: skip

    trade(scenario)


def test_a_local_book_is_kept_by_snapshot_and_stream() -> None:
    async def scenario(venue: Venue) -> None:
        stream = await venue.socket("/ws/btcusdt@depth@100ms")
        await venue.control("step", count=5)
        snapshot = await venue.get("/api/v3/depth?symbol=BTCUSDT&limit=5000")
        await venue.control("step", count=50)
        truth = (await venue.get("/simulator/books"))["BTCUSDT"]
        book = {name: dict(snapshot[name]) for name in ("bids", "asks")}
        last_id = snapshot["lastUpdateId"]
        while last_id < truth["last_id"]:
            event = await hear(stream)
            if event["u"] <= last_id:
                continue
            assert event["U"] == last_id + 1
            last_id = event["u"]
            for name, key in (("bids", "b"), ("asks", "a")):
                book[name] |= dict(event[key])
        for name in ("bids", "asks"):
            found = {price: qty for price, qty in book[name].items() if qty != "0.00000000"}
            assert found == dict(truth[name])

    trade(scenario)


def test_a_recording_is_streamed_to_who_keeps_a_book() -> None:
    async def scenario(venue: Venue) -> None:
        stream = await venue.socket("/ws/nknusdt@depth@100ms")
        snapshot = await venue.get("/api/v3/depth?symbol=NKNUSDT&limit=5000")
        await venue.control("step", count=4)
        event = await hear(stream)
        assert (snapshot["lastUpdateId"], event["U"]) == (499869752, 499869753)
        assert event["b"] == [["0.35170000", "4265.00000000"]]

    capture = fixtures("marketdata", "cryptofeed", "BINANCE.ws.1.0")
    trade(scenario, markets=tuple(markets_of(capture, seed=1)))


def test_the_path_of_the_websocket_api_orders_cancels_and_hears() -> None:
    async def scenario(venue: Venue) -> None:
        socket = await venue.user_stream()
        terms = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
                 "quantity": "1", "price": "100", "newClientOrderId": "a"}  # fmt: skip
        await socket.send_bytes(b"ignored: only texts are requests")
        heard = [await ask(socket, "order.place", is_signed=True, **terms)]
        heard += [await hear(socket) for _ in range(2)]
        answers = [one for one in heard if "result" in one]
        events = [one["event"]["e"] for one in heard if "event" in one]
        assert [one["result"]["status"] for one in answers] == ["NEW"]
        assert events == ["executionReport", "outboundAccountPosition"]

    trade(scenario)


def test_a_dropped_request_leaves_the_order_as_it_is() -> None:
    async def scenario(venue: Venue) -> None:
        for name, kind, found in (("a", "drop_before", False), ("b", "drop_after", True)):
            await venue.control("misbehave", kind=kind)
            with pytest.raises(aiohttp.ClientError):
                await venue.place(name)
            assert (name in await venue.get("/simulator/orders")) is found

    trade(scenario)


def test_an_unanswered_request_is_an_order_all_the_same() -> None:
    async def scenario(venue: Venue) -> None:
        user = await venue.user_stream()
        await venue.control("misbehave", kind="no_answer")
        waiting = asyncio.ensure_future(venue.place("a"))
        assert [(await hear(user))["event"].get("X") for _ in range(3)] == ["NEW", None, "FILLED"]
        assert not waiting.done()
        waiting.cancel()
        assert (await venue.place("b"))[0] == 200

    trade(scenario)


def test_garbage_and_pages_come_over_the_wire() -> None:
    async def scenario(venue: Venue) -> None:
        for kind in ("garbage", "error_after"):
            await venue.control("misbehave", kind=kind)
            with pytest.raises(ValueError, match="line 1"):
                await venue.place(kind)

    trade(scenario)


def test_a_late_answer_and_a_late_fill_come() -> None:
    async def scenario(venue: Venue) -> None:
        user = await venue.user_stream()
        await venue.control("misbehave", kind="late_answer", delay_ms=1)
        await venue.control("misbehave", kind="late_fill", delay_ms=1)
        assert (await venue.place("a"))[1]["status"] == "NEW"
        events = [(await hear(user))["event"] for _ in range(4)]
        assert [one.get("X") for one in events] == ["NEW", None, "FILLED", None]

    trade(scenario)


def test_after_a_restart_all_connections_are_gone_and_all_orders_there() -> None:
    async def scenario(venue: Venue) -> None:
        user, market = await venue.user_stream(), await venue.socket("/ws/btcusdt@trade")
        await venue.place("a", timeInForce="GTC", price="100")
        await venue.control("misbehave", kind="restart")
        for _ in range(2):
            await hear(user)
        assert [await ended(user), await ended(market)] == [True, True]
        _, found = await venue.rest("GET", "openOrders")
        assert [one["clientOrderId"] for one in found] == ["a"]

    trade(scenario)


def test_every_websocket_is_closed_after_its_day_and_before_a_shutdown_is_told() -> None:
    async def scenario(venue: Venue) -> None:
        market = await venue.socket("/ws/btcusdt@trade")
        await venue.control("misbehave", kind="server_shutdown", delay_ms=1)
        assert (await hear(market))["e"] == "serverShutdown"
        assert await ended(market)
        user = await venue.user_stream()
        await venue.control("misbehave", kind="disconnect")
        assert await ended(user)

    trade(scenario)


def test_a_user_stream_that_was_terminated_is_not_replayed_after_resubscribing() -> None:
    async def scenario(venue: Venue) -> None:
        socket = await venue.user_stream()
        await venue.control("misbehave", kind="user_terminated")
        assert (await hear(socket))["event"]["e"] == "eventStreamTerminated"
        await venue.place("lost")
        again = await ask(socket, "userDataStream.subscribe.signature", is_signed=True)
        assert again["result"] == {"subscriptionId": 1}
        await venue.place("heard")
        assert (await hear(socket))["event"]["c"] == "heard"

    trade(scenario)


def test_maintenance_closes_sockets_and_refuses_everything() -> None:
    async def scenario(venue: Venue) -> None:
        socket = await venue.socket("/ws/btcusdt@trade")
        await venue.control("misbehave", kind="maintenance")
        assert await ended(socket)
        assert (await venue.place("a"))[0] == 503
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await venue.socket("/ws-api/v3")
        assert caught.value.status == 503
        await venue.control("behave")
        assert (await venue.place("a"))[0] == 200

    trade(scenario)


def test_a_clock_that_is_ahead_refuses_what_is_signed_now() -> None:
    async def scenario(venue: Venue) -> None:
        await venue.control("misbehave", kind="clock_offset", delay_ms=10_000)
        assert (await venue.place("a"))[1]["code"] == -1021
        now_ms = (await venue.get("/api/v3/time"))["serverTime"]
        await venue.control("behave")
        assert now_ms - (await venue.get("/api/v3/time"))["serverTime"] > 9_000

    trade(scenario)


def test_a_ban_ends_with_good_behaviour() -> None:
    async def scenario(venue: Venue) -> None:
        await venue.control("misbehave", kind="banned", ms=60_000)
        assert [(await venue.place("a"))[0], (await venue.place("a"))[0]] == [418, 418]
        await venue.control("behave")
        assert (await venue.place("a"))[0] == 200

    trade(scenario)


def test_too_many_connections_are_refused() -> None:
    async def scenario(venue: Venue) -> None:
        await venue.socket("/ws")
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await venue.socket("/ws")
        assert caught.value.status == 429

    trade(scenario, limits=Limits(connections_max=1))


def test_a_ping_is_answered_and_too_many_messages_end_the_connection() -> None:
    async def scenario(venue: Venue) -> None:
        socket = await venue.client.ws_connect(
            f"{venue.base}/ws".replace("http", "ws"), autoping=False
        )
        await socket.ping(b"x")
        message = await socket.receive(timeout=TIMEOUT_S)
        assert (message.type, bytes(message.data)) == (aiohttp.WSMsgType.PONG, b"x")
        for number in range(12):
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": number})
        answers = 0
        while (await socket.receive(timeout=TIMEOUT_S)).type is aiohttp.WSMsgType.TEXT:
            answers += 1
        assert answers < 12

    trade(scenario)


def test_a_market_with_a_clock_moves_by_itself() -> None:
    async def scenario(venue: Venue) -> None:
        streams = "/".join(f"{name}usdt@depth@100ms" for name in ("btc", "eth"))
        socket = await venue.socket(f"/stream?streams={streams}")
        heard = {(await hear(socket))["data"]["s"] for _ in range(40)}
        assert heard == {"BTCUSDT", "ETHUSDT"}

    listings = (listing_of("BTC/USDT:100:0.01:0.001"), listing_of("ETH/USDT:10:0.01:0.001"))
    trade(scenario, listings=listings, updates_per_s=400)


def steps(seed: int) -> list[Any]:
    listings = (listing_of("BTC/USDT:100"), listing_of("ETH/USDT:10"))
    simulator = Simulator(SimulatorConfig(seed=seed, listings=listings))
    simulator.step(300)
    return [
        (place.market.last_id, place.market.levels(BUY, 999), place.market.levels(SELL, 999),
         [(one.price, one.qty, one.is_buyer_maker) for one in place.tape.trades])
        for place in simulator.desk.exchange.places.values()
    ]  # fmt: skip


def test_the_same_seed_is_the_same_market_of_several_symbols() -> None:
    assert steps(7) == steps(7)
    assert steps(7) != steps(8)


def test_rules_given_at_the_start_are_in_force() -> None:
    simulator = Simulator(SimulatorConfig(misbehave=("reject:every=2",)))
    simulator.misbehave(make_rule("stale", {}))
    assert [one.kind.value for one in simulator.desk.misbehaviour.rules] == ["reject", "stale"]


def test_the_known_book_of_these_tests_is_what_they_think() -> None:
    async def scenario(venue: Venue) -> None:
        truth = (await venue.get("/simulator/books"))["BTCUSDT"]
        assert [[float(one) for one in pair] for pair in truth["bids"] + truth["asks"]] == [
            [float(one) for one in pair] for pair in BIDS + ASKS
        ]

    trade(scenario)


def test_a_client_that_hangs_up_while_it_connects_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def gone(self: aiohttp.web.WebSocketResponse, request: aiohttp.web.Request) -> None:
        raise ConnectionResetError

    async def scenario(venue: Venue) -> None:
        with monkeypatch.context() as patched:
            patched.setattr("aiohttp.web.WebSocketResponse.prepare", gone)
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await venue.socket("/ws/btcusdt@trade")
        await venue.socket("/ws/btcusdt@trade")

    trade(scenario)
    assert "Error handling request" not in caplog.text
