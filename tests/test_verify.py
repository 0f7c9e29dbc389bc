"""`verify` finds nothing where nothing is wrong, and each kind of wrong where it is."""

import shutil
from pathlib import Path

import pytest

from internaliser.core.core import Core
from internaliser.errors import DataError
from internaliser.model.commands import admin_command
from internaliser.model.fields import record_fields
from internaliser.model.records import cancel_order
from internaliser.verify import Sums, report, verify
from tests.journaled_core import journal_of
from tests.records import order_event, write_journal
from tests.small_market import ALICE, FUNDED, TRADE

ORDERS = [
    *TRADE,
    cancel_order(
        client=ALICE, cl_ord_id="a2", orig_cl_ord_id="a1", instrument=0, side="buy", session=None
    ),
    admin_command("halt", note="ann: test [1]"),
]


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> tuple[Core, Path]:
    data = tmp_path_factory.mktemp("node") / "data"
    return journal_of(data, FUNDED, ORDERS), data


def test_a_whole_folder_has_no_finding(core: tuple[Core, Path]) -> None:
    found = report(core[1])
    assert found["findings"] == []
    assert found["ok"] is True
    assert (found["seq"], found["state_hash"]) == (core[0].seq, core[0].state_hash())
    assert (found["orders"], found["executions"]) == (2, 2)


def test_a_flipped_bit_is_found_with_its_place(core: tuple[Core, Path], tmp_path: Path) -> None:
    shutil.copytree(core[1], tmp_path / "copy")
    segment = next(
        path
        for path in (tmp_path / "copy" / "journal").iterdir()
        if b"ann: test" in path.read_bytes()
    )
    content = bytearray(segment.read_bytes())
    content[content.index(b"ann: test")] ^= 1
    segment.write_bytes(content)
    found = report(tmp_path / "copy")
    assert found["ok"] is False
    assert f"{segment} at offset" in found["findings"][0]


def test_an_output_that_replay_does_not_give_is_found(tmp_path: Path) -> None:
    def dearer(record: bytes) -> bytes:
        is_execution = record[4:6] == b"\x64\x00" and record_fields(record)["event"] == "executed"
        return (
            record.replace((200).to_bytes(8, "little"), (201).to_bytes(8, "little"))
            if (is_execution)
            else record
        )

    journal_of(tmp_path / "data", FUNDED, ORDERS, dearer)
    findings, _ = verify(tmp_path / "data")
    assert any("replay differs from the journal at step" in finding for finding in findings)
    assert any("notional is not the sum" in finding for finding in findings)


def test_a_folder_without_a_journal_cannot_be_verified(tmp_path: Path) -> None:
    write_journal(tmp_path / "data", [])
    with pytest.raises(DataError, match="there is no journal"):
        verify(tmp_path / "data")


# the sums alone


def executed(seq: int, **fields: object) -> dict[str, object]:
    usual = {"order_id": 1, "qty": 10, "cum_qty": 4, "last_qty": 4, "last_px": 5, "notional": 20}
    status = {"status": "partially_filled"}
    record = order_event("executed", seq, **{**usual, **status, **fields})  # type: ignore[arg-type]
    return record_fields(record)


def findings(*events: dict[str, object]) -> list[str]:
    sums = Sums(node_id=1)
    for event in events:
        sums.take_order_event(event)
    sums.finish()
    return sums.findings


def second(**fields: object) -> dict[str, object]:
    other: dict[str, object] = {"order_id": 2, "contra_id": 1, "side": "2", "index": 2}
    return executed(3, **{**other, **fields})


def test_two_sides_that_fit_are_no_finding() -> None:
    assert findings(executed(3, contra_id=2), second()) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"last_px": 6, "notional": 24}, "the two sides of a trade do not fit each other"),
        ({"side": "1"}, "the two sides of a trade do not fit each other"),
        ({"contra_id": 9}, "the two sides of a trade do not fit each other"),
        ({"cum_qty": 5}, "order 1-0-2: CumQty 5, executed 4"),
        ({"notional": 21}, "the notional is not the sum of the executions"),
        ({"qty": 3}, "order 1-0-2: executed 4 of 3 lots"),
        ({"index": 1}, "an ExecID does not rise"),
        ({"status": "filled"}, ""),
    ],
)
def test_what_does_not_add_up_is_found(changed: dict[str, object], told: str) -> None:
    found = findings(executed(3, contra_id=2), second(**changed))
    if told:
        assert f"step 3: {told}" in found
    else:
        assert found == []


def test_a_lonely_side_is_found() -> None:
    assert findings(executed(3)) == ["step 3: a trade has one side only"]


def test_a_posting_of_nothing_is_found() -> None:
    sums = Sums(node_id=1)
    posting = {"seq": 1, "amount": 0, "debit_account": 1, "credit_account": 2}
    sums.take_posting(posting)
    assert sums.findings == ["step 1: a posting of 0"]
