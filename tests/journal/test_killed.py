"""A process killed while it writes: what it had released is there, whatever the policy."""

import subprocess
import sys
from pathlib import Path

import pytest

from internaliser.journal.reader import JournalReader

from .records import opened, record, write_batches

WRITER = """
import os, sys
from pathlib import Path
from tests.journal.records import opened, record
with opened(Path(sys.argv[1]), policy=sys.argv[2]) as writer:
    start = writer.batch_no
    for n in range(start, start + 100000):
        writer.write(record(n, b"%d" % n * 50) + record(n, index=1))
        writer.end_batch(n)
        os.write(1, b"%d\\n" % n)
"""


@pytest.mark.parametrize("policy", ["batch", "interval", "off"])
def test_everything_released_before_a_kill_is_there_after_it(tmp_path: Path, policy: str) -> None:
    released = 0
    for lines in (1, 37, 400, 2):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "d"), policy],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        ) as child:
            assert child.stdout is not None
            for _ in range(lines):
                child.stdout.readline()
            child.kill()
            released = max(int(line) for line in [*child.stdout.read().split(), released or b"0"])
        with JournalReader(tmp_path / "d" / "journal") as reader:
            found = [entry.data for entry in reader]
            reader.check()
        assert len(found) // 2 >= released
        assert found == [
            data
            for n in range(1, len(found) // 2 + 1)
            for data in (record(n, b"%d" % n * 50), record(n, index=1))
        ]
    with opened(tmp_path / "d") as writer:
        assert writer.batch_no == len(found) // 2 + 1
        write_batches(writer, [[record(0)]])
