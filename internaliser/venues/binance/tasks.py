"""The adapter's tasks: started by name, bounded in number, never lost when one of them fails."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Coroutine
from logging import ERROR
from typing import Any

from internaliser import log


class Tasks:
    """Runs coroutines until they end or all are cancelled. A failure is logged and counted."""

    def __init__(self, owner: str, tasks_max: int) -> None:
        self.owner = owner
        self.failures: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._tasks_max = tasks_max

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def is_full(self) -> bool:
        return len(self._tasks) >= self._tasks_max

    def start(self, name: str, work: Coroutine[Any, Any, object]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self.guarded(name, work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # One that is cancelled before its first step never awaited its work.
        task.add_done_callback(lambda _: work.close())
        return task

    async def cancel(self) -> None:
        """Cancel all and wait until they are gone."""
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def guarded(self, name: str, work: Awaitable[object]) -> None:
        """Await `work`; what it raises is logged and counted here."""
        try:
            await work
        except Exception as error:  # the task's outermost edge
            self.failures[name] += 1
            log.event(
                "venue_task_failed", level=ERROR, venue=self.owner, task=name,
                error=f"{type(error).__name__}: {error}",
            )  # fmt: skip
