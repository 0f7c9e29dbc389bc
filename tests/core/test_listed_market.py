"""Listings that change while orders go out: a child is always what its source takes."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from internaliser.core.listings import offered
from internaliser.model import records
from internaliser.model.commands import config_command
from internaliser.model.records import Record

from .market import LISTING, Market

IS_DEEP = os.environ.get("INTERNALISER_DEEP") == "1"
Terms = st.fixed_dictionaries(
    {
        "price_step": st.integers(1, 3),
        "qty_step": st.integers(1, 7),
        "qty_min": st.integers(0, 12),
        "qty_max": st.sampled_from([0, 40, 90]),
        "notional_min": st.sampled_from([0, 0, 700, 1500]),
    }
)
Levels = st.dictionaries(st.integers(90, 110), st.integers(1, 40), max_size=6)
Sources = st.integers(0, 1)
Sides = st.sampled_from(["buy", "sell"])


class ListedMarket(RuleBasedStateMachine):
    """Two sources whose listings change, two clients, one of them with little money."""

    def __init__(self) -> None:
        super().__init__()
        self.market = Market()
        self.market.client("A")
        self.market.client("B", has_unlimited_credit=0)
        self.market.fund("B", "USD", 3_000)
        self.terms: list[dict[str, int]] = []
        self.asked: list[Record] = []
        self.count = 0
        for source, name in enumerate(("X", "Y")):
            self.market.source(name)
            self.market.apply(records.source_state(source=source, action="up"))
            self.terms.append({**LISTING, "qty_min": 0, "qty_max": 0, "notional_min": 0})

    def apply(self, command: bytes) -> None:
        """The sum of an order's children against the order is core.check()'s."""
        self.market.now_ns += 1
        stamped = bytearray(command)
        stamped[16:24] = self.market.now_ns.to_bytes(8, "little")
        for event in self.market.apply(bytes(stamped)):
            if event.kind == "child_event" and event.event == "requested":
                self.asked.append(event)
                its = self.terms[event.source]
                assert event.qty % its["qty_step"] == event.price % its["price_step"] == 0
                assert its["qty_min"] <= event.qty <= (its["qty_max"] or event.qty)
                assert event.price * event.qty >= its["notional_min"]

    @rule(source=Sources, terms=Terms)
    def list_otherwise(self, source: int, terms: dict[str, int]) -> None:
        self.terms[source] = {**LISTING, **terms}
        values = {"source": source, "instrument": 0, **self.terms[source]}
        self.apply(config_command("listing", values, name="BTC/USD", note="BTCUSD"))

    @rule(source=Sources, levels=Levels)
    def show(self, source: int, levels: dict[int, int]) -> None:
        asks = [(price, qty) for price, qty in sorted(levels.items()) if price > 100]
        bids = [(price, qty) for price, qty in sorted(levels.items(), reverse=True) if price <= 100]
        self.apply(records.market_view(source=source, instrument=0, bids=bids, asks=asks))

    @rule(
        client=Sources,
        side=Sides,
        qty=st.integers(1, 80),
        price=st.integers(90, 110),
        tif=st.sampled_from(["day", "ioc", "ioc", "market"]),
    )
    def order(self, client: int, side: str, qty: int, price: int, tif: str) -> None:
        self.count += 1
        terms = {"tif": tif, "price": price}
        if tif == "market":
            terms = {"tif": "ioc", "ord_type": "market"}
        self.apply(
            records.new_order(
                client=client, instrument=0, side=side, qty=qty, cl_ord_id=f"o{self.count}",
                **terms,  # type: ignore[arg-type]
            )
        )  # fmt: skip

    @precondition(lambda self: bool(self.asked))
    @rule(pick=st.integers(0, 5), thirds=st.integers(0, 3))
    def report(self, pick: int, thirds: int) -> None:
        child = self.asked.pop(pick % len(self.asked))
        done = child.qty * thirds // 3
        self.apply(
            records.venue_report(
                source=child.source, child_id=child.child_id, cum_qty=done, last_qty=done,
                last_px=child.price, is_final=True, exec_id="e",
            )
        )  # fmt: skip

    def teardown(self) -> None:
        digest = self.market.core.state_hash()
        assert self.market.replayed().state_hash() == digest
        assert self.market.copied().state_hash() == digest


TestListedMarket = ListedMarket.TestCase
TestListedMarket.settings = settings(
    max_examples=3_000 if IS_DEEP else 40, stateful_step_count=40, deadline=None
)


@settings(max_examples=5_000 if IS_DEEP else 200, deadline=None)
@given(Terms, Levels, Sides)
def test_offers_are_enough_of_what_stands_at_that_price_or_better(
    terms: dict[str, int], levels: dict[int, int], side: str
) -> None:
    ranked = sorted(levels.items(), reverse=side == "sell")
    shown = given_out = 0
    for (price, stands), (at, qty, least) in zip(
        ranked, offered(ranked, {"is_listed": 1, **terms}), strict=True
    ):
        shown, given_out = shown + stands, given_out + qty
        assert at == price
        assert given_out <= shown
        assert qty % terms["qty_step"] == 0
        assert qty == 0 or qty >= least >= terms["qty_min"]
        assert qty == 0 or price % terms["price_step"] == 0
