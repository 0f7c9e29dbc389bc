"""Finding out what became of an order: asked by our id until the venue's answer settles it.

    fates.ask(OrderRef("1-3-512", "BTCUSDT"))

Executions come from the order's own trades, each with its id, price and fee, before the state. "Not
found" is told only once the order's request cannot arrive any more: its timestamp plus recvWindow
plus a margin has passed on the venue's clock; for an order that this process did not sign, the
process's start stands for the timestamp.
"""

import asyncio
from collections import Counter

from internaliser.venues.binance import calls, reports
from internaliser.venues.binance.amounts import ZERO
from internaliser.venues.binance.answers import (
    OrderState,
    OrderStatus,
    Trade,
    Trades,
    read_order,
    read_trades,
)
from internaliser.venues.binance.backoff import Backoff
from internaliser.venues.binance.caller import Caller
from internaliser.venues.binance.clock import NS_PER_MS, NS_PER_S
from internaliser.venues.binance.order_memory import OrderMemory
from internaliser.venues.binance.outcomes import Outcome, judged_query
from internaliser.venues.binance.reply import Reply
from internaliser.venues.binance.tasks import Tasks
from internaliser.venues.contract import OrderRef, OrderReport, ReportKind, VenueSink

RETRY_FIRST_S = 0.25
RETRY_MOST_S = 5.0


class Fates:
    """One question per order at a time; all are dropped when the link goes down."""

    def __init__(
        self, caller: Caller, memory: OrderMemory, tasks: Tasks, sink: VenueSink, started_ns: int
    ) -> None:
        self.caller = caller
        self.memory = memory
        self.tasks = tasks
        self.sink = sink
        self.started_mono_ns = started_ns
        self.counts: Counter[str] = Counter()
        self._asking: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._asking)

    def ask(self, ref: OrderRef) -> bool:
        """Ask until answered; one open question per order is enough. False: no room for it."""
        if ref.cl_ord_id in self._asking:
            return True
        if self.tasks.is_full:
            self.counts["no_room"] += 1
            return False
        task = self.tasks.start("query", self._ask(ref))
        self._asking[ref.cl_ord_id] = task
        task.add_done_callback(lambda _: self._asking.pop(ref.cl_ord_id, None))
        return True

    def drop_all(self) -> None:
        """The link is down: whoever needs to know asks again when it is up."""
        for task in list(self._asking.values()):
            task.cancel()

    def proof_ns(self, ref: OrderRef) -> int:
        """The venue's time after which the request that placed the order cannot arrive."""
        limits = self.caller.config.limits
        known = self.memory.get(ref.cl_ord_id)
        if known is not None and known.signed_ns:
            signed_ns = known.signed_ns
        else:
            signed_ns = self.caller.clock.venue_ns(self.started_mono_ns)
        after_ns = signed_ns + (limits.recv_window_ms + limits.margin_ms) * NS_PER_MS
        return max(after_ns, ref.not_before_ns or 0)

    async def _ask(self, ref: OrderRef) -> None:
        backoff = Backoff(RETRY_FIRST_S, RETRY_MOST_S)
        while (pause_s := await self._ask_once(ref, backoff)) is not None:
            await asyncio.sleep(pause_s)

    async def _ask_once(self, ref: OrderRef, backoff: Backoff) -> float | None:
        """Ask once; None when the fate is told, else how long to wait before asking again."""
        known = self.memory.get(ref.cl_ord_id)
        if known is not None and known.is_ours and not known.signed_ns:
            return backoff.next_s()  # still waiting to be sent: it ends sent or denied
        asked_ns = self.caller.venue_ns()
        answer = await self.caller.ask(calls.order_status(ref.symbol, ref.cl_ord_id))
        outcome = judged_query(answer).outcome
        self.counts[outcome.value] += 1
        if outcome is Outcome.NOT_FOUND:
            return self._not_found(ref, asked_ns, backoff)
        if outcome is Outcome.ARCHIVED:
            report = OrderReport(ref.cl_ord_id, ref.symbol, ReportKind.FINISHED, ZERO, ZERO)
            self.sink.on_report(report)
            return None
        if outcome is not Outcome.ACCEPTED:
            return backoff.next_s()
        assert isinstance(answer, Reply)
        state = read_order(answer.data, ref.cl_ord_id, ref.symbol)
        if not isinstance(state, OrderState):
            self.counts["unreadable"] += 1
            return backoff.next_s()
        is_settled = await self.tell(state, backoff.failures)
        return None if is_settled else backoff.next_s()

    async def tell(self, state: OrderState, attempt: int) -> bool:
        """Tell the executions of `state` and then where it stands; False to be asked again.

        While the venue has not all the trades that make up its executed quantity, the state waits
        for them; after some attempts it is told with the value the venue names for all of them.
        """
        now_ns = self.caller.venue_ns()
        known = self.memory.seen(state.cl_ord_id, state.symbol, state.order_id, now_ns)
        trades: list[Trade] = []
        if state.cum_qty:
            found = await self._trades(state)
            trades = found.trades if found is not None else []
        reports.note_told(known, trades)
        for trade in trades:
            self.sink.on_report(reports.filled(known, trade))
        total = sum((trade.qty for trade in trades), ZERO)
        if total > state.cum_qty:
            return False  # the state is older than its trades
        if total < state.cum_qty and attempt < self.caller.config.limits.trades_attempts:
            return False
        known.is_finished = state.status.is_final
        self.sink.on_report(reports.of_state(state))
        return state.status is not OrderStatus.UNKNOWN

    async def _trades(self, state: OrderState) -> Trades | None:
        answer = await self.caller.ask(calls.trades_of_order(state.symbol, state.order_id))
        if not isinstance(answer, Reply) or not answer.is_ok:
            return None
        found = read_trades(answer.data)
        if not isinstance(found, Trades):
            return None
        # Only those of this order: a venue that answers about another must not fill ours.
        own = {trade.trade_id: trade for trade in found.trades if trade.order_id == state.order_id}
        return Trades(list(own.values()), found.bad)

    def _not_found(self, ref: OrderRef, asked_ns: int, backoff: Backoff) -> float | None:
        known = self.memory.get(ref.cl_ord_id)
        if known is not None and known.was_seen:
            # The venue named it before: it exists, whatever is said now.
            self.counts["denied_existing"] += 1
            return backoff.next_s()
        left_ns = self.proof_ns(ref) - asked_ns
        if left_ns >= 0:
            return max(backoff.next_s(), left_ns / NS_PER_S + 0.001)
        self.sink.on_report(
            reports.refused(ref.cl_ord_id, ref.symbol, ReportKind.NOT_FOUND, None, "")
        )
        return None
