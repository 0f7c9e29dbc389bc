"""Tasks: counted, bounded, and a failure of one is logged and harms no other."""

import asyncio
import logging

import pytest

from internaliser.venues.binance.tasks import Tasks
from tests.venues.binance.virtual_loop import run


async def fail() -> None:
    raise ValueError("broken")


def test_a_failure_is_logged_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        tasks = Tasks("venue", 10)
        task = tasks.start("work", fail())
        waiting = tasks.start("wait", asyncio.sleep(5))
        await task
        assert tasks.failures == {"work": 1}
        await waiting
        assert len(tasks) == 0

    logging.getLogger("internaliser").propagate = True
    with caplog.at_level(logging.ERROR):
        run(main())
    (record,) = caplog.records
    assert record.__dict__["fields"]["error"] == "ValueError: broken"


def test_it_is_full_at_its_limit() -> None:
    async def main() -> None:
        tasks = Tasks("venue", 2)
        tasks.start("a", asyncio.sleep(5))
        assert not tasks.is_full
        tasks.start("b", asyncio.sleep(5))
        assert tasks.is_full
        await tasks.cancel()
        assert len(tasks) == 0

    run(main())
