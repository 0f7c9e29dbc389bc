"""The writer: positions, batches, segments, policies, and what a failing disk does to it."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from internaliser.errors import DataError
from internaliser.journal.folder import DataFolder
from internaliser.journal.reader import JournalReader
from internaliser.journal.writer import JournalWriter

from .records import (
    BATCH_HEAD,
    BATCH_MAX,
    SEGMENT_HEAD,
    SEGMENT_SIZE,
    first_segment,
    numbered,
    opened,
    read_all,
    record,
    write_batches,
)

POLICIES = ("batch", "interval", "off")


def redirect(path: Path, target: str) -> None:
    """Make this process's writing descriptor of `path` one of `target`: a disk that fails."""
    for name in os.listdir("/proc/self/fd"):
        link = f"/proc/self/fd/{name}"
        if os.path.exists(link) and os.path.realpath(link) == str(path.resolve()):
            fd = os.open(target, os.O_RDWR)
            os.dup2(fd, int(name))
            os.close(fd)
            return
    raise AssertionError(f"{path} is not open")


def test_the_first_record_stands_behind_both_heads(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        assert writer.write(record(1, bytes(16))) == SEGMENT_HEAD + BATCH_HEAD
        assert writer.write(record(1, index=1)) == SEGMENT_HEAD + BATCH_HEAD + 32


def test_a_record_can_be_read_before_and_after_its_commit(tmp_path: Path) -> None:
    first, second = record(1, b"first"), record(2, b"the second one")
    with opened(tmp_path / "d") as writer:
        at = [writer.write(first), writer.write(second)]
        assert [writer.read_record(position) for position in at] == [first, second]
        writer.end_batch(1)
        assert [writer.read_record(position) for position in at] == [first, second]


def test_nothing_is_read_where_no_record_can_begin(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        position = writer.write(record(1))
        writer.end_batch(1)
        for wrong in (0, 8, position + 4, position + 16, 10**15):
            assert writer.read_record(wrong) is None


def test_every_record_of_many_segments_can_be_read_by_position(tmp_path: Path) -> None:
    batches = numbered(800, size=200)
    with opened(tmp_path / "d", policy="off") as writer:
        positions = write_batches(writer, batches)
        found = [writer.read_record(position) for position in positions]
        assert len(list((tmp_path / "d" / "journal").glob("*.segment"))) > 8
    assert found == [data for batch in batches for data in batch]


def test_a_position_counts_the_segments_before_it(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        positions = write_batches(writer, numbered(300))
    with JournalReader(tmp_path / "d" / "journal") as reader:
        assert [entry.position for entry in reader] == positions
    assert {position // SEGMENT_SIZE for position in positions} == {0, 1, 2}


def test_an_empty_batch_writes_nothing_and_takes_no_number(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(1))
        before = (writer.batch_no, writer.next_position, writer.last_crc)
        writer.end_batch(2)
        assert (writer.batch_no, writer.next_position, writer.last_crc) == before


def test_a_turn_larger_than_a_batch_becomes_several_that_count_together(tmp_path: Path) -> None:
    turn = [record(n, bytes(992)) for n in range(20)]
    with opened(tmp_path / "d") as writer:
        for data in turn:
            writer.write(data)
        assert (writer.batch_no, writer.durable_batch) == (3, 0)
        writer.end_batch(1)
        assert (writer.batch_no, writer.durable_batch, writer.synced_batch) == (4, 3, 3)
    assert read_all(tmp_path / "d") == turn


def test_the_largest_record_fills_a_batch(tmp_path: Path) -> None:
    largest = record(1, bytes(BATCH_MAX - BATCH_HEAD - 16))
    with opened(tmp_path / "d") as writer:
        writer.write(largest)
        writer.end_batch(1)
        with pytest.raises(ValueError, match="larger than a batch"):
            writer.write(record(1, bytes(BATCH_MAX - BATCH_HEAD - 8)))
    assert read_all(tmp_path / "d") == [largest]


def test_a_record_whose_head_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer, pytest.raises(ValueError, match="at 0 says 24 bytes"):
        writer.write(record(1, bytes(8))[:-8])


def test_records_back_to_back_are_appended_one_by_one(tmp_path: Path) -> None:
    batch = [record(1, b"a"), record(1, bytes(100), index=1), record(1, b"c", index=2)]
    with opened(tmp_path / "d") as writer:
        assert writer.write(b"".join(batch)) == SEGMENT_HEAD + BATCH_HEAD
        with pytest.raises(ValueError, match="at 24 says 0 bytes"):
            writer.write(record(1, b"d") + bytes(16))
        writer.end_batch(1)
    assert read_all(tmp_path / "d") == batch


def test_under_batch_every_commit_is_synced(tmp_path: Path) -> None:
    with opened(tmp_path / "d", policy="batch") as writer:
        for n, batch in enumerate(numbered(5), start=1):
            write_batches(writer, [batch])
            assert (writer.durable_batch, writer.synced_batch) == (n, n)


def test_under_off_a_batch_may_leave_though_it_is_not_synced(tmp_path: Path) -> None:
    with opened(tmp_path / "d", policy="off") as writer:
        write_batches(writer, numbered(3))
        assert (writer.durable_batch, writer.synced_batch) == (3, 0)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_commit_that_must_sync_syncs_all_before_it(tmp_path: Path, policy: str) -> None:
    with opened(tmp_path / "d", policy=policy, interval_ms=3_600_000) as writer:
        write_batches(writer, numbered(300))
        writer.write(record(1))
        writer.end_batch(1, must_sync=True)
        assert (writer.durable_batch, writer.synced_batch) == (301, 301)


def test_an_empty_commit_that_must_sync_syncs_what_is_not(tmp_path: Path) -> None:
    with opened(tmp_path / "d", policy="off") as writer:
        write_batches(writer, numbered(3))
        writer.end_batch(4, must_sync=True)
        assert writer.synced_batch == 3


@pytest.mark.parametrize("policy", POLICIES)
@settings(max_examples=15, deadline=None)
@given(
    turns=st.lists(
        st.lists(st.binary(min_size=0, max_size=2000), max_size=8), min_size=1, max_size=30
    ),
    reopen_at=st.integers(0, 30),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    policy: str,
    turns: list[list[bytes]],
    reopen_at: int,
) -> None:
    path = tmp_path_factory.mktemp("journal") / "d"
    batches = [[record(n, data) for data in turn] for n, turn in enumerate(turns)]
    with opened(path, policy=policy) as writer:
        positions = write_batches(writer, batches[:reopen_at])
    with opened(path, policy=policy) as writer:
        assert writer.torn_tail is None
        positions += write_batches(writer, batches[reopen_at:])
        expected = [data for batch in batches for data in batch]
        assert [writer.read_record(position) for position in positions] == expected
    with JournalReader(path / "journal") as reader:
        assert [(entry.position, entry.data) for entry in reader] == list(
            zip(positions, expected, strict=True)
        )
        assert reader.check() is None


def test_a_journal_goes_on_with_numbers_and_chain(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(3))
        before = (writer.batch_no, writer.next_position, writer.last_crc)
    with opened(tmp_path / "d") as writer:
        assert (writer.batch_no, writer.next_position, writer.last_crc) == before
        assert (writer.durable_batch, writer.synced_batch) == (3, 3)


def test_a_journal_keeps_the_sizes_it_was_made_with(tmp_path: Path) -> None:
    with opened(tmp_path / "d"):
        pass
    with opened(tmp_path / "d", segment_size=1 << 20, batch_max=16384) as writer:
        assert (writer.segment_size, writer.batch_max) == (SEGMENT_SIZE, BATCH_MAX)


def test_a_batch_that_was_not_committed_is_not_there_after_close(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(1))
        writer.write(record(9))
    assert read_all(tmp_path / "d") == numbered(1)[0]


def test_the_journal_of_another_node_is_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "d", node_id=7):
        pass
    with (
        pytest.raises(DataError, match="is that of node 7, expected node 8"),
        opened(tmp_path / "d", node_id=8),
    ):
        pass


def test_a_folder_that_is_not_held_is_refused(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "d")
    folder.close()
    with pytest.raises(TypeError, match="holds"):
        JournalWriter(folder, node_id=7)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"batch_max": 100},
            "batch_max: expected a multiple of 8 from 8192 to 67108864, found 100",
        ),
        ({"segment_size": 8192}, "segment_size: expected a multiple of 8, at least 4 times"),
        ({"policy": "never"}, "policy: expected batch, interval, off, found 'never'"),
        ({"ahead": 0}, "ahead: expected 1 to 8, found 0"),
    ],
)
def test_sizes_that_contradict_each_other_are_refused(
    tmp_path: Path, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said), opened(tmp_path / "d", **options):
        pass


def assert_failed_for_good(writer: JournalWriter, error: int) -> None:
    with pytest.raises(OSError, match=os.strerror(error)) as caught:
        writer.end_batch(2)
    assert caught.value.errno == error
    with pytest.raises(OSError, match=os.strerror(error)) as caught:
        writer.write(record(9))
    assert caught.value.errno == error
    with pytest.raises(OSError, match=os.strerror(error)) as caught:
        writer.end_batch(3, must_sync=True)
    assert caught.value.errno == error


@pytest.mark.parametrize("policy", ["batch", "interval"])
def test_a_full_disk_fails_the_journal_for_good(tmp_path: Path, policy: str) -> None:
    with opened(tmp_path / "d", policy=policy, interval_ms=3_600_000) as writer:
        write_batches(writer, numbered(2))
        redirect(first_segment(tmp_path / "d"), "/dev/full")
        writer.write(record(3))
        assert_failed_for_good(writer, 28)
        assert (writer.batch_no, writer.durable_batch) == (3, 2)
    assert read_all(tmp_path / "d") == [data for batch in numbered(2) for data in batch]


def test_a_sync_that_fails_is_not_tried_again(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(2))
        # A write to /dev/null succeeds, its fdatasync does not: EINVAL.
        redirect(first_segment(tmp_path / "d"), "/dev/null")
        writer.write(record(3))
        assert_failed_for_good(writer, 22)
        assert (writer.durable_batch, writer.synced_batch) == (2, 2)


def test_a_sync_that_fails_under_off_fails_only_who_asked_for_it(tmp_path: Path) -> None:
    with opened(tmp_path / "d", policy="off") as writer:
        redirect(first_segment(tmp_path / "d"), "/dev/null")
        write_batches(writer, numbered(1))
        assert writer.durable_batch == 1
        writer.write(record(2))
        with pytest.raises(OSError, match="Invalid argument"):
            writer.end_batch(2, must_sync=True)
        assert_failed_for_good(writer, 22)


def in_child(path: Path, body: Callable[[Path], None]) -> None:
    """Run a function of this module in another process: it changes limits of the whole process."""
    subprocess.run(
        [sys.executable, "-c", f"from {__name__} import *; {body.__name__}(Path({str(path)!r}))"],
        check=True,
        cwd=Path(__file__).parents[2],
    )


def write_past_the_file_limit(path: Path) -> None:
    with opened(path) as writer:
        write_batches(writer, numbered(1))
        resource.setrlimit(resource.RLIMIT_FSIZE, (writer.next_position + 100, -1))
        writer.write(record(2, b"x" * 400))
        assert_failed_for_good(writer, 27)
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
        # The kernel took 100 bytes of the batch before it refused the rest.
        data = first_segment(path).read_bytes()
        assert any(data[writer.next_position : writer.next_position + 100])
        assert not any(data[writer.next_position + 100 :])
    with opened(path) as writer:
        assert writer.torn_tail is not None
        write_batches(writer, numbered(1, first=5))
    expected = numbered(1) + numbered(1, first=5)
    assert read_all(path) == [data for batch in expected for data in batch]


def test_a_short_write_fails_the_journal_and_is_dropped_at_the_next_start(tmp_path: Path) -> None:
    in_child(tmp_path / "d", write_past_the_file_limit)
