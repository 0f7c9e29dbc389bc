"""The queue in front of the venue: who may ask now, and in which order the others follow.

    if await gate.enter(call, wait_s): ...      True: counted, send it at once

Cancels go before queries, queries before new orders, all of them by arrival. One timer wakes the
first in line when its budget allows it.
"""

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from internaliser.venues.binance.budget import Budget
from internaliser.venues.binance.calls import Call
from internaliser.venues.binance.clock import NS_PER_S


@dataclass(order=True, slots=True)
class Waiter:
    priority: int
    number: int
    call: Call = field(compare=False)
    is_through: asyncio.Future[bool] = field(compare=False)


class Gate:
    """`venue_ns` tells the venue's time, by which the budget counts."""

    def __init__(self, budget: Budget, venue_ns: Callable[[], int], waiting_max: int) -> None:
        self.budget = budget
        self._venue_ns = venue_ns
        self._waiting_max = waiting_max
        self._waiters: list[Waiter] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self, call: Call, wait_s: float) -> bool:
        """Wait for its turn and count it. False: not within `wait_s`, or too many wait."""
        self._drop_gone()
        is_first = not self._waiters or call.priority < self._waiters[0].priority
        if is_first and self.budget.wait_ns(call, self._venue_ns()) == 0:
            self.budget.spend(call, self._venue_ns())
            return True
        if wait_s <= 0 or len(self._waiters) >= self._waiting_max:
            return False
        loop = asyncio.get_running_loop()
        self._count += 1
        waiter = Waiter(call.priority, self._count, call, loop.create_future())
        heapq.heappush(self._waiters, waiter)
        self._let_in()
        try:
            async with asyncio.timeout(wait_s):
                return await waiter.is_through
        except TimeoutError:
            # Its turn may have come in the very moment the time ran out: then it was counted.
            return waiter.is_through.done() and not waiter.is_through.cancelled()
        finally:
            self._drop_gone()

    def _let_in(self) -> None:
        """Let the first in line through as long as the budget allows, then set the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiters:
            first = self._waiters[0]
            if not first.is_through.done():
                now_ns = self._venue_ns()
                wait_ns = self.budget.wait_ns(first.call, now_ns)
                if wait_ns > 0:
                    loop = asyncio.get_running_loop()
                    self._timer = loop.call_later(wait_ns / NS_PER_S + 0.001, self._let_in)
                    return
                self.budget.spend(first.call, now_ns)
                first.is_through.set_result(True)
            heapq.heappop(self._waiters)

    def _drop_gone(self) -> None:
        """Forget those who gave up at the head of the line."""
        while self._waiters and self._waiters[0].is_through.done():
            heapq.heappop(self._waiters)
