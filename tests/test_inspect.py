"""Rows of `dump` from a journal written by hand: two clients, one instrument, one venue."""

import shutil
from pathlib import Path

import pytest

from internaliser.errors import DataError
from internaliser.inspect import rows, time_text
from internaliser.node_config import Held, changes_for
from tests.records import (
    child_event,
    config,
    order_event,
    session_record,
    write_journal,
)
from tests.small_market import BESIDE_A_VENUE, BOB

ID = 1 << 44  # epoch 1


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BOB rests 10 lots at 100; ALICE buys 25 at 101: 10 inside, 5 at MARKET for 100.5, 10 rest."""
    records: list[bytes] = []
    items = changes_for(BESIDE_A_VENUE, Held())
    for seq, item in enumerate(items, start=1):
        records += config(item, seq)
    bob, alice, child = ID + 20, ID + 21, ID + 21
    records += [
        order_event(
            "accepted", 20, order_id=bob, client=BOB, side="2", price=200, qty=10, cl_ord_id="b1"
        ),
        order_event("accepted", 21, order_id=alice, price=202, qty=25, cl_ord_id="a1"),
        order_event(
            "executed",
            21,
            index=2,
            order_id=bob,
            contra_id=alice,
            client=BOB,
            side="2",
            liquidity=1,
            status="filled",
            price=200,
            qty=10,
            cum_qty=10,
            last_px=200,
            last_qty=10,
            notional=2000,
            fee=-5,
            cl_ord_id="b1",
        ),
        order_event(
            "executed",
            21,
            index=3,
            order_id=alice,
            contra_id=bob,
            liquidity=2,
            status="partially_filled",
            price=202,
            qty=25,
            cum_qty=10,
            last_px=200,
            last_qty=10,
            notional=2000,
            fee=400,
            cl_ord_id="a1",
        ),
        child_event(1, 21, child, state=1),
        child_event(5, 22, child, state=3),
        order_event(
            "executed",
            23,
            order_id=alice,
            contra_id=child,
            source=0,
            liquidity=3,
            status="partially_filled",
            price=202,
            qty=25,
            cum_qty=15,
            last_px=201,
            last_qty=5,
            notional=3005,
            cl_ord_id="a1",
            note="M-1",
        ),
        order_event(
            "cancel_refused", 24, order_id=alice, status="partially_filled", cl_ord_id="a2"
        ),
        session_record(1, 5, 9),
    ]
    folder = tmp_path_factory.mktemp("node") / "data"
    write_journal(folder, records)
    return folder


def column(data: Path, what: str, *keys: str) -> list[tuple[object, ...]]:
    return [tuple(row[key] for key in keys) for row in rows(what, data)]


def test_an_order_stands_as_after_its_last_event(data: Path) -> None:
    keys = ("order_id", "client", "cl_ord_id", "status", "qty", "cum_qty", "leaves_qty", "avg_px")
    assert column(data, "orders", *keys) == [
        ("7-1-20", "BOB", "b1", "filled", "0.2", "0.2", "0", "100"),
        ("7-1-21", "ALICE", "a1", "partially_filled", "0.5", "0.3", "0.2", "100.1666667"),
    ]


def test_each_side_of_a_match_and_each_routed_fill_is_an_execution(data: Path) -> None:
    keys = ("exec_id", "client", "side", "last_qty", "last_px", "liquidity", "source", "fee")
    assert column(data, "executions", *keys) == [
        ("7-1-21-2", "BOB", "sell", "0.2", "100", "added", "local", "-0.0005"),
        ("7-1-21-3", "ALICE", "buy", "0.2", "100", "removed", "local", "0.04"),
        ("7-1-23-1", "ALICE", "buy", "0.1", "100.5", "routed", "MARKET", "0"),
    ]
    assert column(data, "executions", "source_exec_id")[2] == ("M-1",)


def test_a_trade_has_a_buyer_and_a_seller(data: Path) -> None:
    keys = ("trade_id", "buyer", "seller", "qty", "price", "incoming_side", "source")
    assert column(data, "trades", *keys) == [
        ("7-1-21-2", "ALICE", "BOB", "0.2", "100", "buy", "local"),
        ("7-1-23-2", "ALICE", "MARKET", "0.1", "100.5", "buy", "MARKET"),
    ]


def test_positions_add_executions_up(data: Path) -> None:
    keys = ("client", "symbol", "net_qty", "bought_qty", "sold_qty", "paid", "received", "fees")
    assert column(data, "positions", *keys) == [
        ("ALICE", "BTC/USD", "0.3", "0.3", "0", "30.05", "0", "0.04"),
        ("BOB", "BTC/USD", "-0.2", "0", "0.2", "0", "20", "-0.0005"),
    ]


def test_sessions_have_their_counters(data: Path) -> None:
    assert column(data, "sessions", "ours", "theirs", "with", "next_in", "next_out") == [
        ("NODE", "ALICE", "client", 1, 1),
        ("NODE", "BOB", "client", 5, 9),
        ("US", "THEM", "venue", 1, 1),
    ]


def test_a_child_without_an_outcome_is_shown_as_unknown(data: Path) -> None:
    keys = ("child_id", "parent_id", "venue", "qty", "price", "state")
    assert column(data, "children", *keys) == [
        ("7-1-21", "7-0-5", "MARKET", "0.2", "75", "unknown")
    ]


def test_the_journal_is_every_record_in_order(data: Path) -> None:
    kinds = [kind for (kind,) in column(data, "journal", "kind")]
    assert kinds.count("config") == len(changes_for(BESIDE_A_VENUE, Held()))
    assert kinds[-3:] == ["order_event", "order_event", "session"]
    positions = [position for (position,) in column(data, "journal", "position")]
    assert positions == sorted(positions)  # type: ignore[type-var]


def test_a_folder_without_a_journal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened"):
        list(rows("orders", tmp_path))


def test_damage_ends_the_rows_with_its_place(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(data, copy)
    broken = next(
        path for path in (copy / "journal").iterdir() if b"NODE>ALICE" in path.read_bytes()
    )
    content = bytearray(broken.read_bytes())
    content[content.index(b"NODE>ALICE")] ^= 1
    broken.write_bytes(content)
    with pytest.raises(DataError, match=r"journal damaged: .* at offset"):
        list(rows("journal", copy))


def test_times_are_utc_to_the_nanosecond() -> None:
    assert time_text(1_000_000_000_000_000_001) == "2001-09-09T01:46:40.000000001Z"


def test_a_refused_replace_gives_the_order_its_status_back(tmp_path: Path) -> None:
    order = ID + 20
    records = [
        part
        for seq, item in enumerate(changes_for(BESIDE_A_VENUE, Held()), 1)
        for part in config(item, seq)
    ]
    terms = {"order_id": order, "price": 200, "qty": 10, "cl_ord_id": "a1"}
    filled = {**terms, "cum_qty": 10, "last_px": 200, "last_qty": 10, "notional": 2000}
    records += [
        order_event("accepted", 20, **terms),
        order_event("replace_pending", 21, status="pending_replace", **terms),
        order_event("executed", 22, status="pending_replace", contra_id=ID + 9, **filled),
        order_event("replace_refused", 22, index=2, status="filled", **{**terms, "cum_qty": 10}),
    ]
    write_journal(tmp_path, records)
    (row,) = rows("orders", tmp_path)
    assert (row["status"], row["cum_qty"], row["reason"]) == ("filled", "0.2", None)
