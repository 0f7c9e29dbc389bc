"""The queue: cancels before queries before new orders, each by arrival, none for ever."""

import asyncio

from internaliser.venues.binance import calls
from internaliser.venues.binance.budget import Budget
from internaliser.venues.binance.calls import Call
from internaliser.venues.binance.gate import Gate
from internaliser.venues.binance.reply import WEIGHT, Usage
from tests.venues.binance.fake_venue import FakeTimes, order
from tests.venues.binance.virtual_loop import run

PLACE = calls.place(order())
CANCEL = calls.cancel("A", "1")
QUERY = calls.order_status("A", "1")


def gate(limit: int = 10, waiting_max: int = 100) -> Gate:
    budget = Budget()
    budget.windows.clear()
    budget.set_limits((Usage(WEIGHT, 60, 0, limit),))
    return Gate(budget, FakeTimes().utc_ns, waiting_max)


async def used_up(made: Gate) -> None:
    while made.budget.wait_ns(CANCEL, FakeTimes().utc_ns()) == 0:
        made.budget.spend(CANCEL, FakeTimes().utc_ns())


def test_who_fits_the_budget_goes_at_once() -> None:
    async def main() -> None:
        assert await gate().enter(PLACE, 0)

    run(main())


def test_those_who_wait_go_by_priority_then_by_arrival() -> None:
    async def main() -> list[str]:
        made = gate()
        await used_up(made)
        went: list[str] = []

        async def go(name: str, call: Call) -> None:
            assert await made.enter(call, 100)
            went.append(name)

        names = [("place 1", PLACE), ("query", QUERY), ("place 2", PLACE), ("cancel", CANCEL)]
        await asyncio.gather(*(go(name, call) for name, call in names))
        return went

    assert run(main()) == ["cancel", "query", "place 1", "place 2"]


def test_who_waits_too_long_does_not_go_and_is_not_counted() -> None:
    async def main() -> None:
        made = gate()
        await used_up(made)
        assert not await made.enter(CANCEL, 0.5)
        assert not await made.enter(CANCEL, 0)
        (window,) = made.budget.windows.values()
        assert window.used == 10

    run(main())


def test_one_who_gave_up_does_not_hold_up_the_others() -> None:
    async def main() -> None:
        made = gate()
        await used_up(made)
        first = asyncio.ensure_future(made.enter(CANCEL, 0.5))
        second = asyncio.ensure_future(made.enter(CANCEL, 100))
        assert await asyncio.gather(first, second) == [False, True]

    run(main())


def test_only_so_many_may_wait() -> None:
    async def main() -> None:
        made = gate(waiting_max=1)
        await used_up(made)
        first = asyncio.ensure_future(made.enter(CANCEL, 100))
        await asyncio.sleep(0)
        assert not await made.enter(CANCEL, 100)
        assert await first

    run(main())


def test_a_cancelled_waiter_is_forgotten() -> None:
    async def main() -> None:
        made = gate()
        await used_up(made)
        first = asyncio.ensure_future(made.enter(CANCEL, 100))
        await asyncio.sleep(0)
        first.cancel()
        assert await made.enter(CANCEL, 100)

    run(main())
