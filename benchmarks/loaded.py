"""A node with a million open orders: what `memory` and `recovery` measure.

with loaded_folder() as folder, Loaded(folder, bench) as node: ...
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.wire import PLAIN, Bench

WINDOW = 64  # orders under way while loading


@contextmanager
def data_folder(disk: Path) -> Iterator[Path]:
    """A data folder on `disk`, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="loaded-", dir=disk))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def run_line(data: Path, sync: str) -> list[object]:
    """The command line of a node on `data`."""
    line = [sys.executable, "-m", "internaliser", "run", "--config", PLAIN, "--data", data]
    return [*line, "--set", "fix.port=0", "--set", f"journal.sync={sync}"]


def ready_facts(line: str) -> dict[str, int]:
    """What READY says: `port` and `recovered_seq`."""
    facts = json.loads(line.removeprefix("READY "))
    return {"port": facts["ports"]["fix"], "recovered_seq": facts["recovered_seq"]}


def load_orders(bench: Bench, port: int, count: int) -> float:
    """Rest `count` orders; how many a second."""
    figures = bench.load("rest", port, count - 1, warmup=1, window=WINDOW)
    rate: float = figures["rate"]
    return round(rate)
