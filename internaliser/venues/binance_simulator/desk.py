"""The simulated Binance behind its doors: accounts, orders, who listens, and what they are told.

Between the exchange, where everything is true, and the transports: here misbehaviour about orders
and user events has its place. No I/O; what comes late is handed to `later`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from internaliser.venues.binance_simulator import telling
from internaliser.venues.binance_simulator.account import Account, Fees
from internaliser.venues.binance_simulator.distortion import distorted
from internaliser.venues.binance_simulator.exchange import Exchange
from internaliser.venues.binance_simulator.keys import Key
from internaliser.venues.binance_simulator.limits import Limits
from internaliser.venues.binance_simulator.market import Market
from internaliser.venues.binance_simulator.misbehaviour import Kind, Misbehaviour, Rule
from internaliser.venues.binance_simulator.order import CANCELED, EXPIRED, NEW, Order, Terms
from internaliser.venues.binance_simulator.refusal import (
    UNKNOWN_ORDER,
    cancel_rejected,
    new_order_rejected,
)
from internaliser.venues.binance_simulator.telling import Told

PIECES = 3  # executions of each level under SEVERAL_EXECUTIONS
FIRST_UID = 354_937_868

Later = Callable[[int, Callable[[], None]], None]
Event = tuple[str, Told, Order | None]  # account, event, the order it is of


class Listener(Protocol):
    """A user stream: one subscription of one connection."""

    account: str

    def hear(self, event: Any, *, is_garbled: bool) -> None: ...

    def end(self) -> None:
        """The subscription is gone, the connection is not."""


@dataclass(slots=True)
class Answered:
    """How the answer to an order differs from the truth."""

    order: Order  # as told
    delay_ms: int = 0
    is_bare: bool = False  # an acknowledgement whatever was asked for


class Desk:
    """Everything both APIs share."""

    def __init__(
        self, markets: list[Market], fees: Fees, keys: list[Key], funding: int, limits: Limits,
        misbehaviour: Misbehaviour, later: Later,
    ) -> None:  # fmt: skip
        self.exchange = Exchange(markets, fees, self._on_event)
        self.keys = {key.api_key: key for key in keys}
        self.limits = limits
        self.misbehaviour = misbehaviour
        self.later = later
        self.listeners: list[Listener] = []
        self.silenced: set[int] = set()
        self.held: list[Event] | None = None
        self.id_count = 0
        for name in sorted({key.account for key in keys}):
            account = Account(name, FIRST_UID + len(self.exchange.accounts))
            for asset in self.exchange.assets():
                account.of(asset).free = funding
            self.exchange.accounts[name] = account

    def account(self, name: str) -> Account:
        return self.exchange.accounts[name]

    def make_id(self) -> str:
        """A client order id for who sent none: 22 characters, as the venue makes them."""
        self.id_count += 1
        return f"simulatorMade{self.id_count:09d}"

    # Orders.

    def place(self, account: str, terms: Terms, now_ms: int) -> Answered:
        """The order is placed, or refused; its events are told as the rule in force wants."""
        rule = self.misbehaviour.order()
        kind = rule.kind if rule else None
        owner = self.account(account)
        if kind is Kind.REJECT:
            self.exchange.check(owner, terms, now_ms)
            raise new_order_rejected("This action is disabled on this account.")
        unasked = {Kind.UNSOLICITED_CANCEL: CANCELED, Kind.UNSOLICITED_EXPIRE: EXPIRED}
        self.held = []
        try:
            order = self.exchange.place(
                owner, terms, now_ms, is_idle=kind in unasked,
                pieces=PIECES if kind is Kind.SEVERAL_EXECUTIONS else 1,
            )  # fmt: skip
            answered = Answered(replace(order, fills=list(order.fills)))
            if kind in unasked:
                self.exchange.end_unasked(order, unasked[kind], now_ms)
        finally:
            events, self.held = self.held, None
        own = [event for _, event, owner_order in events if owner_order is order]
        for event in events:
            if event[2] is not order:
                self._on_event(*event)
        self._tell_own(order, own, rule, answered, now_ms)
        return answered

    def cancel(self, order: Order, cancel_id: str, now_ms: int) -> None:
        if self.misbehaviour.cancel() is not None:
            self.exchange.fill(order, order.leaves_qty, now_ms)
            raise cancel_rejected(UNKNOWN_ORDER)
        self.exchange.cancel(order, cancel_id, now_ms)

    def _tell_own(
        self, order: Order, events: list[Told], rule: Rule | None, answered: Answered, now_ms: int
    ) -> None:
        """The new order's own events, and how its answer lies, under a rule."""
        kind, delay_ms = (rule.kind, rule.delay_ms) if rule else (None, 0)
        blank = replace(order, status=NEW, fills=[], cum_qty=0, cum_quote=0)
        late: list[Told] = []
        if kind is Kind.SILENCE:
            self.silenced.add(order.order_id)
            answered.order, answered.is_bare = blank, True
            return
        if kind is Kind.FILL_BEFORE_ACK:
            events = sorted(events, key=lambda one: not is_trade(one))
            answered.delay_ms = delay_ms
        elif kind is Kind.LATE_FILL and order.fills:
            opening = events.index(next(event for event in events if is_trade(event)))
            events, late = events[:opening], events[opening:]
            answered.order = blank
        elif kind is Kind.FILL_AFTER_CANCEL and order.fills and not order.is_open:
            ended = replace(blank, status=EXPIRED)
            event = telling.report(ended, EXPIRED, self.exchange.execution_count, now_ms)
            late = [one for one in events if is_trade(one)]
            events, answered.order = [events[0], event], ended
        elif kind is Kind.DUPLICATE_FILL:
            events = [e for event in events for e in [event] * (2 if is_trade(event) else 1)]
        elif kind is Kind.NO_TRADE_ID:
            events = [{**event, "t": -1} if is_trade(event) else event for event in events]
        elif kind is Kind.UNKNOWN_REPORT:
            stranger = replace(
                order, order_id=order.order_id + 10**6,
                terms=replace(order.terms, cl_ord_id=f"stranger{order.order_id}"),
            )  # fmt: skip
            number = self.exchange.execution_count
            events = [telling.report(stranger, NEW, number, now_ms), *events]
        for event in events:
            self.tell(order.account, event, now_ms)
        if late:
            self.later(delay_ms, lambda: self._tell_all(order.account, late, now_ms))

    # User events.

    def _on_event(self, account: str, event: Told, order: Order | None) -> None:
        """From the exchange. Held back while an order is being placed, so that it can be told."""
        if self.held is not None:
            self.held.append((account, event, order))
        elif order is None or order.order_id not in self.silenced:
            self.tell(account, event, int(event["E"]))

    def _tell_all(self, account: str, events: list[Told], now_ms: int) -> None:
        for event in events:
            self.tell(account, event, now_ms)

    def tell(self, account: str, event: Told, now_ms: int) -> None:
        """To every user stream of the account."""
        if self.misbehaviour.state(Kind.USER_SILENT, now_ms) is not None:
            return
        rule = self.misbehaviour.event() if event["e"] == "executionReport" else None
        wording = distorted(rule.kind, event) if rule else event
        is_garbled = rule is not None and rule.kind is Kind.GARBAGE
        for listener in [one for one in self.listeners if one.account == account]:
            listener.hear(wording, is_garbled=is_garbled)

    def end_streams(self, now_ms: int) -> None:
        """eventStreamTerminated for everybody."""
        for listener in list(self.listeners):
            listener.hear(telling.terminated(now_ms), is_garbled=False)
            listener.end()
        self.listeners.clear()


def is_trade(event: Told) -> bool:
    return event.get("x") == "TRADE"
