"""Choosing the snapshot: the newest that fits, else the whole journal, else a refusal."""

import os
from pathlib import Path
from typing import Any

import pytest

from internaliser.errors import DataError
from internaliser.journal.fault import JournalDamaged, segment_path
from internaliser.journal.snapshot import snapshot_paths, write_snapshot
from internaliser.journal.start import find_start

from .records import first_segment, numbered, opened, write_batches

LAYOUT = 77


def write_node(path: Path, *, before: int = 300, after: int = 300, **changes: Any) -> list[bytes]:
    """A journal with a snapshot in the middle; the records behind it."""
    with opened(path) as writer:
        write_batches(writer, numbered(before))
        place: dict[str, Any] = {
            "node_id": 7,
            "layout": LAYOUT,
            "rules_version": 1,
            "seq": before,
            "batch_no": writer.batch_no - 1,
            "position": writer.next_position,
            "last_crc": writer.last_crc,
            "time_ns": 5,
        }
        write_snapshot(path / "snapshots", {1: b"state"}, **{**place, **changes})
        later = numbered(after, first=before + 1)
        write_batches(writer, later)
    return [data for batch in later for data in batch]


def test_recovery_starts_behind_the_snapshot(tmp_path: Path) -> None:
    later = write_node(tmp_path / "d")
    start = find_start(tmp_path / "d", layout=LAYOUT)
    assert start.snapshot is not None
    assert start.snapshot.stretch(1) == b"state"
    assert [entry.data for entry in start.reader] == later
    assert start.ignored == ()


def test_a_snapshot_at_the_very_end_is_taken_also_where_the_segment_is_full(
    tmp_path: Path,
) -> None:
    for before in range(114, 122):
        later = write_node(tmp_path / str(before), before=before, after=before % 2)
        start = find_start(tmp_path / str(before), layout=LAYOUT)
        assert start.snapshot is not None
        assert [entry.data for entry in start.reader] == later


def test_a_new_folder_starts_with_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "d"):
        pass
    start = find_start(tmp_path / "d", layout=LAYOUT)
    assert (start.snapshot, start.ignored, list(start.reader)) == (None, (), [])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"layout": 5}, "layout 0x5, expected 0x4d"),
        ({"last_crc": 5}, "is not of this journal"),
        ({"batch_no": 299}, "is not of this journal"),
        ({"node_id": 8}, "is not of this journal"),
        ({"position": 1 << 40}, "does not reach position"),
    ],
)
def test_a_snapshot_that_does_not_fit_is_ignored_and_all_is_replayed(
    tmp_path: Path, changes: dict[str, int], said: str
) -> None:
    write_node(tmp_path / "d", **changes)
    start = find_start(tmp_path / "d", layout=LAYOUT)
    assert start.snapshot is None
    assert len(list(start.reader)) == 1200
    (reason,) = start.ignored
    assert said in reason


def test_a_damaged_snapshot_gives_way_to_the_one_before_it(tmp_path: Path) -> None:
    write_node(tmp_path / "d", before=100, after=50)
    with opened(tmp_path / "d") as writer:
        write_snapshot(
            tmp_path / "d" / "snapshots",
            {1: b"newer"},
            node_id=7,
            layout=LAYOUT,
            rules_version=1,
            seq=150,
            batch_no=150,
            position=writer.next_position,
            last_crc=writer.last_crc,
            time_ns=6,
        )
    newest = snapshot_paths(tmp_path / "d" / "snapshots")[0]
    os.truncate(newest, newest.stat().st_size - 1)
    start = find_start(tmp_path / "d", layout=LAYOUT)
    assert start.snapshot is not None
    assert start.snapshot.batch_no == 100
    assert len(list(start.reader)) == 100
    assert len(start.ignored) == 1


def test_without_the_first_segment_and_without_a_snapshot_that_fits_nothing_starts(
    tmp_path: Path,
) -> None:
    write_node(tmp_path / "d", layout=5)
    segment_path(tmp_path / "d" / "journal", 0).unlink()
    with pytest.raises(DataError, match="does not begin at batch 1 and no snapshot fits it"):
        find_start(tmp_path / "d", layout=LAYOUT)


def test_without_the_first_segment_a_snapshot_that_fits_is_enough(tmp_path: Path) -> None:
    later = write_node(tmp_path / "d")
    segment_path(tmp_path / "d" / "journal", 0).unlink()
    start = find_start(tmp_path / "d", layout=LAYOUT)
    assert [entry.data for entry in start.reader] == later


def test_a_first_segment_that_does_not_verify_is_named(tmp_path: Path) -> None:
    write_node(tmp_path / "d", layout=5)
    first_segment(tmp_path / "d").write_bytes(b"x" * 32768)
    with pytest.raises(JournalDamaged, match=r"0000000000\.segment at offset 0"):
        find_start(tmp_path / "d", layout=LAYOUT)
