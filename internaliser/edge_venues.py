"""The venues of the edge: their desks and adapters, and the rings between them and the core.

    venues = EdgeVenues(node, submit)
    await venues.serve()            # until cancelled; then adapters stop, links are told down

Requests come from the core by one ring, reports go by the operator's, market views by their own:
views wait and are replaced by newer ones, reports never are.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from internaliser import log
from internaliser.config.sections import FixVenue, Venue
from internaliser.core.core import Core
from internaliser.market.conflation import Conflation
from internaliser.model.fields import record_fields
from internaliser.reactor.inlet import RING_COMMAND
from internaliser.venues.contract import Depth
from internaliser.venues.desk import DeskLimits, VenueDesk
from internaliser.venues.figures import AssetTerms, InstrumentTerms, VenueTerms
from internaliser.venues.outbox import Outbox

if TYPE_CHECKING:
    from internaliser.node import Node

NS_PER_MS = 1_000_000
REQUESTS_PER_TURN_MAX = 256  # taken from the ring before the loop looks at its sockets again
RETRY_S = 0.001  # a ring is full: the core empties it every turn
REFRESHES_PER_STALE = 3  # a view is written again so often before the core would call it stale
REFRESH_LOOKS = 4  # and looked after so often in between
RESTART_S = 1.0  # after a fault of ours in an adapter
CLOSE_S = 2.0  # so long an adapter may take to close
LAST_WORDS_S = 1.0  # so long the core may take to make room for the last reports


class EdgeVenues:
    """`submit` hands one command to the core, False when its ring is full."""

    def __init__(self, node: "Node", submit: Callable[[bytes], bool]) -> None:
        config = node.config
        self.node = node
        self.outbox = Outbox(submit, config.limits.reports_waiting_max)
        ours = [venue for venue in config.venues if not isinstance(venue, FixVenue)]
        self._refresh_ns = min(venue.stale_after_ms for venue in ours) * NS_PER_MS
        self._refresh_ns //= REFRESHES_PER_STALE
        self.conflation = Conflation(self._put_view, refresh_ns=self._refresh_ns)
        self.desks = {desk.terms.source: desk for desk in map(self._desk, ours)}
        self.faults = 0
        self._is_flush_due = False

    async def serve(self) -> None:
        """Run every adapter until cancelled; then stop them, before the core stops."""
        loop = asyncio.get_running_loop()
        for desk in self.desks.values():
            desk.adapter = self.node.makers[desk.terms.name](desk.terms, desk)
            log.event("venue_started", venue=desk.terms.name)
        assert self.node.outlet is not None
        loop.add_reader(self.node.outlet.ring.fileno(), self._take)
        tasks = [asyncio.create_task(self._run(desk)) for desk in self.desks.values()]
        try:
            await self._look_after()
        finally:
            loop.remove_reader(self.node.outlet.ring.fileno())
            await self._stop(tasks)

    # Books, as the desks show them

    def mark(self, source: int, instrument: int, book: Depth) -> None:
        """As Views of the desk."""
        self.conflation.show(source, instrument, book.view(source, instrument, True))
        self._flush_soon()

    def lose(self, source: int, instrument: int) -> None:
        """As Views of the desk."""
        self.conflation.lose(source, instrument)
        self._flush_soon()

    def remark(self, source: int) -> None:
        """As Views of the desk."""
        self.conflation.show_again(source)
        self._flush_soon()

    # Rings

    def _take(self) -> None:
        """Requests of the core to their desks."""
        assert self.node.outlet is not None
        for _, data in self.node.outlet.ring.take(REQUESTS_PER_TURN_MAX):
            fields = record_fields(data)
            desk = self.desks.get(fields["source"])
            if desk is None:
                continue  # a venue that left the file: nobody is there to ask
            try:
                desk.take(fields)
            except Exception as error:  # a fault at one venue must not silence the others
                self._on_fault(desk, error)
        self._flush_soon()

    def _put_view(self, view: bytes) -> bool:
        return self.node.views.put(RING_COMMAND, view)

    def _flush_soon(self) -> None:
        """Once per turn of the loop, after everything of this turn was said."""
        if not self._is_flush_due:
            self._is_flush_due = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._is_flush_due = False
        is_clear = self.outbox.flush()
        self.conflation.flush(time.time_ns())
        if not is_clear or self.conflation.waiting_count:
            self._is_flush_due = True
            asyncio.get_running_loop().call_later(RETRY_S, self._flush)

    # Adapters

    async def _look_after(self) -> None:
        """Quiet books are shown again before they would count as stale."""
        while True:
            await asyncio.sleep(self._refresh_ns / 10**9 / REFRESH_LOOKS)
            self._flush_soon()

    async def _run(self, desk: VenueDesk) -> None:
        while True:
            try:
                await desk.adapter.run()
            except Exception as error:  # a fault of ours: logged, counted, and the market again
                self._on_fault(desk, error)
            desk.on_link(False, "the adapter ended")
            self._flush_soon()
            await asyncio.sleep(RESTART_S)

    def _on_fault(self, desk: VenueDesk, error: Exception) -> None:
        self.faults += 1
        log.event(
            "venue_fault",
            level=logging.ERROR,
            venue=desk.terms.name,
            error=f"{type(error).__name__}: {error}",
        )

    async def _stop(self, tasks: list[asyncio.Task[None]]) -> None:
        """No more orders, no more news: what is under way stays unknown, and is asked about when
        the node is back."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for desk in self.desks.values():
            try:
                async with asyncio.timeout(CLOSE_S):
                    await desk.adapter.close()
            except Exception as error:  # closing is best effort: the process ends anyway
                self._on_fault(desk, error)
            desk.on_link(False, "the node stops")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                while not self.outbox.flush():
                    await asyncio.sleep(RETRY_S)

    # Start

    def _desk(self, venue: Venue) -> VenueDesk:
        assert not isinstance(venue, FixVenue)
        return VenueDesk(
            terms_of(venue, self.node.state.core),
            DeskLimits(place_within_ns=venue.place_within_ms * NS_PER_MS),
            self.outbox,
            self,
            time.time_ns,
            log.event,
        )


def terms_of(venue: Venue, core: Core) -> VenueTerms:
    """What `venue` is in a core that has been configured."""
    (source,) = [row["index"] for row in core.sources() if row["name"] == venue.name]
    assets = {row["name"]: AssetTerms(row["index"], row["decimals"]) for row in core.assets()}
    instruments = tuple(_instruments(venue, core.instruments()))
    return VenueTerms(core.node_id, venue.name, source, instruments, assets)


def _instruments(venue: Venue, rows: list[dict[str, Any]]) -> Iterator[InstrumentTerms]:
    for index, row in enumerate(rows):
        theirs = venue.instruments.get(row["symbol"])
        if theirs is not None:
            tick = Decimal(row["tick_mantissa"]).scaleb(-row["price_decimals"])
            lot = Decimal(row["lot_mantissa"]).scaleb(-row["qty_decimals"])
            yield InstrumentTerms(index, row["symbol"], theirs.symbol or row["symbol"], tick, lot)
