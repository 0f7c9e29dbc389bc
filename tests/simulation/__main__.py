"""`python -m tests.simulation --seed N --steps M [--count K] [--routed]`: K seeds from N on."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.simulation.routed_world import RoutedWorld
from tests.simulation.world import SimulationFailed, World


def main() -> int:
    """Run the seeds; 1 when one failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--routed", action="store_true", help="with an outside market")
    options = parser.parse_args()
    failed = 0
    for seed in range(options.seed, options.seed + options.count):
        with tempfile.TemporaryDirectory() as folder:
            try:
                kind = RoutedWorld if options.routed else World
                world = kind(seed, Path(folder) / "data")
                world.run(options.steps)
                reports = sum(len(client.reports) for client in world.clients)
                print(f"seed {seed}: seq {world.judge.seq}, {reports} reports, {world.counts}")
            except SimulationFailed as error:
                failed += 1
                print(f"seed {seed} FAILED: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
