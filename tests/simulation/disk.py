"""A disk's faults on a real journal folder: what a power cut leaves of writes without a sync.

    before = image(folder)
    ... the node writes, and dies before its sync returns ...
    tear(folder, before, random)

A write that fails is made by a limit on the size of files.
"""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

SECTOR = 512


def image(folder: Path) -> dict[str, bytes]:
    """The folder's files, as a power cut now would leave them."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def tear(folder: Path, before: dict[str, bytes], random: Random) -> None:
    """Undo a random part of what was written since `before`: some sectors reached the disk."""
    in_order = random.random() < 0.5
    lost = False
    for path in sorted(folder.iterdir()):
        now = path.read_bytes()
        if path.name == "durable":
            path.write_bytes(before.get(path.name, bytes(len(now))))
            continue
        old = before.get(path.name, bytes(len(now)))
        if len(old) != len(now):
            continue
        changed = [
            at
            for at in range(0, len(now), SECTOR)
            if now[at : at + SECTOR] != old[at : at + SECTOR]
        ]
        torn = bytearray(now)
        for at in changed:
            lost = (lost and in_order) or random.random() < 0.5
            if lost:
                keep = random.randrange(SECTOR) if in_order else 0
                torn[at + keep : at + SECTOR] = old[at + keep : at + SECTOR]
        path.write_bytes(torn)


@contextmanager
def full_at(offset: int) -> Iterator[None]:
    """No file can be written behind `offset`: a write there is cut short or fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (offset, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
