"""The orders: placed once, cancelled, followed on the user stream.

Each outcome is told as far as it is proved. What is not proved is not told; fates.py finds it out.
"""

from collections import Counter
from collections.abc import Awaitable, Callable

from internaliser.venues.binance import calls, reports
from internaliser.venues.binance.answers import OrderState, Unreadable, read_order
from internaliser.venues.binance.caller import NO_TERMS, Terms
from internaliser.venues.binance.fates import Fates
from internaliser.venues.binance.fitting import Denied
from internaliser.venues.binance.order_memory import Known, OrderMemory
from internaliser.venues.binance.outcomes import Outcome, judged, judged_query
from internaliser.venues.binance.reply import Answer, NoReply, NotSent, Reply
from internaliser.venues.binance.user_events import ExecutionKind, ExecutionReport
from internaliser.venues.contract import (
    OrderRef,
    OrderReport,
    PlaceOrder,
    ReasonClass,
    ReportKind,
    VenueSink,
)

Ask = Callable[[calls.Call, Terms], Awaitable[Answer]]
Fit = Callable[[PlaceOrder], PlaceOrder | Denied]
ENDED = frozenset({ExecutionKind.CANCELED, ExecutionKind.EXPIRED, ExecutionKind.TRADE_PREVENTION})


class Orders:
    """`ask` sends by the way orders go, `fit` makes an order fit its symbol's rules."""

    def __init__(
        self, ask: Ask, fit: Fit, memory: OrderMemory, fates: Fates, sink: VenueSink
    ) -> None:
        self.ask = ask
        self.fit = fit
        self.memory = memory
        self.fates = fates
        self.sink = sink
        self.counts: Counter[str] = Counter()  # by outcome

    async def place(self, order: PlaceOrder, now_ns: int) -> ReasonClass | None:
        """Send `order` once and tell what is proved. Returns why it was refused, if it was."""
        if self.memory.get(order.cl_ord_id) is not None:
            return self._refuse(order, ReportKind.DENIED, ReasonClass.DUPLICATE_ID, "sent before")
        fit = self.fit(order)
        if isinstance(fit, Denied):
            return self._refuse(order, ReportKind.DENIED, fit.reason, fit.text)
        known = self.memory.add(order.cl_ord_id, order.symbol, now_ns)
        if known is None:
            reason = ReasonClass.TOO_MANY_ORDERS
            return self._refuse(order, ReportKind.DENIED, reason, "too many orders under way")

        def on_signed(signed_ns: int) -> None:
            known.signed_ns = signed_ns

        answer = await self.ask(calls.place(fit), Terms(order.deadline_ns, on_signed))
        return self._placed(order, known, answer)

    async def cancel(self, ref: OrderRef) -> None:
        """Ask the venue to end an order; what became of it is told as far as it is known."""
        answer = await self.ask(calls.cancel(ref.symbol, ref.cl_ord_id), NO_TERMS)
        if isinstance(answer, Reply) and judged_query(answer).outcome is Outcome.ACCEPTED:
            state = read_order(answer.data, ref.cl_ord_id, ref.symbol)
            if isinstance(state, OrderState) and state.status.is_final and not state.cum_qty:
                self._finish(self._see(state), reports.of_state(state))
                return
        # Gone, filled meanwhile, not answered, or not understood: the order itself says.
        self.fates.ask(ref)

    def on_execution(self, event: ExecutionReport, now_ns: int) -> None:
        """One event of the user stream. Twice, late or early makes no difference."""
        before = self.memory.get(event.cl_ord_id)
        was_seen = before is not None and before.was_seen
        known = self.memory.seen(event.cl_ord_id, event.symbol, event.order_id, now_ns)
        if event.kind is ExecutionKind.REJECTED:
            self._tell(known, ReportKind.REJECTED, ReasonClass.MALFORMED, event.reject_text)
            return
        if event.kind is ExecutionKind.NEW and not was_seen:
            self._tell(known, ReportKind.ACCEPTED)
        if event.trade is not None:
            for report in reports.new_trades(known, (event.trade,)):
                self.sink.on_report(report)
        is_over = event.status.is_final or event.kind in ENDED
        if known.told_qty < event.cum_qty or (is_over and known.told_qty > event.cum_qty):
            # An execution before this one was not told to us, or is still on its way.
            self.counts["incomplete"] += 1
            self.fates.ask(OrderRef(event.cl_ord_id, event.symbol))
        elif is_over:
            self._finish(
                known,
                OrderReport(
                    known.cl_ord_id, known.symbol, ReportKind.FINISHED, cum_qty=event.cum_qty,
                    cum_quote=event.cum_quote, text=event.status.value,
                ),
            )  # fmt: skip

    def _placed(self, order: PlaceOrder, known: Known, answer: Answer) -> ReasonClass | None:
        """What the answer to a placement proves."""
        verdict = judged(answer)
        if verdict.outcome is Outcome.ACCEPTED:
            assert isinstance(answer, Reply)
            state = read_order(answer.data, order.cl_ord_id, order.symbol)
            if isinstance(state, Unreadable) or state.qty > order.qty:
                self.counts["unreadable"] += 1
                return ReasonClass.UNKNOWN_OUTCOME
            self._accept(known, state)
            return None
        text = answer.why if isinstance(answer, NoReply | NotSent) else answer.text
        if verdict.outcome is Outcome.DENIED:
            self.memory.forget(order.cl_ord_id)
            return self._refuse(order, ReportKind.DENIED, verdict.reason, text)
        if verdict.outcome is Outcome.REJECTED and not known.was_seen:
            return self._refuse(order, ReportKind.REJECTED, verdict.reason, text)
        # Unknown; or refused although the user stream has named it: then nothing is proved.
        self.counts["unknown"] += 1
        return verdict.reason

    def _accept(self, known: Known, state: OrderState) -> None:
        was_seen = known.was_seen
        self._see(state)
        self.counts["accepted"] += 1
        if not was_seen:
            self.sink.on_report(reports.accepted(state))
        for report in reports.new_trades(known, state.trades):
            self.sink.on_report(report)
        if state.bad or known.told_qty < state.cum_qty:
            self.fates.ask(OrderRef(known.cl_ord_id, known.symbol))
        elif state.status.is_final:
            self._finish(known, reports.of_state(state))

    def _finish(self, known: Known, report: OrderReport) -> None:
        if not known.is_finished:
            known.is_finished = True
            self.sink.on_report(report)

    def _see(self, state: OrderState) -> Known:
        now_ns = self.fates.caller.venue_ns()
        return self.memory.seen(state.cl_ord_id, state.symbol, state.order_id, now_ns)

    def _refuse(
        self, order: PlaceOrder, kind: ReportKind, reason: ReasonClass | None, text: str
    ) -> ReasonClass | None:
        self.counts[kind.value] += 1
        self.sink.on_report(reports.refused(order.cl_ord_id, order.symbol, kind, reason, text))
        return reason

    def _tell(
        self, known: Known, kind: ReportKind, reason: ReasonClass | None = None, text: str = ""
    ) -> None:
        self.sink.on_report(reports.refused(known.cl_ord_id, known.symbol, kind, reason, text))
