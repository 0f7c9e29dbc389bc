"""I14 by code of its own: no internal fill was worse, net, than the outside its party could use.

    judge = Judge(find)
    for fields in records:      # every record of KINDS of a journal, in order
        judge.take(fields)
    judge.finish()

Folds the journalled views, the links and listings of the venues, and what children spend of each
level; shares with the core neither the planner nor its arithmetic. A venue where our money has a
limit is left out: what it offers may not be payable, and the journal does not say so in one place.

Only what could really be had counts: a level too small for the venue's least order stands with the
next one, at the next one's price, and a fill too small for it could not have been made there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from internaliser.names import Names

RATE_ONE = 10**8  # fees and adjustments are parts in this
SCOPE_ROUTES = 2  # ConfigClient.scope: may route
FLAG_LOCAL_ONLY = 1  # model/command.pxd
FLAG_GROSS = 2
KINDS = frozenset((6, 7, 9, 10, 11, 100, 102, 103))  # model/record.pxd: what `take` reads

Fields = dict[str, Any]
Level = tuple[int, int]  # price, quantity
Place = tuple[int, int]  # source, instrument


class Offer(NamedTuple):
    """What a venue offers at one price: whole steps, and no less than the least quantity."""

    price: int
    qty: int
    rate: int
    step: int = 1
    least: int = 1

    def part_of(self, qty: int) -> int:
        """The most of `qty` lots that could be had of it."""
        lots = min(self.qty, qty) // self.step * self.step
        return lots if lots >= self.least else 0


@dataclass(slots=True)
class OrderNow:
    """What decides where an order may go."""

    client: int
    instrument: int
    side: str
    price: int  # 0 = market
    tif: str
    flags: int
    rounds: int = 0  # children in a row that brought nothing
    is_pending: bool = False  # a cancel or replace waits for its children


@dataclass(slots=True)
class ViewNow:
    """A venue's book as last journalled."""

    received_ns: int = 0
    is_fresh: bool = False
    bids: list[Level] = field(default_factory=list)
    asks: list[Level] = field(default_factory=list)


@dataclass(slots=True)
class Spend:
    """A child's quantity, taken off its level until a view newer than its end."""

    side: str
    price: int
    qty: int
    ended_ns: int = 0  # 0 = live


@dataclass(slots=True)
class Given:
    """What an order gave inside in one step, and what it could have had instead."""

    order: OrderNow
    fill: Fields  # the first
    offers: list[Offer]
    qty: int


class Judge:
    """Feed every record to `take`; what is found goes to `find` with the fill's fields."""

    def __init__(self, find: Callable[[Fields, str], None]) -> None:
        self.find = find
        self.fills = 0  # sides judged against at least one offer
        self._names = Names()
        self._orders: dict[int, OrderNow] = {}
        self._views: dict[Place, ViewNow] = defaultdict(ViewNow)
        self._spends: dict[Place, dict[int, Spend]] = defaultdict(dict)
        self._links: dict[int, str] = {}
        self._halted: set[tuple[str, int]] = set()
        self._asked: Fields = {}
        self._seq = 0
        self._listings: dict[Place, Fields] = {}
        self._resting: dict[int, Given] = {}  # of the step under way, by order
        self._taking: Given | None = None  # of the incoming order, at one price

    def take(self, fields: Fields) -> None:
        """One record, in the journal's order."""
        if fields["seq"] != self._seq:
            self._judge_step()
            self._seq = fields["seq"]
        kind = fields["kind"]
        if kind in ("config", "state_event"):
            self._names.take(fields)
        if kind in ("source_state", "admin", "epoch", "config"):
            self._asked = fields
        if kind == "state_event" and fields["reason"] is None:
            self._on_applied(self._asked)
        elif kind == "market_view" and self._names.sources:
            self._on_view(fields)
        elif kind == "child_event":
            self._on_child(fields)
        elif kind == "order_event" and self._names.sources:
            self._on_order(fields)

    def finish(self) -> None:
        """The last step has ended."""
        self._judge_step()

    # What was known.

    def _on_view(self, fields: Fields) -> None:
        view = self._views[fields["source"], fields["instrument"]]
        view.received_ns, view.is_fresh = fields["received_ns"], fields["is_fresh"]
        view.bids = [(price, qty) for price, qty in fields["bids"]]
        view.asks = [(price, qty) for price, qty in fields["asks"]]

    def _on_applied(self, asked: Fields) -> None:
        """A command that changes which venues and clients take part."""
        kind, action = asked.get("kind"), asked.get("action")
        if kind == "config" and action == "listing":
            self._listings[asked["source"], asked["instrument"]] = asked
        elif kind == "source_state":
            self._links[asked["source"]] = str(action)
            if action == "down":
                self._forget_views(asked["source"])
        elif kind == "epoch":
            for source in range(len(self._names.sources)):
                self._links[source] = "down"
                self._forget_views(source)
        elif kind == "admin" and action in ("halt", "reduce", "resume"):
            owner = ("node", 0)
            if asked["client"] is not None:
                owner = ("client", asked["client"])
            elif asked["source"] is not None:
                owner = ("source", asked["source"])
            self._halted.discard(owner)
            if action == "halt" or (action == "reduce" and owner[0] == "source"):
                self._halted.add(owner)

    def _forget_views(self, source: int) -> None:
        for place in self._views:
            if place[0] == source:
                self._views[place] = ViewNow()

    def _on_child(self, fields: Fields) -> None:
        spends = self._spends[fields["source"], fields["instrument"]]
        if fields["event"] == "requested":
            self._judge_taking()
            spends[fields["child_id"]] = Spend(fields["side"], fields["price"], fields["qty"])
        elif fields["event"] == "finished":
            if fields["child_id"] in spends:
                spends[fields["child_id"]].ended_ns = fields["time_ns"]
            parent = self._orders.get(fields["parent_id"])
            if parent is not None:
                parent.rounds = 0 if fields["cum_qty"] else parent.rounds + 1

    # What was done.

    def _on_order(self, fields: Fields) -> None:
        kind, order_id = fields["event"], fields["order_id"]
        if kind == "accepted":
            self._orders[order_id] = OrderNow(
                fields["client"],
                fields["instrument"],
                fields["side"],
                fields["price"],
                fields["tif"],
                fields["flags"],
            )
        order = self._orders.get(order_id)
        if order is None:
            return
        if kind == "executed" and fields["source"] is None:
            self._on_fill(fields, order)
        elif kind == "replaced":
            order.price, order.tif, order.rounds = fields["price"], fields["tif"], 0
            order.is_pending = False
        elif kind in ("cancel_pending", "replace_pending"):
            order.is_pending = True
        elif kind in ("cancel_refused", "replace_refused"):
            order.is_pending = fields["ord_status"] in ("pending_cancel", "pending_replace")
        elif kind in ("canceled", "expired"):
            self._orders.pop(order_id)

    def _on_fill(self, fields: Fields, order: OrderNow) -> None:
        """What rested is judged for all it gave in the step, the taker for all it took at one price
        before it asked outside again."""
        if fields["liquidity"] == "added" and fields["order_id"] in self._resting:
            self._resting[fields["order_id"]].qty += fields["last_qty"]
            return
        if fields["liquidity"] != "added" and self._goes_on(fields):
            assert self._taking is not None
            self._taking.qty += fields["last_qty"]
            return
        offers = list(self._offers(order, fields["time_ns"]))
        given = Given(order, fields, offers, fields["last_qty"])
        if fields["liquidity"] == "added":
            self._resting[fields["order_id"]] = given
        else:
            self._judge_taking()
            self._taking = given

    def _goes_on(self, fields: Fields) -> bool:
        if self._taking is None:
            return False
        fill = self._taking.fill
        return bool(fill["order_id"] == fields["order_id"] and fill["last_px"] == fields["last_px"])

    def _judge_step(self) -> None:
        self._judge_taking()
        for one in self._resting.values():
            self._judge(one, self._names.clients[one.order.client]["maker_fee"])
        self._resting.clear()

    def _judge_taking(self) -> None:
        if self._taking is not None:
            rate = self._names.clients[self._taking.order.client]["taker_fee"]
            self._judge(self._taking, rate)
            self._taking = None

    def _judge(self, given: Given, rate: int) -> None:
        if not given.offers:
            return
        self.fills += 1
        side, price, qty = given.order.side, given.fill["last_px"], given.qty
        saved = saving(side, price, rate, qty, given.offers)
        if saved > 0:
            self.find(
                given.fill,
                f"{side} {qty} at {price} inside was worse than outside: there "
                f"{saved / RATE_ONE:.6f} ticks x lots were to be saved by {sorted(given.offers)}",
            )
        elif self._wants_gross(given.order):
            prices = [offer.price for offer in given.offers if offer.part_of(qty)]
            if not prices:
                return
            better = min(prices) if side == "buy" else max(prices)
            if (better < price) if side == "buy" else (better > price):
                self.find(given.fill, f"{side} at {price} inside, {better} was to be had outside")

    def _wants_gross(self, order: OrderNow) -> bool:
        client = self._names.clients[order.client]
        return bool(order.flags & FLAG_GROSS or client["never_worse_gross"])

    # What could be had.

    def _offers(self, order: OrderNow, now_ns: int) -> Iterator[Offer]:
        """Levels outside that this order may use, what is spent already taken off."""
        client = self._names.clients[order.client]
        if client["scope"] < SCOPE_ROUTES or order.flags & FLAG_LOCAL_ONLY or order.tif == "fok":
            return
        if ("client", order.client) in self._halted or ("node", 0) in self._halted:
            return
        if order.is_pending:
            return
        for index, source in enumerate(self._names.sources):
            view = self._views.get((index, order.instrument))
            if view is None or order.rounds > source["child_rounds_max"]:
                continue
            if not source["has_unlimited_credit"] or not self._is_usable(index, view, now_ns):
                continue
            listing = self._listings.get((index, order.instrument))
            if listing is None or not listing["is_listed"] or not listing["qty_step"]:
                continue
            rate = source["taker_fee"] + source["credit_adj"] + client["routed_fee"]
            for offer in listed(listing, self._unspent(index, order, view), rate):
                if not order.price or (
                    offer.price <= order.price if order.side == "buy"
                    else offer.price >= order.price
                ):  # fmt: skip
                    yield offer

    def _is_usable(self, source: int, view: ViewNow, now_ns: int) -> bool:
        if self._links.get(source) != "up" or ("source", source) in self._halted:
            return False
        stale_after_ns = self._names.sources[source]["stale_after_ns"]
        if not view.is_fresh or 0 < stale_after_ns < now_ns - view.received_ns:
            return False
        return not view.bids or not view.asks or view.bids[0][0] < view.asks[0][0]

    def _unspent(self, source: int, order: OrderNow, view: ViewNow) -> list[Level]:
        """The levels for this side, less what children took: the worst within their price first,
        and of the children those first that have least to choose from."""
        levels = [list(level) for level in (view.asks if order.side == "buy" else view.bids)]
        spends = self._spends[source, order.instrument]
        over = [key for key, one in spends.items() if 0 < one.ended_ns < view.received_ns]
        for key in over:
            del spends[key]
        is_buy = order.side == "buy"
        own = [one for one in spends.values() if one.side == order.side]
        for spend in sorted(own, key=lambda one: one.price, reverse=not is_buy):
            left = spend.qty
            for level in reversed(levels):
                if level[0] <= spend.price if is_buy else level[0] >= spend.price:
                    taken = min(left, level[1])
                    level[1] -= taken
                    left -= taken
        return [(price, qty) for price, qty in levels]


def net(side: str, price: int, rate: int) -> int:
    """What one lot costs (negative: brings), in ticks x RATE_ONE; lower is better."""
    return price * (RATE_ONE + rate) if side == "buy" else -price * (RATE_ONE - rate)


def saving(side: str, price: int, rate: int, qty: int, offers: list[Offer]) -> int:
    """What taking `qty` outside instead of inside would have saved, as far as it could be had:
    cheapest first, of each offer the part that it gives of what is still wanted."""
    inside = net(side, price, rate)
    saved = 0
    for offer in sorted(offers, key=lambda one: net(side, one.price, one.rate)):
        taken = offer.part_of(qty)
        saved += (inside - net(side, offer.price, offer.rate)) * taken
        qty -= taken
    return saved


def listed(listing: Fields, levels: list[Level], rate: int) -> Iterator[Offer]:
    """The offers in a venue's levels, best first, by what it lists. What cannot be had at a level
    waits for the next one."""
    step, waiting = listing["qty_step"], 0
    for price, qty in levels:
        waiting += max(qty, 0)
        least = least_lots(listing, price)
        part = waiting // step * step
        if least is not None and part >= least:
            waiting -= part
            yield Offer(price, part, rate, step, least)


def least_lots(listing: Fields, price: int) -> int | None:
    """The smallest order the venue takes at a price; None where it takes none."""
    if price < max(1, listing["price_min"]) or price % listing["price_step"]:
        return None
    if listing["price_max"] and price > listing["price_max"]:
        return None
    step = listing["qty_step"]
    least = max(1, listing["qty_min"], -(-listing["notional_min"] // price))
    least = -(-least // step) * step
    return None if listing["qty_max"] and 2 * least > listing["qty_max"] else least
