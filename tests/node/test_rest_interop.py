"""What the node believes of a venue is what a client that was not written here reads there."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from internaliser.inspect import rows
from tests.node.exchange import FUNDING, SYMBOL
from tests.node.rest_exchange import READER_KEY, READER_SECRET, RestVenue
from tests.node.rest_venue import STALE_MS, RestTrial
from tests.venues.binance_simulator.support import ccxt_client

ORDERS = 200
PAGE = 1000  # orders and trades the venue tells at once

pytestmark = [
    pytest.mark.interop,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

Told = dict[str, Any]


def test_ccxt_reads_at_the_venue_what_the_node_believes(tmp_path: Path) -> None:
    pytest.importorskip("ccxt")
    data = tmp_path / "data"
    trial = RestTrial(RestVenue(tmp_path, data, seed=6, stale_ms=STALE_MS), data, seed=6)
    try:
        trial.start()
        trial.trade(ORDERS)
        assert trial.findings == []
        client = ccxt_client(f"127.0.0.1:{trial.venue.port}", READER_KEY, READER_SECRET)
        orders = client.fetch_orders(SYMBOL, limit=PAGE)
        trades = client.fetch_my_trades(SYMBOL, limit=PAGE)
        balances = client.fetch_balance()["info"]["balances"]
        trial.finish()
        assert trial.findings == []
    finally:
        trial.close()
    assert len(orders) < PAGE > len(trades)
    assert len(trades) > ORDERS / 2
    children = {row["child_id"]: row for row in rows("children", data)}
    never_there = children.keys() - orders_of(orders).keys()
    assert {children[name]["cum_qty"] for name in never_there} <= {"0"}
    assert (
        orders_of(orders).items()
        <= {
            name: (Decimal(row["qty"]), Decimal(row["cum_qty"])) for name, row in children.items()
        }.items()
    )
    names = {one["id"]: one["clientOrderId"] for one in orders}
    assert trades_of(trades, names) == {
        row["source_exec_id"]: (row["child_id"], Decimal(row["last_qty"]), Decimal(row["last_px"]))
        for row in rows("executions", data)
        if row["source"] == RestVenue.name
    }
    stated = {row["asset"]: row for row in rows("balances", data) if row["kind"] == "venue"}
    for told in balances:
        row = stated[told["asset"]]
        true = Decimal(told["free"]), Decimal(told["locked"])
        assert (Decimal(row["stated_free"]), Decimal(row["stated_locked"])) == true
        assert Decimal(row["held"]) == sum(true) - FUNDING


def orders_of(told: list[Told]) -> dict[str, tuple[Decimal, Decimal]]:
    """Quantity and what of it was executed, by our id."""
    return {one["clientOrderId"]: (exact(one["amount"]), exact(one["filled"])) for one in told}


def trades_of(told: list[Told], names: dict[str, str]) -> dict[str, tuple[str, Decimal, Decimal]]:
    """Order, quantity and price of each, by the ExecID the node gives it."""
    return {
        f"T{one['id']}": (names[one["order"]], exact(one["amount"]), exact(one["price"]))
        for one in told
    }


def exact(number: float) -> Decimal:
    """A float of ccxt as the decimal it was read from."""
    return Decimal(repr(number))
