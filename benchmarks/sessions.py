"""What a thousand sessions cost, against one that sends the same orders.

    python -m benchmarks.sessions [--smoke] [--sessions N] [--rate N] [--seconds S] [--rounds N]
        [--fair] [--disk FOLDER]

A fresh node per run, with `sessions` clients in its file. First one session sends all the orders,
then all of them take turns, at the same total rate, open loop: an order's latency counts from when
it was due. Every tenth session sends nothing: it beats every 30 s, and must be beaten to in time.
So in every round; figures are the medians of the rounds, `p99_ratio` that of their ratios.
The node's core thread is in real time (core.realtime = 1) where it may be, unless `fair`.
When the machine does not carry `rate` over one session, the next lower step is taken. `node_busy`,
`client_busy` and `stolen` (what the machine's host took for others) are shares of a core: a client
near 1, or a host that takes, is what the latencies wait for. `client_pauses_us` are the longest
times, one of each round, that the client itself did not look. `kernel` is the limit: as many
connections, the same rate and sizes, with no program behind them (echo.c, crowd.c). One JSON line.
"""

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.wire import (
    COMPILER_FLAGS,
    HERE,
    NODE,
    PLAIN,
    SMOKE,
    Bench,
    cpu_model,
    raise_priority,
)
from internaliser.errors import InternaliserError
from internaliser.fix_client import FixClient, FixError, value
from internaliser.priority import refuse_without_right
from internaliser.reactor.load import run_bench

RATES = (50_000, 35_000, 25_000, 18_000, 12_000, 8_000, 5_000, 3_000, 1_000)
PLAIN_CLIENTS = 8  # in config/plain.toml
HEART_BT_S = 30
LATE_S = HEART_BT_S * 1.2  # a node silent for so long would be asked whether it is there
QUIET_EVERY = 10  # one session in so many sends no orders
OVERLOAD_US = 50_000  # a p99 beyond this: the machine does not carry the rate
HANDLES = 3  # file handles per session, with room
WARM_UP = 2_000

BUSY = ("node_busy", "client_busy", "stolen")  # shares of a core

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """What is run: `rounds` times so many seconds of one session, and of all of them."""

    sessions: int
    rate: int
    seconds: float
    rounds: int
    realtime: int  # the node's core.realtime


@contextmanager
def node(bench: Bench, count: int, realtime: int) -> Iterator[tuple[int, int]]:
    """(FIX port, pid) of a fresh node for `count` clients."""
    with tempfile.TemporaryDirectory(prefix="sessions-", dir=bench.disk) as folder:
        config = Path(folder) / "node.toml"
        more = [
            f'[[clients]]\nname = "CLIENT{n}"\ncredit = "unlimited"\n'
            for n in range(PLAIN_CLIENTS + 1, count + 1)
        ]
        config.write_text(PLAIN.read_text() + "\n" + "\n".join(more))
        command = [*NODE, "--config", config, "--data", Path(folder) / "data"]
        settings = {
            "fix.port": 0,
            "fix.connections_max": count + 24,
            "journal.sync": "interval",
            "core.realtime": realtime,
        }
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        with bench.server(command) as (process, line):
            facts = json.loads(line.removeprefix("READY "))
            yield facts["ports"]["fix"], facts["pid"]
            assert process.poll() is None, "the node ended during the run"


def log_on(stack: ExitStack, port: int, number: int) -> tuple[FixClient, tuple[int, str, int, int]]:
    """One session, and what the load client takes over of it."""
    client = FixClient("127.0.0.1", port, f"CLIENT{number}", "NODE", heart_bt_s=HEART_BT_S)
    stack.enter_context(client)
    next_in = int(value(client.log_on(), 34) or b"0") + 1
    return client, (client.link().fileno(), client.sender, client.next_out, next_in)


@dataclass(slots=True)
class Quiet:
    """Sessions that only beat, and how long the node let each of them wait."""

    clients: list[FixClient]
    heard_s: dict[str, float] = field(default_factory=dict)
    beats: int = 0
    missed: int = 0
    is_over: bool = False

    def run(self) -> None:
        """Beat and listen until `is_over`."""
        now_s = time.monotonic()
        self.heard_s = {client.sender: now_s for client in self.clients}
        beat_s = dict(self.heard_s)
        for client in self.clients:
            client.link().settimeout(0)
        while not self.is_over:
            time.sleep(1)
            for client in self.clients:
                self._listen(client)
                now_s = time.monotonic()
                if now_s - beat_s[client.sender] >= HEART_BT_S:
                    beat_s[client.sender] = now_s
                    client.link().settimeout(1)
                    client.send([(35, "0")])
                    client.link().settimeout(0)

    def _listen(self, client: FixClient) -> None:
        try:
            data = client.link().recv(65536)
        except BlockingIOError:
            if time.monotonic() - self.heard_s[client.sender] > LATE_S:
                self.missed += 1
                self.heard_s[client.sender] = time.monotonic()
            return
        # A TestRequest means that the node missed one of ours; no bytes, that it gave up.
        self.missed += data.count(b"\x0135=1\x01") + (not data)
        self.beats += data.count(b"\x0135=0\x01")
        self.heard_s[client.sender] = time.monotonic()


def measure(bench: Bench, scale: Scale, busy: int, rate: int) -> Figures:
    """`rate` orders a second over `busy` of the sessions."""
    count = scale.sessions
    quiet_numbers = range(QUIET_EVERY, count + 1, QUIET_EVERY) if busy > 1 else range(0)
    numbers = [n for n in range(1, count + 1) if n not in quiet_numbers][:busy]
    with ExitStack() as stack:
        port, pid = stack.enter_context(node(bench, count, scale.realtime))
        links = [log_on(stack, port, number)[1] for number in numbers]
        quiet = Quiet([log_on(stack, port, number)[0] for number in quiet_numbers])
        thread = threading.Thread(target=quiet.run)
        thread.start()
        before_s = cpu_s(pid)
        try:
            figures = run_bench(
                links,
                orders=int(rate * scale.seconds),
                rate_per_s=rate,
                warm_up=min(WARM_UP, rate),
                quiet_s=10,
            )
        finally:
            quiet.is_over = True
            thread.join()
        after_s = cpu_s(pid)
        passed_s, *used_s = (now - was for now, was in zip(after_s, before_s, strict=True))
        rss_mb = resident_mb(pid)
        for client in quiet.clients:
            client.link().settimeout(1)
    shown = {name: round(used / passed_s, 2) for name, used in zip(BUSY, used_s, strict=True)}
    return {
        **figures,
        **shown,
        "rss_mb": rss_mb,
        "beats": quiet.beats,
        "missed_beats": quiet.missed,
    }


def cpu_s(pid: int) -> tuple[float, float, float, float]:
    """The clock; seconds used by the process and by the calling thread; seconds stolen."""
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    stolen = Path("/proc/stat").read_text().split(maxsplit=9)[8]
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    return time.monotonic(), sum(map(int, used)) * tick_s, time.thread_time(), int(stolen) * tick_s


def resident_mb(pid: int) -> float:
    """The most the process ever had resident."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return round(int(line.split()[1]) / 1024, 1)
    raise AssertionError("no VmHWM")


def kernel(bench: Bench, busy: int, rate: int, seconds: float) -> Figures:
    """One connection, then `busy` of them, at `rate`, against an echo: no program is quicker."""
    crowd = bench.programs / "crowd"
    subprocess.run(["cc", *COMPILER_FLAGS, "-o", crowd, HERE / "crowd.c"], check=True)
    p99_us = []
    for connections in (1, busy):
        with bench.echo() as (port, _):
            words = (port, connections, rate, int(rate * seconds))
            sizes = (bench.order_bytes, bench.report_bytes, bench.client_core)
            command = [str(word) for word in (crowd, *words, *sizes)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        p99_us.append(json.loads(done.stdout)["p99_us"])
    one, many = p99_us
    return {"one_p99_us": one, "many_p99_us": many, "p99_ratio": round(many / one, 2)}


def is_carried(figures: Figures) -> bool:
    return bool(figures["missing"] == 0 and figures["p99_us"] < OVERLOAD_US)


def compare(bench: Bench, scale: Scale) -> Figures:
    """One session, then all, at the highest step up to `rate` that one session carries; the same
    in every round."""
    count = scale.sessions
    steps = [scale.rate, *(step for step in RATES if step < scale.rate)]
    for step in steps:
        first = measure(bench, scale, 1, step)
        if is_carried(first) or step == steps[-1]:
            break
    rounds = []
    for number in range(scale.rounds):
        one = measure(bench, scale, 1, step) if number else first
        many = measure(bench, scale, count, step)
        limit = kernel(bench, count - count // QUIET_EVERY, step, scale.seconds)
        rounds.append({"one": one, "many": many, "kernel": limit})
    runs = [each[part] for each in rounds for part in ("one", "many")]
    return {
        "sessions": count,
        "rate_wanted": scale.rate,
        "rate": step,
        "seconds": scale.seconds,
        "realtime": scale.realtime,
        "one": middles(rounds, "one"),
        "many": middles(rounds, "many"),
        "p99_ratio": middle([each["many"]["p99_us"] / each["one"]["p99_us"] for each in rounds]),
        "p99_ratios": [round(each["many"]["p99_us"] / each["one"]["p99_us"], 2) for each in rounds],
        "client_pauses_us": [round(each["many"]["client_pause_us"]) for each in rounds],
        "kernel": {key: middle([each["kernel"][key] for each in rounds]) for key in limit},
        "beats": sum(each["many"]["beats"] for each in rounds),
        "missed_beats": sum(each["many"]["missed_beats"] for each in rounds),
        "faults": {
            key: sum(run[key] for run in runs) for key in ("rejects", "gaps", "garbled", "missing")
        },
    }


def middles(rounds: list[Figures], part: str) -> Figures:
    """The middle of the rounds, each figure by itself; the most memory."""
    names = ("orders", "orders_per_s", "p50_us", "p99_us", "max_us", *BUSY)
    figures = {name: middle([each[part][name] for each in rounds]) for name in names}
    return {**figures, "rss_mb": max(each[part]["rss_mb"] for each in rounds)}


def realtime_allowed() -> int:
    """The core.realtime that a node started here may have."""
    try:
        refuse_without_right(1)
    except InternaliserError:
        return 0
    return 1


def middle(values: list[float]) -> float:
    return round(statistics.median(values), 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="tiny: proves that it runs")
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--rate", type=int, default=RATES[0], help="orders a second over all")
    parser.add_argument("--seconds", type=float, default=65, help="of each of the two runs")
    parser.add_argument("--rounds", type=int, default=1, help="of the two; medians count")
    parser.add_argument("--fair", action="store_true", help="no real-time priority for the node")
    parser.add_argument("--disk", type=Path, default=Path.cwd(), help="where data folders go (.)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if options.smoke:
        options.sessions, options.rate, options.seconds = 20, 200, 0.5
    wanted = options.sessions * HANDLES + 256
    _, high = resource.getrlimit(resource.RLIMIT_NOFILE)
    if high < wanted:
        raise SystemExit(f"needs {wanted} file handles, may have {high}: raise `ulimit -Hn`")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, 1024), high))
    raise_priority()
    with tempfile.TemporaryDirectory() as programs:
        bench = Bench(SMOKE, Path(programs), options.disk)
        try:
            realtime = 0 if options.fair else realtime_allowed()
            scale = Scale(options.sessions, options.rate, options.seconds, options.rounds, realtime)
            figures = compare(bench, scale)
        except (OSError, FixError) as error:
            raise SystemExit(f"a session was lost: {error}") from None
    print(json.dumps({"bench": "sessions", "cpu": cpu_model(), **figures}))


if __name__ == "__main__":
    main()
