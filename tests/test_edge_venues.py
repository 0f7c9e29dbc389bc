"""A whole node with a market on its edge: orders go there, news come back, a stop loses nothing."""

import os
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from internaliser.config import Config
from internaliser.edge_adapters import Make
from internaliser.inspect import rows
from internaliser.node import Node
from internaliser.venues.contract import (
    OrderReport,
    PlaceOrder,
    ReportKind,
    StatedBalance,
    VenueSink,
)
from internaliser.venues.figures import VenueTerms
from internaliser.verify import verify
from tests.scenarios.runner import Talker
from tests.test_node import serve, talk
from tests.venues.fake_market import Book, FakeMarket, fill, rules_of
from tests.whole_node import plain_config

EDGE_VENUE = """
[[venues]]
name = "EDGE"
kind = "binance"
key_env = "NONE"
secret_env = "NONE"
credit = "unlimited"
stale_after_ms = 60000
taker_fee_bp = "0"
instruments = { "TEST1" = { symbol = "T1USD" } }
"""
ORDER = "D|11={}|55=TEST1|54=1|38={}|40=2|44={}|59=3"


class Edge:
    """Makes nodes on one folder; `market` is the market of the one that runs now."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.market: FakeMarket | None = None
        self.on_place: Callable[[FakeMarket, PlaceOrder], None] | None = fill
        self.on_query: Callable[..., None] | None = None
        self.config: Config = plain_config(
            "fix.port=0", "journal.segment_mb=4", "node.reference_asset=USD", more=EDGE_VENUE
        )
        self.talker = Talker("CLIENT1")

    def node(self) -> Node:
        self.running = Node(self.config, self.folder, adapters={"binance": self._maker})
        return self.running

    def _maker(self, venue: Any) -> Make:
        def make(terms: VenueTerms, sink: VenueSink) -> FakeMarket:
            self.market = FakeMarket(
                sink,
                rules=[rules_of("T1USD")],
                books={"T1USD": Book(asks=[(10_000, 7), (10_100, 9)])},
                balances=[StatedBalance("USD", Decimal("12.5"), Decimal(0))],
                on_place=self.on_place,
                on_query=self.on_query,
            )
            return self.market

        return make

    def say(self, port: int, texts: list[str], count: int) -> list[dict[bytes, bytes]]:
        self.wait_for_market()
        return talk(port, self.talker, texts, count)

    def wait_for_market(self) -> None:
        """The core has the market's book: an order asked for now can go there."""
        deadline_s = time.monotonic() + 10
        while time.monotonic() < deadline_s:
            if self.is_up() and self.running.reactor.counters()["views"] > 0:
                return
            time.sleep(0.01)
        raise AssertionError("the market never came up")

    def is_up(self) -> bool:
        """Does the journal's last word on the link say so?"""
        found = [row for row in rows("journal", self.folder) if row["kind"] == "source_state"]
        return bool(found) and found[-1]["action"] == "up"


@pytest.fixture
def edge(tmp_path: Path) -> Edge:
    return Edge(tmp_path / "data")


def test_an_order_is_filled_at_a_market_of_the_edge(edge: Edge) -> None:
    told: list[dict[bytes, bytes]] = []
    texts = ["A|98=0|108=30", ORDER.format("a", 10, "101.00")]
    assert serve(edge.node(), lambda port: told.extend(edge.say(port, texts, 4))) == 0
    assert [(one[b"35"], one.get(b"150"), one.get(b"32")) for one in told] == [
        (b"A", None, None),
        (b"8", b"0", None),
        (b"8", b"F", b"7"),
        (b"8", b"F", b"3"),
    ]
    assert edge.market is not None
    assert [(one.symbol, one.side, one.qty, one.price) for one in edge.market.placed] == [
        ("T1USD", "BUY", Decimal(7), Decimal("100.00")),
        ("T1USD", "BUY", Decimal(3), Decimal("101.00")),
    ]
    assert edge.market.is_closed
    executions = list(rows("executions", edge.folder))
    assert [(row["source"], row["source_exec_id"]) for row in executions] == [
        ("EDGE", "T1"),
        ("EDGE", "T2"),
    ]
    (decision,) = rows("decisions", edge.folder)
    assert decision["chose"] == [
        {"source": "EDGE", "level": "7@100"},
        {"source": "EDGE", "level": "3@101"},
    ]
    (seen,) = decision["seen"]
    assert (seen["source"], seen["usable"], seen["levels"]) == ("EDGE", True, ["7@100", "9@101"])
    assert [row["seen"] for row in executions] == [decision["seen"]] * 2
    assert {row["decided_seq"] for row in executions} == {decision["seq"]}
    balances = {
        row["asset"]: row for row in rows("balances", edge.folder) if row["kind"] == "venue"
    }
    assert (balances["USD"]["held"], balances["USD"]["stated_free"]) == ("-1003.02", "12.5")
    assert balances["TEST1"]["held"] == "10"
    assert {row["state"] for row in balances.values()} == {"no answer: link down"}
    assert verify(edge.folder)[0] == []


def test_a_child_under_way_at_a_stop_is_unknown_and_asked_about_at_the_next_start(
    edge: Edge,
) -> None:
    edge.on_place = None  # the market takes it and says nothing
    texts = ["A|98=0|108=30", ORDER.format("a", 5, "100.00")]

    def until_placed(port: int) -> None:
        edge.say(port, texts, 2)
        deadline_s = time.monotonic() + 10
        while not (edge.market and edge.market.placed) and time.monotonic() < deadline_s:
            time.sleep(0.01)

    assert serve(edge.node(), until_placed) == 0
    assert edge.market is not None
    (order,) = edge.market.placed
    (child,) = rows("children", edge.folder)
    assert (child["child_id"], child["state"], child["reason"]) == (
        order.cl_ord_id,
        "unknown",
        "disconnect",
    )

    def answer(market: FakeMarket, asked: Any) -> None:
        market.sink.on_report(
            OrderReport(
                asked.cl_ord_id,
                asked.symbol,
                ReportKind.FINISHED,
                cum_qty=Decimal(5),
                cum_quote=Decimal(495),
            )
        )

    edge.on_query = answer
    node = edge.node()

    def until_told(port: int) -> None:
        deadline_s = time.monotonic() + 10
        while time.monotonic() < deadline_s:
            (row,) = rows("children", edge.folder)
            if row["state"] == "done":
                return
            time.sleep(0.01)

    assert serve(node, until_told) == 0
    assert [one.cl_ord_id for one in edge.market.queried] == [order.cl_ord_id]
    assert edge.market.placed == []
    (row,) = rows("orders", edge.folder)
    assert (row["cum_qty"], row["avg_px"], row["status"]) == ("5", "99", "filled")
    assert verify(edge.folder)[0] == []


def test_credentials_that_cannot_be_had_end_the_start(edge: Edge) -> None:
    assert "NONE" not in os.environ
    with pytest.raises(Exception, match=r"venues\.EDGE\.key_file: .*NONE"):
        Node(edge.config, edge.folder)
