"""Random ladders over sources that list in steps: the core's way against the slow oracle's.

field = Field()
field.difference(chance)       # one ladder; "" = the core did what the oracle does
"""

import random
from typing import Any

from internaliser.core.core import Core
from internaliser.model import records
from internaliser.model.commands import admin_command, config_command
from tests.oracle.listings import Listing, Source, Step, way
from tests.oracle.planner import BUY, LOCAL, SELL

NS = 1_000_000_000
SIDES = {BUY: "buy", SELL: "sell"}
MAKER, TAKER = 0, 1
SOURCES = 3
RATES = (0, 0, 10_000, -2_500, 10**6, -(10**6))
TAKER_FEE = 20_000


def random_listing(chance: random.Random) -> Listing:
    """Mostly coarse, often with minimums; always one that a source could have."""
    lot = chance.choice((1, 1, 2, 3, 5))
    least = chance.choice((0, 0, 4, 7))
    worth = chance.choice((0, 0, 400, 900))
    enough = max(least, lot, worth // 90 + 1 if worth else 0) + lot  # at every price there is here
    return Listing(
        chance.choice((1, 1, 2)), lot, least, chance.choice((0, 0, 0, 2 * enough, 40)), worth
    )


def random_levels(chance: random.Random, side: int) -> list[tuple[int, int]]:
    """What a source shows to an incoming order of `side`, best first."""
    prices = chance.sample(range(96, 106), chance.randrange(6))
    return [(price, chance.randint(1, 12)) for price in sorted(prices, reverse=side == SELL)]


class Field:
    """One core that meets one ladder after the other."""

    def __init__(self) -> None:
        self.core = Core(1, orders_max=500, levels_max=500)
        self.now_ns = 1_000 * NS
        self.count = 0
        terms = {"base": 0, "quote": 1, "is_open": 1, "price_decimals": 2, "tick_mantissa": 1}
        terms |= {"lot_mantissa": 1, "price_min": 1, "price_max": 10**6, "qty_min": 1}
        terms |= {"qty_max": 10**6, "lot_base_units": 1, "tick_lot_quote_units": 1}
        limits = {"orders_max": 200, "closed_orders_max": 10, "children_max": 200}
        limits |= {"expiry_chunk": 100, "fills_per_step_max": 100, "levels_max": 200}
        self.apply(records.epoch())
        self.configure("limits", limits)
        self.configure("asset", {"decimals": 0}, "BTC")
        self.configure("asset", {"decimals": 2}, "USD")
        self.configure("instrument", terms, "BTC/USD")
        self.configure("client", {"has_unlimited_credit": 1, "scope": 0}, "MAKER")
        client = {"has_unlimited_credit": 1, "scope": 2, "taker_fee": TAKER_FEE}
        self.configure("client", client, "TAKER")
        for source in range(SOURCES):
            self.configure_source(source, 0)
            self.apply(records.source_state(source=source, action="up"))

    def apply(self, command: bytes) -> list[Any]:
        stamped = bytearray(command)
        stamped[16:24] = self.now_ns.to_bytes(8, "little")
        return self.core.apply_bytes(bytes(stamped))

    def configure(self, kind: str, values: dict[str, int], name: str = "", note: str = "") -> None:
        events = self.apply(config_command(kind, values, name=name, note=note))
        assert events[-1].reason is None, events

    def configure_source(self, source: int, rate: int) -> None:
        terms = {"kind": 2, "has_unlimited_credit": 1, "taker_fee": rate, "child_rounds_max": 0}
        self.configure("source", terms, f"S{source}")

    def difference(self, chance: random.Random) -> str:
        """Set up one ladder, send one order in; what it did otherwise than the oracle."""
        side = chance.choice((BUY, SELL))
        local = random_levels(chance, side)
        sources = {}
        for number in range(SOURCES):
            listing = random_listing(chance)
            if chance.random() < 0.8:
                sources[number] = Source(chance.choice(RATES), listing, random_levels(chance, side))
        limit, qty = 100 + chance.randint(-2, 6), chance.randint(1, 40)
        if side == SELL:
            limit = 202 - limit
        setting = f"{SIDES[side]} {qty} at {limit}: local {local}, {sources}"
        found = self.found(side, limit, qty, local, sources)
        expected = list(way(side, limit, qty, local, TAKER_FEE, sources))
        return "" if found == split(expected, sources) else f"{setting}: {found}, not {expected}"

    def found(
        self, side: int, limit: int, qty: int, local: list[tuple[int, int]],
        sources: dict[int, Source],
    ) -> list[Step]:  # fmt: skip
        """What the core does with it. Afterwards nothing is left of it."""
        self.now_ns += NS
        for number in range(SOURCES):
            self.lay_out(side, number, sources.get(number))
        for price, lots in local:
            self.order(MAKER, SELL if side == BUY else BUY, lots, price, "day")
        steps, children = [], []
        for event in self.order(TAKER, side, qty, limit, "ioc"):
            if event.kind == "child_event" and event.event == "requested":
                children.append(event)
                steps.append((event.source, event.price, event.qty))
            elif (
                event.kind == "order_event"
                and event.event == "executed"
                and (event.client == TAKER)
            ):
                steps.append((LOCAL, event.last_px, event.last_qty))
        self.core.check()
        self.apply(admin_command("cancel_client", client=MAKER))
        for child in children:
            self.apply(records.venue_report(
                source=child.source, child_id=child.child_id, exec_type="rejected",
                ord_status="rejected", cum_qty=0, is_final=True,
            ))  # fmt: skip
        return steps

    def lay_out(self, side: int, number: int, source: Source | None) -> None:
        place = {"source": number, "instrument": 0}
        terms = source.listing.terms() if source else {}
        self.configure("listing", {**place, **terms}, "BTC/USD", f"B{number}")
        half = "asks" if side == BUY else "bids"
        if source:
            self.configure_source(number, source.rate)
        levels = source.levels if source else [(100, 10**6)]
        self.apply(records.market_view(source=number, instrument=0, **{half: levels}))

    def order(self, client: int, side: int, qty: int, price: int, tif: str) -> list[Any]:
        self.count += 1
        return self.apply(records.new_order(
            client=client, instrument=0, side=SIDES[side], qty=qty, price=price, tif=tif,
            cl_ord_id=f"o{self.count}", session=None,
        ))  # fmt: skip


def split(steps: list[Step], sources: dict[int, Source]) -> list[Step]:
    """As children: none larger than its source's largest, and what follows is one, too."""
    found = []
    for number, price, qty in steps:
        most = 0 if number == LOCAL else sources[number].listing.most
        lot = 1 if number == LOCAL else sources[number].listing.lot
        while most and qty > most:
            one = most // lot * lot
            while sources[number].listing.sends(price, qty - one) != qty - one:
                one -= lot
            found.append((number, price, one))
            qty -= one
        found.append((number, price, qty))
    return found
