"""After a gap: what is asked, what is told, and what keeps the link down."""

from typing import Any

import pytest

from internaliser.venues.contract import StatedBalance
from tests.venues.binance.fake_venue import SYMBOL, World, live


def gap(world: World) -> None:
    world.venue.push_event({"e": f"somethingNew{world.adapter.stream.counts['gaps']}", "E": 1})


def test_open_orders_and_orders_that_traded_are_told() -> None:
    async def story(world: World) -> None:
        world.venue.order("1-1-1", "0.5")
        world.venue.order("1-1-2", "0.5")
        world.venue.trade("1-1-2", 7, "0.5", "100.00")
        gap(world)
        await world.pass_s(2)
        assert world.sink.tale("1-1-1") == ["status cum 0"]
        assert world.sink.tale("1-1-2") == ["filled T7 0.5@100.00", "finished cum 0.5"]

    live(story)


def test_an_order_whose_end_and_executions_were_told_is_not_asked_about_again() -> None:
    async def story(world: World) -> None:
        world.venue.order("1-1-1", "0.5")
        world.venue.trade("1-1-1", 7, "0.5", "100.00")
        gap(world)
        await world.pass_s(2)
        asked = world.venue.count("/api/v3/order")
        gap(world)
        await world.pass_s(2)
        assert world.venue.count("/api/v3/order") == asked > 0
        world.venue.order("1-1-2", "0.5")
        world.venue.trade("1-1-2", 8, "0.5", "100.00")
        gap(world)
        await world.pass_s(2)
        assert world.venue.count("/api/v3/order") == asked + 1
        assert world.sink.tale("1-1-1") == ["filled T7 0.5@100.00", "finished cum 0.5"]
        assert world.sink.tale("1-1-2") == ["filled T8 0.5@100.00", "finished cum 0.5"]

    live(story)


def test_at_the_start_only_the_last_seconds_are_asked_for() -> None:
    async def story(world: World) -> None:
        (start,) = [int(p["startTime"]) for _, path, p in world.venue.asked if "myTrades" in path]
        assert 20_000 <= world.venue.now_ms() - start < 25_000

    live(story)


def test_trades_are_asked_for_from_the_last_sure_moment() -> None:
    async def story(world: World) -> None:
        await world.pass_s(1000)
        gap(world)
        await world.pass_s(2)
        sure_ms = world.venue.now_ms()
        await world.pass_s(1000)
        gap(world)
        await world.pass_s(2)
        starts = [int(p["startTime"]) for _, path, p in world.venue.asked if "myTrades" in path]
        assert sure_ms - 13_000 < starts[-1] < sure_ms - 10_000

    live(story)


def test_every_page_of_trades_is_read() -> None:
    async def story(world: World) -> None:
        def page(params: dict[str, str]) -> Any:
            first = int(params.get("fromId", "0"))
            count = 1000 if first < 2000 else 1
            trade = {
                "symbol": SYMBOL, "orderId": 1000, "price": "1", "qty": "0.0001",
                "commission": "0", "commissionAsset": "BNB", "time": 1,
            }  # fmt: skip
            return 200, [trade | {"id": first + n} for n in range(count)]

        world.venue.order("1-1-1", "0.5")
        world.venue.answers["GET", "/api/v3/myTrades"] = page
        gap(world)
        await world.pass_s(2)
        froms = [p.get("fromId") for _, path, p in world.venue.asked if "myTrades" in path]
        assert froms[-3:] == [None, "1000", "2000"]

    live(story)


@pytest.mark.parametrize("path", ["/api/v3/openOrders", "/api/v3/myTrades", "/api/v3/account"])
@pytest.mark.parametrize("answer", [(500, b""), (200, b"{]"), (200, b'{"x":1}'), None], ids=str)
def test_an_answer_that_is_missing_or_unreadable_keeps_it_down(path: str, answer: Any) -> None:
    async def story(world: World) -> None:
        world.venue.answers["GET", path] = lambda _: answer
        gap(world)
        await world.pass_s(20)
        assert not world.sink.is_up
        del world.venue.answers["GET", path]
        await world.until(lambda: world.sink.is_up)

    live(story)


def test_one_unreadable_balance_does_not_lose_the_others() -> None:
    async def story(world: World) -> None:
        world.venue.balances = [
            {"asset": "USDT", "free": "900", "locked": "100"},
            {"asset": "BTC", "free": "NaN", "locked": "0"},
            {"asset": "ETH", "free": "1", "locked": "0"},
        ]
        gap(world)
        await world.pass_s(2)
        assert world.sink.holds("USDT") == StatedBalance("USDT", *map(dec, ("900", "100")))
        assert world.sink.holds("ETH") == StatedBalance("ETH", *map(dec, ("1", "0")))
        assert world.sink.of("unanswered") == [("unanswered", "1 balances cannot be read")]

    live(story)


def dec(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


def test_assets_that_never_held_anything_are_left_out_but_one_that_became_empty_is_told() -> None:
    async def story(world: World) -> None:
        world.venue.balances = [
            {"asset": "USDT", "free": "0", "locked": "0"},
            {"asset": "XYZ", "free": "0", "locked": "0"},
        ]
        gap(world)
        await world.pass_s(2)
        assert world.sink.holds("USDT") == StatedBalance("USDT", dec("0"), dec("0"))
        assert world.sink.holds("XYZ") is None

    live(story)


def position(world: World, free: str, event_ms: int) -> dict[str, Any]:
    return {
        "e": "outboundAccountPosition", "E": event_ms, "u": event_ms,
        "B": [{"a": "USDT", "f": free, "l": "0"}],
    }  # fmt: skip


def test_the_stream_states_balances_and_an_older_answer_does_not_overwrite_them() -> None:
    async def story(world: World) -> None:
        world.venue.push_event(position(world, "500", world.venue.now_ms() + 5000))
        await world.pass_s(1)
        assert world.sink.holds("USDT") == StatedBalance("USDT", dec("500"), dec("0"))
        world.venue.push_event(position(world, "700", world.venue.now_ms() - 60_000))
        gap(world)
        await world.pass_s(2)
        assert world.sink.holds("USDT") == StatedBalance("USDT", dec("500"), dec("0"))

    live(story)


def test_a_deposit_makes_it_ask_for_the_account() -> None:
    async def story(world: World) -> None:
        asked = world.venue.count("/api/v3/account")
        world.venue.balances[0]["free"] = "1100"
        world.venue.push_event({"e": "balanceUpdate", "E": 1, "a": "USDT", "d": "100.0", "T": 1})
        await world.pass_s(1)
        assert world.venue.count("/api/v3/account") == asked + 1
        assert world.sink.holds("USDT") == StatedBalance("USDT", dec("1100"), dec("0"))

    live(story)


def test_balances_are_asked_for_every_minute_and_silence_is_told() -> None:
    async def story(world: World) -> None:
        world.venue.answers["GET", "/api/v3/account"] = lambda _: None
        await world.pass_s(70)
        assert [one[0] for one in world.sink.told[-1:]] == ["unanswered"]
        assert world.sink.is_up

    live(story)
