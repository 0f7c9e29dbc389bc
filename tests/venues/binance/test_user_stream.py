"""The user stream's life: down at once on any gap, up after reconciling, replaced without one."""

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from tests.venues.binance.fake_venue import World, live, order
from tests.venues.binance.virtual_loop import run


def test_a_lost_link_is_down_at_once_and_up_after_reconciling() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order(tif="GTC"))
        await world.pass_s(20)
        world.venue.user_sockets()[0].drop()
        await world.pass_s(0.01)
        assert world.sink.links() == [True, False]
        world.venue.trade("1-1-1", 7, "0.2", "100.00")
        await world.until(lambda: world.sink.is_up)
        assert world.sink.tale("1-1-1") == ["accepted", "filled T7 0.2@100.00", "status cum 0.2"]
        # All of it was told before the link counts as up.
        assert world.sink.told[-1][:2] == ("link", True)

    live(story)


def test_pauses_between_attempts_double_and_are_the_same_every_time() -> None:
    async def main() -> None:
        world = World()
        world.venue.is_reachable = False
        moments = []
        loop = asyncio.get_running_loop()
        request = world.venue.request

        async def noting(*arguments: Any) -> Any:
            moments.append(loop.time())
            return await request(*arguments)

        world.venue.request = noting  # type: ignore[method-assign]
        await world.start()
        await world.pass_s(300)
        await world.__aexit__()
        pauses = [round(b - a, 1) for a, b in pairwise(moments)]
        assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]

    run(main())


EVENTS = [
    {"e": "executionReport", "E": 1},
    {"e": "executionReport", "x": "MELTED"},
    {"e": "outboundAccountPosition", "B": 7},
    {"e": "somethingNew", "E": 1},
]


@pytest.mark.parametrize("event", EVENTS, ids=str)
def test_an_event_that_is_not_understood_is_a_gap(event: dict[str, Any]) -> None:
    async def story(world: World) -> None:
        asked = world.venue.count("/api/v3/openOrders")
        world.venue.push_event(event)
        await world.pass_s(1)
        assert world.sink.links() == [True, False, True]
        assert world.venue.count("/api/v3/openOrders") == asked + 1
        assert world.venue.subscriptions == 1

    live(story)


def test_a_trade_without_its_id_is_a_gap() -> None:
    async def story(world: World) -> None:
        world.venue.order("1-1-1", "0.5")
        event = world.venue.told_trade("1-1-1", 7, "0.5", "100.00")
        world.venue.push_event(event | {"t": -1})
        await world.pass_s(1)
        assert world.sink.links() == [True, False, True]
        assert world.sink.tale("1-1-1") == ["filled T7 0.5@100.00", "finished cum 0.5"]

    live(story)


def test_an_unknown_event_costs_one_gap_only() -> None:
    async def story(world: World) -> None:
        for _ in range(5):
            world.venue.push_event({"e": "somethingNew", "E": 1})
            await world.pass_s(1)
        assert world.sink.links() == [True, False, True]

    live(story)


def test_events_about_other_things_change_nothing() -> None:
    async def story(world: World) -> None:
        world.venue.push_event({"e": "listStatus", "E": 1})
        world.venue.push_event({"e": "externalLockUpdate", "E": 1})
        await world.pass_s(1)
        assert world.sink.links() == [True]

    live(story)


def test_a_terminated_stream_is_subscribed_anew() -> None:
    async def story(world: World) -> None:
        world.venue.push_event({"e": "eventStreamTerminated", "E": 1})
        await world.pass_s(5)
        assert world.sink.links() == [True, False, True]
        assert world.venue.subscriptions == 2

    live(story)


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"id":1}', b"\xff\xfe", b'{"id":{}}'], ids=str)
def test_a_frame_of_no_known_shape_ends_the_connection(data: bytes) -> None:
    async def story(world: World) -> None:
        world.venue.user_sockets()[0].push(data)
        await world.pass_s(5)
        assert world.sink.links() == [True, False, True]
        assert world.venue.subscriptions == 2

    live(story)


def renewed(world: World) -> None:
    """There was a second connection before the first was closed, and never a gap."""
    assert world.sink.links() == [True]
    assert world.venue.subscriptions == 2
    assert len(world.venue.user_sockets()) == 1


def test_before_the_venue_shuts_down_a_second_connection_is_opened() -> None:
    async def story(world: World) -> None:
        first = world.venue.user_sockets()[0]
        first.push({"event": {"e": "serverShutdown", "E": 1}})
        await world.pass_s(1)
        assert len(world.venue.user_sockets()) == 2
        world.adapter.place(order())
        await world.pass_s(10)
        assert not first.is_open
        assert world.sink.tale("1-1-1") == ["accepted"]
        renewed(world)

    live(story)


def test_a_connection_is_replaced_before_the_venue_ends_it_by_age() -> None:
    async def story(world: World) -> None:
        await world.pass_s(660)
        renewed(world)

    live(story, link_age_s_max=600)


def test_what_both_connections_tell_is_told_once() -> None:
    async def story(world: World) -> None:
        world.venue.order("1-1-1", "0.5")
        world.venue.user_sockets()[0].push({"event": {"e": "serverShutdown", "E": 1}})
        await world.pass_s(1)
        world.venue.push_event(world.venue.told_trade("1-1-1", 7, "0.5", "100.00"))
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["filled T7 0.5@100.00", "finished cum 0.5"]

    live(story)


def test_when_no_second_connection_can_be_had_the_first_is_used_to_its_end() -> None:
    async def story(world: World) -> None:
        world.venue.user_sockets()[0].push({"event": {"e": "serverShutdown", "E": 1}})
        world.venue.is_reachable = False
        await world.pass_s(5)
        assert world.sink.links() == [True]
        world.venue.user_sockets()[0].drop()
        await world.pass_s(1)
        assert world.sink.links() == [True, False]
        world.venue.is_reachable = True
        await world.until(lambda: world.sink.is_up)

    live(story)


def test_while_something_is_not_answered_the_link_stays_down() -> None:
    async def story(world: World) -> None:
        world.venue.answers["GET", "/api/v3/account"] = lambda _: (503, b"maintenance")
        world.venue.push_event({"e": "somethingNew", "E": 1})
        await world.pass_s(30)
        assert world.sink.links() == [True, False]
        del world.venue.answers["GET", "/api/v3/account"]
        await world.until(lambda: world.sink.is_up)

    live(story)


def test_open_requests_of_a_lost_link_prove_nothing() -> None:
    async def story(world: World) -> None:
        world.venue.answers["POST", "/api/v3/order"] = lambda _: None
        world.adapter.place(order())
        await world.pass_s(0.1)
        world.venue.user_sockets()[0].drop()
        await world.pass_s(5)
        assert world.sink.tale("1-1-1") == []

    live(story)
