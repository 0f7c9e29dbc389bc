"""Snapshots: written whole or not at all, checked before anything is loaded."""

import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.journal.snapshot import (
    Snapshot,
    SnapshotDamaged,
    snapshot_paths,
    write_snapshot,
)

FILL = f"from {__name__} import *; import sys; write_without_room(Path(sys.argv[1]))"
PLACE: dict[str, Any] = {
    "node_id": 7,
    "layout": 0x1234567890ABCDEF,
    "rules_version": 3,
    "seq": 99,
    "batch_no": 12,
    "position": 4096,
    "last_crc": 0xDEADBEEF,
    "time_ns": 1_700_000_000_000_000_000,
}


def write(folder: Path, stretches: dict[int, bytes], **changes: Any) -> Path:
    write_snapshot(folder, stretches, **{**PLACE, **changes})
    return snapshot_paths(folder)[0]


def test_a_snapshot_says_where_it_belongs(tmp_path: Path) -> None:
    snapshot = Snapshot(write(tmp_path, {1: b"state"}))
    assert {name: getattr(snapshot, name) for name in PLACE} == PLACE
    assert snapshot.path.name == "00000000000000000012.snapshot"


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.integers(0, 2**32 - 1), st.binary(max_size=5000), max_size=20))
def test_every_stretch_comes_back(
    tmp_path_factory: pytest.TempPathFactory, stretches: dict[int, bytes]
) -> None:
    snapshot = Snapshot(write(tmp_path_factory.mktemp("s"), stretches))
    assert {tag: snapshot.stretch(tag) for tag in snapshot.tags} == stretches
    assert snapshot.tags == tuple(stretches)


def test_an_unknown_tag_has_no_stretch(tmp_path: Path) -> None:
    assert Snapshot(write(tmp_path, {1: b"a"})).stretch(2) is None


def test_only_the_newest_two_are_kept(tmp_path: Path) -> None:
    for batch_no in (5, 100, 20, 9):
        write(tmp_path, {1: b"a"}, batch_no=batch_no)
    assert [Snapshot(path).batch_no for path in snapshot_paths(tmp_path)] == [100, 20]
    assert len(list(tmp_path.iterdir())) == 2


def test_every_changed_byte_that_counts_is_found(tmp_path: Path) -> None:
    path = write(tmp_path, {1: b"abc" * 30, 2: b"", 3: bytes(100)})
    whole = path.read_bytes()
    stretches = {1: b"abc" * 30, 2: b"", 3: bytes(100)}
    silent = 0
    for offset in range(len(whole)):
        path.write_bytes(
            whole[:offset] + bytes([whole[offset] ^ (1 << offset % 8)]) + whole[offset + 1 :]
        )
        try:
            snapshot = Snapshot(path)
        except SnapshotDamaged:
            continue
        else:
            # Only the bytes between the stretches may change unseen.
            assert {tag: snapshot.stretch(tag) for tag in snapshot.tags} == stretches
            silent += 1
    assert silent < 2 * 64


@pytest.mark.parametrize("size", [0, 8, 71, 72, 100, 200])
def test_a_snapshot_cut_short_is_refused(tmp_path: Path, size: int) -> None:
    path = write(tmp_path, {1: b"abc" * 100})
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(SnapshotDamaged, match=r"snapshot .*\.snapshot"):
        Snapshot(path)


def write_without_room(folder: Path) -> None:
    """In a process of its own: files may not grow beyond 1000 bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, -1))
    with pytest.raises(OSError, match="File too large"):
        write(folder, {1: b"x" * 5000}, batch_no=13)


def test_a_snapshot_that_cannot_be_written_leaves_no_trace(tmp_path: Path) -> None:
    path = write(tmp_path, {1: b"abc"})
    subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path)],
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert list(tmp_path.iterdir()) == [path]
    assert Snapshot(path).stretch(1) == b"abc"


def test_thousands_of_sessions_fit(tmp_path: Path) -> None:
    stretches = {tag: b"%d" % tag for tag in range(5000)}
    snapshot = Snapshot(write(tmp_path, stretches))
    assert {tag: snapshot.stretch(tag) for tag in snapshot.tags} == stretches
