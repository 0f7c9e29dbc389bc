"""Whole reads and writes, seen through the writer and a reader over awkward files."""

from pathlib import Path

from internaliser.journal.reader import Ending, JournalReader

from .records import first_segment, numbered, opened, record, write_batches


def test_a_batch_larger_than_what_is_read_at_once_is_read_whole(tmp_path: Path) -> None:
    large = record(1, bytes(range(256)) * 4000)
    with opened(tmp_path / "d", segment_size=8 << 20, batch_max=2 << 20) as writer:
        write_batches(writer, [[large], [record(2)], [large]])
    with JournalReader(tmp_path / "d" / "journal") as reader:
        assert [entry.data for entry in reader] == [large, record(2), large]


def test_what_is_written_behind_a_batch_is_the_zeros_that_stood_there(tmp_path: Path) -> None:
    """Under interval the kernel is given whole pieces; the file is the same as without them."""
    journals = {}
    for policy in ("interval", "batch"):
        folder = tmp_path / policy
        with opened(folder, policy=policy, segment_size=200_000, interval_ms=3600000) as writer:
            write_batches(writer, numbered(1500))
        paths = sorted((folder / "journal").glob("*.segment"))
        journals[policy] = [path.read_bytes() for path in paths]
        with JournalReader(folder / "journal") as reader:
            assert [entry.data for entry in reader] == [
                data for batch in numbered(1500) for data in batch
            ]
    sizes = [len(data) for data in journals["interval"]]
    ends = [len(data.rstrip(b"\0")) for data in journals["interval"]]
    assert set(sizes) == {200_000}
    assert ends == [len(data.rstrip(b"\0")) for data in journals["batch"]]


def test_a_file_that_ends_within_a_batch_is_read_up_to_that_batch(tmp_path: Path) -> None:
    with opened(tmp_path / "d", policy="off") as writer:
        write_batches(writer, numbered(3))
        data = first_segment(tmp_path / "d").read_bytes()
        end = writer.next_position
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "0000000000.segment").write_bytes(data[: end - 1])
    with JournalReader(copy) as reader:
        assert len(list(reader)) == 4
        assert reader.find_end() is Ending.TORN
