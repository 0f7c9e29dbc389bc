"""Snapshot and changes in the order the venue's rule asks for."""

from decimal import Decimal

from internaliser.market.diff_sync import DiffSync, SyncResult
from internaliser.market.sync_rules import BINANCE
from internaliser.market.venue_book import VenueBook


def test_changes_wait_for_the_snapshot_and_join_it() -> None:
    sync = DiffSync(VenueBook(Decimal("0.01"), Decimal("1"), 100), BINANCE)
    sync.on_open(0)
    assert sync.on_diff(5, 7, [["1.01", "4"]], [], 1) is SyncResult.BUFFERED
    assert sync.on_snapshot(5, [["1.00", "3"]], [["1.02", "3"]], 2) is SyncResult.CHANGED
    assert (sync.last_id, sync.is_fresh(2)) == (7, True)
