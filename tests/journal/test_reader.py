"""The reader: order, boundaries, tails of a live journal, and standing at a place."""

import threading
from pathlib import Path

import pytest

from internaliser.errors import DataError
from internaliser.journal.reader import Ending, JournalReader

from .records import (
    BATCH_HEAD,
    BATCH_MAX,
    SEGMENT_HEAD,
    SEGMENT_SIZE,
    numbered,
    opened,
    read_all,
    record,
    write_batches,
)


def flat(batches: list[list[bytes]]) -> list[bytes]:
    return [data for batch in batches for data in batch]


def test_a_record_says_what_it_is_and_where_it_stands(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        position = writer.write(record(41, b"abc", kind=103, index=2))
        writer.end_batch(1)
    with JournalReader(tmp_path / "d" / "journal") as reader:
        (entry,) = reader
    assert (entry.kind, entry.seq, entry.index) == (103, 41, 2)
    assert (entry.position, entry.batch_no) == (position, 1)
    assert entry.data == record(41, b"abc", kind=103, index=2)


def test_the_boundaries_and_times_of_batches_are_visible(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        positions = write_batches(writer, numbered(3))
    with JournalReader(tmp_path / "d" / "journal") as reader:
        seen = [(reader.batch_no, reader.batch_position, reader.batch_time_ns) for _ in reader]
    assert seen == [(n, positions[2 * n - 2] - 48, n) for n in (1, 2, 3) for _ in range(2)]


def test_a_folder_without_a_journal_is_empty_and_clean(tmp_path: Path) -> None:
    with JournalReader(tmp_path) as reader:
        assert list(reader) == []
        assert reader.find_end() is Ending.CLEAN


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be opened: No such file"):
        JournalReader(tmp_path / "nowhere")


def test_a_reader_that_came_before_the_journal_sees_it(tmp_path: Path) -> None:
    (tmp_path / "d" / "journal").mkdir(parents=True, mode=0o700)
    (tmp_path / "d").chmod(0o700)
    with JournalReader(tmp_path / "d" / "journal") as reader:
        assert list(reader) == []
        with opened(tmp_path / "d") as writer:
            write_batches(writer, numbered(2))
            assert [entry.data for entry in reader] == flat(numbered(2))


def test_a_reader_at_the_end_goes_on_over_segments_when_asked_again(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer, JournalReader(tmp_path / "d" / "journal") as reader:
        found: list[bytes] = []
        for n in range(1, 500):
            write_batches(writer, numbered(1, first=n))
            found += [entry.data for entry in reader]
            if n % 50 == 0:
                assert reader.find_end() is Ending.CLEAN
    assert found == flat(numbered(499))


def test_a_live_tail_reads_what_another_thread_writes(tmp_path: Path) -> None:
    count = 4000
    with opened(tmp_path / "d", policy="off") as writer:
        thread = threading.Thread(target=write_batches, args=(writer, numbered(count)))
        with JournalReader(tmp_path / "d" / "journal") as reader:
            thread.start()
            found: list[bytes] = []
            while len(found) < 2 * count and reader.find_end() is not Ending.DAMAGED:
                found += [entry.data for entry in reader]
        thread.join()
    assert found == flat(numbered(count))


def test_a_durable_tail_stops_at_what_was_released(tmp_path: Path) -> None:
    journal = tmp_path / "d" / "journal"
    with (
        opened(tmp_path / "d") as writer,
        JournalReader(journal) as whole,
        JournalReader(journal, durable_only=True) as durable,
    ):
        write_batches(writer, numbered(1))
        for _ in range(3):
            writer.write(record(2, b"x" * 4000))
        # The turn was larger than a batch: one is on the disk, none of it is committed.
        assert len(list(whole)) == 4
        assert len(list(durable)) == 2
        writer.end_batch(2)
        assert len(list(whole)) == 1
        assert len(list(durable)) == 3


@pytest.mark.parametrize("count", [1, 40, 600])
def test_a_reader_stands_at_any_position(tmp_path: Path, count: int) -> None:
    with opened(tmp_path / "d") as writer:
        positions = write_batches(writer, numbered(count))
        end = writer.next_position
    with JournalReader(tmp_path / "d" / "journal") as reader:
        for index in range(0, len(positions), max(1, count // 20)):
            reader.seek(positions[index])
            assert [entry.position for entry in reader] == positions[index:]
            reader.seek(positions[index] + 8)
            assert [entry.position for entry in reader] == positions[index + 1 :]
        reader.seek(end)
        assert list(reader) == []
        assert (reader.next_batch, reader.next_position) == (count + 1, end)


def test_the_end_of_a_segment_filled_to_its_last_byte_is_a_place_to_go_on(tmp_path: Path) -> None:
    whole, short = BATCH_MAX - BATCH_HEAD - 16, BATCH_MAX - BATCH_HEAD - 16 - 24
    assert SEGMENT_HEAD + 3 * (BATCH_MAX - 24) + BATCH_MAX == SEGMENT_SIZE
    with opened(tmp_path / "d") as writer:
        batches = [[record(n, bytes(size))] for n, size in enumerate([short] * 3 + [whole], 1)]
        write_batches(writer, batches)
        assert writer.released == (4, SEGMENT_SIZE)
        with JournalReader(tmp_path / "d" / "journal", durable_only=True) as reader:
            reader.seek(SEGMENT_SIZE)
            assert list(reader) == []
            write_batches(writer, [[record(5)]])
            assert [entry.seq for entry in reader] == [5]


def test_a_position_behind_the_end_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(3))
        end = writer.next_position
    with JournalReader(tmp_path / "d" / "journal") as reader:
        for position in (end + 8, SEGMENT_SIZE, 100 * SEGMENT_SIZE):
            with pytest.raises(DataError, match=f"does not reach position {position}"):
                reader.seek(position)


def test_a_reader_stands_at_any_batch(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(300))
    with JournalReader(tmp_path / "d" / "journal") as reader:
        for batch_no in (1, 2, 118, 119, 120, 250, 300):
            reader.seek_batch(batch_no)
            assert next(reader).batch_no == batch_no
        reader.seek_batch(301)
        assert list(reader) == []
        with pytest.raises(DataError, match="does not reach batch 302"):
            reader.seek_batch(302)


def test_number_place_and_checksum_of_the_end_are_those_of_the_writer(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(300))
        written = (writer.batch_no, writer.next_position, writer.last_crc)
        with JournalReader(tmp_path / "d" / "journal") as reader:
            assert reader.count_rest() == 600
            assert (reader.next_batch, reader.next_position, reader.last_crc) == written


def test_a_journal_whose_old_segments_are_gone_is_read_from_where_it_begins(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(600))
    journal = tmp_path / "d" / "journal"
    whole = read_all(tmp_path / "d")
    (journal / "0000000000.segment").unlink()
    with JournalReader(journal) as reader:
        found = [entry.data for entry in reader]
        assert not reader.starts_at_first_batch
        assert reader.check() is None
    assert 0 < len(found) < len(whole)
    assert found == whole[-len(found) :]


def test_reading_changes_no_file(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(20))
    files = sorted((tmp_path / "d").rglob("*"))
    before = [(path, path.stat().st_mtime_ns, path.stat().st_size) for path in files]
    read_all(tmp_path / "d")
    files = sorted((tmp_path / "d").rglob("*"))
    assert [(path, path.stat().st_mtime_ns, path.stat().st_size) for path in files] == before


def test_records_of_some_kinds_are_taken_in_bounded_pieces(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        for number in range(40):
            writer.write(record(number, b"abc", kind=100 + number % 4))
            if number % 3 == 0:
                writer.end_batch(number)
        writer.end_batch(99)
        folder = tmp_path / "d" / "journal"
        with JournalReader(folder) as whole, JournalReader(folder) as some:
            every = list(whole)
            found: list[tuple[int, bytes]] = []
            passed, count = 0, 7
            while count == 7:
                records, count = some.take_of({101: None, 103: None}, 7)
                found += [(one.position, one.data) for one in records]
                passed += count
            wanted = [one for one in every if one.kind in (101, 103)]
            assert found == [(one.position, one.data) for one in wanted]
            assert len(found) == 20
            assert passed == len(every) == 40
            assert some.take_of({101: None}, 7) == ([], 0)
            writer.write(record(41, b"abc", kind=101))
            writer.end_batch(100)
            assert [one.seq for one in some.take_of({101: None}, 7)[0]] == [41]


def test_of_a_kind_only_those_with_a_value_at_a_place_are_taken(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        for number in range(12):
            writer.write(record(number, bytes([number % 3, 0, 9, 9]), kind=100))
        writer.end_batch(1)
        with JournalReader(tmp_path / "d" / "journal") as reader:
            found, passed = reader.take_of({100: (16, 2)}, 100)
            assert [one.seq for one in found] == [2, 5, 8, 11]
            assert passed == 12
        with JournalReader(tmp_path / "d" / "journal") as reader:
            assert reader.take_of({100: (5000, 0)}, 100) == ([], 12)
