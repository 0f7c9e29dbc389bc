"""Records become rows: which ones, once each, and the same however they are cut."""

from collections import Counter
from pathlib import Path

import pytest

from internaliser.errors import DataError
from internaliser.inspect import rows as dumped
from internaliser.ledger.projection import Projection
from internaliser.ledger.schema import TABLES, Table
from internaliser.model.commands import admin_command, epoch_command
from internaliser.model.records import cancel_order, new_order
from tests.journaled_core import journal_of
from tests.ledger.grower import NODE_ID, Grower
from tests.ledger.support import projected, records
from tests.records import write_journal
from tests.small_market import ALICE, BOB, FUNDED, TRADE

WITHDRAWAL = {
    "asset": 0,
    "debit_kind": 1,
    "debit_owner": ALICE,
    "credit_kind": 4,
    "credit_owner": 0,
    "amount": 70_000,
}


def projection_of(data: Path, commands: list[bytes]) -> Projection:
    core = journal_of(data, FUNDED, commands)
    return projected(core.node_id, records(data))


def rows(projection: Projection, table: str, *columns: str) -> list[tuple[object, ...]]:
    found = projection.batch.facts.get(table, [])
    found = found or list(projection.batch.states.get(table, {}).values())
    return [tuple(row[column] for column in columns) for row in found]


def test_a_trade_is_its_transfers_two_executions_and_two_orders(tmp_path: Path) -> None:
    made = projection_of(tmp_path / "data", TRADE)
    assert rows(made, "transfers", "purpose", "asset", "units", "trade_id")[2:] == [
        ("base", "BTC", "20000000", "1-1-13-2"),
        ("quote", "USD", "200000", "1-1-13-2"),
        ("fee", "USD", "20", "1-1-13-2"),
        ("fee", "USD", "40", "1-1-13-2"),
    ]
    keys = ("exec_id", "client", "side", "last_qty", "last_px", "quote_units", "fee_units")
    assert rows(made, "executions", *keys) == [
        ("1-1-13-2", "BOB", "sell", "0.2", "100", "200000", "-20"),
        ("1-1-13-3", "ALICE", "buy", "0.2", "100", "200000", "40"),
    ]
    keys = ("order_id", "cl_ord_id", "status", "is_open", "qty", "cum_qty", "leaves_qty", "price")
    assert rows(made, "orders", *keys) == [
        ("1-1-12", "b1", "filled", 0, "0.2", "0.2", "0", "100"),
        ("1-1-13", "a1", "partially_filled", 1, "0.5", "0.2", "0.3", "101"),
    ]


def test_an_account_says_whose_it_is_and_what_is_on_it(tmp_path: Path) -> None:
    made = projection_of(tmp_path / "data", TRADE)
    assert sorted(rows(made, "accounts", "owner_kind", "owner", "asset", "balance_units")) == [
        ("client", "ALICE", "BTC", "20000000"),
        ("client", "ALICE", "USD", "999799960"),
        ("client", "BOB", "BTC", "980000000"),
        ("client", "BOB", "USD", "200020"),
        ("house", "house", "USD", "20"),
        ("outside", "outside", "BTC", "-1000000000"),
        ("outside", "outside", "USD", "-1000000000"),
    ]


def test_a_transfer_by_the_operator_carries_who_and_why(tmp_path: Path) -> None:
    command = admin_command("transfer", transfer=WITHDRAWAL, note="ann: withdrawal 17")
    made = projection_of(tmp_path / "data", [command])
    assert rows(made, "transfers", "purpose", "units", "trade_id", "note")[-1] == (
        "transfer",
        "70000",
        None,
        "ann: withdrawal 17",
    )


def test_an_order_keeps_the_name_and_moment_of_its_beginning(tmp_path: Path) -> None:
    cancel = cancel_order(
        client=ALICE, cl_ord_id="a2", orig_cl_ord_id="a1", instrument=0, side="buy", session=None
    )
    made = projection_of(tmp_path / "data", [*TRADE, cancel])
    keys = ("cl_ord_id", "status", "is_open", "opened_seq", "changed_seq")
    assert rows(made, "orders", *keys)[1] == ("a1", "canceled", 0, 13, 14)


def test_an_order_for_an_unknown_symbol_has_no_decimals(tmp_path: Path) -> None:
    order = new_order(
        client=BOB, instrument=None, symbol="NO\tWAY\x7f", side="sell", qty=7, price=3,
        cl_ord_id="b\x02", session=None, reason=1,
    )  # fmt: skip
    made = projection_of(tmp_path / "data", [order])
    keys = ("cl_ord_id", "symbol", "status", "reason", "qty_lots", "qty", "price")
    found = rows(made, "orders", *keys)
    assert found == [("b\\x02", "NO\\x09WAY\\x7f", "rejected", "unknown_symbol", 7, None, None)]


def test_balances_are_those_of_the_core(grown: tuple[Path, Grower]) -> None:
    data, grower = grown
    made = projected(NODE_ID, records(data))
    core = {row["account"]: row["balance"] for row in grower.core.accounts() if row["balance"]}
    assert {n: account.units for n, account in made.accounts.items() if account.units} == core


def test_the_journal_that_these_tests_grow_has_every_kind_of_posting(
    grown: tuple[Path, Grower],
) -> None:
    made = projected(NODE_ID, records(grown[0]))
    purposes = {"base", "quote", "fee", "venue_fee", "funding", "transfer"}
    assert {purpose for (purpose,) in rows(made, "transfers", "purpose")} == purposes
    owners = {"client", "venue", "house", "outside"}
    assert {kind for (kind,) in rows(made, "accounts", "owner_kind")} == owners
    assert len(made.batch.facts["venue_reports"]) > 20


def test_rows_say_what_dump_says(grown: tuple[Path, Grower]) -> None:
    made = projected(NODE_ID, records(grown[0]))
    keys = ("exec_id", "trade_id", "order_id", "client", "symbol", "side", "last_qty", "last_px")
    assert rows(made, "executions", *keys, "liquidity", "seq") == [
        tuple(row[key] for key in (*keys, "liquidity", "seq"))
        for row in dumped("executions", grown[0])
    ]
    keys = ("child_id", "parent_id", "venue", "price", "qty", "cum_qty", "state", "reason")
    assert rows(made, "children", *keys) == [
        tuple(row[key] for key in keys) for row in dumped("children", grown[0])
    ]


def test_an_order_ends_also_where_only_a_refusal_tells(grown: tuple[Path, Grower]) -> None:
    data, grower = grown
    made = projected(NODE_ID, records(data))
    assert Counter(rows(made, "orders", "is_open"))[(1,)] == len(grower.core.orders(open_only=True))


def test_fees_of_executions_are_among_the_transfers(grown: tuple[Path, Grower]) -> None:
    """What a client's executions say it was charged in the quote asset, it paid."""
    made = projected(NODE_ID, records(grown[0]))
    fees = sum(
        int(units) for units, venue in rows(made, "executions", "fee_units", "venue") if not venue
    )
    house = next(n for n, a in made.accounts.items() if a.whose == ("house", "house", "USD"))
    local = {trade for trade, venue in rows(made, "executions", "trade_id", "venue") if not venue}
    keys = ("trade_id", "purpose", "units", "debit_account", "credit_account")
    paid = 0
    for trade_id, purpose, units, debit, credit in rows(made, "transfers", *keys):
        if purpose == "fee" and trade_id in local:
            paid += int(str(units)) * ((credit == house) - (debit == house))
    assert paid == fees != 0


def test_records_taken_before_give_no_row(grown: tuple[Path, Grower]) -> None:
    found = records(grown[0])
    made = projected(NODE_ID, found)
    made.begin_batch()
    before = {number: account.units for number, account in made.accounts.items()}
    assert not any(made.take(record) for record in found)
    assert made.batch.facts == made.batch.states == {}
    assert {number: account.units for number, account in made.accounts.items()} == before


def merged(table: Table, batches: list[Projection]) -> dict[object, object]:
    """The rows of several batches as a database would have them."""
    found: dict[object, object] = {}
    for made in batches:
        for row in made.batch.rows(table):
            found[row[: len(table.key)]] = row
    return found


def test_a_batch_more_changes_no_row(grown: tuple[Path, Grower]) -> None:
    """Facts and balances; what a table keeps of its earlier rows is the database's to keep."""
    found = records(grown[0])
    half = len(found) // 2
    whole = projected(NODE_ID, found)
    first = projected(NODE_ID, found[:half])
    second = projected(NODE_ID, found[:half])
    second.begin_batch()
    for record in found[half:]:
        second.take(record)
    for table in TABLES:
        if not table.kept:
            assert merged(table, [first, second]) == merged(table, [whole]), table.name


def test_other_rules_are_refused_with_their_step(tmp_path: Path) -> None:
    write_journal(tmp_path / "data", [epoch_command(1, 999)])
    with pytest.raises(DataError, match="under rules version 999, and this program projects"):
        projected(7, records(tmp_path / "data"))


def test_an_account_never_changes_hands(tmp_path: Path) -> None:
    made = projection_of(tmp_path / "data", TRADE)
    posting = next(record for record in records(tmp_path / "data") if record.kind == 101)
    made.key = (0, -1)
    made.accounts[0].owner = "BOB"
    with pytest.raises(
        DataError, match="account 0 is client BOB USD in the ledger and client ALICE"
    ):
        made.take(posting)
