"""A client that was away asks for everything it missed, while three others trade.

    python -m tests.node.big_resend [--count 50000]

CLIENT1 rests an order and leaves; CLIENT2 takes it piece by piece, so that `count` reports wait.
Then CLIENT1 comes back and asks for all of them, while CLIENT3 to CLIENT5 trade at an even pace as
they did before. One JSON line: seconds until the last report was there, complete and in order; p99
of the others before and meanwhile; the memory the node took for it.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from internaliser.fix_client import FixClient, value
from tests.node.fix import fields_of, split, time_text
from tests.node.process import NodeProcess
from tests.node.tls import Plain

TRADERS = ("CLIENT3", "CLIENT4", "CLIENT5")
PAUSE_S = 0.004  # between two orders of a trader
QUIET_BEFORE_S = 3.0
WINDOW = 200
PATIENCE_S = 60.0
BARS = {"seconds": 3.0, "p99_ratio": 2.0, "rss_mb": 64.0}


def order(number: str, side: int, qty: int = 1, tif: int = 0) -> list[tuple[int, Any]]:
    return [
        (35, "D"), (11, number), (55, "TEST1"), (54, side), (60, time_text(time.time_ns())),
        (38, qty), (40, 2), (44, "100.00"), (59, tif),
    ]  # fmt: skip


class Trader(threading.Thread):
    """Sends an order that finds nobody and waits for its report, again and again."""

    def __init__(self, port: int, name: str) -> None:
        super().__init__(daemon=True)
        self.client = FixClient("127.0.0.1", port, name, "NODE")
        self.client.log_on()
        self.times: list[tuple[float, float]] = []  # when, how long
        self.is_over = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.is_over.wait(PAUSE_S):
            number += 1
            start_s = time.monotonic()
            fields = order(f"t{number}", 1, tif=3)
            fields[2] = (55, "TEST2")
            self.client.send(fields)
            while (came := self.client.receive(PATIENCE_S)) is not None:
                if value(came, 39) in (b"4", b"8"):
                    break
            self.times.append((start_s, time.monotonic() - start_s))


def p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)] if times else 0.0


def miss(port: int, count: int) -> int:
    """CLIENT1 misses `count` fills; the next number it expects."""
    absent = FixClient("127.0.0.1", port, "CLIENT1", "NODE")
    absent.log_on()
    absent.send(order("rests", 2, qty=count))
    while value(absent.receive(PATIENCE_S) or [], 150) != b"0":
        pass
    absent.log_out()
    taker = FixClient("127.0.0.1", port, "CLIENT2", "NODE")
    taker.log_on()
    waiting = 0
    for number in range(count):
        taker.send(order(f"x{number}", 1))
        waiting += 1
        while waiting >= WINDOW or (waiting and number == count - 1):
            came = taker.receive(PATIENCE_S)
            assert came is not None, "no report for an order"
            waiting -= value(came, 39) in (b"2", b"4", b"8")
    taker.log_out()
    return absent.next_out


def come_back(port: int, next_out: int, count: int) -> tuple[float, float]:
    """Ask for everything; from when to when. Checked afterwards: each fill must be the next one."""
    os.nice(10)  # it stands for another machine: the others here are not to wait for it
    client = Plain(port)
    client.next_out = next_out
    client.send("CLIENT1", "A|98=0|108=30")
    answer = client.receive()
    assert answer is not None
    assert answer[b"35"] == b"A", answer
    start_s = time.monotonic()
    client.send("CLIENT1", "2|7=1|16=0")
    data = client.receive_all(b"\x01150=F\x01", count)
    end_s = time.monotonic()
    client.close()
    fills, number = 0, 0
    for message in split(data)[0]:
        came = dict(fields_of(message))
        assert int(came[b"34"]) > number, f"number {came[b'34']!r} after {number}"
        number = int(came[b"34"])
        if came.get(b"150") == b"F":
            fills += 1
            assert came[b"43"] == b"Y", "a fill that is no repeat"
            assert int(came[b"14"]) == fills, f"fill {fills} is missing"
    assert fills >= count - 1, f"{fills} of {count} fills are whole"  # the last may be cut
    return start_s, end_s


def resident_mb(pid: int) -> float:
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * 4096 / 2**20


def run(count: int, folder: Path, chunk: int = 64) -> dict[str, float]:
    """The figures of one run."""
    node = NodeProcess(
        folder / "data", settings=["journal.sync=interval", f"fix.resend_chunk={chunk}"]
    )
    node.wait_ready()
    try:
        next_out = miss(node.port, count)
        traders = [Trader(node.port, name) for name in TRADERS]
        for trader in traders:
            trader.start()
        time.sleep(QUIET_BEFORE_S)
        before_mb = resident_mb(node.pid)
        # In a process of its own: its reading would hold up the traders in this one.
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:
            from_s, to_s = apart.submit(come_back, node.port, next_out, count).result()
        grown_mb = resident_mb(node.pid) - before_mb
        for trader in traders:
            trader.is_over.set()
        for trader in traders:
            trader.join(PATIENCE_S)
            trader.client.close()
        times = [one for trader in traders for one in trader.times]
    finally:
        code = node.stop()
    assert code == 0, node.errors.read_text()
    before_s = p99([took for start, took in times if start < from_s])
    meanwhile_s = p99([took for start, took in times if from_s <= start <= to_s])
    return {
        "count": count,
        "seconds": round(to_s - from_s, 3),
        "p99_before_ms": round(before_s * 1000, 3),
        "p99_meanwhile_ms": round(meanwhile_s * 1000, 3),
        "p99_ratio": round(meanwhile_s / before_s, 2) if before_s else 0,
        "rss_mb": round(grown_mb, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--chunk", type=int, default=64, help="fix.resend_chunk")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="resend-") as folder:
        figures = run(options.count, Path(folder), options.chunk)
    missed = [name for name, bar in BARS.items() if figures[name] > bar]
    print(json.dumps({**figures, "missed": missed}))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
