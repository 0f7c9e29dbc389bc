"""Finding the end for appending, and what is cleared behind it."""

from pathlib import Path

import pytest

from internaliser.journal.fault import JournalDamaged, segment_path
from internaliser.journal.opening import clear_after, find_end

from .records import SEGMENT_SIZE, first_segment, numbered, opened, write_batches


def test_a_folder_without_segments_has_no_end(tmp_path: Path) -> None:
    assert find_end(tmp_path) is None


def test_the_end_is_where_the_writer_stopped(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(300))
        position, crc = writer.next_position, writer.last_crc
    end = find_end(tmp_path / "d" / "journal")
    assert end is not None
    assert end.segment_no * SEGMENT_SIZE + end.offset == position
    assert (end.next_batch, end.chain, end.node_id, end.torn) == (301, crc, 7, None)


def test_only_what_may_be_unsynced_is_walked(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(600))
    journal = tmp_path / "d" / "journal"
    end = find_end(journal)
    assert end is not None
    assert end.walked_from == end.segment_no > 1
    (journal / "durable").unlink()
    end = find_end(journal)
    assert end is not None
    assert end.walked_from == 0


def test_a_gap_among_the_old_segments_is_damage(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(600))
    segment_path(tmp_path / "d" / "journal", 1).unlink()
    with pytest.raises(JournalDamaged, match=r"0000000001\.segment at offset 0: a batch is m"):
        find_end(tmp_path / "d" / "journal")


def test_a_segment_cut_short_gets_its_size_back_and_only_zeros_behind_the_end(
    tmp_path: Path,
) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(3))
        end_at = writer.next_position
    segment = first_segment(tmp_path / "d")
    segment.write_bytes(segment.read_bytes()[:end_at] + b"\0" * 64 + b"rest")
    end = find_end(tmp_path / "d" / "journal")
    assert end is not None
    assert end.torn is not None
    assert end.torn.reason == "bytes stand behind the last batch"
    clear_after(tmp_path / "d" / "journal", end)
    data = segment.read_bytes()
    assert len(data) == SEGMENT_SIZE
    assert data[end_at:] == bytes(SEGMENT_SIZE - end_at)


def test_later_segments_become_prepared_ones(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(3))
    journal = tmp_path / "d" / "journal"
    segment_path(journal, 1).write_bytes(b"stale")
    segment_path(journal, 2).write_bytes(bytes(SEGMENT_SIZE))
    segment_path(journal, 4).write_bytes(bytes(SEGMENT_SIZE))
    segment_path(journal, 3).unlink(missing_ok=True)
    end = find_end(journal)
    assert end is not None
    assert clear_after(journal, end) == 2
    assert [path.name for path in sorted(journal.glob("*.segment"))] == [
        f"{n:010d}.segment" for n in range(3)
    ]
    assert segment_path(journal, 1).read_bytes() == bytes(SEGMENT_SIZE)
