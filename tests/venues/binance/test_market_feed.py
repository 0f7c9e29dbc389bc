"""Market streams: books shown while they are whole and fresh, lost at once when they are not."""

from decimal import Decimal

import pytest

from tests.venues.binance.fake_venue import SYMBOL, World, live

FIRST = ("book", SYMBOL, (9900, 100_000), (10100, 100_000))


async def shown(world: World) -> None:
    await world.until(lambda: world.sink.of("book"))


def test_a_book_is_shown_once_its_snapshot_is_in() -> None:
    async def story(world: World) -> None:
        await shown(world)
        assert world.sink.of("book") == [FIRST]

    live(story)


def test_changes_are_applied_in_their_order() -> None:
    async def story(world: World) -> None:
        await shown(world)
        world.venue.push_depth(101, 103, [["99.50", "3"]], [])
        world.venue.push_depth(104, 104, [], [["101.00", "0"]])
        await world.pass_s(0.1)
        assert world.sink.of("book")[1:] == [
            ("book", SYMBOL, (9950, 300_000), (10100, 100_000)),
            ("book", SYMBOL, (9950, 300_000), (10200, 200_000)),
        ]

    live(story)


def test_a_missing_change_loses_the_book_until_it_is_fetched_again() -> None:
    async def story(world: World) -> None:
        await shown(world)
        world.venue.last_update_id = 110
        world.venue.push_depth(105, 106, [["99.50", "3"]], [])
        await world.pass_s(0.05)
        assert world.sink.of("book_lost") == [
            ("book_lost", SYMBOL, "change 105-106 does not follow 100")
        ]
        await world.until(lambda: len(world.sink.of("book")) == 2)
        assert world.sink.of("book")[1] == FIRST

    live(story)


def test_a_crossed_book_is_not_shown() -> None:
    async def story(world: World) -> None:
        await shown(world)
        world.venue.push_depth(101, 101, [["101.50", "3"]], [])
        await world.pass_s(0.05)
        assert world.sink.of("book_lost") == [("book_lost", SYMBOL, "crossed")]
        world.venue.push_depth(102, 102, [["101.50", "0"]], [])
        await world.pass_s(0.05)
        assert world.sink.of("book")[1:] == [FIRST]

    live(story)


def test_a_silent_stream_is_stale_and_a_sign_of_life_ends_that() -> None:
    async def story(world: World) -> None:
        await shown(world)
        await world.pass_s(40)
        assert world.sink.of("book_lost") == [("book_lost", SYMBOL, "silent for too long")]
        world.venue.push_depth(101, 101, [["1.00", "3"]], [])
        await world.pass_s(1)
        assert world.sink.of("book")[1:] == [FIRST]

    live(story)


def test_a_dropped_connection_loses_its_books() -> None:
    async def story(world: World) -> None:
        await shown(world)
        world.venue.market_sockets()[0].drop()
        await world.pass_s(0.05)
        assert world.sink.of("book_lost") == [("book_lost", SYMBOL, "the connection ended")]
        await world.until(lambda: len(world.sink.of("book")) == 2)

    live(story)


def test_a_message_about_a_symbol_that_is_not_understood_loses_its_book() -> None:
    async def story(world: World) -> None:
        await shown(world)
        data = {"e": "depthUpdate", "s": SYMBOL, "U": 101, "u": 102, "b": [["x"]], "a": []}
        for socket in world.venue.market_sockets():
            socket.push({"stream": "btcusdt@depth@100ms", "data": data})
        await world.pass_s(0.05)
        assert world.sink.of("book_lost") == [("book_lost", SYMBOL, "not understood")]
        await world.until(lambda: len(world.sink.of("book")) == 2)
        assert len(world.venue.sockets) == 2

    live(story)


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"stream":"x@depth"}', b"\xff"], ids=str)
def test_a_message_about_nobody_knows_what_ends_the_connection(data: bytes) -> None:
    async def story(world: World) -> None:
        await shown(world)
        first = world.venue.market_sockets()[0]
        first.push(data)
        await world.until(lambda: len(world.sink.of("book")) == 2)
        assert not first.is_open
        assert world.sink.of("book_lost") == [("book_lost", SYMBOL, "the connection ended")]

    live(story)


def renewed(world: World) -> None:
    assert world.sink.of("book_lost") == []
    assert len([one for one in world.venue.sockets if "streams=" in one.url]) == 2
    assert len(world.venue.market_sockets()) == 1


def test_before_a_shutdown_a_second_connection_is_opened_and_both_are_heard() -> None:
    async def story(world: World) -> None:
        await shown(world)
        world.venue.market_sockets()[0].push(
            {"stream": "!serverShutdown", "data": {"e": "serverShutdown", "E": 1}}
        )
        await world.pass_s(1)
        assert len(world.venue.market_sockets()) == 2
        world.venue.push_depth(101, 103, [["99.50", "3"]], [])
        await world.pass_s(10)
        renewed(world)
        assert len(world.sink.of("book")) == 2

    live(story)


def test_a_connection_is_replaced_before_the_venue_ends_it_by_age() -> None:
    async def story(world: World) -> None:
        await shown(world)
        for number in range(101, 133):
            await world.pass_s(20)
            world.venue.push_depth(number, number, [], [])
        renewed(world)

    live(story, link_age_s_max=600)


def test_a_snapshot_that_does_not_come_is_asked_for_again() -> None:
    async def story(world: World) -> None:
        world.venue.answers["GET", "/api/v3/depth"] = lambda _: (500, b"")
        world.venue.market_sockets()[0].drop()
        await world.pass_s(10)
        del world.venue.answers["GET", "/api/v3/depth"]
        await world.until(lambda: world.sink.told[-1][0] == "book")

    live(story)


def test_the_average_price_is_known_while_it_is_fresh() -> None:
    async def story(world: World) -> None:
        (feed,) = world.adapter.feeds
        data = {"e": "avgPrice", "E": 1, "s": SYMBOL, "i": "5m", "w": "100.5", "T": 1}
        world.venue.market_sockets()[0].push({"stream": "btcusdt@avgPrice", "data": data})
        await world.pass_s(0.1)
        assert feed.average(SYMBOL) == Decimal("100.5")
        await world.pass_s(61)
        assert feed.average(SYMBOL) is None

    live(story)
