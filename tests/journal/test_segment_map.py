"""The mapped segment: which one, how much of it is resident, and what a copy cut short leaves."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .records import BATCH_HEAD, numbered, opened, read_all, record, write_batches

MIB = 1 << 20
PATIENCE_S = 20.0


def mapped(folder: Path) -> dict[str, int]:
    """Resident kilobytes of each segment of `folder` that this process maps."""
    text = Path("/proc/self/smaps").read_text()
    segments = re.escape(f"{folder.resolve()}/journal/") + r"(\d+)\.segment\n"
    pattern = segments + r"(?:.*\n)*?Rss: +(\d+) kB"
    return {name: int(size) for name, size in re.findall(pattern, text)}


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_so()


def test_the_segment_being_written_and_those_ahead_are_mapped(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    with opened(folder, policy="off", ahead=2) as writer:
        wait_until(lambda: sorted(mapped(folder)) == [f"{n:010d}" for n in range(3)])
        write_batches(writer, numbered(500))
        number = writer.next_position // writer.segment_size
        assert number > 1
        wait_until(lambda: sorted(mapped(folder)) == [f"{number + n:010d}" for n in range(3)])
    assert not mapped(folder)
    assert len(read_all(folder)) == 1000


@pytest.mark.parametrize("policy", ["batch", "interval"])
def test_nothing_is_mapped_where_something_syncs(tmp_path: Path, policy: str) -> None:
    with opened(tmp_path / "d", policy=policy) as writer:
        write_batches(writer, numbered(3))
        assert not mapped(tmp_path / "d")


def test_what_was_written_does_not_stay_resident(tmp_path: Path) -> None:
    with opened(tmp_path / "d", policy="off", segment_size=8 * MIB, batch_max=MIB) as writer:
        batch = [record(n, b"x" * 4000) for n in range(64)]
        positions = write_batches(writer, [batch] * 20)
        assert positions[-1] > 4 * MIB
        assert mapped(tmp_path / "d")["0000000000"] <= 1024 + 512
    assert read_all(tmp_path / "d") == batch * 20


@pytest.mark.parametrize("policy", ["interval", "off"])
def test_a_copy_cut_short_is_dropped_at_the_next_start(tmp_path: Path, policy: str) -> None:
    """The first eight bytes come last: without them the batch never was."""
    with opened(tmp_path / "d", policy=policy) as writer:
        write_batches(writer, numbered(3))
        begin = writer.next_position
        write_batches(writer, numbered(1, first=4))
    segment = tmp_path / "d" / "journal" / "0000000000.segment"
    data = bytearray(segment.read_bytes())
    assert any(data[begin : begin + 8])
    assert any(data[begin + BATCH_HEAD :])
    data[begin : begin + 8] = bytes(8)
    segment.write_bytes(data)
    (tmp_path / "d" / "journal" / "durable").unlink()  # its close had said that all is on the disk
    with opened(tmp_path / "d", policy=policy) as writer:
        assert writer.torn_tail is not None
        assert writer.next_position == begin
        write_batches(writer, numbered(1, first=5))
    expected = [*numbered(3), *numbered(1, first=5)]
    assert read_all(tmp_path / "d") == [data for batch in expected for data in batch]
