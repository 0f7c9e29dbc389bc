"""Cut, changed and lost bytes: a true prefix with all that was acknowledged, or a refusal.

INTERNALISER_DEEP=1 lets the fuzz run for ten minutes.
"""

import os
import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from internaliser.journal.fault import JournalDamaged, segment_path
from internaliser.journal.reader import JournalReader

from .records import (
    SEGMENT_SIZE,
    first_segment,
    numbered,
    opened,
    read_all,
    record,
    write_batches,
)

FUZZ_S = 600.0 if os.environ.get("INTERNALISER_DEEP") else 3.0
COPIES = 256


@dataclass(frozen=True, slots=True)
class Written:
    """A closed data folder, its records, the batches they came in, and where the bytes end."""

    path: Path
    records: list[bytes]
    batches: list[list[bytes]]
    end: int


def write_journal(path: Path, count: int, *, policy: str = "batch") -> Written:
    batches = numbered(count)
    with opened(path, policy=policy, interval_ms=3_600_000) as writer:
        write_batches(writer, batches)
        # Copies are taken while the node lives: an orderly close would sync. What is being prepared
        # is no journal yet and may get its name while the copy is made.
        preparing = shutil.ignore_patterns("preparing")
        shutil.copytree(path, path.with_name("killed"), ignore=preparing)
        end = writer.next_position
    records = [data for batch in batches for data in batch]
    return Written(path.with_name("killed"), records, batches, end)


def copy_of(written: Written, to: Path) -> Path:
    shutil.rmtree(to, ignore_errors=True)
    return Path(shutil.copytree(written.path, to))


def start_over(path: Path) -> list[bytes] | None:
    """Start as a node does: read and check all, open, write a batch; what stands before that.

    None where the start is refused.
    """
    try:
        with JournalReader(path / "journal") as reader:
            reader.count_rest()
            reader.check()
        with opened(path) as writer:
            writer.write(record(999, b"after"))
            writer.end_batch(1)
    except JournalDamaged:
        return None
    found = read_all(path)
    assert found.pop() == record(999, b"after")
    return found


def is_true_prefix(found: list[bytes], written: Written) -> bool:
    whole_batches = len(found) % 2 == 0
    return whole_batches and found == written.records[: len(found)]


def flip(path: Path, offset: int, mask: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        (byte,) = file.read(1)
        file.seek(offset)
        file.write(bytes([byte ^ mask]))


def test_a_synced_journal_cut_anywhere_in_its_last_4_kib_is_whole_or_refused(
    tmp_path: Path,
) -> None:
    written = write_journal(tmp_path / "d", 40)
    outcomes = {"whole": 0, "refused": 0}
    for step in range(COPIES):
        path = copy_of(written, tmp_path / "cut")
        cut = written.end + 64 - 4096 * step // COPIES - step % 8
        os.truncate(first_segment(path), cut)
        found = start_over(path)
        if cut >= written.end:
            assert found == written.records
            outcomes["whole"] += 1
        else:
            # Every batch was acknowledged: a prefix would lose some.
            assert found is None or found == written.records
            outcomes["refused" if found is None else "whole"] += 1
    assert outcomes["refused"] > 200


def test_an_unsynced_journal_cut_anywhere_in_its_last_4_kib_starts_with_a_true_prefix(
    tmp_path: Path,
) -> None:
    written = write_journal(tmp_path / "d", 40, policy="off")
    lengths = set()
    for step in range(COPIES):
        path = copy_of(written, tmp_path / "cut")
        cut = written.end - 4096 * step // COPIES - step % 8
        os.truncate(first_segment(path), cut)
        found = start_over(path)
        assert found is not None
        assert is_true_prefix(found, written)
        # Nothing more is lost than what the cut took.
        batch_size = 48 + 2 * 80
        assert len(found) // 2 >= (cut - 72) // batch_size
        lengths.add(len(found))
    assert len(lengths) > 15


@pytest.mark.parametrize("mark", ["kept", "removed"])
def test_a_cut_without_the_durable_mark_loses_only_what_no_batch_vouches_for(
    tmp_path: Path, mark: str
) -> None:
    written = write_journal(tmp_path / "d", 40)
    path = copy_of(written, tmp_path / "cut")
    if mark == "removed":
        (path / "journal" / "durable").unlink()
    os.truncate(first_segment(path), written.end - 8)
    found = start_over(path)
    assert found == (None if mark == "kept" else written.records[:-2])


def test_a_bad_batch_that_a_later_one_vouches_for_is_damage(tmp_path: Path) -> None:
    written = write_journal(tmp_path / "d", 40)
    (written.path / "journal" / "durable").unlink()
    flip(first_segment(written.path), 5000, 4)
    with pytest.raises(JournalDamaged) as caught, opened(written.path):
        pass
    fault = caught.value.fault
    assert fault.file == first_segment(written.path)
    assert fault.offset <= 5000 < fault.offset + 208
    assert fault.reason == "the batch's checksum does not fit its bytes"
    with JournalReader(written.path / "journal") as reader:
        found = [entry.data for entry in reader]
        assert found == written.records[: 2 * (fault.batch_no - 1)]
        with pytest.raises(JournalDamaged):
            reader.check()


def test_a_reader_names_the_damage_in_a_synced_batch_without_looking_behind(
    tmp_path: Path,
) -> None:
    written = write_journal(tmp_path / "d", 40)
    flip(first_segment(written.path), 5000, 4)
    with JournalReader(written.path / "journal") as reader:
        for _ in reader:
            pass
        assert reader.fault is not None
        assert reader.fault.reason == "the batch's checksum does not fit its bytes"


def test_a_torn_tail_is_named_dropped_and_never_read_again(tmp_path: Path) -> None:
    written = write_journal(tmp_path / "d", 40, policy="off")
    segment = first_segment(written.path)
    flip(segment, 5000, 4)
    with opened(written.path, policy="off") as writer:
        assert writer.torn_tail is not None
        assert writer.torn_tail.file == segment
        kept = 2 * (writer.torn_tail.batch_no - 1)
        # Batches as long as the lost ones: the lost ones' remains would stand at the right offsets.
        more = numbered(5, first=500)
        write_batches(writer, more)
    expected = written.records[:kept] + [data for batch in more for data in batch]
    assert read_all(written.path) == expected
    with JournalReader(written.path / "journal") as reader:
        reader.count_rest()
        assert reader.check() is None


def test_a_tail_torn_before_a_later_segment_drops_that_segment(tmp_path: Path) -> None:
    written = write_journal(tmp_path / "d", 400, policy="off")
    flip(first_segment(written.path), 20000, 1)
    found = start_over(written.path)
    # The thread that syncs finished segments may or may not have come to this one.
    assert found is None or found == written.records[: 2 * ((20000 - 72) // 208)]


def test_bytes_where_no_batch_can_begin_any_more_do_not_hide_the_next_segment(
    tmp_path: Path,
) -> None:
    written = write_journal(tmp_path / "d", 400)
    flip(first_segment(written.path), 72 + 118 * 208, 1)
    assert start_over(written.path) == written.records


def test_a_missing_segment_in_the_middle_is_damage(tmp_path: Path) -> None:
    written = write_journal(tmp_path / "d", 400, policy="off")
    segment_path(written.path / "journal", 1).unlink()
    with pytest.raises(JournalDamaged, match="a batch is missing"), opened(written.path):
        pass


def test_a_journal_whose_segments_are_all_gone_is_damage(tmp_path: Path) -> None:
    written = write_journal(tmp_path / "d", 4)
    for path in (written.path / "journal").glob("*.segment"):
        path.unlink()
    with pytest.raises(JournalDamaged, match="all segments are missing"), opened(written.path):
        pass
    with JournalReader(written.path / "journal") as reader:
        assert list(reader) == []
        with pytest.raises(JournalDamaged):
            reader.check()


def test_the_head_of_the_first_segment_must_verify(tmp_path: Path) -> None:
    written = write_journal(tmp_path / "d", 4, policy="off")
    flip(first_segment(written.path), 30, 1)
    with pytest.raises(JournalDamaged, match="at offset 0: the segment's head does not verify"):
        start_over_or_raise(written.path)


def start_over_or_raise(path: Path) -> None:
    with opened(path):
        pass


def test_another_format_version_is_refused_by_name(tmp_path: Path) -> None:
    written = write_journal(tmp_path / "d", 4)
    flip(first_segment(written.path), 8, 2)
    with pytest.raises(JournalDamaged, match="format version is not one this program reads"):
        start_over_or_raise(written.path)


def test_the_segments_of_another_journal_are_refused(tmp_path: Path) -> None:
    one = write_journal(tmp_path / "one", 400)
    other_path = tmp_path / "elsewhere"
    other_path.mkdir()
    other = write_journal(other_path / "other", 400)
    shutil.copy(segment_path(other.path / "journal", 1), segment_path(one.path / "journal", 1))
    with JournalReader(one.path / "journal") as reader:
        reader.count_rest()
        with pytest.raises(JournalDamaged, match="does not continue the one before it"):
            reader.check()


def test_a_batch_put_elsewhere_by_a_client_is_never_taken_for_one(tmp_path: Path) -> None:
    written = write_journal(tmp_path / "d", 4, policy="off")
    stolen = first_segment(written.path).read_bytes()[72 + 208 : 72 + 416]
    with opened(written.path, policy="off") as writer:
        before = writer.next_position
        writer.write(record(5, bytes(8) + stolen))
        writer.end_batch(1)
        shutil.copytree(written.path, tmp_path / "copy")
    # The batch that holds the stolen bytes is torn: they must not count as evidence of a later one.
    flip(first_segment(tmp_path / "copy"), before + 50, 1)
    assert start_over(tmp_path / "copy") == written.records


def test_changed_bytes_anywhere_never_yield_wrong_records(tmp_path: Path) -> None:
    """Each round: one journal, random damage of one kind, then a reader and a start must agree."""
    written = {policy: write_journal_in(tmp_path / policy, policy) for policy in ("batch", "off")}
    seed = int(os.environ.get("INTERNALISER_SEED", "1"))
    deadline = time.monotonic() + FUZZ_S
    rounds = 0
    while time.monotonic() < deadline:
        chance = random.Random(f"{seed}:{rounds}")
        policy = chance.choice(["batch", "off"])
        path = copy_of(written[policy], tmp_path / "fuzz")
        harm(path, chance)
        with JournalReader(path / "journal") as reader:
            read = [entry.data for entry in reader]
            reader.find_end()
        assert is_true_prefix(read, written[policy]), (seed, rounds)
        found = start_over(path)
        if found is not None:
            assert found == read, (seed, rounds)
            if policy == "batch":
                assert found == written[policy].records, (seed, rounds)
        rounds += 1
    assert rounds > 20


def write_journal_in(folder: Path, policy: str) -> Written:
    folder.mkdir()
    return write_journal(folder / "d", 400, policy=policy)


def harm(path: Path, chance: random.Random) -> None:
    """Flip bits, zero or scribble a sector, cut, or swap sectors, in a segment that has batches."""
    segment = segment_path(path / "journal", chance.randrange(3))
    size = segment.stat().st_size
    data = bytearray(segment.read_bytes())
    sector = 512 * chance.randrange(size // 512)
    kind = chance.randrange(5)
    if kind == 0:
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(size)] ^= 1 << chance.randrange(8)
    elif kind == 1:
        data[sector : sector + 512] = bytes(512)
    elif kind == 2:
        data[sector : sector + 512] = chance.randbytes(512)
    elif kind == 3:
        del data[chance.randrange(size) :]
    else:
        other = 512 * chance.randrange(size // 512)
        data[sector : sector + 512], data[other : other + 512] = (
            data[other : other + 512],
            data[sector : sector + 512],
        )
    segment.write_bytes(data)


def test_a_torn_head_of_a_later_segment_is_a_torn_tail(tmp_path: Path) -> None:
    """A power cut kept what stands behind the first sector of a segment's first write."""
    path = tmp_path / "d"
    mark = path / "journal" / "durable"
    with opened(path) as writer:
        write_batches(writer, numbered(100, size=256))
        before = writer.next_position
        first_bad = writer.batch_no
        held = mark.read_bytes()
        for number in range(400):
            writer.write(record(1000 + number, bytes(256)))
        writer.end_batch(9999)
        turned = writer.next_position
    assert turned // SEGMENT_SIZE > before // SEGMENT_SIZE
    mark.write_bytes(held)
    later = segment_path(path / "journal", before // SEGMENT_SIZE + 1)
    data = bytearray(later.read_bytes())
    data[30:512] = bytes(482)
    later.write_bytes(data)
    with opened(path) as writer:
        assert "the segment's head does not verify" in str(writer.torn_tail)
        assert writer.batch_no >= first_bad
