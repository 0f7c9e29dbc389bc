"""The edge thread, on uvloop: signals, the operator's channel, the day's clock, venues."""

import asyncio
import logging
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from internaliser import log
from internaliser.config.rules import day_end_s
from internaliser.control import ControlServer
from internaliser.edge_credentials import EdgeCredentials, Port
from internaliser.edge_questions import EdgeQuestions
from internaliser.edge_venues import EdgeVenues
from internaliser.held import names_of
from internaliser.journal.reader import JournalReader
from internaliser.model.commands import admin_command
from internaliser.model.records import mark
from internaliser.operator_desk import OperatorDesk
from internaliser.reactor.asking import RING_CREDENTIALS
from internaliser.reactor.inlet import RING_ANSWER, RING_COMMAND

if TYPE_CHECKING:
    from internaliser.node import Node


RETRY_S = 0.01  # the command ring is full: the core empties it every turn
AHEAD_S = 0.03  # in it the core takes fewer orders than it has memory for (core.orders_ahead)
CLOCK_CHECK_S = 60  # the wall clock may be set while we wait for a time of day
TLS_END_S = 3.0  # for clients of the TLS port to read our last bytes at an orderly stop
NS_PER_S = 1_000_000_000


class Edge:
    """Serves until a signal asks for the end or the core thread has halted."""

    def __init__(self, node: "Node") -> None:
        self.node = node
        self.has_failed = False
        self._credentials = EdgeCredentials(node.config, node.kept_credentials)
        self._questions = EdgeQuestions(node, self._credentials.change_password)
        names = [str(row["name"]) for row in node.state.core.clients()]
        sessions = node.state.core.sessions()
        clients = {
            row["index"]: names[row["client"]] for row in sessions if row["client"] is not None
        }
        self._questions.handlers[RING_CREDENTIALS] = partial(
            self._credentials.on_logon, Port(node.door.access, node.answers, clients)
        )
        self._end = asyncio.Event()
        self._core_over = asyncio.Event()

    async def serve(self, announce: Callable[[], None]) -> None:
        """Run every edge task, tell that they run; return when the node is to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        loop.add_reader(self.node.reactor.fileno(), self._on_core_end)
        if self.node.tls:
            loop.add_signal_handler(signal.SIGHUP, self._reload_tls)
        if (feed := self.node.feed) is not None:
            port = Port(feed.door.access, feed.answers, feed.names)
            self._credentials.listen(feed.asking.ring, port)
        tail = JournalReader(self.node.folder.journal, durable_only=True)
        desk = OperatorDesk(
            names_of(self.node.state.core), self.submit, tail, lambda: self.node.writer.released[1]
        )
        channel = ControlServer(self.node.folder.path, desk.handlers())
        await channel.start()
        tasks = [asyncio.create_task(task) for task in self._tasks()]
        for started in tasks:
            started.add_done_callback(self._on_task_end)
        try:
            announce()
            await self._end.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._credentials.close()
            if self.node.tls:
                await self._end_tls()
            loop.remove_reader(self.node.reactor.fileno())
            await channel.stop()
            tail.close()

    def _on_core_end(self) -> None:
        self._core_over.set()
        self._end.set()
        asyncio.get_running_loop().remove_reader(self.node.reactor.fileno())

    def _reload_tls(self) -> None:
        for front in self.node.tls:
            front.reload()

    async def _end_tls(self) -> None:
        """Core and feed say goodbye on every link, and the bytes of TLS links pass through here."""
        self.node.reactor.stop()
        await self._core_over.wait()
        if self.node.feed is not None:
            self.node.feed.reactor.stop()
        end_s = time.monotonic() + TLS_END_S
        while any(front.link_count for front in self.node.tls) and time.monotonic() < end_s:
            await asyncio.sleep(RETRY_S)
        for front in self.node.tls:
            front.close()

    def submit(self, command: bytes) -> bool:
        """Hand one command to the core; False when its ring is full."""
        return self.node.commands.put(RING_COMMAND, command)

    def _answer(self, record: bytes) -> bool:
        return self.node.answers.put(RING_ANSWER, record)

    def _on_task_end(self, task: asyncio.Task[None]) -> None:
        """A task ends only when it is cancelled; a fault of ours in one ends the node."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.has_failed = True
            why = f"{type(error).__name__}: {error}"
            log.event("edge_fault", level=logging.CRITICAL, error=why)
            self._end.set()

    def _tasks(self) -> list[Any]:
        tasks: list[Any] = [self._questions.serve(), self._reach_ahead()]
        tasks += [front.serve() for front in self.node.tls]
        if self.node.config.day.end_utc:
            tasks.append(self._end_days(self.node.config.day.end_utc))
        if self.node.hours is not None:
            feed = None if self.node.feed is None else self.node.feed.answer
            tasks.append(self.node.hours.serve(self._answer, feed))
        if self.node.makers:
            tasks.append(EdgeVenues(self.node, self.submit).serve())
        if self.node.config.venues and self.node.config.node.reference_asset:
            tasks.append(self._mark(self.node.config.node.mark_every_ms / 1000))
        if self.node.config.test.busy_edge_ms:
            tasks.append(self._be_busy())
        return tasks

    async def _reach_ahead(self) -> None:
        """Memory for the orders of the next moment, so that the core does not wait for it."""
        while True:
            self.node.state.core.reach_ahead(self.node.config.core.orders_ahead)
            await asyncio.sleep(AHEAD_S)

    async def _end_days(self, end_utc: str) -> None:
        seconds = day_end_s(end_utc)
        assert seconds is not None
        # An end that passed while the node was down is caught up at once.
        since_ns = self.node.recovered_ns or time.time_ns()
        end = next_day_end(datetime.fromtimestamp(since_ns / NS_PER_S, UTC), seconds)
        while True:
            while (left_s := (end - datetime.now(UTC)).total_seconds()) > 0:
                await asyncio.sleep(min(left_s, CLOCK_CHECK_S))
            log.event("day_ended", end_utc=end.isoformat())
            while not self.submit(admin_command("day_end", note="schedule")):
                await asyncio.sleep(RETRY_S)
            end = next_day_end(max(end, datetime.now(UTC)), seconds)

    async def _mark(self, every_s: float) -> None:
        """Have the outside mids journalled, for valuing balances. One that is late is left out."""
        while True:
            await asyncio.sleep(every_s)
            for instrument in range(len(self.node.config.instruments)):
                self.submit(mark(instrument=instrument))

    async def _be_busy(self) -> None:
        test = self.node.config.test
        while True:
            end = time.perf_counter() + test.busy_edge_ms / 1000
            while time.perf_counter() < end:
                pass
            await asyncio.sleep((test.busy_edge_period_ms - test.busy_edge_ms) / 1000)


def next_day_end(now: datetime, end_s: int) -> datetime:
    """The first end of a trading day after `now`, `end_s` seconds into the UTC day."""
    end = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(seconds=end_s)
    return end if end > now else end + timedelta(days=1)
