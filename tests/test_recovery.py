"""Recovery: the same state again, from nothing, from a snapshot, up to any step."""

from pathlib import Path

import pytest

from internaliser.errors import DataError
from internaliser.journal.fault import segment_path
from internaliser.journal.folder import DataFolder, snapshot_folder
from internaliser.journal.snapshot import snapshot_paths
from internaliser.recovery import recover
from tests.gateway.desk import ORDER, Desk
from tests.journal.conftest import tmp_path

__all__ = ["tmp_path"]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Two clients crossed; one order is still open."""
    desk = Desk(tmp_path / "data")
    desk.log_on("CLIENT1", "CLIENT2")
    desk.says("CLIENT1", ORDER.format("a", 2, 5, "1.00"))
    desk.says("CLIENT2", ORDER.format("b", 1, 3, "1.00"))
    return desk


def test_an_empty_folder_is_a_node_that_never_lived(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data"):
        state = recover(tmp_path / "data", node_id=1)
    assert (state.core.seq, state.replay.record_count, state.torn_tail) == (0, 0, None)


def test_the_state_is_that_of_the_last_turn(desk: Desk) -> None:
    core = desk.node.state.core
    desk.node.crash()
    state = recover(desk.folder, node_id=1)
    assert (state.core.seq, state.core.state_hash()) == (core.seq, core.state_hash())
    state.core.check()


def test_recovery_changes_nothing_on_the_disk(desk: Desk) -> None:
    desk.node.crash()
    before = {path: path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()}
    recover(desk.folder, node_id=1)
    assert {path: path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()} == before


def test_a_snapshot_and_what_came_after_lead_to_the_same_state(desk: Desk) -> None:
    desk.hang_up("CLIENT1")
    desk.hang_up("CLIENT2")
    desk.node.stop(desk.now_ns)
    desk.restart()
    desk.log_on("CLIENT1")
    desk.says("CLIENT1", "F|11=c|41=a|55=TEST1|54=2|38=5")
    desk.node.crash()
    short = recover(desk.folder, node_id=1)
    whole = recover(desk.folder, node_id=1, from_start=True)
    assert short.replay.record_count < whole.replay.record_count
    assert short.core.state_hash() == whole.core.state_hash()
    assert short.roster.counters() == whole.roster.counters()
    assert short.sent.positions(0) == whole.sent.positions(0)


def test_a_damaged_snapshot_is_passed_over_and_said_so(desk: Desk) -> None:
    desk.hang_up("CLIENT1")
    desk.hang_up("CLIENT2")
    desk.node.stop(desk.now_ns)
    (path,) = snapshot_paths(snapshot_folder(desk.folder))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    state = recover(desk.folder, node_id=1)
    assert len(state.ignored_snapshots) == 1
    assert state.core.state_hash() == desk.node.state.core.state_hash()


def test_recovery_stands_at_any_step(desk: Desk) -> None:
    desk.node.crash()
    whole = recover(desk.folder, node_id=1)
    seqs = [row["order_id"] & (1 << 44) - 1 for row in whole.core.orders()]
    before = recover(desk.folder, node_id=1, until=seqs[1] - 1)
    assert [row["cum_qty"] for row in before.core.orders()] == [0]
    at = recover(desk.folder, node_id=1, until=seqs[1])
    assert [row["cum_qty"] for row in at.core.orders()] == [3, 3]


def test_a_damaged_journal_is_refused(desk: Desk) -> None:
    desk.node.crash()
    path = segment_path(desk.folder / "journal", 0)
    data = bytearray(path.read_bytes())
    data[600] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError, match="damage"):
        recover(desk.folder, node_id=1)


def test_the_journal_of_another_node_is_refused(desk: Desk) -> None:
    desk.node.crash()
    with pytest.raises(DataError):
        recover(desk.folder, node_id=2)


def test_an_epoch_rises_with_every_start_so_that_no_id_comes_twice(desk: Desk) -> None:
    desk.restart()
    desk.log_on("CLIENT1")
    (report,) = desk.says("CLIENT1", ORDER.format("late", 1, 1, "0.50"))
    assert "|37=1-2-" in report
    assert "|17=1-2-" in report
