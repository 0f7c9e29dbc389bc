"""How long until a killed node serves again, and how fast recovery reads, applies and compares.

    python -m benchmarks.recovery [--smoke] [--rounds N] [--disk FOLDER]

A node rests a million orders, each with its report, and is killed: no snapshot. Then, in turn:
the journal is only read (every checksum, no replay), recovered in this process with every output
compared, and a node is started on it and killed again, timed from its command line to READY.
Medians. One JSON line.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.loaded import data_folder, load_orders, ready_facts, run_line
from benchmarks.wire import SMOKE, Bench
from internaliser.journal.folder import journal_folder
from internaliser.journal.reader import JournalReader
from internaliser.recovery import recover

ORDERS, ORDERS_SMOKE = 1_000_000, 2_000
NODE_ID = 1
RECORDS_MIN, SERVES_MAX_S = 1_000_000, 5


def fill(bench: Bench, data: Path, orders: int) -> float:
    """Rest the orders and kill the node; how many it took a second."""
    with bench.server(run_line(data, "interval")) as (process, line):
        rate = load_orders(bench, ready_facts(line)["port"], orders)
        process.kill()
    return rate


def read_s(data: Path) -> tuple[int, float]:
    """Records, and seconds to read them all."""
    start = time.perf_counter()
    with JournalReader(journal_folder(data)) as reader:
        count = reader.count_rest()
    return count, time.perf_counter() - start


def recover_s(data: Path) -> tuple[int, float, float]:
    """Records, and seconds to rebuild the state and compare all output: by the clock and of CPU."""
    start, cpu_start = time.perf_counter(), time.process_time()
    state = recover(data, node_id=NODE_ID, from_start=True)
    taken, cpu = time.perf_counter() - start, time.process_time() - cpu_start
    return state.replay.record_count, taken, cpu


def serve_s(bench: Bench, data: Path) -> tuple[int, float]:
    """The step a started node recovered, and seconds from its command line to READY."""
    start = time.perf_counter()
    with bench.server(run_line(data, "batch")) as (process, line):
        taken = time.perf_counter() - start
        process.kill()
    return ready_facts(line)["recovered_seq"], taken


def measure(bench: Bench, disk: Path, orders: int, rounds: int) -> dict[str, object]:
    with data_folder(disk) as data:
        rate = fill(bench, data, orders)
        runs = [(*read_s(data), *recover_s(data), *serve_s(bench, data)[1:]) for _ in range(rounds)]
        with data_folder(disk) as empty:
            fresh = [serve_s(bench, empty)[1] for _ in range(rounds)]
    records, reading, replayed, recovering, cpu, serving = (
        list(column) for column in zip(*runs, strict=True)
    )
    per_s = statistics.median(n / s for n, s in zip(replayed, recovering, strict=True))
    return {
        "bench": "recovery",
        "orders": orders,
        "rounds": rounds,
        "records": replayed[0],
        "records_per_s": round(per_s),
        "records_per_s_min": RECORDS_MIN,
        "records_per_cpu_s": round(
            statistics.median(n / s for n, s in zip(replayed, cpu, strict=True))
        ),
        "read_records_per_s": round(
            statistics.median(n / s for n, s in zip(records, reading, strict=True))
        ),
        "recover_to_read_ratio": round(
            statistics.median(a / b for a, b in zip(recovering, reading, strict=True)), 2
        ),
        "serves_again_s": round(statistics.median(serving), 2),
        "serves_again_s_max": SERVES_MAX_S,
        "empty_node_s": round(statistics.median(fresh), 2),
        "load_per_s": rate,
        "faults": bench.faults,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="tiny: proves that it runs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--disk", type=Path, default=Path.cwd(), help="where data folders go (.)")
    options = parser.parse_args()
    orders, rounds = (ORDERS_SMOKE, 1) if options.smoke else (ORDERS, options.rounds)
    with tempfile.TemporaryDirectory() as programs:
        bench = Bench(SMOKE, Path(programs), options.disk)
        figures = measure(bench, options.disk, orders, rounds)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
