"""Random streams of commands, and what must hold of the events whatever the stream was.

A stream is a list of small tuples drawn by Hypothesis; `Driver` turns them into commands against
what exists at that moment (the n-th order, the n-th child), so that shrinking keeps them
meaningful.
"""

from __future__ import annotations

import os
from collections import defaultdict
from fractions import Fraction
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from internaliser.model import records
from internaliser.model.commands import admin_command
from internaliser.model.records import Record

from .market import NS, Market
from .scenario import SEQ_BITS

DEEP = bool(os.environ.get("INTERNALISER_DEEP"))
RATE_ONE = 10**8
CLIENTS = (
    {"maker_fee": 0, "taker_fee": 0, "routed_fee": 0},
    {"maker_fee": -1_000_000, "taker_fee": 2_000_000, "routed_fee": 500_000},
    {"maker_fee": 500_000, "taker_fee": 1_000_000, "self_match": 2, "never_worse_gross": 1},
    {"has_unlimited_credit": 0, "taker_fee": 1_500_000, "self_match": 1},
)
SOURCES = (
    {"taker_fee": 1_000_000, "child_rounds_max": 60_000, "stale_after_ns": 5 * NS},
    {"taker_fee": -500_000, "credit_adj": 2_000_000, "child_rounds_max": 60_000},
)

prices = st.integers(95, 105)
qtys = st.integers(1, 9)
picks = st.integers(0, 30)
levels = st.lists(st.tuples(st.integers(0, 6), qtys), max_size=3)
entry = st.one_of(
    st.tuples(
        st.just("new"), st.integers(0, 3), st.sampled_from(("buy", "sell")), prices, qtys,
        st.sampled_from(("day", "gtc", "day", "ioc", "fok", "market")),
        st.sampled_from((0, 0, 1, 2)),
    ),
    st.tuples(st.just("cancel"), picks),
    st.tuples(
        st.just("replace"), picks, prices, qtys, st.sampled_from((None, None, "day", "gtc"))
    ),
)  # fmt: skip
many = st.one_of(
    st.tuples(st.just("mass"), st.integers(0, 3), st.sampled_from(("buy", "sell", None))),
    st.tuples(
        st.just("presence"), st.integers(0, 4), st.booleans(),
        st.sampled_from(("session", "account", "none")),
    ),
    st.tuples(st.just("timer")),
)  # fmt: skip
local_stream = st.lists(
    st.one_of(
        *[entry] * 12,
        *[many] * 4,
        st.tuples(st.just("day")),
        st.tuples(st.just("sweep")),
        st.tuples(st.just("go_on"), picks),
    ),
    max_size=120 if DEEP else 60,
)
outside = st.one_of(
    st.tuples(st.just("view"), st.integers(0, 1), levels, levels),
    st.tuples(st.just("view"), st.integers(0, 1), levels, levels),
    st.tuples(
        st.just("report"),
        picks,
        st.sampled_from(("fill", "fill", "part", "over", "expired", "rejected", "working", "gone")),
    ),
    st.tuples(st.just("clock"), st.integers(0, 8)),
    st.tuples(st.just("timer")),
    st.tuples(st.just("link"), st.integers(0, 1), st.sampled_from(("up", "down"))),
)
full_stream = st.lists(
    st.one_of(
        *[entry, outside] * 10, *[many] * 2, st.tuples(st.just("day")), st.tuples(st.just("epoch"))
    ),
    max_size=160 if DEEP else 70,
)
quick = settings(max_examples=3000 if DEEP else 60, deadline=None)


class Driver:
    """Plays a stream on a market and keeps its own books of what the events said."""

    def __init__(self, closed_orders_max: int = 30) -> None:
        self.market = Market(orders_max=200, closed_orders_max=closed_orders_max, expiry_chunk=4)
        for number, terms in enumerate(CLIENTS):
            self.market.client(f"C{number}", **terms)
        for client in ("C0", "C1", "C2", "C3", "C0"):
            self.market.session(client)
        self.market.fund("C3", "USD", 5_000)
        self.market.fund("C3", "BTC", 40)
        for number, terms in enumerate(SOURCES):
            self.market.source(f"S{number}", **terms)
        self.names: list[tuple[int, str]] = []
        self.count = 0
        self.unfinished: list[tuple[str, int]] = []  # sweeps, by the id of their first step
        self.seen: set[tuple[int, int]] = set()
        self.executed: dict[int, int] = defaultdict(int)
        self.terms: dict[int, Record] = {}
        self.children: dict[int, dict[str, Any]] = {}
        self.fills_told: dict[int, int] = defaultdict(int)

    # --- inputs -----------------------------------------------------------------------------------

    def play(self, stream: list[tuple[Any, ...]]) -> None:
        for step in stream:
            command = getattr(self, step[0])(*step[1:])
            if command is not None:
                stamped = bytearray(command)
                stamped[16:24] = self.market.now_ns.to_bytes(8, "little")
                events = self.market.apply(bytes(stamped))
                self.note_rest(step, events)
                self.look_at(events)

    def note_rest(self, step: tuple[Any, ...], events: list[Record]) -> None:
        """What a step left over may be done by `go_on`, at any later time."""
        if step[0] in ("day", "sweep") and events[-1].more:
            core = self.market.core
            self.unfinished.append((step[0], core.epoch << SEQ_BITS | core.seq))

    def go_on(self, pick: int) -> bytes | None:
        if not self.unfinished:
            return None
        what, first = self.unfinished[pick % len(self.unfinished)]
        if what == "day":
            return records.timer(action="day_end", child_id=first)
        return admin_command("cancel_all", target_id=first)

    def name(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def named(self, pick: int) -> tuple[int, str]:
        return self.names[-1 - pick % len(self.names)]

    def new(self, client: int, side: str, price: int, qty: int, tif: str, flags: int) -> bytes:
        name = self.name()
        self.names.append((client, name))
        is_market = tif == "market"
        return records.new_order(
            client=client, instrument=0, side=side, qty=qty, price=0 if is_market else price,
            ord_type="market" if is_market else "limit", tif="day" if is_market else tif,
            flags=flags, cl_ord_id=name, session=self.session_of(client, qty),
        )  # fmt: skip

    def session_of(self, client: int, qty: int) -> int:
        """C0 has two sessions and uses both."""
        return 4 if client == 0 and qty % 2 else client

    def cancel(self, pick: int) -> bytes | None:
        if not self.names:
            return None
        client, orig = self.named(pick)
        return records.cancel_order(client=client, cl_ord_id=self.name(), orig_cl_ord_id=orig)

    def replace(self, pick: int, price: int, qty: int, tif: str | None) -> bytes | None:
        if not self.names:
            return None
        client, orig = self.named(pick)
        name = self.name()
        self.names.append((client, name))
        return records.replace_order(
            client=client, cl_ord_id=name, orig_cl_ord_id=orig, qty=qty, price=price,
            session=client, tif=tif,
        )  # fmt: skip

    def mass(self, client: int, side: str | None) -> bytes:
        return records.mass_cancel(client=client, cl_ord_id=self.name(), side=side, session=client)

    def presence(self, session: int, is_up: bool, cancels: str) -> bytes:
        action = "up" if is_up else "down"
        return records.link(action=action, session=session, cancels=cancels)

    def day(self) -> bytes:
        return records.timer(action="day_end")

    def sweep(self) -> bytes:
        return admin_command("cancel_all")

    def epoch(self) -> bytes:
        return records.epoch()

    def clock(self, seconds: int) -> None:
        self.market.now_ns += seconds * NS

    def timer(self) -> bytes | None:
        return self.market.core.timer_due(self.market.now_ns)

    def link(self, source: int, action: str) -> bytes:
        return records.source_state(source=source, action=action)

    def view(self, source: int, bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> bytes:
        return records.market_view(
            source=source, instrument=0,
            bids=sorted({99 - away: qty for away, qty in bids}.items(), reverse=True),
            asks=sorted({98 + away: qty for away, qty in asks}.items()),
        )  # fmt: skip

    def report(self, pick: int, what: str) -> bytes | None:
        if not self.children:
            return None
        child_id = list(self.children)[-1 - pick % len(self.children)]
        child = self.children[child_id]
        left = child["qty"] - self.fills_told[child_id]
        if what in ("fill", "part", "over"):
            last = {"fill": left, "part": 1, "over": left + 1}[what]
            if last < 1:
                last = 1
            self.fills_told[child_id] += last
            return records.venue_report(
                source=child["source"], child_id=child_id, last_qty=last, last_px=child["price"],
                cum_qty=self.fills_told[child_id], exec_id=f"e{self.fills_told[child_id]}",
                is_final=what == "fill",
            )  # fmt: skip
        return records.venue_report(
            source=child["source"], child_id=child_id, not_found=what == "gone",
            exec_type={"working": "new", "gone": "order_status"}.get(what, what),
            cum_qty=self.fills_told[child_id], is_final=what in ("expired", "rejected"),
        )  # fmt: skip

    # --- what must hold ---------------------------------------------------------------------------

    def look_at(self, events: list[Record]) -> None:
        trades: dict[int, list[Record]] = defaultdict(list)
        for event in events:
            key = (event.seq, event.index)
            assert key not in self.seen, "an ExecID has one content for ever"
            self.seen.add(key)
            if event.kind == "order_event":
                self.look_at_order(event)
                if event.event == "executed":
                    trades[event.trade_id].append(event)
            elif event.kind == "child_event" and event.event == "requested":
                self.children[event.child_id] = dict(event.fields)
        for sides in trades.values():
            self.look_at_trade(sides)

    def look_at_order(self, event: Record) -> None:
        if event.event in ("rejected", "cancel_refused", "replace_refused"):
            return
        if event.event == "executed":
            self.executed[event.order_id] += event.last_qty
        if event.order_id:
            assert event.cum_qty == self.executed[event.order_id], "CumQty = sum of LastQty"
            assert event.cum_qty <= event.qty, "CumQty <= OrderQty"
            is_over = event.ord_status in ("filled", "canceled", "expired", "rejected")
            assert event.leaves_qty == (0 if is_over else event.qty - event.cum_qty)
            self.terms[event.order_id] = event

    def look_at_trade(self, sides: list[Record]) -> None:
        first = sides[0]
        if first.source is not None:
            assert len(sides) == 1
            return
        assert len(sides) == 2, "an internal trade has two sides"
        assert {event.side for event in sides} == {"buy", "sell"}
        assert len({(event.last_px, event.last_qty) for event in sides}) == 1
        for event in sides:
            self.look_at_price(event)

    def look_at_price(self, event: Record) -> None:
        """Never worse: what is left outside now gives no better net result for this fill."""
        client = CLIENTS[event.client]
        if event.flags & 1 or event.tif == "fok":
            return
        is_buy = event.side == "buy"
        fee = client.get("maker_fee" if event.liquidity == "added" else "taker_fee", 0)
        sign = 1 if is_buy else -1
        inside = event.last_px * (RATE_ONE + sign * fee)
        offered = []
        for source, price, qty in self.left_outside(is_buy):
            if event.price and sign * price > sign * event.price:
                continue
            terms = SOURCES[source]
            rate = terms["taker_fee"] + terms.get("credit_adj", 0) + client.get("routed_fee", 0)
            offered.append((sign * price * (RATE_ONE + sign * rate), qty))
        offered.sort()
        left, cost, taken = event.last_qty, 0, 0
        for net, qty in offered:
            part = min(left, qty)
            left, cost, taken = left - part, cost + net * part, taken + part
        if taken:
            assert sign * inside <= Fraction(cost, taken), (event, offered)

    def left_outside(self, for_buy: bool) -> list[tuple[int, int, int]]:
        """(source, price, qty) that could still be had: fresh views less what children have spent
        there."""
        core = self.market.core
        links = {row["name"]: row["link"] for row in core.sources()}
        found = []
        rows = {row["child_id"]: row for row in core.children()}
        for view in core.views():
            source = int(view["source"][1:])
            stale_after = SOURCES[source].get("stale_after_ns", 10**18)
            is_crossed = view["bids"] and view["asks"] and view["bids"][0][0] >= view["asks"][0][0]
            if links[view["source"]] != "up" or not view["is_fresh"] or is_crossed:
                continue
            if core.now_ns - view["received_ns"] > stale_after:
                continue
            left = dict(view["asks"] if for_buy else view["bids"])
            for child_id, child in self.children.items():
                if child["source"] != source or (child["side"] == "buy") != for_buy:
                    continue
                row = rows.get(child_id)
                if row is None or (
                    row["state"] == "done" and row["outcome_ns"] < view["received_ns"]
                ):
                    continue
                if child["price"] in left:
                    left[child["price"]] -= child["qty"]
            found += [(source, price, qty) for price, qty in left.items() if qty > 0]
        return found
