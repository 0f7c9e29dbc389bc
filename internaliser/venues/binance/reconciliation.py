"""Making what is known here agree with the venue again, after every gap of the user stream.

Asked, after the stream is subscribed: the open orders and our trades of each symbol since the last
moment that is sure, then each order they touch, then the balances. Whatever of it is not answered,
or not understood, leaves the link down (`Trouble`) and is asked again.
"""

import asyncio

from internaliser import log
from internaliser.venues.binance import calls
from internaliser.venues.binance.amounts import ZERO
from internaliser.venues.binance.answers import (
    Balances,
    OpenOrders,
    OrderState,
    Trades,
    Unreadable,
    read_balances,
    read_open_orders,
    read_order,
    read_trades,
)
from internaliser.venues.binance.caller import Caller
from internaliser.venues.binance.clock import NS_PER_MS
from internaliser.venues.binance.fates import Fates
from internaliser.venues.binance.order_memory import OrderMemory
from internaliser.venues.binance.reply import Answer, NoReply, NotSent
from internaliser.venues.contract import OrderRef, OrderReport, ReportKind, StatedBalance, VenueSink


class Trouble(Exception):
    """The venue did not give what is needed to go on; says what and why."""


def data_of(answer: Answer, what: str) -> bytes:
    """The answer's content. Raises Trouble when there is none."""
    if isinstance(answer, NoReply | NotSent):
        raise Trouble(f"{what}: {answer.why}")
    if not answer.is_ok:
        raise Trouble(f"{what}: {answer.status} {answer.code} {answer.text}")
    return answer.data


class Reconciliation:
    """`since_ms` is the venue's time up to which nothing was missed."""

    def __init__(self, caller: Caller, memory: OrderMemory, fates: Fates, sink: VenueSink) -> None:
        self.caller = caller
        self.memory = memory
        self.fates = fates
        self.sink = sink
        self.since_ms = 0
        self._stated_ns: dict[str, int] = {}  # by asset

    async def run(self) -> None:
        """Everything, for every symbol. Raises Trouble."""
        limits = self.caller.config.limits
        mark_ms = self.caller.venue_ns() // NS_PER_MS
        if not self.since_ms:
            self.since_ms = mark_ms - limits.first_reconcile_ms
        start_ms = max(0, self.since_ms - limits.reconcile_overlap_ms)
        symbols = [one.symbol for one in self.caller.config.symbols]
        touched = await asyncio.gather(*(self._touched(one, start_ms) for one in symbols))
        states = [state for found in touched for state in found]
        if len(states) > limits.orders_reconciled:
            log.event("venue_reconciled_in_part", venue=self.caller.config.name, orders=len(states))
        for state in states[: limits.orders_reconciled]:
            if state.cum_qty:
                await self._tell(state)
            else:
                self._see_open(state)
        await self.fetch_balances()
        self.since_ms = mark_ms

    async def fetch_balances(self) -> None:
        """Ask for the account and state its balances. Raises Trouble."""
        asked_ns = self.caller.venue_ns()
        read = read_balances(data_of(await self.caller.ask(calls.account()), "account"))
        if isinstance(read, Unreadable):
            raise Trouble(f"account: {read.why}")
        if read.bad:
            self.sink.on_balances_unanswered(f"{read.bad} balances cannot be read")
        self.state_balances(read, asked_ns)

    def state_balances(self, read: Balances, stated_ns: int) -> None:
        """Hand on what is newer than what was stated of the same asset before.

        Assets that hold nothing and never did are left out: the venue lists hundreds.
        """
        fresh: list[StatedBalance] = []
        for balance in read.balances:
            before_ns = self._stated_ns.get(balance.asset)
            is_empty = balance.free == ZERO and balance.locked == ZERO
            if (before_ns is None and is_empty) or stated_ns < (before_ns or 0):
                continue
            self._stated_ns[balance.asset] = stated_ns
            fresh.append(balance)
        if fresh:
            self.sink.on_balances(fresh, stated_ns)

    async def _touched(self, symbol: str, start_ms: int) -> list[OrderState]:
        """The orders of a symbol that are open or traded since `start_ms`."""
        answer = await self.caller.ask(calls.open_orders(symbol))
        read = read_open_orders(data_of(answer, f"open orders of {symbol}"))
        if isinstance(read, Unreadable) or read.bad:
            raise Trouble(f"open orders of {symbol}: cannot be read")
        assert isinstance(read, OpenOrders)
        states = {order.order_id: order for order in read.orders}
        for order_id, trade_ids in sorted((await self._traded(symbol, start_ms)).items()):
            if order_id not in states and not self._is_told(symbol, order_id, trade_ids):
                answer = await self.caller.ask(calls.order_status_by_number(symbol, order_id))
                state = read_order(data_of(answer, f"order {order_id}"), symbol=symbol)
                if isinstance(state, Unreadable):
                    raise Trouble(f"order {order_id}: {state.why}")
                states[order_id] = state
        return list(states.values())

    def _is_told(self, symbol: str, order_id: int, trade_ids: set[int]) -> bool:
        """Was its end told here, and each of these executions? Then there is nothing to ask: after
        a gap the orders of the last seconds are many, and each question costs weight."""
        name = self.memory.id_of(symbol, order_id)
        known = self.memory.get(name) if name is not None else None
        return known is not None and known.is_finished and trade_ids <= known.told

    async def _traded(self, symbol: str, start_ms: int) -> dict[int, set[int]]:
        """The numbers of our orders that traded since `start_ms`, with the ids of these trades."""
        call = calls.trades_since(symbol, start_ms)
        orders: dict[int, set[int]] = {}
        for _ in range(self.caller.config.limits.pages_max):
            read = read_trades(data_of(await self.caller.ask(call), f"trades of {symbol}"))
            if isinstance(read, Unreadable) or read.bad:
                raise Trouble(f"trades of {symbol}: cannot be read")
            assert isinstance(read, Trades)
            for trade in read.trades:
                orders.setdefault(trade.order_id, set()).add(trade.trade_id)
            if len(read.trades) < calls.TRADES_MAX:
                break
            call = calls.trades_from(symbol, max(trade.trade_id for trade in read.trades) + 1)
        return orders

    async def _tell(self, state: OrderState) -> None:
        """Its executions, then where it stands; what is not complete is asked for on its own."""
        if not await self.fates.tell(state, attempt=0):
            self.fates.ask(OrderRef(state.cl_ord_id, state.symbol))

    def _see_open(self, state: OrderState) -> None:
        now_ns = self.caller.venue_ns()
        self.memory.seen(state.cl_ord_id, state.symbol, state.order_id, now_ns)
        self.sink.on_report(
            OrderReport(
                state.cl_ord_id, state.symbol, ReportKind.STATUS, cum_qty=ZERO, cum_quote=ZERO,
                text=state.status.value,
            )
        )  # fmt: skip
