"""Snapshots: all of the state as bytes, and nothing else taken for it."""

import pytest

from internaliser.core.core import Core
from internaliser.model import records

from .market import Market
from .scenario import play

TEXT = """
        client A
        client B
        source X
        > source X up
          state source_state up
        > view X asks 4@101
        > A new a1 buy 6 @ 101
          A a1 accepted new 0/6
          X c1 requested pending 0/4@101
        > B new b1 sell 1 @ 101
          B b1 accepted new 0/1
          A a1 executed partially_filled 1/6 1@101 added
          B b1 executed filled 1/1 1@101 removed
        > A cancel a2 of a1
          A a2<a1 cancel_pending pending_cancel 1/6 client_request
          X c1 cancel pending 0/4@101
"""


def test_a_loaded_core_knows_names_ids_children_accounts_and_instruments() -> None:
    market = play(TEXT)
    copy = market.copied()
    for command in (
        records.order_status(client=0, cl_ord_id="a1"),
        records.order_status(client=1, cl_ord_id="b1"),
        records.order_status(client=0, order_id=market.core.orders()[0]["order_id"]),
        records.venue_report(source=0, child_id=1 << 44 | 1, exec_type="canceled", is_final=True),
        records.new_order(client=0, instrument=0, side="sell", qty=1, price=1, cl_ord_id="a3"),
    ):
        assert copy.apply_bytes(command) == market.core.apply_bytes(command)
    assert copy.state_hash() == market.core.state_hash()
    copy.check()


def test_bytes_that_do_not_fit_or_contradict_each_other_are_refused() -> None:
    stretches = play(TEXT).core.snapshot()
    with pytest.raises(ValueError, match="does not fit"):
        Core(1, orders_max=1, levels_max=10).load(stretches)
    with pytest.raises(ValueError, match="does not fit"):
        Core(1, orders_max=100, levels_max=10).load({**stretches, 7: b""})
    torn = {**stretches, 29: b"\x07" * len(stretches[29])}  # every order has another order's names
    with pytest.raises(ValueError, match="contradict"):
        Core(1, orders_max=100, levels_max=100).load(torn)


def test_the_seq_of_a_snapshot_is_checked() -> None:
    market = Market()
    with pytest.raises(ValueError, match="expected the state of seq 99"):
        Core(1, orders_max=10, levels_max=10).load(market.core.snapshot(), 99)


def test_the_state_of_another_node_is_refused() -> None:
    with pytest.raises(ValueError, match="of another node"):
        Core(2, orders_max=10, levels_max=10).load(Market().core.snapshot())


def test_the_layout_is_the_same_for_every_core_of_this_build() -> None:
    assert Core(1, orders_max=1, levels_max=1).layout == Core(2, orders_max=5, levels_max=5).layout
