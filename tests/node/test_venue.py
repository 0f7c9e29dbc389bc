"""Every misbehaviour of a venue, once each. Long: python -m tests.node.venue --orders 20."""

import os
from pathlib import Path

from tests.node.venue import KINDS, run

IS_DEEP = bool(os.environ.get("INTERNALISER_DEEP"))


def test_the_client_ends_where_the_venues_truth_is(tmp_path: Path) -> None:
    orders = 20 if IS_DEEP else 1
    figures = run(tmp_path, tmp_path / "data", orders, seed=4, kinds=KINDS)
    assert figures["findings"] == []
    assert list(figures["kinds"]) == list(KINDS)
    assert figures["children_filled"] > 0


def test_an_exchange_with_a_coarser_lot_is_sent_nothing_it_must_refuse(tmp_path: Path) -> None:
    kinds = KINDS if IS_DEEP else ("reject", "duplicate_report")
    figures = run(tmp_path, tmp_path / "data", 20 if IS_DEEP else 2, seed=5, kinds=kinds, lot=7)
    assert figures["findings"] == []
    assert figures["children_off_lot"] == 0
    assert figures["children_filled"] > 0
