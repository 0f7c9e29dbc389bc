"""The market streams: one connection for some symbols, a synchronised book for each of them.

A book is shown (`on_book`) only while it is whole, fresh and not crossed; whatever else happens is
told as `on_book_lost`, at once. Before a connection grows too old, or when the venue says that it
will close it, a second one is opened first and both are heard for a moment: changes that come twice
are old to the book.
"""

import asyncio
from collections import Counter
from decimal import Decimal

from internaliser import log
from internaliser.market.diff_sync import DiffSync, SyncLimits, SyncResult
from internaliser.market.sync_rules import BINANCE
from internaliser.market.venue_book import VenueBook
from internaliser.venues.binance import calls
from internaliser.venues.binance.caller import Caller
from internaliser.venues.binance.clock import NS_PER_MS, NS_PER_S
from internaliser.venues.binance.config import ListedSymbol
from internaliser.venues.binance.market_events import (
    AveragePrice,
    DepthUpdate,
    MarketShutdown,
    Misread,
    Snapshot,
    read_market_event,
    read_snapshot,
)
from internaliser.venues.binance.reply import Reply
from internaliser.venues.binance.tasks import Tasks
from internaliser.venues.binance.transport import NothingSent, Socket
from internaliser.venues.contract import VenueSink

LEVELS_MAX = 10_000  # of one side of a book
LOST = frozenset({SyncResult.GAP, SyncResult.REFUSED, SyncResult.STALE})


class MarketFeed:
    """Runs until cancelled."""

    def __init__(
        self, caller: Caller, symbols: tuple[ListedSymbol, ...], sink: VenueSink, tasks: Tasks
    ) -> None:
        self.caller = caller
        self.sink = sink
        self.tasks = tasks
        self.counts: Counter[str] = Counter()
        self.averages: dict[str, tuple[Decimal, int]] = {}  # price, and when it came
        limits = caller.config.limits
        bounds = SyncLimits(
            resync_min_ns=limits.pause_min_ms * NS_PER_MS,
            resync_max_ns=limits.pause_max_ms * NS_PER_MS,
            stale_after_ns=limits.silence_ms_max * NS_PER_MS,
        )
        self.syncs = {
            one.symbol: DiffSync(VenueBook(one.tick, one.lot, LEVELS_MAX), BINANCE, bounds)
            for one in symbols
        }
        self._shown: set[str] = set()  # books that the sink may trust now
        self._sockets: list[Socket] = []
        self._renew_why = ""
        self._wake = asyncio.Event()
        self._heard = False

    def average(self, symbol: str) -> Decimal | None:
        """The venue's average price, while it is fresh."""
        price, came_ns = self.averages.get(symbol, (None, 0))
        age_ns = self._now() - came_ns
        is_fresh = age_ns <= self.caller.config.limits.average_age_s_max * NS_PER_S
        return price if is_fresh else None

    async def run(self) -> None:
        """Connect, listen, connect again with growing pauses."""
        limits = self.caller.config.limits
        backoff = limits.backoff()
        watching = self.tasks.start("books", self._watch_books())
        try:
            while True:
                since = asyncio.get_running_loop().time()
                why = await self._live()
                self._close_books(why)
                if asyncio.get_running_loop().time() - since >= limits.stable_s:
                    backoff.reset()
                log.event("venue_market_lost", venue=self.caller.config.name, why=why)
                self.counts["reconnected"] += 1
                await asyncio.sleep(backoff.next_s())
        finally:
            watching.cancel()
            self._close_books("closed here")
            for socket in self._sockets:
                await socket.close()

    async def _live(self) -> str:
        """From connecting to the last connection's end; returns why it ended."""
        try:
            await self._open()
        except NothingSent as failure:
            return f"cannot connect: {failure}"
        for sync in self.syncs.values():
            sync.on_open(self._now())
        limits = self.caller.config.limits
        loop = asyncio.get_running_loop()
        renew_at = loop.time() + limits.link_age_s_max
        pauses = limits.backoff()
        while self._sockets:
            wait_s = max(0.0, renew_at - loop.time())
            try:
                async with asyncio.timeout(wait_s):
                    await self._wake.wait()
            except TimeoutError:
                self._renew_why = self._renew_why or "its age"
            self._wake.clear()
            if self._renew_why and self._sockets:
                is_renewed = await self._renew()
                renew_at = loop.time() + (limits.link_age_s_max if is_renewed else pauses.next_s())
        return "the connection ended"

    async def _open(self) -> None:
        limits = self.caller.config.limits
        kinds = ["depth@100ms"]
        if self.caller.config.has_average_prices:
            kinds.append("avgPrice")
        names = "/".join(f"{symbol.lower()}@{kind}" for symbol in self.syncs for kind in kinds)
        url = f"{self.caller.config.stream_url}/stream?streams={names}"
        socket = await self.caller.transport.connect(url, limits.connect_timeout_ms / 1000)
        self._sockets.append(socket)
        self.tasks.start("market stream", self._listen(socket))

    async def _renew(self) -> bool:
        """Open a second connection, hear both for a moment, close the first."""
        why, self._renew_why = self._renew_why, ""
        old = list(self._sockets)
        try:
            await self._open()
        except NothingSent as failure:
            log.event("venue_market_not_renewed", venue=self.caller.config.name, why=str(failure))
            return False
        log.event("venue_market_renewed", venue=self.caller.config.name, why=why)
        self.counts["renewed"] += 1
        await asyncio.sleep(self.caller.config.limits.overlap_s)
        for socket in old:
            await socket.close()
        return True

    async def _listen(self, socket: Socket) -> None:
        try:
            while (data := await socket.receive()) is not None:
                self._heard = True
                if not self._take(data):
                    break
        finally:
            if socket in self._sockets:
                self._sockets.remove(socket)
            self._wake.set()
            await socket.close()

    def _take(self, data: bytes) -> bool:
        """One message; False when the connection cannot be trusted any more."""
        event = read_market_event(data)
        if isinstance(event, DepthUpdate):
            sync = self.syncs.get(event.symbol)
            if sync is None:
                return self._misread(Misread("", f"unasked symbol {event.symbol}"))
            result = sync.on_diff(
                event.first_id, event.last_id, event.bids, event.asks, self._now()
            )
            self._show(event.symbol, sync, result)
        elif isinstance(event, AveragePrice):
            self.averages[event.symbol] = (event.price, self._now())
        elif isinstance(event, MarketShutdown):
            self._renew_why = "the venue will shut down"
            self._wake.set()
        elif isinstance(event, Misread):
            return self._misread(event)
        return True

    def _misread(self, event: Misread) -> bool:
        """Not understood: the book it was about is fetched anew, else the connection is."""
        self.counts["misread"] += 1
        log.event(
            "venue_market_misread", venue=self.caller.config.name, symbol=event.symbol,
            why=event.why[:200],
        )  # fmt: skip
        sync = self.syncs.get(event.symbol)
        if sync is None:
            return False
        self._show(event.symbol, sync, sync.on_misread("not understood", self._now()))
        return True

    def _show(self, symbol: str, sync: DiffSync, result: SyncResult) -> None:
        if result in LOST:
            self.counts[result.value] += 1
            self._lose(symbol, sync.why or "silent for too long")
        elif sync.is_synced and sync.book.is_crossed:
            self._lose(symbol, "crossed")
        elif sync.is_fresh(self._now()) and self._is_news(symbol, result):
            self._shown.add(symbol)
            self.sink.on_book(symbol, sync.book)

    def _is_news(self, symbol: str, result: SyncResult) -> bool:
        """A change within the view's depth, or any at all of a book that was not shown."""
        if result is SyncResult.APPLIED:
            return symbol not in self._shown
        return result is SyncResult.CHANGED

    def _lose(self, symbol: str, why: str) -> None:
        if symbol in self._shown:
            self._shown.discard(symbol)
            self.sink.on_book_lost(symbol, why)

    def _close_books(self, why: str) -> None:
        for symbol, sync in self.syncs.items():
            sync.on_close()
            self._lose(symbol, why)

    async def _watch_books(self) -> None:
        """Snapshots where they are wanted, and what silence does to a book."""
        pause_s = self.caller.config.limits.book_check_ms / 1000
        while True:
            await asyncio.sleep(pause_s)
            now_ns = self._now()
            heard, self._heard = self._heard, False
            for symbol, sync in self.syncs.items():
                # A message for any symbol proves the connection for all: a book may be quiet.
                if heard:
                    self._show(symbol, sync, sync.on_alive(now_ns))
                self._show(symbol, sync, sync.on_time(now_ns))
                if sync.needs_snapshot(now_ns) and not self.tasks.is_full:
                    sync.on_snapshot_requested(now_ns)
                    self.tasks.start("snapshot", self._fetch(symbol, sync))

    async def _fetch(self, symbol: str, sync: DiffSync) -> None:
        levels = self.caller.config.limits.depth_levels
        answer = await self.caller.ask(calls.depth(symbol, levels))
        snapshot = (
            read_snapshot(answer.data) if isinstance(answer, Reply) and answer.is_ok else None
        )
        self.counts["snapshots"] += 1
        if not isinstance(snapshot, Snapshot):
            sync.on_snapshot_failed(self._now())
            return
        result = sync.on_snapshot(snapshot.last_id, snapshot.bids, snapshot.asks, self._now())
        self._show(symbol, sync, result)

    def _now(self) -> int:
        return self.caller.times.mono_ns()
