"""What the simulated exchange does wrong, on command: the next order, or every n-th.

The exchange's books stay right; only what the client is told, and when, goes wrong. So the truth
can always be asked for and compared with what the client came to believe.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from decimal import Decimal

from internaliser.venues.simulated_exchange import CANCELED, FILLED, Report, number

DELAY_MS = 500  # how late "late" is unless told otherwise


class Kind(enum.StrEnum):
    """The ways to go wrong with an order."""

    NO_ACK = "no_ack"  # it takes effect, nothing is said of it
    LATE_ACK = "late_ack"  # every report of it comes late
    REJECT = "reject"  # refused out of caprice
    DUPLICATE_REPORT = "duplicate_report"  # every report of it twice
    FILL_BEFORE_ACK = "fill_before_ack"
    LATE_FILL_AFTER_CANCEL = "late_fill_after_cancel"  # fills after it was told canceled
    WRONG_QUANTITY = "wrong_quantity"  # its first fill is told twice as large
    DISCONNECT_BEFORE = "disconnect_before"  # the line drops, the order never took effect
    DISCONNECT_AFTER = "disconnect_after"  # the line drops, the order took effect
    RESET_NUMBERS = "reset_numbers"  # as after, and the exchange forgot its numbers


@dataclass(frozen=True, slots=True)
class Delivery:
    """A report and how long after the order it is sent."""

    report: Report
    delay_ms: int = 0


@dataclass(slots=True)
class Rule:
    kind: Kind
    next: int = 0  # so many orders from now on
    every: int = 0  # every n-th order
    delay_ms: int = DELAY_MS


def rule_of(text: str) -> Rule:
    """A rule from "KIND[:next=N][:every=N][:delay_ms=N]"; without a number the next order."""
    name, *options = text.split(":")
    numbers = {}
    for option in options:
        key, _, value = option.partition("=")
        if key not in ("next", "every", "delay_ms") or not value.isdecimal():
            raise ValueError(f"expected next=N, every=N or delay_ms=N, not {option!r} in {text!r}")
        numbers[key] = int(value)
    return make_rule(name, **numbers)


def make_rule(kind: str, next: int = 0, every: int = 0, delay_ms: int = DELAY_MS) -> Rule:
    known = [one.value for one in Kind]
    if kind not in known:
        raise ValueError(f"unknown misbehaviour {kind!r}; there are {', '.join(known)}")
    if next < 0 or every < 0 or delay_ms < 0:
        raise ValueError("next, every and delay_ms are not negative")
    return Rule(Kind(kind), next if next or every else 1, every, delay_ms)


@dataclass(slots=True)
class Misbehaviour:
    """The rules in force. Counts orders to know whose turn it is."""

    rules: list[Rule] = field(default_factory=list)
    order_count: int = 0
    done: list[str] = field(default_factory=list)  # what was done, in order, for a test to read

    def add(self, rule: Rule) -> None:
        self.rules.append(rule)

    def clear(self) -> None:
        self.rules.clear()

    def next_order(self) -> Rule | None:
        """The rule for the order that just came in, None = behave. "Next" goes before "every"."""
        self.order_count += 1
        chosen = None
        for rule in self.rules:
            if rule.next > 0:
                rule.next -= 1
                chosen = rule
                break
        if chosen is None:
            due = (rule for rule in self.rules if rule.every and self.order_count % rule.every == 0)
            chosen = next(due, None)
        self.rules = [rule for rule in self.rules if rule.next or rule.every]
        if chosen is not None:
            self.done.append(chosen.kind.value)
        return chosen


def deliveries(rule: Rule | None, reports: list[Report]) -> list[Delivery]:
    """How the true reports of one order are told under a rule."""
    if rule is None:
        return [Delivery(report) for report in reports]
    if rule.kind is Kind.NO_ACK:
        return []
    if rule.kind is Kind.LATE_ACK:
        return [Delivery(report, rule.delay_ms) for report in reports]
    if rule.kind is Kind.DUPLICATE_REPORT:
        return [Delivery(report) for report in reports for _ in range(2)]
    if rule.kind is Kind.FILL_BEFORE_ACK:
        return [Delivery(report) for report in fills_first(reports)]
    if rule.kind is Kind.LATE_FILL_AFTER_CANCEL:
        return late_fills(reports, rule.delay_ms)
    if rule.kind is Kind.WRONG_QUANTITY:
        return [Delivery(report) for report in overstated(reports)]
    return [Delivery(report) for report in reports]


def fills_first(reports: list[Report]) -> list[Report]:
    """The acknowledgement goes behind the fills; an end stays the end."""
    news = [report for report in reports if report.kind == "new"]
    trades = [report for report in reports if report.kind == "trade"]
    others = [report for report in reports if report.kind not in ("new", "trade")]
    return trades + news + others


def late_fills(reports: list[Report], delay_ms: int) -> list[Delivery]:
    """The acknowledgement, a cancel that says nothing was done, and much later the fills."""
    trades = [report for report in reports if report.kind == "trade"]
    if not trades:
        return [Delivery(report) for report in reports]
    first = reports[0]
    cancel = first.but({
        17: f"{first.value(17)}C", 150: CANCELED, 39: CANCELED, 151: "0", 14: "0", 6: "0",
    })  # fmt: skip
    told = [Delivery(first), Delivery(cancel)]
    for trade in trades:
        # Dead orders leave nothing open: 39 is Filled or, as it was told, Canceled.
        status = FILLED if trade.value(39) == FILLED else CANCELED
        told.append(Delivery(trade.but({39: status, 151: "0"}), delay_ms))
    return told


def overstated(reports: list[Report]) -> list[Report]:
    """The first fill with twice its LastQty and CumQty."""
    told = []
    is_done = False
    for report in reports:
        if report.kind == "trade" and not is_done:
            is_done = True
            twice = {tag: number(2 * Decimal(report.value(tag))) for tag in (32, 14)}
            told.append(report.but(twice))
        else:
            told.append(report)
    return told
