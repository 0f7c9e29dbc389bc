"""Order ids find their orders while these are remembered, and nothing afterwards."""

import random

import pytest

from internaliser.model import records

from .market import Market


@pytest.mark.parametrize("kept", [1, 20])
def test_ids_come_and_go_in_any_order(kept: int) -> None:
    market = Market(orders_max=400, closed_orders_max=kept)
    market.client("A")
    core, chance = market.core, random.Random(7)
    live: dict[int, str] = {}
    gone: list[int] = []
    for number in range(1500):
        if live and chance.random() < 0.45:
            order_id = chance.choice(list(live))
            core.apply_bytes(
                records.cancel_order(
                    client=0, cl_ord_id=f"c{number}", orig_cl_ord_id=live.pop(order_id)
                )
            )
            gone.append(order_id)
        else:
            event = core.apply_bytes(
                records.new_order(
                    client=0, instrument=0, side="buy", qty=1, price=5, cl_ord_id=f"n{number}"
                )
            )[0]
            live[event.order_id] = f"n{number}"
    for order_id, name in live.items():
        found = core.apply_bytes(records.order_status(client=0, order_id=order_id))[0]
        assert (found.order_id, found.cl_ord_id) == (order_id, name)
    for order_id in gone[:-kept]:
        assert core.apply_bytes(records.order_status(client=0, order_id=order_id))[0].order_id == 0
    for order_id in gone[-kept:]:
        found = core.apply_bytes(records.order_status(client=0, order_id=order_id))[0]
        assert (found.order_id, found.ord_status) == (order_id, "canceled")
