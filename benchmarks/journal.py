"""What does the journal cost: a commit under each policy, and reading it back?

python -m benchmarks.journal [--smoke] [--dir DIR]

An order is taken as three records of 152 bytes; a group is the orders of one commit. The peer of
each policy is a bare pwrite of the same bytes, with an fdatasync under batch, into a file prepared
the same way on the same disk, interleaved with ours round by round. Not included: the core, the
sockets, building the records. CPU is that of the whole process, helper threads included.
"""

import argparse
import json
import os
import platform
import statistics
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from internaliser.journal.crc import checksum, has_crc_instruction
from internaliser.journal.folder import DataFolder
from internaliser.journal.reader import JournalReader
from internaliser.journal.writer import JournalWriter

RECORDS_AN_ORDER = 3
RECORD_SIZE = 152
ORDER_SIZE = RECORDS_AN_ORDER * RECORD_SIZE
ROUNDS = 5
PEER_SIZE = 64 << 20

Policy = str


def order(seq: int) -> bytes:
    """The records of one order: a command and two events by size, filled with what is not zero."""
    filling = bytes((seq * 7 + n) & 0xFF for n in range(RECORD_SIZE - 16))
    return b"".join(
        struct.pack("<IHHQ", RECORD_SIZE, 100, index, seq) + filling
        for index in range(RECORDS_AN_ORDER)
    )


class Bare:
    """The least a durable store can do: write, and sync if asked."""

    def __init__(self, path: Path, *, is_synced: bool) -> None:
        self.fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.is_synced = is_synced
        self.at = 0
        if is_synced:
            for at in range(0, PEER_SIZE, 1 << 20):
                os.pwrite(self.fd, bytes(1 << 20), at)
        else:
            os.posix_fallocate(self.fd, 0, PEER_SIZE)
        os.fsync(self.fd)

    def store(self, group: bytes) -> None:
        if self.at + len(group) > PEER_SIZE:
            self.at = 0
        os.pwrite(self.fd, group, self.at)
        self.at += len(group)
        if self.is_synced:
            os.fdatasync(self.fd)


def timed(store: Callable[[bytes], None], group: bytes, count: int) -> list[int]:
    """Nanoseconds of each of `count` stores."""
    times = []
    for _ in range(count):
        start = time.perf_counter_ns()
        store(group)
        times.append(time.perf_counter_ns() - start)
    return times


def percentile(times: list[int], part: float) -> float:
    return round(sorted(times)[int(len(times) * part)] / 1000, 2)


def measure_policy(
    folder: Path, policy: Policy, group_orders: int, commits: int
) -> dict[str, float]:
    """Latency of a commit beside the bare peer, then throughput without the peer."""
    group = b"".join(order(n) for n in range(group_orders))
    bare = Bare(folder / "bare", is_synced=policy == "batch")
    ours: list[int] = []
    theirs: list[int] = []
    with (
        DataFolder(folder / "data") as data,
        JournalWriter(data, node_id=1, policy=policy) as writer,  # type: ignore[arg-type]
    ):
        step = iter(range(1, 1 << 60))

        def store(records: bytes) -> None:
            writer.write(records)
            writer.end_batch(next(step))

        for _ in range(ROUNDS):
            ours += timed(store, group, commits // ROUNDS)
            theirs += timed(bare.store, group, commits // ROUNDS)
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(commits):
            store(group)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        waits = writer.segment_waits
    os.close(bare.fd)
    orders = commits * group_orders
    return {
        "p50_us": percentile(ours, 0.5),
        "p99_us": percentile(ours, 0.99),
        "bare_p50_us": percentile(theirs, 0.5),
        "ratio_p50": round(percentile(ours, 0.5) / percentile(theirs, 0.5), 3),
        "orders_per_s": round(orders / wall),
        "mb_per_s": round(orders * ORDER_SIZE / wall / 1e6, 1),
        "cpu_us_per_order": round(cpu / orders * 1e6, 3),
        "segment_waits": waits,
    }


def measure_reader(folder: Path, records: int) -> dict[str, float]:
    """Records a second of a reader that checks everything, over a journal in the page cache."""
    group = b"".join(order(n) for n in range(64))
    with (
        DataFolder(folder / "data") as data,
        JournalWriter(data, node_id=1, policy="off") as writer,
    ):
        for n in range(records // RECORDS_AN_ORDER // 64):
            writer.write(group)
            writer.end_batch(n)
    speeds = []
    for _ in range(ROUNDS):
        with JournalReader(folder / "data" / "journal") as reader:
            start = time.perf_counter()
            count = reader.count_rest()
            speeds.append(count / (time.perf_counter() - start))
    return {"records": count, "records_per_s": round(statistics.median(speeds))}


def measure_checksum() -> dict[str, float]:
    """The journal's checksum over bytes that are in the cache: one order, and one large batch."""
    figures: dict[str, float] = {}
    for name, size, rounds in (("order", ORDER_SIZE, 20000), ("batch", 64 * ORDER_SIZE, 2000)):
        data = os.urandom(size)
        start = time.perf_counter()
        for _ in range(rounds):
            checksum(data)
        figures[f"{name}_gb_per_s"] = round(size * rounds / (time.perf_counter() - start) / 1e9, 2)
    return figures


def main() -> None:
    """Measure and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a small run: proves that it works")
    parser.add_argument("--dir", type=Path, default=Path(), help="a folder on the disk to measure")
    arguments = parser.parse_args()
    small = 50 if arguments.smoke else 1
    figures: dict[str, object] = {
        "benchmark": "journal",
        "machine": platform.machine(),
        "crc_instruction": has_crc_instruction(),
        "order_bytes": ORDER_SIZE,
        "checksum": measure_checksum(),
    }
    for policy in ("batch", "interval", "off"):
        for group, commits in ((1, 5000), (64, 5000)):
            with tempfile.TemporaryDirectory(dir=arguments.dir) as folder:
                figures[f"{policy}_{group}"] = measure_policy(
                    Path(folder), policy, group, commits // small
                )
    with tempfile.TemporaryDirectory(dir=arguments.dir) as folder:
        figures["reader"] = measure_reader(Path(folder), 3_000_000 // small)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
