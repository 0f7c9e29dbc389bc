"""What a node keeps in memory: idle, and with a million open orders.

    python -m benchmarks.memory [--smoke] [--disk FOLDER]

Runs the node with config/plain.toml, reads its resident set from /proc when it is READY, rests
the orders through one FIX session and reads it again. What a loaded order takes includes
everything that came with it: its ClOrdID, its price level, where its reports stand in the
journal. One JSON line.
"""

import argparse
import json
import tempfile
from pathlib import Path

from benchmarks.loaded import data_folder, load_orders, ready_facts, run_line
from benchmarks.wire import SMOKE, Bench

ORDERS, ORDERS_SMOKE = 1_000_000, 2_000
IDLE_MAX_MB, ORDER_MAX_BYTES = 120, 350


def resident(pid: int) -> dict[str, int]:
    """Bytes resident: `rss` all of it, `anonymous` without files that are mapped."""
    fields = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines()
    )
    return {
        "rss": int(fields["VmRSS"].split()[0]) * 1024,
        "anonymous": int(fields["RssAnon"].split()[0]) * 1024,
    }


def measure(bench: Bench, disk: Path, orders: int) -> dict[str, object]:
    with (
        data_folder(disk) as data,
        bench.server(run_line(data, "off")) as (process, line),
    ):
        idle = resident(process.pid)
        rate = load_orders(bench, ready_facts(line)["port"], orders)
        loaded = resident(process.pid)
    return {
        "bench": "memory",
        "orders": orders,
        "idle_mb": round(idle["rss"] / 2**20, 1),
        "idle_mb_max": IDLE_MAX_MB,
        "loaded_mb": round(loaded["rss"] / 2**20, 1),
        "bytes_per_order": round((loaded["rss"] - idle["rss"]) / orders, 1),
        "bytes_per_order_max": ORDER_MAX_BYTES,
        "anonymous_bytes_per_order": round((loaded["anonymous"] - idle["anonymous"]) / orders, 1),
        "load_per_s": rate,
        "faults": bench.faults,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--smoke", action="store_true", help="tiny: proves that it runs")
    parser.add_argument("--disk", type=Path, default=Path.cwd(), help="where data folders go (.)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as programs:
        bench = Bench(SMOKE, Path(programs), options.disk)
        figures = measure(bench, options.disk, ORDERS_SMOKE if options.smoke else ORDERS)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
