"""What the simulated Binance does wrong, on command: the next one, every n-th, or for a time.

The venue's own books stay right; only what the client is told, and when, goes wrong. So the truth
can be read at /simulator while the client gropes. Each kind has the occasion at which it strikes:
a request by its WebSocket API name (REST's POST order is order.place too), an order that was
accepted, a depth event, a user event, or now.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field

DELAY_MS = 100  # how late "late" is unless told otherwise
WAIT_MS = 1_000  # Retry-After of a 429 or 418 on command
ALWAYS = 1 << 62

ANY, PLACING, EVENT, DEPTH, CANCELING = "any", "order.place", "event", "depth", "order.cancel"


class Kind(enum.StrEnum):
    """The ways to go wrong. BEFORE: nothing took effect. AFTER: it did."""

    # A request, on=order.place unless told otherwise.
    TIMEOUT_BEFORE = "timeout_before"  # -1007 with HTTP 504
    TIMEOUT_AFTER = "timeout_after"
    UNEXPECTED_BEFORE = "unexpected_before"  # -1006 with HTTP 500
    UNEXPECTED_AFTER = "unexpected_after"
    ERROR_BEFORE = "error_before"  # HTTP 502 with a page instead of JSON
    ERROR_AFTER = "error_after"
    DROP_BEFORE = "drop_before"  # the connection drops
    DROP_AFTER = "drop_after"
    NO_ANSWER = "no_answer"  # it took effect; user events come, no answer ever does
    LATE_ANSWER = "late_answer"
    BUSY = "busy"  # -1008 with HTTP 503, it was not looked at
    RATE_LIMITED = "rate_limited"  # 429 with Retry-After
    BANNED = "banned"  # 418 with Retry-After, and for everything until then
    CLOCK_SKEW = "clock_skew"  # -1021
    GARBAGE = "garbage"  # half of the JSON; it took effect
    UNKNOWN_ENUM = "unknown_enum"  # in one element of a list, or in the object
    EXTRA_FIELDS = "extra_fields"
    MANY_DECIMALS = "many_decimals"  # amounts with ten more zeros
    # An order.
    REJECT = "reject"  # refused out of caprice
    SILENCE = "silence"  # acknowledged, then not one event of it
    FILL_BEFORE_ACK = "fill_before_ack"  # TRADE, then NEW, then the answer
    LATE_FILL = "late_fill"  # the answer knows of no fill, TRADE comes late
    FILL_AFTER_CANCEL = "fill_after_cancel"  # told ended without a fill, TRADE comes late
    DUPLICATE_FILL = "duplicate_fill"  # every TRADE twice
    SEVERAL_EXECUTIONS = "several_executions"  # three of each level
    NO_TRADE_ID = "no_trade_id"  # TRADE with t = -1
    UNKNOWN_REPORT = "unknown_report"  # and an event of an order that nobody placed
    UNSOLICITED_CANCEL = "unsolicited_cancel"  # accepted, then canceled unasked
    UNSOLICITED_EXPIRE = "unsolicited_expire"
    # A cancel.
    FILL_ON_CANCEL = "fill_on_cancel"  # somebody takes it all before the cancel arrives
    # A depth event, on=SYMBOL or all.
    DEPTH_GAP = "depth_gap"  # it is never sent
    CROSSED = "crossed"  # with a bid above the best offer; the next one takes it back
    OFF_TICK = "off_tick"  # a price between the ticks
    GARBAGE_DEPTH = "garbage_depth"
    # States: for ms, or until told to behave.
    STALE = "stale"  # the market goes on and nothing of it is told
    USER_SILENT = "user_silent"  # user events are lost, and never replayed
    MAINTENANCE = "maintenance"  # 503 and closed sockets
    CLOCK_OFFSET = "clock_offset"  # the venue's clock is delay_ms ahead
    # Now, once.
    USER_TERMINATED = "user_terminated"  # eventStreamTerminated, the subscription is gone
    DISCONNECT = "disconnect"  # every WebSocket is closed, as after 24 hours
    SERVER_SHUTDOWN = "server_shutdown"  # serverShutdown, delay_ms later the same
    RESTART = "restart"  # every connection drops without a word


REQUESTS = list(Kind)[: list(Kind).index(Kind.REJECT)]
ORDERS = list(Kind)[list(Kind).index(Kind.REJECT) : list(Kind).index(Kind.FILL_ON_CANCEL)]
DEPTHS = [Kind.DEPTH_GAP, Kind.CROSSED, Kind.OFF_TICK, Kind.GARBAGE_DEPTH]
STATES = [Kind.STALE, Kind.USER_SILENT, Kind.MAINTENANCE, Kind.CLOCK_OFFSET]
ACTS = [Kind.USER_TERMINATED, Kind.DISCONNECT, Kind.SERVER_SHUTDOWN, Kind.RESTART]


@dataclass(slots=True)
class Rule:
    """One misbehaviour in force. `on`: the occasion; `ms`: how long a state lasts, 0 = on."""

    kind: Kind
    next: int = 0
    every: int = 0
    delay_ms: int = DELAY_MS
    on: str = ""
    ms: int = 0
    seen: int = 0  # occasions so far, for every
    until_ms: int = ALWAYS

    def is_due(self) -> bool:
        self.seen += 1
        if self.next:
            self.next -= 1
            return True
        return bool(self.every) and self.seen % self.every == 0


def rule_of(text: str) -> Rule:
    """From "KIND[:next=N][:every=N][:delay_ms=N][:on=NAME][:ms=N]"; no number: the next one."""
    name, *options = text.split(":")
    found: dict[str, str] = {}
    for option in options:
        key, is_said, value = option.partition("=")
        if not is_said:
            raise ValueError(f"expected KEY=VALUE, not {option!r} in {text!r}")
        found[key] = value
    return make_rule(name, found)


def make_rule(name: str, options: dict[str, str]) -> Rule:
    known = [one.value for one in Kind]
    if name not in known:
        raise ValueError(f"unknown misbehaviour {name!r}; there are {', '.join(known)}")
    numbers: dict[str, int] = {}
    for key, value in options.items():
        if key not in ("next", "every", "delay_ms", "ms", "on"):
            raise ValueError(f"expected next, every, delay_ms, ms or on, not {key!r}")
        if key != "on":
            if not str(value).isdecimal():
                raise ValueError(f"{key} is a whole number, not {value!r}")
            numbers[key] = int(value)
    rule = Rule(Kind(name), on=str(options.get("on", "")), **numbers)
    if not rule.next and not rule.every:
        rule.next = 1
    return rule


@dataclass(slots=True)
class Misbehaviour:
    """The rules in force, by occasion."""

    rules: list[Rule] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)  # how often each struck, for a test to read
    placed: int = 0  # orders that came in

    def add(self, rule: Rule, now_ms: int) -> None:
        if rule.kind in STATES:
            self.count(rule)
        if rule.kind in STATES and rule.ms:
            # A clock that is ahead does not end its own time sooner.
            ahead_ms = rule.delay_ms if rule.kind is Kind.CLOCK_OFFSET else 0
            rule.until_ms = now_ms + rule.ms + ahead_ms
        self.rules.append(rule)

    def clear(self) -> None:
        self.rules.clear()

    def request(self, name: str) -> Rule | None:
        """The rule for a request that just came in, None = behave."""
        return self._take(REQUESTS, lambda rule: (rule.on or PLACING) in (name, ANY))

    def order(self) -> Rule | None:
        """The rule for an order that just came in."""
        self.placed += 1
        return self._take(ORDERS, lambda rule: True)

    def cancel(self) -> Rule | None:
        return self._take([Kind.FILL_ON_CANCEL], lambda rule: True)

    def depth(self, symbol: str) -> Rule | None:
        return self._take(DEPTHS, lambda rule: rule.on in ("", DEPTH, symbol))

    def event(self) -> Rule | None:
        """The rule for a user event; only the kinds of a request that change its form."""
        return self._take(REQUESTS, lambda rule: rule.on == EVENT)

    def state(self, kind: Kind, now_ms: int) -> Rule | None:
        """The rule that says a state is on, None = it is not."""
        self.rules = [rule for rule in self.rules if now_ms < rule.until_ms]
        return next((rule for rule in self.rules if rule.kind is kind), None)

    def _take(self, kinds: list[Kind], is_meant: Callable[[Rule], bool]) -> Rule | None:
        chosen = None
        for rule in self.rules:
            if rule.kind in kinds and is_meant(rule) and rule.is_due():
                chosen = rule
                break
        self.rules = [rule for rule in self.rules if rule.next or rule.every]
        if chosen is not None:
            self.count(chosen)
        return chosen

    def count(self, rule: Rule) -> None:
        self.done[rule.kind.value] = self.done.get(rule.kind.value, 0) + 1
