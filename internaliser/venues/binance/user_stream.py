"""The user stream's life: one WebSocket API link that is subscribed, watched, and replaced in time.

`is_up` is the adapter's word for the whole venue. A link that ends, a stream that the venue
terminates, an event that is not understood: down at once, then reconcile, then up. A link that
grows old, or that the venue is about to close, is replaced without a gap: the new one is subscribed
before the old one goes, and what both tell is told once.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from internaliser import log
from internaliser.venues.binance import calls
from internaliser.venues.binance.answers import Unreadable
from internaliser.venues.binance.api_link import ApiLink
from internaliser.venues.binance.caller import Caller
from internaliser.venues.binance.reconciliation import Trouble, data_of
from internaliser.venues.binance.tasks import Tasks
from internaliser.venues.binance.transport import NothingSent
from internaliser.venues.binance.user_events import (
    ServerShutdown,
    Strange,
    StreamTerminated,
    UserEvent,
    read_user_event,
)

STRANGE_NAMES_MAX = 16  # event names we do not know, remembered so that each costs one gap only
DRAIN_STEP_S = 0.05


class UserStream:
    """`prepare` runs before a link, `reconcile` after it subscribed; both may raise Trouble.

    `take` gets every event that is understood; `on_link` hears of up and down.
    """

    def __init__(
        self,
        caller: Caller,
        tasks: Tasks,
        prepare: Callable[[], Awaitable[None]],
        reconcile: Callable[[], Awaitable[None]],
        take: Callable[[UserEvent], None],
        on_link: Callable[[bool, str], None],
    ) -> None:
        self.caller = caller
        self.tasks = tasks
        self.prepare = prepare
        self.reconcile = reconcile
        self.take = take
        self.on_link = on_link
        self.link: ApiLink | None = None
        self.is_up = False
        self.counts: Counter[str] = Counter()
        self._gap_why = ""
        self._renew_why = ""
        self._strange: set[str] = set()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        limits = self.caller.config.limits
        backoff = limits.backoff()
        loop = asyncio.get_running_loop()
        try:
            while True:
                since = loop.time()
                why = await self._live()
                self._set_up(False, why)
                if loop.time() - since >= limits.stable_s:
                    backoff.reset()
                self.counts["reconnected"] += 1
                await asyncio.sleep(backoff.next_s())
        finally:
            self._set_up(False, "closed here")
            if self.link is not None:
                await self.link.close()

    def gap(self, why: str) -> None:
        """Something may have been missed: down now, and up when all was asked for again."""
        self.counts["gaps"] += 1
        self._gap_why = self._gap_why or why
        self._set_up(False, why)
        self._wake.set()

    async def _live(self) -> str:
        """From preparing to the link's end; returns why it ended."""
        try:
            await self.prepare()
            self.link = await self._open()
            await self._keep_up(self.link)
        except (Trouble, NothingSent) as trouble:
            return str(trouble)
        finally:
            if self.link is not None:
                await self.link.close()
        return self.link.ended_why if self.link is not None else ""

    async def _keep_up(self, link: ApiLink) -> None:
        """Reconcile, be up, and again after every gap, until the link has ended."""
        loop = asyncio.get_running_loop()
        limits = self.caller.config.limits
        renew_at = loop.time() + limits.link_age_s_max
        pauses, troubles = limits.backoff(), limits.backoff()
        self._gap_why = "connected"
        while link.is_open:
            if self._gap_why:
                self._gap_why = ""
                try:
                    await self.reconcile()
                except Trouble as trouble:
                    self._gap_why = str(trouble)
                    self._set_up(False, str(trouble))
                    await self._sleep_or_wake(troubles.next_s())
                    continue
                if not self._gap_why and link.is_open:
                    troubles.reset()
                    self._set_up(True, "reconciled")
                continue
            await self._sleep_or_wake(renew_at - loop.time())
            if loop.time() >= renew_at:
                self._renew_why = self._renew_why or "its age"
            if self._renew_why and link.is_open:
                renewed = await self._renewed(link)
                renew_at = loop.time() + (
                    pauses.next_s() if renewed is None else limits.link_age_s_max
                )
                link = renewed or link

    async def _sleep_or_wake(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, wait_s)):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _open(self) -> ApiLink:
        """A link that is subscribed. Raises Trouble or NothingSent."""
        limits = self.caller.config.limits
        socket = await self.caller.transport.connect(
            self.caller.config.api_url, limits.connect_timeout_ms / 1000
        )
        link = ApiLink(socket, lambda data: self._on_event(link, data), self._wake.set)
        self.tasks.start("user stream", link.read())
        try:
            subscribe = calls.subscribe_user_stream_signed()
            if self.caller.signer.can_log_on:
                data_of(await self.caller.ask(calls.session_logon(), link), "session.logon")
                link.is_logged_on = True
                subscribe = calls.subscribe_user_stream()
            data_of(await self.caller.ask(subscribe, link), subscribe.api)
        except BaseException:
            await link.close()
            raise
        return link

    async def _renewed(self, old: ApiLink) -> ApiLink | None:
        """A second link, subscribed while the first still is; None: it could not be had now."""
        why, self._renew_why = self._renew_why, ""
        try:
            link = await self._open()
        except (Trouble, NothingSent) as trouble:
            log.event("venue_link_not_renewed", venue=self.caller.config.name, why=str(trouble))
            self._renew_why = "its age"
            return None
        self.counts["renewed"] += 1
        log.event("venue_link_renewed", venue=self.caller.config.name, why=why)
        self.link = link
        self.tasks.start("old link", self._drain(old))
        return link

    async def _drain(self, link: ApiLink) -> None:
        """Close a replaced link once its answers are in, or cannot be waited for any longer."""
        loop = asyncio.get_running_loop()
        limits = self.caller.config.limits
        latest = loop.time() + limits.answer_timeout_ms / 1000
        await asyncio.sleep(limits.overlap_s)
        while link.is_open and link.open_count and loop.time() < latest:
            await asyncio.sleep(DRAIN_STEP_S)
        await link.close()

    def _on_event(self, link: ApiLink, data: bytes) -> None:
        event = read_user_event(data)
        if isinstance(event, ServerShutdown):
            if link is self.link:
                self._renew_why = "the venue will shut down"
                self._wake.set()
        elif isinstance(event, StreamTerminated):
            self._end(link, "the venue terminated the user stream")
        elif isinstance(event, Unreadable):
            self.gap(f"{event.what}: {event.why[:100]}")
        elif isinstance(event, Strange):
            self._on_strange(event.name)
        else:
            self.take(event)

    def _on_strange(self, name: str) -> None:
        """An unknown event may have been about an order; when it comes again it is a novelty."""
        if name in self._strange:
            self.counts["strange"] += 1
            return
        if len(self._strange) < STRANGE_NAMES_MAX:
            self._strange.add(name)
        self.gap(f"unknown event {name!r}")

    def _end(self, link: ApiLink, why: str) -> None:
        """A subscription is over: its link with it. One that was replaced is not missed."""
        if link is self.link:
            self.gap(why)
        self.tasks.start("end link", link.close())

    def _set_up(self, is_up: bool, why: str) -> None:
        if is_up != self.is_up:
            self.is_up = is_up
            name = "venue_link_up" if is_up else "venue_link_down"
            log.event(name, venue=self.caller.config.name, why=why)
            self.on_link(is_up, why)
