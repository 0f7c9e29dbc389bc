"""What do an exchange's depth updates cost the orders that flow beside them?

    python -m benchmarks.venue_feed [--smoke] [--rounds N] [--disk FOLDER]

One node with a Binance venue of 20 instruments, the simulated Binance as another process, and the
neutral client load.c sending orders that rest, on an instrument of that venue: every order looks at
its outside book. Each round measures order to first report with a still market (the same node, no
updates), then with 10,000 depth messages a second over the 20 instruments; and so for orders per
second with 64 outstanding, synced at an interval and with every turn. `edge_cpu` is the share of
one core that the edge thread used, `simulator_cpu` the same of the exchange, which shares the two
cores. Not pinned: four threads want two cores; node and client go first, as in `wire`. One JSON
line; fails when the node did not take the updates in, used a view older than its limit (`verify`),
or missed a report.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.wire import ROOT, Bench, Scale, raise_priority
from internaliser.inspect import rows
from internaliser.verify import verify

SYMBOLS = 20
UPDATES_PER_S = 10_000
SEED = 7
LINK_S = 30
BOOKS_S = 1.0
KEY = "simulator"
NODE = [sys.executable, "-m", "internaliser", "run"]
EXCHANGE = [sys.executable, "-m", "internaliser", "simulate", "binance", "--port", "0", "--seed"]

HEAD = """
[fix]
port = 0
[[assets]]
name = "USDT"
decimals = 8
[[clients]]
name = "CLIENT1"
credit = "unlimited"
[[venues]]
name = "BINANCE"
kind = "binance"
rest_url = "http://127.0.0.1:{port}"
stream_url = "ws://127.0.0.1:{port}"
api_url = "ws://127.0.0.1:{port}/ws-api/v3"
key_type = "hmac"
key_env = "VENUE_FEED_KEY"
secret_env = "VENUE_FEED_KEY"
stale_after_ms = 60000
credit = "unlimited"
instruments = {{ {listed} }}
"""
INSTRUMENT = """
[[assets]]
name = "{base}"
decimals = 8
[[instruments]]
symbol = "{base}/USDT"
base = "{base}"
quote = "USDT"
tick = "0.01"
lot = "0.00001"
price_max = "1000000"
qty_max = "100000"
"""


@dataclass(frozen=True, slots=True)
class Feed:
    """How much is measured."""

    rounds: int
    orders: int
    window: int
    updates_per_s: int


FULL = Feed(rounds=5, orders=40_000, window=150_000, updates_per_s=UPDATES_PER_S)
SMOKE = Feed(rounds=1, orders=200, window=300, updates_per_s=200)


def bases() -> list[str]:
    return [f"A{number:02d}" for number in range(SYMBOLS)]


@contextmanager
def server(
    command: list[Any], log: Path, prepare: Callable[[], None] | None = None
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(pid, what its READY line says); what it logs goes to `log`, `prepare` runs in it first."""
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=ROOT,
            env={**os.environ, "VENUE_FEED_KEY": KEY},
            preexec_fn=prepare,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("READY "):
            raise SystemExit(f"{command[2:5]} did not get ready: {line!r}")
        yield process.pid, json.loads(line.removeprefix("READY "))
    finally:
        process.terminate()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


def thread_ns(pid: int, thread: int | None = None) -> int:
    """CPU of one thread, or of all, in ns."""
    tasks = [thread] if thread else [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    return sum(
        int(Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0]) for task in tasks
    )


def wait_for_link(log: Path) -> None:
    """Until the node says that the venue is up, and a second more for its books."""
    until = time.monotonic() + LINK_S
    while "venue_up" not in log.read_text():
        if time.monotonic() > until:
            raise SystemExit(f"the venue was not up within {LINK_S} s: {log.read_text()[-500:]}")
        time.sleep(0.1)
    time.sleep(BOOKS_S)


def node_command(folder: Path, port: int) -> list[Any]:
    """A node on a fresh data folder, routing to the exchange on `port`."""
    listed = ", ".join(f'"{base}/USDT" = {{ symbol = "{base}USDT" }}' for base in bases())
    text = HEAD.format(port=port, listed=listed)
    text += "".join(INSTRUMENT.format(base=base) for base in bases())
    (folder / "node.toml").write_text(text)
    return [*NODE, "--config", folder / "node.toml", "--data", folder / "data"]


def measure(
    bench: Bench, updates_per_s: int, orders: int, *, window: int = 1, sync: str = "off"
) -> dict[str, float]:
    """One run of the client beside so many updates a second."""
    symbols = [f"{base}/USDT:100:0.01:0.00001" for base in bases()]
    command = [*EXCHANGE, SEED, "--updates-per-s", updates_per_s, "--symbols", *symbols]
    with tempfile.TemporaryDirectory(prefix="venue-feed-", dir=bench.disk) as name:
        folder = Path(name)
        with ExitStack() as stack:
            exchange, told = stack.enter_context(server(command, folder / "exchange.log"))
            start = [*node_command(folder, told["ports"]["http"]), "--set", f"journal.sync={sync}"]
            node, ready = stack.enter_context(server(start, folder / "node.log", raise_priority))
            wait_for_link(folder / "node.log")
            before = time.monotonic_ns(), thread_ns(node, node), thread_ns(exchange)
            port = ready["ports"]["fix"]
            figures = bench.load("rest", port, orders, window=window, symbol="A00/USDT", core=-1)
            after = time.monotonic_ns(), thread_ns(node, node), thread_ns(exchange)
        findings, _ = verify(folder / "data")
        views = sum(row["kind"] == "market_view" for row in rows("journal", folder / "data"))
    if findings:
        raise SystemExit(f"verify: {findings[:3]}")
    span, edge, simulator = (late - early for early, late in zip(before, after, strict=True))
    return {
        "p50": figures["p50_ns"] / 1000,
        "p99": figures["p99_ns"] / 1000,
        "rate": figures["rate"],
        "edge": edge / span,
        "simulator": simulator / span,
        "views": views,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="tiny: proves that it runs")
    parser.add_argument("--rounds", type=int, help="rounds (5)")
    parser.add_argument("--disk", type=Path, default=Path.cwd(), help="where data folders go (.)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped too
    feed = SMOKE if options.smoke else FULL
    rounds = options.rounds or feed.rounds
    scale = Scale(rounds, feed.orders, 0, warmup=min(2_000, feed.orders), syncs=0)
    with tempfile.TemporaryDirectory() as programs:
        bench = Bench(scale, Path(programs), options.disk)
        runs = [compare(bench, feed) for _ in range(rounds)]
    figures = {name: round(statistics.median(run[name] for run in runs), 3) for name in runs[0]}
    facts = {"rounds": rounds, "orders": feed.orders, "symbols": SYMBOLS}
    facts["updates_per_s"] = feed.updates_per_s
    print(json.dumps({"bench": "venue_feed", **facts, "faults": bench.faults, **figures}))


def compare(bench: Bench, feed: Feed) -> dict[str, float]:
    """One round: everything quiet and busy, side by side."""
    busy_rate = feed.updates_per_s
    quiet, busy = (measure(bench, rate, feed.orders) for rate in (0, busy_rate))
    figures = {
        "quiet_p50_us": quiet["p50"],
        "quiet_p99_us": quiet["p99"],
        "busy_p50_us": busy["p50"],
        "busy_p99_us": busy["p99"],
        "p50_ratio": busy["p50"] / quiet["p50"],
        "p99_ratio": busy["p99"] / quiet["p99"],
        "edge_cpu": busy["edge"],
        "quiet_edge_cpu": quiet["edge"],
        "views_read": busy["views"],
        "simulator_cpu": busy["simulator"],
    }
    for sync in ("interval", "batch"):
        for name, rate in (("quiet", 0), ("busy", busy_rate)):
            run = measure(bench, rate, feed.window, window=64, sync=sync)
            figures[f"{name}_{sync}_per_s"] = run["rate"]
    return figures


if __name__ == "__main__":
    main()
