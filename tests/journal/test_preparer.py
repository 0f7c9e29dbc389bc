"""Segments made ahead: there before they are needed, and what happens when they cannot be."""

import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from internaliser.journal.writer import JournalWriter

from .records import SEGMENT_SIZE, numbered, opened, read_all, record, write_batches

PATIENCE_S = 20.0
FILL = f"from {__name__} import *; import sys; fill_the_last_segment(*sys.argv[1:])"


def wait_until_ready(writer: JournalWriter, count: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while writer.segments_ready < count and time.monotonic() < deadline:
        time.sleep(0)
    assert writer.segments_ready == count


@pytest.mark.parametrize("policy", ["batch", "interval", "off"])
def test_segments_stand_ready_with_their_whole_size_and_only_zeros(
    tmp_path: Path, policy: str
) -> None:
    with opened(tmp_path / "d", policy=policy, ahead=3) as writer:
        wait_until_ready(writer, 3)
        for n in (1, 2, 3):
            path = tmp_path / "d" / "journal" / f"{n:010d}.segment"
            assert path.read_bytes() == bytes(SEGMENT_SIZE)
            assert path.stat().st_blocks * 512 >= SEGMENT_SIZE
            assert path.stat().st_mode & 0o777 == 0o600


def test_a_new_segment_costs_no_waiting_where_one_is_ready(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        for n in range(10):
            wait_until_ready(writer, 2)
            write_batches(writer, numbered(130, first=1 + 130 * n))
        assert writer.next_position > 7 * SEGMENT_SIZE
        assert writer.segment_waits == 0


def test_segments_prepared_before_are_used_after_a_start(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        wait_until_ready(writer, 2)
        write_batches(writer, numbered(1))
    segment = tmp_path / "d" / "journal" / "0000000001.segment"
    before = segment.stat().st_ino
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(300, first=2))
        assert segment.stat().st_ino == before
    assert len(read_all(tmp_path / "d")) == 602


def test_what_an_interrupted_preparation_left_does_not_matter(tmp_path: Path) -> None:
    with opened(tmp_path / "d"):
        pass
    (tmp_path / "d" / "journal" / "preparing").write_bytes(b"junk" * 20000)
    for n in (1, 2):
        (tmp_path / "d" / "journal" / f"{n:010d}.segment").unlink(missing_ok=True)
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(400))
    assert len(read_all(tmp_path / "d")) == 800


def fill_the_last_segment(folder: str, policy: str) -> None:
    """In a process of its own: files may not grow to a segment's size any more."""
    path = Path(folder)
    with opened(path, policy=policy, ahead=1) as writer:
        wait_until_ready(writer, 1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (SEGMENT_SIZE - 8, -1))
        with pytest.raises(OSError, match="File too large"):
            write_batches(writer, numbered(10000))
        with pytest.raises(OSError, match="File too large"):
            writer.write(record(1))
        committed = writer.durable_batch
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    with opened(path) as writer:
        assert writer.torn_tail is None
        assert writer.batch_no == committed + 1
        write_batches(writer, numbered(100))
    assert len(read_all(path)) == 2 * (committed + 100)


@pytest.mark.parametrize("policy", ["batch", "interval", "off"])
def test_a_disk_without_room_for_a_segment_fails_the_commit_that_needs_it(
    tmp_path: Path, policy: str
) -> None:
    subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path / "d"), policy],
        check=True,
        cwd=Path(__file__).parents[2],
    )
