"""What do market data and drop copies cost the orders that flow beside them, and do they keep up?

    python -m benchmarks.feed [--smoke] [--rounds N] [--readers N] [--changes-per-s N] [--disk F]

One node with 50 instruments. feed_maker.c changes its books 20,000 times a second; feed_readers.c
is 200 readers of depth 20 on every instrument, some of which read a little once a second until the
maker has ended, and 20 drop copies that replay from the start; load.c measures order to first
report. Each round measures with the maker alone, then with the feed read as well, so a ratio is
what the readers cost. Node, maker, readers and client share the machine's cores: on two of them the
readers take what the feed could have had. One JSON line. Fails when a reader saw a gap that no id
explains or was cut, when no slow reader was shown books anew or one of them ends with another book
than a quick one, or when a drop copy missed a report.
"""

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.venue_feed import server
from benchmarks.wire import COMPILER_FLAGS, HERE, Bench, Scale
from internaliser.inspect import rows

PREFIX = "P"
DEPTH = 20
CATCH_UP_S = 60
NODE = [sys.executable, "-m", "internaliser", "run"]

HEAD = """
[fix]
port = 0
[journal]
sync = "off"
[feed]
enabled = true
port = 0
default_book = "local"
behind_bytes = {behind_bytes}
socket_bytes = {socket_bytes}
[[assets]]
name = "USD"
decimals = 2
[[assets]]
name = "BTC"
decimals = 0
"""
INSTRUMENT = """
[[instruments]]
symbol = "{symbol}"
base = "BTC"
quote = "USD"
tick = "0.01"
lot = "1"
price_max = "1000000"
qty_max = "1000000"
"""
CLIENT = """
[[clients]]
name = "{name}"
credit = "unlimited"
"""
COPY = """
[[drop_copies]]
name = "{name}"
accounts = ["*"]
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rounds: int
    orders: int
    instruments: int
    readers: int
    slow: int
    copies: int
    changes_per_s: int
    seconds: float
    behind_bytes: int
    socket_bytes: int


FULL = Size(3, 20_000, 50, 200, 10, 20, 20_000, 12.0, 262_144, 65_536)
SMOKE = Size(1, 200, 3, 4, 1, 2, 500, 4.0, 4096, 4096)


def config_text(size: Size) -> str:
    """Clients for the maker, the client that measures and every reader; the drop copies."""
    names = ["MAKER", "CLIENT1", *(f"R{number + 1}" for number in range(size.readers))]
    text = HEAD.format(behind_bytes=size.behind_bytes, socket_bytes=size.socket_bytes)
    text += "".join(INSTRUMENT.format(symbol=f"{PREFIX}{n}") for n in range(size.instruments))
    text += "".join(CLIENT.format(name=name) for name in names)
    return text + "".join(COPY.format(name=f"D{number + 1}") for number in range(size.copies))


class Beside:
    """A compiled program that runs beside: `feed_maker` or `feed_readers`."""

    def __init__(self, programs: Path, name: str, *words: object) -> None:
        line = [str(programs / name), *map(str, words)]
        self.process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "READY\n":
            raise SystemExit(f"{name} did not get ready")

    def figures(self) -> dict[str, int]:
        """Its JSON line, once it has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.process.stdout.close()
        self.process.wait(CATCH_UP_S)
        found: dict[str, int] = json.loads(line)
        return found


def measure(bench: Bench, size: Size, is_read: bool) -> dict[str, Any]:
    """One run of the client beside the maker, with or without the feed's readers."""
    folder = Path(tempfile.mkdtemp(prefix="feed-", dir=bench.disk))
    try:
        (folder / "node.toml").write_text(config_text(size))
        command = [*NODE, "--config", folder / "node.toml", "--data", folder / "data"]
        with ExitStack() as stack:
            _, ready = stack.enter_context(server(command, folder / "node.log"))
            ports = ready["ports"]
            readers = None
            if is_read:
                readers = Beside(
                    bench.programs,
                    "feed_readers",
                    *(ports["feed"], size.readers, size.instruments, DEPTH, size.copies),
                    *(size.slow, 10 * size.seconds + CATCH_UP_S, PREFIX),
                )
            maker = Beside(
                bench.programs,
                "feed_maker",
                *(ports["fix"], size.instruments, size.changes_per_s, size.seconds, PREFIX),
            )
            figures = bench.load("rest", ports["fix"], size.orders, symbol=f"{PREFIX}0", core=-1)
            made = maker.figures()
            told: dict[str, int] = {}
            if readers is not None:
                readers.process.send_signal(signal.SIGUSR1)
                time.sleep(min(CATCH_UP_S, 2 + size.seconds))
                readers.process.send_signal(signal.SIGTERM)
                told = readers.figures()
        reports = 0
        if is_read:
            reports = sum(
                row["kind"] == "order_event" and row["session"] is not None
                for row in rows("journal", folder / "data")
            )
    finally:
        shutil.rmtree(folder)
    return {"p50": figures["p50_ns"], "p99": figures["p99_ns"], **made, **told, "reports": reports}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="tiny: proves that it runs")
    parser.add_argument("--rounds", type=int, help="rounds (3)")
    parser.add_argument("--readers", type=int, help="readers of market data (200)")
    parser.add_argument("--changes-per-s", type=int, help="book changes a second (20000)")
    parser.add_argument("--disk", type=Path, default=Path.cwd(), help="where data folders go (.)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped too
    size = SMOKE if options.smoke else FULL
    size = Size(
        options.rounds or size.rounds,
        size.orders,
        size.instruments,
        options.readers or size.readers,
        min(size.slow, (options.readers or size.readers) - 1),
        size.copies,
        options.changes_per_s or size.changes_per_s,
        size.seconds,
        size.behind_bytes,
        size.socket_bytes,
    )
    scale = Scale(size.rounds, size.orders, 0, warmup=min(2_000, size.orders), syncs=0)
    runs = []
    with tempfile.TemporaryDirectory() as programs:
        bench = Bench(scale, Path(programs), options.disk)
        for name in ("feed_maker", "feed_readers"):
            paths = [str(Path(programs) / name), str(HERE / f"{name}.c")]
            command = ["cc", *COMPILER_FLAGS, "-D_GNU_SOURCE", "-o", *paths]
            subprocess.run(command, check=True)
        for _ in range(size.rounds):
            runs.append((measure(bench, size, False), measure(bench, size, True)))
    print(json.dumps(summary(size, bench, runs)))
    for _, busy in runs:
        if busy["gaps"] or busy["cuts"] or busy["copies_least"] != busy["reports"]:
            raise SystemExit(f"gaps, cuts or missing copies: {busy}")
        if (size.slow and not busy["slow_conflated"]) or busy["slow_differ"]:
            raise SystemExit(f"slow readers kept everything, or end with another book: {busy}")


def summary(
    size: Size, bench: Bench, runs: list[tuple[dict[str, Any], dict[str, Any]]]
) -> dict[str, Any]:
    """Medians over the rounds."""

    def median(values: list[float]) -> float:
        return round(statistics.median(values), 3)

    return {
        "bench": "feed",
        "rounds": size.rounds,
        "readers": size.readers,
        "instruments": size.instruments,
        "copies": size.copies,
        "slow": size.slow,
        "changes_per_s": median([1000 * busy["requests"] / busy["ms"] for _, busy in runs]),
        "faults": bench.faults,
        "quiet_p50_us": median([quiet["p50"] / 1000 for quiet, _ in runs]),
        "quiet_p99_us": median([quiet["p99"] / 1000 for quiet, _ in runs]),
        "read_p50_us": median([busy["p50"] / 1000 for _, busy in runs]),
        "read_p99_us": median([busy["p99"] / 1000 for _, busy in runs]),
        "p99_ratio": median([busy["p99"] / quiet["p99"] for quiet, busy in runs]),
        "messages_per_s": median([1000 * busy["messages"] / busy["ms"] for _, busy in runs]),
        "entries_per_s": median([1000 * busy["entries"] / busy["ms"] for _, busy in runs]),
        "mb_per_s": median([busy["bytes"] / busy["ms"] / 1000 for _, busy in runs]),
        "gaps": sum(busy["gaps"] for _, busy in runs),
        "cuts": sum(busy["cuts"] for _, busy in runs),
        "slow_conflated": min(busy["slow_conflated"] for _, busy in runs),
        "slow_differ": max(busy["slow_differ"] for _, busy in runs),
        "reports": median([busy["reports"] for _, busy in runs]),
        "copies_least": median([busy["copies_least"] for _, busy in runs]),
        "copies_most": median([busy["copies_most"] for _, busy in runs]),
    }


if __name__ == "__main__":
    main()
