"""Building records and journals, and reading them back, for the tests of this room."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from internaliser.journal.fault import segment_path
from internaliser.journal.folder import DataFolder
from internaliser.journal.reader import JournalReader
from internaliser.journal.writer import JournalWriter

SEGMENT_SIZE = 32768
BATCH_MAX = 8192
SEGMENT_HEAD = 72
BATCH_HEAD = 48


def record(seq: int, payload: bytes = b"", *, kind: int = 100, index: int = 0) -> bytes:
    """A record with a RecordHead; the payload is padded with zeros to a multiple of 8."""
    payload += bytes(-len(payload) % 8)
    return struct.pack("<IHHQ", 16 + len(payload), kind, index, seq) + payload


@contextmanager
def opened(path: Path, **options: Any) -> Iterator[JournalWriter]:
    """A writer with small segments on the data folder `path`."""
    options = {"node_id": 7, "segment_size": SEGMENT_SIZE, "batch_max": BATCH_MAX, **options}
    with DataFolder(path) as folder, JournalWriter(folder, **options) as writer:
        yield writer


def write_batches(writer: JournalWriter, batches: list[list[bytes]]) -> list[int]:
    """Append and commit each batch; the positions of all records."""
    positions = []
    for now_ns, batch in enumerate(batches, start=1):
        positions += [writer.write(data) for data in batch]
        writer.end_batch(now_ns)
    return positions


def numbered(count: int, *, first: int = 1, size: int = 64) -> list[list[bytes]]:
    """`count` batches of two records each, whose bytes differ."""
    return [
        [record(n, struct.pack("<Q", n) * (size // 8), index=i) for i in range(2)]
        for n in range(first, first + count)
    ]


def read_all(data_folder: Path) -> list[bytes]:
    """Every record that can be read, in order."""
    with JournalReader(data_folder / "journal") as reader:
        return [entry.data for entry in reader]


def first_segment(data_folder: Path) -> Path:
    """The file of segment 0."""
    return segment_path(data_folder / "journal", 0)
