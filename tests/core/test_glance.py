"""Looks from another thread: one client's accounts as of one moment, whatever the core does."""

import threading
from pathlib import Path

import pytest

from internaliser.model.commands import admin_command
from internaliser.model.records import new_order
from tests.gateway.desk import ORDER, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "data", 'clients.CLIENT1.credit="funded"')


def test_a_client_s_accounts_are_its_own_and_as_all_accounts_tell(desk: Desk) -> None:
    desk.log_on("CLIENT1", "CLIENT2")
    desk.says("CLIENT2", ORDER.format("a", 2, 5, "1.00"))
    core = desk.node.state.core
    for client, name in enumerate(["CLIENT1", "CLIENT2"]):
        rows = core.client_accounts(client)
        assert rows is not None
        told = [
            {key: row[key] for key in ("balance", "reserved", "credit_limit", "available")}
            for row in core.accounts()
            if row["owner_kind"] == "client" and row["owner"] == name
        ]
        assert [{key: row[key] for key in told[0]} for row in rows] == told if told else rows == []


def test_a_look_beside_a_working_core_never_sees_half_a_step(desk: Desk) -> None:
    """Every order reserves 300 units of money more: balance apart, reserved is a multiple."""
    core = desk.node.state.core
    seen: set[int] = set()
    end = threading.Event()

    def look() -> None:
        while not end.is_set():
            rows = core.client_accounts(1)
            for row in rows or ():
                seen.add(row["reserved"])

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        for number in range(2000):
            core.apply_raw(
                new_order(
                    client=1, instrument=2, side="buy", qty=3, price=1, cl_ord_id=f"o{number}"
                )
            )
    finally:
        end.set()
        watcher.join()
    unit = 3 * next(row for row in core.instruments() if row["index"] == 2)["tick_lot_quote_units"]
    assert all(reserved % unit == 0 for reserved in seen)


def test_the_state_of_trading_of_the_whole_node(desk: Desk) -> None:
    core = desk.node.state.core
    assert core.trading_state == "active"
    desk.node.door.apply(admin_command("halt"), desk.now_ns)
    assert core.trading_state == "halted"
