"""What is wrong with a journal on the disk, said so that a person finds the place."""

from dataclasses import dataclass
from pathlib import Path

from internaliser.errors import DataError

REASONS = (
    "nothing is wrong",
    "a batch is missing",
    "the segment's head does not verify",
    "the segment does not continue the one before it",
    "the format version is not one this program reads",
    "the batch's head does not verify",
    "the batch does not follow the one before it",
    "the batch's checksum does not fit its bytes",
    "the records of the batch do not fill it",
    "the file cannot be read",
    "bytes stand behind the last batch",
)
"""By FaultKind of cursor.pxd."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: in which file, at which byte, concerning which batch."""

    file: Path
    offset: int
    batch_no: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file} at offset {self.offset}: {self.reason} (batch {self.batch_no})"


class JournalDamaged(DataError):
    """Something that was on the disk for certain is missing or changed."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"journal damaged: {fault}")
        self.fault = fault


def segment_path(journal_folder: Path, segment_no: int) -> Path:
    """The file of a segment."""
    return journal_folder / f"{segment_no:010d}.segment"


def segment_numbers(journal_folder: Path) -> list[int]:
    """Numbers of the segments that are there, lowest first."""
    return sorted(
        int(path.stem) for path in journal_folder.glob("*.segment") if path.stem.isdecimal()
    )


def fault_at(
    journal_folder: Path, kind: int, segment_no: int, offset: int, batch_no: int, error: str
) -> Fault:
    """A Fault from what a cursor found; `error` is the system's word, empty if it had none."""
    reason = f"{REASONS[kind]}: {error}" if error else REASONS[kind]
    return Fault(segment_path(journal_folder, segment_no), offset, batch_no, reason)
