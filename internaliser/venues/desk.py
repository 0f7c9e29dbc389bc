"""One market of the edge as the core knows it: requests in, reports out, ints to Decimals and back.

    desk = VenueDesk(terms, DeskLimits(place_within_ns=..), outbox, views, time.time_ns, log.event)
    desk.adapter = adapter(desk)        # the adapter tells the desk, the desk asks the adapter
    desk.take(record_fields(record))    # each record of the requests ring about this source

The desk keeps no orders: the id of a child is in its ClOrdID at the market. What it keeps is how
the link stands, here and in the core. A report that found no room is made good by taking the link
down and up again: the core then asks about every child that is open.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from internaliser.gateway.ids import id_text
from internaliser.model.enums import RejectReason
from internaliser.model.records import source_state, venue_balance
from internaliser.venues.child_report import report_command
from internaliser.venues.contract import (
    Depth,
    InstrumentRules,
    OrderRef,
    OrderReport,
    PlaceOrder,
    ReasonClass,
    ReportKind,
    StatedBalance,
    VenueAdapter,
)
from internaliser.venues.figures import VenueTerms
from internaliser.venues.listings import listing_command
from internaliser.venues.outbox import Outbox

WHY_MAX = 120  # bytes of a reason that the journal keeps

Fields = dict[str, Any]


class Views(Protocol):
    """Takes books that changed and brings their newest levels to the core."""

    def mark(self, source: int, instrument: int, book: Depth) -> None:
        """This book changed; it is read later, at the latest when there is room."""

    def lose(self, source: int, instrument: int) -> None:
        """This book is not to be trusted: the core must not plan with it."""

    def remark(self, source: int) -> None:
        """The core has forgotten the books of this source: bring the newest again."""


@dataclass(frozen=True, slots=True)
class DeskLimits:
    """How long an order may wait for its signature, from the step that decided it."""

    place_within_ns: int


class VenueDesk:
    """Implements VenueSink for one source; `adapter` is set before anything is taken."""

    adapter: VenueAdapter

    def __init__(
        self,
        terms: VenueTerms,
        limits: DeskLimits,
        outbox: Outbox,
        views: Views,
        now_ns: Callable[[], int],
        log: Callable[..., None],
    ) -> None:
        self.terms = terms
        self.limits = limits
        self.is_up = False  # says the adapter
        self.lost_reports = 0
        self._outbox = outbox
        self._views = views
        self._now_ns = now_ns
        self._log = log
        self._core_is_up = False  # says the core's last word that arrived here
        self._untold = 0  # link states on their way to the core
        self._is_losing = False  # reports found no room: the link must go down and up
        self._listed: dict[str, bytes] = {}

    # Requests of the core

    def take(self, fields: Fields) -> None:
        """One record of the requests ring, as fields."""
        if fields["kind"] == "state_event":
            self._on_state(fields["action"])
            return
        instrument = self.terms.of_index(fields["instrument"])
        assert instrument is not None, f"nothing of instrument {fields['instrument']} is here"
        cl_ord_id = id_text(self.terms.node_id, fields["child_id"])
        if fields["event"] == "query":
            self.adapter.query(OrderRef(cl_ord_id, instrument.venue_symbol))
        elif fields["event"] == "cancel":
            self.adapter.cancel(OrderRef(cl_ord_id, instrument.venue_symbol))
        else:
            order = PlaceOrder(
                cl_ord_id,
                instrument.venue_symbol,
                "BUY" if fields["side"] == "buy" else "SELL",
                instrument.qty(fields["qty"]),
                instrument.price(fields["price"]),
                "IOC",
                fields["time_ns"] + self.limits.place_within_ns,
            )
            self._place(order)

    def _place(self, order: PlaceOrder) -> None:
        reason = None
        if not self.is_up:
            reason = ReasonClass.LINK_DOWN
        elif self._now_ns() > order.deadline_ns:
            reason = ReasonClass.TOO_LATE
        if reason is None:
            self.adapter.place(order)
        else:
            denied = OrderReport(order.cl_ord_id, order.symbol, ReportKind.DENIED, reason=reason)
            self.on_report(denied)

    def _on_state(self, action: str) -> None:
        """The core's word on our link: ours come back, and it may have shut us by itself."""
        self._untold = max(0, self._untold - 1)
        self._core_is_up = action != "down"
        if self._core_is_up:
            self._views.remark(self.terms.source)
        elif self.is_up and self._untold == 0:
            # All that was asked before has been taken from the ring: there is room again.
            self._log("venue_shut", venue=self.terms.name, level=logging.WARNING)
            self._tell_link("requests have been taken")

    # What the market tells

    def on_link(self, is_up: bool, why: str) -> None:
        """As VenueSink; the core hears of every change."""
        if is_up == self.is_up:
            return
        self.is_up = is_up
        self._log(
            "venue_up" if is_up else "venue_down",
            venue=self.terms.name,
            why=why,
            level=logging.INFO if is_up else logging.WARNING,
        )
        self._tell_link(why)

    def on_rules(self, rules: Sequence[InstrumentRules]) -> None:
        """As VenueSink; the core gets each listing that changed."""
        found = {rule.symbol: rule for rule in rules}
        for instrument in self.terms.instruments:
            command, fault = listing_command(
                self.terms.source, instrument, found.get(instrument.venue_symbol)
            )
            if fault:
                self._log(
                    "venue_listing_unusable",
                    venue=self.terms.name,
                    symbol=instrument.symbol,
                    why=fault,
                    level=logging.ERROR,
                )
            if self._listed.get(instrument.symbol) != command and self._put(command):
                self._listed[instrument.symbol] = command

    def on_report(self, report: OrderReport) -> None:
        """As VenueSink; a report about nothing of this node is passed over."""
        found = report_command(self.terms, report)
        if found is None:
            self._log(
                "venue_report_foreign",
                venue=self.terms.name,
                cl_ord_id=report.cl_ord_id,
                level=logging.DEBUG,
            )
            return
        command, fault = found
        if fault is not RejectReason.REASON_NONE:
            self._log_report("venue_report_uncountable", report, fault.name, logging.ERROR)
        elif report.reason is not None:
            self._log_report("venue_refused", report, report.reason.value, logging.WARNING)
        if self._is_losing or not self._put(command):
            self.lost_reports += 1

    def on_book(self, symbol: str, book: Depth) -> None:
        """As VenueSink."""
        instrument = self.terms.of_symbol(symbol)
        if instrument is not None:
            self._views.mark(self.terms.source, instrument.index, book)

    def on_book_lost(self, symbol: str, why: str) -> None:
        """As VenueSink."""
        instrument = self.terms.of_symbol(symbol)
        if instrument is not None:
            self._log("venue_book_lost", venue=self.terms.name, symbol=symbol, why=why)
            self._views.lose(self.terms.source, instrument.index)

    def on_balances(self, balances: Sequence[StatedBalance], stated_ns: int) -> None:
        """As VenueSink; assets that are not configured are passed over."""
        for balance in balances:
            asset = self.terms.assets.get(balance.asset)
            if asset is None:
                continue
            free, locked = asset.units(balance.free), asset.units(balance.locked)
            if free is None or locked is None or free < 0 or locked < 0:
                why = f"{balance.asset}: {balance.free} + {balance.locked} is not countable"
                self.on_balances_unanswered(why)
                continue
            self._put(
                venue_balance(
                    source=self.terms.source,
                    asset=asset.index,
                    free=free,
                    locked=locked,
                    stated_ns=stated_ns,
                )
            )

    def on_balances_unanswered(self, why: str) -> None:
        """As VenueSink; what was stated before stays, with its age."""
        self._log(
            "venue_balances_unanswered", venue=self.terms.name, why=why, level=logging.WARNING
        )
        note = _short(why)
        self._put(venue_balance(source=self.terms.source, asset=None, note=note))

    # To the core

    def _tell_link(self, why: str) -> None:
        action = "up" if self.is_up else "down"
        command = source_state(source=self.terms.source, action=action, note=_short(why))
        if not self._is_losing and self._put(command):
            self._untold += 1

    def _put(self, command: bytes) -> bool:
        if self._outbox.put(command):
            return True
        self._lose()
        return False

    def _lose(self) -> None:
        """No room: what follows is made good by asking about everything once there is room."""
        if not self._is_losing:
            self._is_losing = True
            self._log("venue_reports_lost", venue=self.terms.name, level=logging.ERROR)
        self._outbox.when_room(self._make_good)

    def _make_good(self) -> None:
        command = source_state(
            source=self.terms.source, action="down", note="reports found no room"
        )
        if not self._outbox.put(command):
            self._outbox.when_room(self._make_good)
            return
        self._is_losing = False
        self._untold += 1
        self._listed.clear()
        if self.is_up:
            self._tell_link("reports find room again")

    def _log_report(self, event: str, report: OrderReport, why: str, level: int) -> None:
        self._log(
            event,
            venue=self.terms.name,
            cl_ord_id=report.cl_ord_id,
            symbol=report.symbol,
            kind=report.kind.value,
            why=why,
            text=report.text,
            level=level,
        )


def _short(why: str) -> str:
    return why.encode("latin-1", "replace").decode("latin-1")[:WHY_MAX]
