"""Syncs: in what order (as the kernel records it), by whom, and what follows when one fails."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from internaliser.journal.reader import JournalReader
from internaliser.journal.writer import JournalWriter

from .records import SEGMENT_HEAD, first_segment, numbered, opened, record, write_batches
from .test_writer import redirect

COMMITS = 200
PIECE = 65536  # what is written at once where a segment has no pages yet
PATIENCE_S = 20.0
CALL = re.compile(r"(\w+)(?:\(| resumed>).*\) += (-?\d+)")  # also the second half of one

WRITER = """
import os, sys
from pathlib import Path
from tests.journal.records import opened, record
with opened(Path(sys.argv[1]), policy=sys.argv[2], segment_size=1 << 20, interval_ms=3600000) as w:
    for n in range(int(sys.argv[3])):
        w.write(record(n, b"x" * 400))
        os.write(1, b"begin\\n")
        w.end_batch(n, n % 2 == 0)
        os.write(1, b"released\\n")
"""


def calls_of_commits(tmp_path: Path, policy: str) -> list[list[str]]:
    """The system calls the writing thread made in each commit, with their results."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trace = tmp_path / "trace"
    child = [sys.executable, "-c", WRITER, str(tmp_path / "d"), policy, str(COMMITS)]
    subprocess.run(
        ["strace", "-f", "-o", str(trace), *child],
        check=True,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.DEVNULL,
    )
    lines = trace.read_text().splitlines()
    writing_thread = next(line.split()[0] for line in lines if 'write(1, "begin' in line)
    commits: list[list[str]] = []
    is_inside = False
    for line in lines:
        if line.split()[0] != writing_thread:
            continue
        if 'write(1, "released' in line:
            is_inside = False
        elif is_inside and (call := CALL.search(line)) and call[1] != "write":
            commits[-1].append(f"{call[1]} = {call[2]}")
        if 'write(1, "begin' in line:
            is_inside = True
            commits.append([])
    return commits


def test_under_batch_a_commit_returns_after_its_write_and_its_completed_sync(
    tmp_path: Path,
) -> None:
    written = "pwrite64 = 464"
    assert calls_of_commits(tmp_path, "batch") == [[written, "fdatasync = 0"]] * COMMITS


def test_under_interval_a_commit_only_writes_unless_it_must_sync(tmp_path: Path) -> None:
    expected: list[list[str]] = []
    for n in range(COMMITS):
        at = SEGMENT_HEAD + n * 464
        new_piece = (
            -(-(at + 464) // PIECE) * PIECE if n == 0 or at // PIECE != (at + 463) // PIECE else 0
        )
        written = f"pwritev = {new_piece - at}" if new_piece else "pwrite64 = 464"
        expected.append([written, "fdatasync = 0"] if n % 2 == 0 else [written])
    assert sum("pwritev" in calls[0] for calls in expected) == 2
    assert calls_of_commits(tmp_path, "interval") == expected


def test_under_off_a_commit_makes_no_call_unless_it_must_sync(tmp_path: Path) -> None:
    expected: list[list[str]] = [["fdatasync = 0"], []] * (COMMITS // 2)
    assert calls_of_commits(tmp_path, "off") == expected


def wait_for(writer: JournalWriter, synced_batch: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while writer.synced_batch < synced_batch and time.monotonic() < deadline:
        writer.end_batch(1)
    assert writer.synced_batch >= synced_batch


def test_under_interval_a_thread_syncs_and_the_mark_says_so(tmp_path: Path) -> None:
    with opened(tmp_path / "d", policy="interval", interval_ms=1) as writer:
        write_batches(writer, numbered(5))
        wait_for(writer, 5)
        with JournalReader(tmp_path / "d" / "journal") as reader:
            assert reader.synced_batch == 5


def test_under_off_finished_segments_are_synced(tmp_path: Path) -> None:
    with opened(tmp_path / "d", policy="off") as writer:
        write_batches(writer, numbered(400))
        with JournalReader(tmp_path / "d" / "journal") as reader:
            batches = [entry.batch_no for entry in reader if entry.position < 2 * 32768]
        wait_for(writer, batches[-1])
        assert writer.synced_batch < 400


def test_a_sync_that_fails_in_the_thread_fails_the_next_commit(tmp_path: Path) -> None:
    with opened(tmp_path / "d", policy="interval", interval_ms=1) as writer:
        write_batches(writer, numbered(1))
        wait_for(writer, 1)
        redirect(first_segment(tmp_path / "d"), "/dev/null")
        write_batches(writer, [[record(2)]])
        with pytest.raises(OSError, match="Invalid argument"):
            wait_for(writer, 2)
        assert writer.synced_batch == 1
        with pytest.raises(OSError, match="Invalid argument"):
            writer.write(record(3))


def test_close_syncs_what_was_committed(tmp_path: Path) -> None:
    with opened(tmp_path / "d", policy="off") as writer:
        write_batches(writer, numbered(300))
    with JournalReader(tmp_path / "d" / "journal") as reader:
        assert reader.synced_batch == 300
