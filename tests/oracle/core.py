"""The slow trusted core for trading inside one node: dicts, lists and Python integers.

Written from the rules (fix-rules section 3, design sections 3 and 4), not from the fast core. It
knows one
instrument, no outside sources, and answers every request with the list of what must be told:
tuples of
(client, ClOrdID, OrigClOrdID, event, status, cum, qty, last_qty, last_px, liquidity, fee, reason),
and of a mass cancel that is done ("mass", client, ClOrdID, orders affected).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

RATE_ONE = 10**8
Told = tuple[Any, ...]


@dataclass
class OracleOrder:
    client: int
    name: str
    side: str
    price: int
    qty: int
    kind: str  # day, gtc, ioc, fok, market
    number: int
    session: int = 0
    cum: int = 0
    end: str = ""
    reason: str | None = None
    reserved: int = 0
    day: int = 0

    @property
    def left(self) -> int:
        return self.qty - self.cum

    @property
    def status(self) -> str:
        return self.end or ("partially_filled" if self.cum else "new")


@dataclass
class OracleJob:
    client: int
    boundary: int
    reason: str
    name: str = ""  # the request's, "" = a link has gone
    side: str | None = None
    session: int | None = None  # None = of the whole account
    done: int = 0


@dataclass
class OracleSession:
    client: int
    is_up: bool = False
    cancels: str = "none"
    due: str = ""  # why a cancellation is due, "" = none is
    job: OracleJob | None = None


@dataclass
class OracleClient:
    maker_fee: int = 0
    taker_fee: int = 0
    routed_fee: int = 0  # the most a fill at a source could cost, all in
    self_match: int = 0
    is_unlimited: bool = True
    lots: int = 0
    money: int = 0
    lots_reserved: int = 0
    money_reserved: int = 0
    lists: dict[str, list[OracleOrder]] = field(default_factory=lambda: {"day": [], "other": []})
    names: dict[str, OracleOrder] = field(default_factory=dict)


def fee_of(amount: int, rate: int) -> int:
    fee = amount * abs(rate) // RATE_ONE
    return fee if rate >= 0 else -fee


class OracleCore:
    def __init__(
        self, clients: list[OracleClient], sessions: list[OracleSession], *, expiry_chunk: int
    ) -> None:
        self.clients = clients
        self.sessions = sessions
        self.jobs: list[OracleJob] = []  # whose turn is next, first
        self.expiry_chunk = expiry_chunk
        self.queues: dict[str, list[OracleOrder]] = {"buy": [], "sell": []}  # in order of arrival
        self.house = 0
        self.day = 0
        self.count = 0
        self.told: list[Told] = []

    # --- telling ----------------------------------------------------------------------------------

    def tell(
        self, order: OracleOrder, event: str, *, name: str = "", orig: str = "", last: int = 0,
        price: int = 0, liquidity: str | None = None, fee: int = 0, reason: str | None = None,
    ) -> None:  # fmt: skip
        self.told.append((
            order.client, name or order.name, orig, event, order.status, order.cum, order.qty, last,
            price, liquidity, fee, reason,
        ))  # fmt: skip

    def refuse(self, client: int, name: str, orig: str, event: str, qty: int, reason: str) -> None:
        self.told.append((client, name, orig, event, "rejected", 0, qty, 0, 0, None, 0, reason))

    def answered(self) -> list[Told]:
        told, self.told = self.told, []
        return told

    # --- money ------------------------------------------------------------------------------------

    def worst_case(self, order: OracleOrder) -> int:
        client = self.clients[order.client]
        if order.end:
            return 0
        if order.side == "sell":
            return order.left
        if order.kind == "market":
            return 0
        amount = order.price * order.left
        return amount + fee_of(
            amount, max(client.maker_fee, client.taker_fee, client.routed_fee, 0)
        )

    def reserve(self, order: OracleOrder) -> bool:
        client = self.clients[order.client]
        more = self.worst_case(order) - order.reserved
        if order.side == "buy":
            if more > 0 and not client.is_unlimited and client.money - client.money_reserved < more:
                return False
            client.money_reserved += more
        else:
            if more > 0 and not client.is_unlimited and client.lots - client.lots_reserved < more:
                return False
            client.lots_reserved += more
        order.reserved += more
        return True

    # --- requests ---------------------------------------------------------------------------------

    def new(
        self, client: int, name: str, side: str, qty: int, price: int, kind: str, session: int = 0
    ) -> list[Told]:
        owner = self.clients[client]
        self.count += 1
        order = OracleOrder(client, name, side, price, qty, kind, self.count, session)
        if not self.reserve(order):
            self.refuse(client, name, "", "rejected", qty, "credit")
            return self.answered()
        owner.names[name] = order
        self.add_open(order)
        self.tell(order, "accepted")
        self.work(order)
        return self.answered()

    def find(self, client: int, orig: str) -> OracleOrder | None:
        order = self.clients[client].names.get(orig)
        return order if order is not None and order.name == orig else None

    def cancel(self, client: int, name: str, orig: str) -> list[Told]:
        self.count += 1
        order = self.find(client, orig)
        if order is None:
            self.refuse(client, name, orig, "cancel_refused", 0, "unknown_order")
        elif order.end:
            self.tell(order, "cancel_refused", name=name, orig=orig, reason="too_late")
        else:
            self.clients[client].names[name] = order
            self.finish(order, "canceled", "client_request")
            self.tell(order, "canceled", name=name, orig=orig, reason="client_request")
        return self.answered()

    def replace(
        self, client: int, name: str, orig: str, qty: int, price: int, session: int = 0,
        tif: str | None = None,
    ) -> list[Told]:  # fmt: skip
        self.count += 1
        order = self.find(client, orig)
        if order is None:
            self.refuse(client, name, orig, "replace_refused", qty, "unknown_order")
            return self.answered()
        if order.end:
            self.tell(order, "replace_refused", name=name, orig=orig, reason="too_late")
            return self.answered()
        old = order.price, order.qty
        order.price, order.qty = price, max(qty, order.cum)
        if not self.reserve(order):
            order.price, order.qty = old
            self.tell(order, "replace_refused", name=name, orig=orig, reason="credit")
            return self.answered()
        self.clients[client].names[name] = order
        order.name, order.session = name, session
        if tif is not None and tif != order.kind:
            self.drop_open(order)
            order.kind = tif
            self.add_open(order)
        if order.left == 0:
            self.finish(order, "filled", None)
        keeps_place = order.price == old[0] and order.qty <= old[1]
        if not keeps_place and not order.end:
            self.queues[order.side].remove(order)
        self.tell(order, "replaced", name=name, orig=orig)
        if not keeps_place and not order.end:
            self.work(order)
        return self.answered()

    def finish(self, order: OracleOrder, end: str, reason: str | None) -> None:
        order.end, order.reason, order.day = end, reason, self.day
        self.reserve(order)
        if order in self.queues[order.side]:
            self.queues[order.side].remove(order)
        self.drop_open(order)

    def add_open(self, order: OracleOrder) -> None:
        order.day = self.day
        kind = "day" if order.kind in ("day", "market") else "other"
        self.clients[order.client].lists[kind].append(order)

    def drop_open(self, order: OracleOrder) -> None:
        for opened in self.clients[order.client].lists.values():
            if order in opened:
                opened.remove(order)

    # --- matching ---------------------------------------------------------------------------------

    def contra(self, order: OracleOrder) -> list[OracleOrder]:
        """Resting orders it can reach, in price-time priority."""
        sign = 1 if order.side == "buy" else -1
        queue = self.queues["sell" if order.side == "buy" else "buy"]
        reached = [
            other for other in queue
            if order.kind == "market" or sign * other.price <= sign * order.price
        ]  # fmt: skip
        return sorted(reached, key=lambda other: sign * other.price)

    def pays_as_it_goes(self, order: OracleOrder) -> bool:
        is_limited = not self.clients[order.client].is_unlimited
        return order.kind == "market" and order.side == "buy" and is_limited

    def affordable(self, order: OracleOrder, price: int) -> int:
        client = self.clients[order.client]
        free = client.money - client.money_reserved
        return max(0, free * RATE_ONE // (price * (RATE_ONE + max(client.taker_fee, 0))))

    def fok_reason(self, order: OracleOrder) -> str | None:
        rule = self.clients[order.client].self_match
        left = order.qty
        for other in self.contra(order):
            if left == 0:
                break
            if rule and other.client == order.client:
                if rule != 2:
                    return "self_match"
                continue
            left -= min(left, other.left)
        return "fok_unfillable" if left else None

    def work(self, order: OracleOrder) -> None:
        reason = self.fok_reason(order) if order.kind == "fok" else None
        while reason is None and order.left:
            reached = self.contra(order)
            if not reached:
                break
            reason = self.meet(order, reached[0])
        if order.end:
            return
        if reason is None and order.kind in ("day", "gtc"):
            self.queues[order.side].append(order)
            return
        reason = reason or "no_liquidity"
        self.finish(order, "canceled", reason)
        self.tell(order, "canceled", reason=reason)

    def meet(self, order: OracleOrder, other: OracleOrder) -> str | None:
        rule = self.clients[order.client].self_match
        if rule and other.client == order.client:
            if rule != 1:
                self.finish(other, "canceled", "self_match")
                self.tell(other, "canceled", reason="self_match")
            return None if rule == 2 else "self_match"
        lots = min(order.left, other.left)
        if self.pays_as_it_goes(order):
            lots = min(lots, self.affordable(order, other.price))
            if lots == 0:
                return "credit"
        self.trade(other, order, lots)
        return None

    def trade(self, resting: OracleOrder, incoming: OracleOrder, lots: int) -> None:
        price = resting.price
        fees = {}
        for order, rate in ((resting, "maker_fee"), (incoming, "taker_fee")):
            client = self.clients[order.client]
            sign = 1 if order.side == "buy" else -1
            fees[rate] = fee_of(price * lots, getattr(client, rate))
            client.lots += sign * lots
            client.money -= sign * price * lots + fees[rate]
            self.house += fees[rate]
            order.cum += lots
            if order.left == 0:
                order.end = "filled"
        self.tell(
            resting, "executed", last=lots, price=price, liquidity="added", fee=fees["maker_fee"]
        )
        self.tell(
            incoming, "executed", last=lots, price=price, liquidity="removed", fee=fees["taker_fee"]
        )
        for order in (resting, incoming):
            if order.end:
                self.finish(order, "filled", None)
            self.reserve(order)

    # --- many orders ------------------------------------------------------------------------------

    def sweep(self, what: str, first: int = 0) -> list[Told]:
        """Cancel all or end the day, a chunk of it; `first`: the count at its first chunk."""
        self.count += 1
        self.day += what == "day_end" and not first
        meant = [
            order
            for client in self.clients
            for kind in ("day", "other")
            for order in client.lists[kind]
            if (
                order.number <= (first or self.count)
                if what == "cancel_all"
                else kind == "day" and order.day != self.day
            )
        ]
        for order in meant[: self.expiry_chunk]:
            self.end_unasked(order, what)
        return self.answered()

    def end_unasked(self, order: OracleOrder, what: str) -> None:
        end, reason = ("expired", "day_end") if what == "day_end" else ("canceled", "operator")
        self.finish(order, end, reason)
        self.tell(order, end, reason=reason)

    # --- many orders of one client ----------------------------------------------------------------

    def mass_cancel(self, client: int, name: str, side: str | None) -> list[Told]:
        self.count += 1
        job = OracleJob(client, self.count, "client_request", name, side)
        if not self.chunk_is_last(job):
            self.jobs.append(job)
        return self.answered()

    def link(self, number: int, is_up: bool, cancels: str) -> list[Told]:
        self.count += 1
        session = self.sessions[number]
        if is_up:
            session.is_up, session.cancels, session.due = True, cancels, ""
        elif session.is_up:
            session.is_up = False
            session.due = "disconnect" if session.cancels != "none" else ""
        return self.answered()

    def timer(self) -> list[Told]:
        """A session whose cancellation is due comes before the jobs."""
        self.count += 1
        for number, session in enumerate(self.sessions):
            if session.due:
                reason, session.due = session.due, ""
                job = session.job or OracleJob(session.client, 0, reason)
                job.boundary = self.count
                job.session = number if session.cancels == "session" else None
                if not self.chunk_is_last(job) and session.job is None:
                    session.job = job
                    self.jobs.append(job)
                return self.answered()
        job = self.jobs.pop(0)
        if not self.chunk_is_last(job):
            self.jobs.append(job)
        else:
            for session in self.sessions:
                session.job = None if session.job is job else session.job
        return self.answered()

    def chunk_is_last(self, job: OracleJob) -> bool:
        """End up to a chunk of the orders it means; is it done?"""
        lists = self.clients[job.client].lists
        meant = [
            order for order in (*lists["day"], *lists["other"])
            if order.number <= job.boundary and job.side in (None, order.side)
            and job.session in (None, order.session)
        ]  # fmt: skip
        for order in meant[: self.expiry_chunk]:
            self.finish(order, "canceled", job.reason)
            self.tell(order, "canceled", reason=job.reason)
            job.done += 1
        is_last = len(meant) <= self.expiry_chunk
        if is_last and job.name:
            self.told.append(("mass", job.client, job.name, job.done))
        return is_last

    def depth(self) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        halves = []
        for side, is_down in (("buy", True), ("sell", False)):
            prices = sorted({order.price for order in self.queues[side]}, reverse=is_down)
            levels = []
            for price in prices:
                at = [order.left for order in self.queues[side] if order.price == price]
                levels.append((price, sum(at), len(at)))
            halves.append(levels)
        return halves[0], halves[1]
