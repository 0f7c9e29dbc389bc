"""The durable mark as it stands on the disk: the highest slot that checks counts."""

import struct
from pathlib import Path

import pytest

from internaliser.journal.reader import JournalReader

from .records import numbered, opened, write_batches

MAGIC, CHECK = 0x4B52414D4E4A4E49, 0x5AA5C33C96690FF0


def synced_by(folder: Path, mark: bytes) -> int:
    (folder / "durable").write_bytes(mark)
    with JournalReader(folder) as reader:
        return reader.synced_batch


def mark_of(*slots: tuple[int, int], released: int = 0) -> bytes:
    return struct.pack("<QQ", MAGIC, released) + b"".join(
        struct.pack("<QQ", *slot) for slot in slots
    )


def good(batch_no: int) -> tuple[int, int]:
    return batch_no, batch_no ^ CHECK


def test_the_highest_slot_that_checks_counts(tmp_path: Path) -> None:
    assert synced_by(tmp_path, mark_of(good(4), good(5), good(2), good(3))) == 5


def test_a_slot_cut_in_half_does_not_count(tmp_path: Path) -> None:
    assert synced_by(tmp_path, mark_of(good(4), (6, 5 ^ CHECK), good(2), good(3))) == 4


@pytest.mark.parametrize("size", [0, 16, 79])
def test_a_mark_cut_short_says_nothing(tmp_path: Path, size: int) -> None:
    assert synced_by(tmp_path, mark_of(good(4), good(5), good(2), good(3))[:size]) == 0


def test_a_commit_leaves_what_it_synced_and_what_it_released_in_the_file(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(3))
        data = (tmp_path / "d" / "journal" / "durable").read_bytes()
    assert data == mark_of(good(3), good(2), good(0), good(0), released=3)


def test_a_mark_that_was_lost_is_made_anew(tmp_path: Path) -> None:
    with opened(tmp_path / "d") as writer:
        write_batches(writer, numbered(3))
    (tmp_path / "d" / "journal" / "durable").unlink()
    with opened(tmp_path / "d"), JournalReader(tmp_path / "d" / "journal") as reader:
        assert reader.synced_batch == 3
