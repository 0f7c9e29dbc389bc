"""What became of an order: asked until it is settled, "not found" only when it is proof."""

from typing import Any

from internaliser.venues.binance.config import BinanceLimits
from internaliser.venues.contract import OrderRef
from tests.venues.binance.fake_venue import SYMBOL, World, live, order, ref

WINDOW_S = (BinanceLimits().recv_window_ms + BinanceLimits().margin_ms) / 1000


def lost(world: World) -> None:
    """From now on the venue swallows placements."""
    world.venue.answers["POST", "/api/v3/order"] = lambda _: None


def test_an_order_that_arrived_after_all_is_told_with_its_trades() -> None:
    async def story(world: World) -> None:
        lost(world)
        world.adapter.place(order())
        await world.pass_s(10)
        world.venue.order("1-1-1", "0.5")
        world.venue.trade("1-1-1", 7, "0.2", "100.00")
        world.venue.orders["1-1-1"]["status"] = "EXPIRED"
        world.adapter.query(ref())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["filled T7 0.2@100.00", "finished cum 0.2"]

    live(story)


def test_an_open_order_is_told_as_it_stands() -> None:
    async def story(world: World) -> None:
        world.venue.order("1-1-1", "0.5")
        world.adapter.query(ref())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["status cum 0"]

    live(story)


def test_not_found_is_told_only_when_the_request_cannot_arrive_any_more() -> None:
    async def story(world: World) -> None:
        await world.pass_s(100)
        lost(world)
        world.adapter.place(order())
        await world.pass_s(0.1)
        world.adapter.query(ref())
        await world.pass_s(WINDOW_S - 0.2)
        assert world.sink.tale("1-1-1") == []
        await world.pass_s(0.5)
        assert world.sink.tale("1-1-1") == ["not_found"]

    live(story)


def test_a_request_that_arrives_within_its_window_is_found() -> None:
    async def story(world: World) -> None:
        await world.pass_s(100)
        lost(world)
        world.adapter.place(order())
        world.adapter.query(ref())
        await world.pass_s(4)
        assert world.sink.tale("1-1-1") == []
        world.venue.order("1-1-1", "0.5")
        await world.pass_s(10)
        assert world.sink.tale("1-1-1") == ["status cum 0"]

    live(story)


def test_of_an_order_of_an_earlier_process_the_start_counts() -> None:
    async def story(world: World) -> None:
        world.adapter.query(ref("1-0-77"))
        await world.pass_s(WINDOW_S - 1)
        assert world.sink.tale("1-0-77") == []
        await world.pass_s(2)
        assert world.sink.tale("1-0-77") == ["not_found"]
        world.adapter.query(ref("1-0-78"))
        await world.pass_s(0.5)
        assert world.sink.tale("1-0-78") == ["not_found"]

    live(story)


def test_whoever_knows_a_later_moment_is_obeyed() -> None:
    async def story(world: World) -> None:
        await world.pass_s(100)
        later_ns = world.venue.now_ms() * 1_000_000 + 30_000_000_000
        world.adapter.query(OrderRef("1-0-77", SYMBOL, later_ns))
        await world.pass_s(29)
        assert world.sink.tale("1-0-77") == []
        await world.pass_s(2)
        assert world.sink.tale("1-0-77") == ["not_found"]

    live(story)


def test_errors_and_silence_are_never_taken_for_not_found() -> None:
    async def story(world: World) -> None:
        await world.pass_s(100)
        answers: list[Any] = [
            (500, b"oops"), None, (400, {"code": -1021, "msg": "timestamp"}), (403, b""),
            (200, b"{"), (400, b"not json"), (200, {"symbol": SYMBOL}),
        ]  # fmt: skip

        def status(_: dict[str, str]) -> Any:
            return answers.pop(0) if answers else (200, world.venue.order("1-1-1", "0.5"))

        world.venue.answers["GET", "/api/v3/order"] = status
        world.adapter.query(ref())
        await world.pass_s(60)
        assert world.sink.tale("1-1-1") == ["status cum 0"]

    live(story)


def test_an_order_that_the_venue_named_is_not_believed_gone() -> None:
    async def story(world: World) -> None:
        world.adapter.place(order(tif="GTC"))
        await world.pass_s(1)
        state = world.venue.orders.pop("1-1-1")
        world.adapter.query(ref())
        await world.pass_s(60)
        assert world.sink.tale("1-1-1") == ["accepted"]
        world.venue.orders["1-1-1"] = state
        await world.pass_s(10)
        assert world.sink.tale("1-1-1") == ["accepted", "status cum 0"]

    live(story)


def test_trades_that_come_late_are_waited_for() -> None:
    async def story(world: World) -> None:
        world.venue.order("1-1-1", "0.5")
        world.venue.trade("1-1-1", 7, "0.5", "100.00")
        trades = world.venue.trades
        world.venue.trades = []
        world.adapter.query(ref())
        await world.pass_s(0.2)
        assert world.sink.tale("1-1-1") == []
        world.venue.trades = trades
        await world.pass_s(5)
        assert world.sink.tale("1-1-1") == ["filled T7 0.5@100.00", "finished cum 0.5"]

    live(story)


def test_trades_that_never_come_are_told_as_one_sum() -> None:
    async def story(world: World) -> None:
        world.venue.order("1-1-1", "0.5")
        world.venue.trade("1-1-1", 7, "0.5", "100.00")
        world.venue.trades = []
        world.adapter.query(ref())
        await world.pass_s(60)
        (report,) = [one[1] for one in world.sink.of("report")]
        assert (report.kind.value, report.cum_qty, report.cum_quote) == ("finished", 0.5, 50)

    live(story)


def test_trades_of_another_order_do_not_count() -> None:
    async def story(world: World) -> None:
        world.venue.order("1-1-1", "0.5")
        world.venue.trade("1-1-1", 7, "0.5", "100.00")
        other = world.venue.trades[0] | {"orderId": 99, "id": 8}
        world.venue.answers["GET", "/api/v3/myTrades"] = lambda _: (
            200, [other, *world.venue.trades],
        )  # fmt: skip
        world.adapter.query(ref())
        await world.pass_s(5)
        assert world.sink.tale("1-1-1") == ["filled T7 0.5@100.00", "finished cum 0.5"]

    live(story)


def test_a_status_we_do_not_know_is_open_and_asked_again() -> None:
    async def story(world: World) -> None:
        world.venue.order("1-1-1", "0.5", status="HALF_BAKED")
        world.adapter.query(ref())
        await world.pass_s(0.1)
        assert world.sink.tale("1-1-1") == ["status cum 0"]
        world.venue.orders["1-1-1"]["status"] = "CANCELED"
        await world.pass_s(5)
        assert world.sink.tale("1-1-1")[-1] == "finished cum 0"

    live(story)


def test_an_archived_order_ended_without_execution() -> None:
    async def story(world: World) -> None:
        world.venue.answers["GET", "/api/v3/order"] = lambda _: (
            400, {"code": -2026, "msg": "Order was canceled or expired with no executed qty"},
        )  # fmt: skip
        world.adapter.query(ref())
        await world.pass_s(1)
        assert world.sink.tale("1-1-1") == ["finished cum 0"]

    live(story)


def test_one_question_per_order_is_open_at_a_time() -> None:
    async def story(world: World) -> None:
        world.venue.answers["GET", "/api/v3/order"] = lambda _: None
        world.adapter.query(ref())
        world.adapter.query(ref())
        await world.pass_s(1)
        assert world.venue.count("/api/v3/order") == 1
        assert len(world.adapter.fates) == 1

    live(story)


def test_questions_are_dropped_when_the_link_goes_down() -> None:
    async def story(world: World) -> None:
        world.venue.answers["GET", "/api/v3/order"] = lambda _: None
        world.adapter.query(ref())
        await world.pass_s(0.1)
        world.venue.user_sockets()[0].drop()
        await world.pass_s(0.1)
        assert len(world.adapter.fates) == 0

    live(story)
