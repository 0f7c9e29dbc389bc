"""Where recovery starts: behind the newest snapshot that fits, or at the first batch."""

from dataclasses import dataclass
from pathlib import Path

from internaliser.errors import DataError
from internaliser.journal.fault import JournalDamaged, segment_numbers
from internaliser.journal.folder import journal_folder, snapshot_folder
from internaliser.journal.reader import JournalReader
from internaliser.journal.snapshot import Snapshot, SnapshotDamaged, snapshot_paths


@dataclass(frozen=True, slots=True)
class Start:
    """`reader` stands before what to replay; `ignored` says which snapshots were not taken."""

    reader: JournalReader
    snapshot: Snapshot | None
    ignored: tuple[str, ...]


def find_start(data_folder: Path, *, layout: int, use_snapshots: bool = True) -> Start:
    """Choose the snapshot to load. Changes nothing.

    `layout` is the fingerprint of the state this program would load; a snapshot of another one is
    not taken. Raises JournalDamaged when the oldest segment does not verify, DataError when no
    snapshot can be taken and the journal does not reach back to its first batch.
    """
    ignored: list[str] = []
    for path in snapshot_paths(snapshot_folder(data_folder)) if use_snapshots else ():
        reader = JournalReader(journal_folder(data_folder))
        try:
            snapshot = Snapshot(path)
            stand_behind(reader, snapshot, layout)
        except DataError as error:
            reader.close()
            ignored.append(str(error))
        else:
            return Start(reader, snapshot, tuple(ignored))
    reader = JournalReader(journal_folder(data_folder))
    if reader.fault is not None:
        raise JournalDamaged(reader.fault)
    if (ignored or segment_numbers(reader.folder)) and not reader.starts_at_first_batch:
        reader.close()
        raise DataError(
            f"data folder {data_folder} cannot be recovered: its journal does not begin at batch 1 "
            f"and no snapshot fits it ({'; '.join(ignored) or 'there is none'})"
        )
    return Start(reader, None, tuple(ignored))


def stand_behind(reader: JournalReader, snapshot: Snapshot, layout: int) -> None:
    """Put the reader behind the snapshot's last batch; DataError where the two contradict."""
    if snapshot.layout != layout:
        raise SnapshotDamaged(
            f"snapshot {snapshot.path}: layout {snapshot.layout:#x}, expected {layout:#x}"
        )
    reader.seek(snapshot.position)
    found = (reader.node_id, reader.next_batch - 1, reader.last_crc)
    expected = (snapshot.node_id, snapshot.batch_no, snapshot.last_crc)
    if found != expected:
        raise DataError(
            f"snapshot {snapshot.path} is not of this journal: expected node, batch and checksum "
            f"{expected}, found {found}"
        )
