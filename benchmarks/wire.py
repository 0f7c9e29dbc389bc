"""How long an order takes over the wire, against the bare kernel with no program behind it.

    python -m benchmarks.wire [--smoke] [--rounds N] [--disk FOLDER] [--spin] [--only PART ...]

The whole node runs (edge, sessions, book, accounts, journal) with config/plain.toml on one core, a
fresh process and data folder per measurement; the neutral client load.c on another. Every round
visits the echo and the node in turn; a ratio is the median of the rounds' ratios, so that a busy
machine slows both. One JSON line.

Parts: ping (sync off), batch (sync batch), window (64 outstanding), busy (Python work on the edge),
cross, quickfix (its session alone, where installed). README.md says what is not included.
"""

import argparse
import importlib.util
import json
import os
import platform
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
PLAIN = ROOT / "config" / "plain.toml"
NODE = [sys.executable, "-m", "internaliser", "run"]
COMPILER_FLAGS = ("-O2", "-Wall", "-Wextra")
# As high as we may, for both sides; without the right to raise it they run as they are.
PRIORITY = -15
READY_S = 60
STOP_S = 60
BUSY_EDGE: dict[str, Any] = {"test__busy_edge_ms": 1, "test__busy_edge_period_ms": 2}
WINDOW = 64  # orders outstanding
ORDER_BYTES, REPORT_BYTES = 160, 240  # until the first FIX run told the true ones

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is sent: messages counted per measurement, and warm-up before them."""

    rounds: int
    ping: int
    window: int
    warmup: int
    syncs: int


FULL = Scale(rounds=5, ping=40_000, window=600_000, warmup=5_000, syncs=1_000)
SMOKE = Scale(rounds=1, ping=50, window=300, warmup=20, syncs=5)


class Bench:
    """The compiled programs, the two cores, and the sizes the node was seen to use."""

    def __init__(self, scale: Scale, programs: Path, disk: Path, spin: bool = False) -> None:
        self.scale = scale
        self.spin = spin
        self.programs = programs
        self.disk = disk
        cores = sorted(os.sched_getaffinity(0))
        self.server_core, self.client_core = cores[0], cores[-1]
        self.order_bytes, self.report_bytes = ORDER_BYTES, REPORT_BYTES
        self.faults: Figures = {}
        for name in ("echo", "load"):
            command = ["cc", *COMPILER_FLAGS, "-o", str(programs / name), str(HERE / f"{name}.c")]
            subprocess.run(command, check=True)

    def settle(self) -> None:
        """In a server's process, before it starts: its core, its priority."""
        os.sched_setaffinity(0, {self.server_core})
        raise_priority()

    @contextmanager
    def echo(self, journal: Path | None = None) -> Iterator[tuple[int, int]]:
        """(port, pid) of a fresh echo; with `journal` it writes and syncs before it answers."""
        command = [self.programs / "echo", "serve", str(self.order_bytes), str(self.report_bytes)]
        command += [journal] if journal else ["spin"] if self.spin else []
        with self.server(command) as (process, line):
            yield int(line), process.pid

    @contextmanager
    def quickfix(self) -> Iterator[int]:
        """The port of QuickFIX's acceptor."""
        with self.server([sys.executable, HERE / "quickfix_acceptor.py"]) as (_, line):
            yield int(line)

    @contextmanager
    def node(self, **settings: object) -> Iterator[tuple[int, int]]:
        """(FIX port, pid) of a fresh node; `journal__sync="off"` means --set journal.sync=off."""
        data = tempfile.mkdtemp(prefix="wire-", dir=self.disk)
        command = [*NODE, "--config", PLAIN, "--data", data]
        wait = "spin" if self.spin else "block"
        for key, value in {"fix__port": 0, "core__wait": wait, **settings}.items():
            command += ["--set", f"{key.replace('__', '.')}={value}"]
        try:
            with self.server(command) as (process, line):
                yield json.loads(line.removeprefix("READY "))["ports"]["fix"], process.pid
        finally:
            shutil.rmtree(data)

    @contextmanager
    def server(self, command: list[Any]) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """A server process and the first line it prints; killed when it will not start or stop."""
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=ROOT, preexec_fn=self.settle
        )
        assert process.stdout is not None
        timer = threading.Timer(READY_S, process.kill)
        timer.start()
        try:
            line = process.stdout.readline()
            timer.cancel()
            if not line:
                raise SystemExit(f"{command[:3]} was not ready within {READY_S} s")
            yield process, line
        finally:
            timer.cancel()
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()

    def load(self, mode: str, port: int, count: int, **options: object) -> Figures:
        """One run of the client; its JSON line. Faults it found are kept."""
        command = [str(self.programs / "load"), "127.0.0.1", str(port), mode, "--count", str(count)]
        options = {
            "warmup": self.scale.warmup,
            "core": self.client_core,
            "spin": int(self.spin),
            "order_bytes": self.order_bytes,
            "report_bytes": self.report_bytes,
            **options,
        }
        for key, value in options.items():
            command += [f"--{key.replace('_', '-')}", str(value)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, preexec_fn=raise_priority, check=True
        )
        figures: Figures = json.loads(done.stdout)
        for fault in ("bad_frames", "bad_checksums", "gaps", "rejects"):
            self.faults[fault] = self.faults.get(fault, 0) + figures[fault]
        return figures

    def learn_sizes(self) -> None:
        """What the node's orders and reports weigh, so that the echo moves the same bytes."""
        with self.node(journal__sync="off") as (port, _):
            seen = self.load("rest", port, SMOKE.window)
        self.order_bytes, self.report_bytes = seen["order_bytes"], seen["report_bytes"]

    # The measurements of one round

    def echo_ping(self) -> Figures:
        with self.echo() as (port, pid):
            return self.load("echo", port, self.scale.ping, pid=pid)

    def synced_echo_ping(self) -> Figures:
        """The limit of `batch`: the echo itself writes and syncs before it answers."""
        journal = self.disk / "wire-echo"
        try:
            with self.echo(journal) as (port, pid):
                return self.load("echo", port, self.scale.ping, pid=pid)
        finally:
            journal.unlink(missing_ok=True)

    def echo_window(self, polls: bool) -> Figures:
        with self.echo() as (port, pid):
            return self.window_load("echo", port, pid, polls)

    def node_ping(self, mode: str = "rest", **settings: object) -> Figures:
        with self.node(**{"journal__sync": "off", **settings}) as (port, pid):
            return self.load(mode, port, self.scale.ping, pid=pid)

    def node_window(self, sync: str, polls: bool) -> Figures:
        # All the memory at the start: half of what is ahead is used up before more is looked for.
        ahead = 2 * (self.scale.window + self.scale.warmup)
        with self.node(journal__sync=sync, core__orders_ahead=ahead) as (port, pid):
            return self.window_load("rest", port, pid, polls)

    def window_load(self, mode: str, port: int, pid: int, polls: bool) -> Figures:
        spin = int(self.spin or polls)
        return self.load(mode, port, self.scale.window, window=WINDOW, pid=pid, spin=spin)

    def quickfix_ping(self) -> Figures:
        with self.quickfix() as port:
            return self.load("rest", port, max(self.scale.ping // 8, 1))

    def disk_sync(self) -> Figures:
        """One write and fdatasync, on the disk the data folders are on."""
        # An order, its events and its report are some 1 KiB in the journal.
        return self.probe("sync", self.disk / "wire-sync", self.scale.syncs, 1024)

    def kernel(self) -> Figures:
        """What this machine charges without any program or wake-up: why microseconds differ."""
        return self.probe("kernel", self.scale.ping, self.order_bytes, self.report_bytes)

    def probe(self, *words: object) -> Figures:
        command = [str(word) for word in (self.programs / "echo", *words)]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, preexec_fn=self.settle, check=True
        )
        figures: Figures = json.loads(done.stdout)
        return figures


def raise_priority() -> None:
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)


def median(rounds: list[Figures], pick: Callable[[Figures], float], digits: int = 3) -> float:
    return round(statistics.median(pick(figures) for figures in rounds), digits)


def micros(rounds: list[Figures], name: str, key: str) -> float:
    return median(rounds, lambda figures: figures[name][key] / 1000, 2)


def ping(bench: Bench) -> Figures:
    """Order to first report, one outstanding, no sync."""
    rounds = [
        {"echo": bench.echo_ping(), "node": bench.node_ping()} for _ in range(bench.scale.rounds)
    ]
    return {
        "echo_p50_us": micros(rounds, "echo", "p50_ns"),
        "echo_p99_us": micros(rounds, "echo", "p99_ns"),
        "node_p50_us": micros(rounds, "node", "p50_ns"),
        "node_p99_us": micros(rounds, "node", "p99_ns"),
        "node_cpu_us": micros(rounds, "node", "server_cpu_ns"),
        "p50_ratio": median(rounds, lambda of: of["node"]["p50_ns"] / of["echo"]["p50_ns"]),
        "p99_ratio": median(rounds, lambda of: of["node"]["p99_ns"] / of["echo"]["p99_ns"]),
    }


def batch(bench: Bench) -> Figures:
    """The same with a sync before every report, against echo + write and fdatasync."""
    rounds = [
        {
            "echo": bench.echo_ping(),
            "sync": bench.disk_sync(),
            "synced_echo": bench.synced_echo_ping(),
            "node": bench.node_ping(journal__sync="batch"),
        }
        for _ in range(bench.scale.rounds)
    ]
    return {
        "echo_p50_us": micros(rounds, "echo", "p50_ns"),
        "sync_p50_us": micros(rounds, "sync", "p50_ns"),
        "synced_echo_p50_us": micros(rounds, "synced_echo", "p50_ns"),
        "node_p50_us": micros(rounds, "node", "p50_ns"),
        "node_p99_us": micros(rounds, "node", "p99_ns"),
        "p50_ratio": median(
            rounds,
            lambda of: of["node"]["p50_ns"] / (of["echo"]["p50_ns"] + of["sync"]["p50_ns"]),
        ),
        "synced_echo_ratio": median(
            rounds, lambda of: of["node"]["p50_ns"] / of["synced_echo"]["p50_ns"]
        ),
    }


def window(bench: Bench) -> Figures:
    """64 orders outstanding on one session; CPU of the whole node per order. First the
    client sleeps until answers come, then (`polled`) it asks again and again: a server pays for the
    wake-up of who sleeps."""
    rounds = [
        {polls: window_round(bench, polls) for polls in (False, True)}
        for _ in range(bench.scale.rounds)
    ]
    asleep, polled = (window_figures([each[polls] for each in rounds]) for polls in (False, True))
    return {**asleep, "polled": polled}


def window_round(bench: Bench, polls: bool) -> Figures:
    return {
        "echo": bench.echo_window(polls),
        "interval": bench.node_window("interval", polls),
        "batch": bench.node_window("batch", polls),
    }


def window_figures(rounds: list[Figures]) -> Figures:
    return {
        "echo_per_s": median(rounds, lambda of: of["echo"]["rate"], 0),
        "interval_per_s": median(rounds, lambda of: of["interval"]["rate"], 0),
        "batch_per_s": median(rounds, lambda of: of["batch"]["rate"], 0),
        "echo_cpu_us": micros(rounds, "echo", "server_cpu_ns"),
        "interval_cpu_us": micros(rounds, "interval", "server_cpu_ns"),
        "batch_cpu_us": micros(rounds, "batch", "server_cpu_ns"),
        "client_cpu_us": micros(rounds, "interval", "client_cpu_ns"),
        "interval_ratio": median(rounds, lambda of: of["interval"]["rate"] / of["echo"]["rate"]),
    }


def busy(bench: Bench) -> Figures:
    """1 ms of Python every 2 ms on the node's own edge, against the quiet node."""
    rounds = [
        {
            "quiet": bench.node_ping(),
            "busy": bench.node_ping(**BUSY_EDGE),
        }
        for _ in range(bench.scale.rounds)
    ]
    return {
        "quiet_p50_us": micros(rounds, "quiet", "p50_ns"),
        "quiet_p99_us": micros(rounds, "quiet", "p99_ns"),
        "busy_p50_us": micros(rounds, "busy", "p50_ns"),
        "busy_p99_us": micros(rounds, "busy", "p99_ns"),
        "p99_ratio": median(rounds, lambda of: of["busy"]["p99_ns"] / of["quiet"]["p99_ns"]),
    }


def cross(bench: Bench) -> Figures:
    """Our order takes another session's resting one: time to our fill and to theirs."""
    rounds = [
        {"echo": bench.echo_ping(), "node": bench.node_ping("cross")}
        for _ in range(bench.scale.rounds)
    ]
    return {
        "echo_p50_us": micros(rounds, "echo", "p50_ns"),
        "fill_p50_us": micros(rounds, "node", "p50_ns"),
        "fill_p99_us": micros(rounds, "node", "p99_ns"),
        "passive_fill_p50_us": micros(rounds, "node", "passive_p50_ns"),
        "p50_ratio": median(rounds, lambda of: of["node"]["p50_ns"] / of["echo"]["p50_ns"]),
    }


def quickfix(bench: Bench) -> Figures | None:
    """QuickFIX for Python, session alone, against the echo; nothing when it is not installed."""
    if importlib.util.find_spec("quickfix") is None:
        return None
    rounds = [
        {"echo": bench.echo_ping(), "quickfix": bench.quickfix_ping()}
        for _ in range(bench.scale.rounds)
    ]
    return {
        "echo_p50_us": micros(rounds, "echo", "p50_ns"),
        "p50_us": micros(rounds, "quickfix", "p50_ns"),
        "p99_us": micros(rounds, "quickfix", "p99_ns"),
        "p50_ratio": median(rounds, lambda of: of["quickfix"]["p50_ns"] / of["echo"]["p50_ns"]),
    }


PARTS: dict[str, Callable[[Bench], Figures | None]] = {
    "ping": ping,
    "batch": batch,
    "window": window,
    "busy": busy,
    "cross": cross,
    "quickfix": quickfix,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="tiny: proves that it runs")
    parser.add_argument("--rounds", type=int, help="rounds per part (5)")
    parser.add_argument("--disk", type=Path, default=Path.cwd(), help="where data folders go (.)")
    parser.add_argument("--spin", action="store_true", help="node, echo and client never sleep")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped too
    scale = SMOKE if options.smoke else FULL
    if options.rounds:
        scale = Scale(options.rounds, scale.ping, scale.window, scale.warmup, scale.syncs)
    with tempfile.TemporaryDirectory() as programs:
        bench = Bench(scale, Path(programs), options.disk, options.spin)
        if options.only != ["quickfix"]:
            bench.learn_sizes()
        kernel = bench.kernel()
        parts = {name: PARTS[name](bench) for name in options.only}
    print(
        json.dumps(
            {
                "bench": "wire",
                "cpu": cpu_model(),
                "cores": [bench.server_core, bench.client_core],
                "python": platform.python_version(),
                "rounds": scale.rounds,
                "spin": options.spin,
                "orders": scale.ping,
                "order_bytes": bench.order_bytes,
                "report_bytes": bench.report_bytes,
                "kernel": kernel,
                "faults": bench.faults,
                **{name: figures for name, figures in parts.items() if figures is not None},
            }
        )
    )


def cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
