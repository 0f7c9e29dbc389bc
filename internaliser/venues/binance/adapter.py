"""The adapter: its parts put together, and the contract's calls on them.

    adapter = BinanceAdapter(config, signer, sink, AiohttpTransport())
    await adapter.run()

Up means: the venue's time is known, the user stream is subscribed, and open orders, recent trades
and balances were fetched after that. Whatever may have lost an event of the user stream takes the
link down at once, and everything is fetched again before it is up.
"""

import asyncio
from collections.abc import Awaitable, Callable

from internaliser import log
from internaliser.venues.binance import calls
from internaliser.venues.binance.answers import Unreadable, read_time
from internaliser.venues.binance.caller import Caller, Terms
from internaliser.venues.binance.clock import NS_PER_MS
from internaliser.venues.binance.config import BinanceConfig
from internaliser.venues.binance.fates import Fates
from internaliser.venues.binance.fitting import Denied
from internaliser.venues.binance.market_feed import MarketFeed
from internaliser.venues.binance.order_memory import OrderMemory
from internaliser.venues.binance.orders import Orders
from internaliser.venues.binance.reconciliation import Reconciliation, Trouble, data_of
from internaliser.venues.binance.reply import Answer, NotSent
from internaliser.venues.binance.reports import refused
from internaliser.venues.binance.rulebook import Rulebook
from internaliser.venues.binance.signing import Signer
from internaliser.venues.binance.tasks import Tasks
from internaliser.venues.binance.times import SystemTimes, Times
from internaliser.venues.binance.transport import Transport
from internaliser.venues.binance.user_events import (
    AccountPosition,
    BalanceChanged,
    ExecutionReport,
    UserEvent,
)
from internaliser.venues.binance.user_stream import UserStream
from internaliser.venues.contract import (
    OrderRef,
    PlaceOrder,
    ReasonClass,
    ReportKind,
    VenueSink,
)

STREAMS_PER_SYMBOL = 2


class BinanceAdapter:
    """One Binance Spot account as a VenueAdapter. Made on the loop that runs it."""

    def __init__(
        self,
        config: BinanceConfig,
        signer: Signer,
        sink: VenueSink,
        transport: Transport,
        times: Times | None = None,
    ) -> None:
        limits = config.limits
        self.config = config
        self.sink = sink
        self.times = times or SystemTimes()
        self.caller = Caller(config, signer, transport, self.times)
        self.caller.on_skew = self._on_skew
        self.tasks = Tasks(config.name, limits.tasks_max)
        forget_after_ns = (limits.recv_window_ms + limits.margin_ms) * NS_PER_MS
        self.memory = OrderMemory(limits.orders_remembered, forget_after_ns)
        self.fates = Fates(self.caller, self.memory, self.tasks, sink, self.times.mono_ns())
        self.orders = Orders(self._ask_order, self._fit, self.memory, self.fates, sink)
        self.rulebook = Rulebook(self.caller, sink)
        self.reconciliation = Reconciliation(self.caller, self.memory, self.fates, sink)
        self.stream = UserStream(
            self.caller, self.tasks, self._prepare, self.reconciliation.run, self._take,
            self._on_link,
        )  # fmt: skip
        size = max(1, limits.streams_max // STREAMS_PER_SYMBOL)
        listed = config.symbols
        parts = [listed[at : at + size] for at in range(0, len(listed), size)]
        self.feeds = [MarketFeed(self.caller, part, sink, self.tasks) for part in parts]
        self._feed_of = {symbol: feed for feed in self.feeds for symbol in feed.syncs}
        self._cancels: dict[str, OrderRef] = {}  # asked for while the link was down
        self._soon: dict[str, asyncio.Event] = {
            name: asyncio.Event() for name in ("clock", "rules", "balances")
        }

    # What the contract asks

    async def run(self) -> None:
        """Live until cancelled."""
        limits = self.config.limits
        for number, feed in enumerate(self.feeds):
            self.tasks.start(f"market {number}", self._kept(feed.run))
        self.tasks.start("clock", self._keep_clock())
        self.tasks.start("rules", self._every("rules", limits.rules_every_s, self.rulebook.fetch))
        self.tasks.start(
            "balances", self._every("balances", limits.balances_every_s, self._balances)
        )
        try:
            await self._kept(self.stream.run)
        finally:
            await self.close()

    def place(self, order: PlaceOrder) -> None:
        if not self.stream.is_up:
            self._deny(order, ReasonClass.LINK_DOWN, "the link is down")
        elif self.tasks.is_full:
            self._deny(order, ReasonClass.TOO_MANY_ORDERS, "too many calls under way")
        else:
            self.tasks.start("place", self._place(order))

    def cancel(self, order: OrderRef) -> None:
        if self.stream.is_up and not self.tasks.is_full:
            self.tasks.start("cancel", self.orders.cancel(order))
        elif len(self._cancels) < self.config.limits.waiting_max:
            self._cancels[order.cl_ord_id] = order

    def query(self, order: OrderRef) -> None:
        if self.stream.is_up and not self.fates.ask(order):
            self.stream.gap("too many open questions")

    async def close(self) -> None:
        await self.tasks.cancel()
        await self.caller.transport.close()

    # What the parts ask

    async def _place(self, order: PlaceOrder) -> None:
        reason = await self.orders.place(order, self.caller.venue_ns())
        if reason is ReasonClass.SYMBOL_HALTED:
            self._soon["rules"].set()

    async def _ask_order(self, call: calls.Call, terms: Terms) -> Answer:
        """By the way orders go: over the link, or by REST when so configured."""
        if self.config.orders_by == "rest":
            return await self.caller.ask(call, None, terms)
        link = self.stream.link
        if link is None:
            return NotSent(ReasonClass.LINK_DOWN, "no link")
        return await self.caller.ask(call, link, terms)

    def _fit(self, order: PlaceOrder) -> PlaceOrder | Denied:
        feed = self._feed_of.get(order.symbol)
        return self.rulebook.fit(order, feed.average(order.symbol) if feed else None)

    def _deny(self, order: PlaceOrder, reason: ReasonClass, text: str) -> None:
        report = refused(order.cl_ord_id, order.symbol, ReportKind.DENIED, reason, text)
        self.sink.on_report(report)

    def _take(self, event: UserEvent) -> None:
        if isinstance(event, ExecutionReport):
            self.orders.on_execution(event, self.caller.venue_ns())
        elif isinstance(event, AccountPosition):
            if event.balances.bad:
                self.sink.on_balances_unanswered("a balance that cannot be read")
                self._soon["balances"].set()
            self.reconciliation.state_balances(event.balances, event.event_ms * NS_PER_MS)
        elif isinstance(event, BalanceChanged):
            self._soon["balances"].set()

    def _on_link(self, is_up: bool, why: str) -> None:
        if not is_up:
            self.fates.drop_all()
        self.sink.on_link(is_up, why)
        if is_up:
            wanted, self._cancels = self._cancels, {}
            for order in wanted.values():
                self.cancel(order)

    async def _prepare(self) -> None:
        """What a link needs before it can be opened. Raises Trouble."""
        if self.caller.clock.is_stale(self.times.mono_ns()):
            await self._sync_clock()
        await self.rulebook.fetch()

    async def _sync_clock(self) -> None:
        for _ in range(self.config.limits.clock_samples):
            asked_ns = self.times.mono_ns()
            read = read_time(data_of(await self.caller.ask(calls.server_time()), "time"))
            if isinstance(read, Unreadable):
                raise Trouble(f"time: {read.why}")
            self.caller.clock.add_sample(asked_ns, self.times.mono_ns(), read)
        if not self.caller.clock.is_known:
            raise Trouble("time: every answer was too slow")

    def _on_skew(self) -> None:
        """Whatever was asked: until the venue's time is known again it refuses all that is signed,
        also what would bring the link up."""
        self.caller.clock.forget()
        self._soon["clock"].set()

    async def _balances(self) -> None:
        try:
            await self.reconciliation.fetch_balances()
        except Trouble as trouble:
            self.sink.on_balances_unanswered(str(trouble))

    # Time

    async def _keep_clock(self) -> None:
        """Ask for the venue's time every so often while the link is up, at once when it proved
        wrong, and then until it is known."""
        limits = self.config.limits
        soon = self._soon["clock"]
        backoff = limits.backoff()
        pause_s: float = limits.clock_every_s
        while True:
            try:
                async with asyncio.timeout(pause_s):
                    await soon.wait()
            except TimeoutError:
                pass
            is_wrong = soon.is_set() or backoff.failures
            pause_s = limits.clock_every_s
            if not is_wrong and not self.stream.is_up:
                continue  # who brings it up asks by himself
            soon.clear()
            try:
                await self._sync_clock()
                backoff.reset()
            except Trouble as trouble:
                log.event("venue_asked_in_vain", venue=self.config.name, why=str(trouble))
                pause_s = backoff.next_s()

    async def _every(self, name: str, period_s: float, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` every so often, or when asked to do it soon, while the link is up."""
        soon = self._soon[name]
        while True:
            try:
                async with asyncio.timeout(period_s):
                    await soon.wait()
            except TimeoutError:
                pass
            soon.clear()
            if not self.stream.is_up:
                continue
            try:
                await work()
            except Trouble as trouble:
                log.event("venue_asked_in_vain", venue=self.config.name, why=str(trouble))

    async def _kept(self, run: Callable[[], Awaitable[None]]) -> None:
        """Run one of the lives again when a fault of ours ends it: logged and counted."""
        backoff = self.config.limits.backoff()
        while True:
            await self.tasks.guarded("life", run())
            await asyncio.sleep(backoff.next_s())
