"""Kill the projection at random moments while the journal grows; nothing is lost or taken twice.

    python -m tests.ledger.kill --rounds 50 [--seed N] [--postgres]

A round: `internaliser ledger follow` is started as a process on a journal that this process goes on
writing, and killed with SIGKILL at a moment that has nothing to do with what either does; in some
rounds the node crashes and starts again meanwhile, sometimes inside a write. After every kill the
ledger, wherever it stands, must equal the core as of that step. At the end it is followed up to
the last step, stopped with SIGTERM, compared once more, and a ledger rebuilt from nothing must have
the same rows. --postgres needs INTERNALISER_TEST_POSTGRES (python -m tests.ledger.cluster ...).
One JSON line; exit code 1 with any finding.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from internaliser.errors import DataError
from internaliser.ledger.books import Books
from internaliser.ledger.check import check
from internaliser.ledger.target import Target
from tests.ledger.conftest import drop_database, new_database
from tests.ledger.grower import Grower
from tests.ledger.rows import table_rows
from tests.node.process import ROOT, command_line

START_S = (0.0, 1.0)  # some are killed while they start
ALIVE_S = (0.0, 2.0)  # the others so long after they said where they go on from
GROW_EVERY_S = 0.02  # between two turns of the core: the projection keeps up with it
CATCH_UP_S = 60


@dataclass(slots=True)
class Outcome:
    """What happened; `findings` should stay empty."""

    seqs: list[int] = field(default_factory=list)  # where the ledger stood at each kill
    crashes: int = 0
    findings: list[str] = field(default_factory=list)


class Chaos:
    """One journal, one ledger, and the process between them."""

    def __init__(self, folder: Path, seed: int, address: str) -> None:
        self.data = folder / "data"
        self.address = address
        self.random = Random(seed)
        self.grower = Grower(self.data, seed)
        self.outcome = Outcome()
        self.said = folder / "follow.log"

    def round(self, alive_s: tuple[float, float]) -> None:
        """Grow beside a projection until it is killed, then compare."""
        process = self._follow()
        has_started = self.random.random() < 0.2  # whatever it is doing
        delay = self.random.uniform(*(START_S if has_started else alive_s))
        timer = threading.Timer(delay, process.send_signal, (signal.SIGKILL,))
        is_armed = False
        may_crash = self.random.random() < 0.4
        while process.poll() is None:
            has_started = has_started or self.said.stat().st_size > 0
            if has_started and not is_armed:
                timer.start()
                is_armed = True
            self.grower.turns(1, steps_max=10)
            if may_crash and self.random.random() < 0.02:
                self.grower.crash(is_torn=self.random.random() < 0.5)
                self.outcome.crashes += 1
            time.sleep(GROW_EVERY_S)
        timer.cancel()
        if process.returncode != -signal.SIGKILL:
            self._find(f"it ended by itself with {process.returncode}: {self.said.read_text()}")
        self.outcome.seqs.append(self._compare())

    def finish(self, other: str) -> None:
        """The whole journal projected, an orderly stop, and a ledger made anew beside it."""
        self.grower.close()
        process = self._follow()
        end_s = time.monotonic() + CATCH_UP_S
        last = self.grower.core.seq
        # It must have begun: before that, SIGTERM ends it as it ends any program.
        while process.poll() is None and time.monotonic() < end_s:
            if self._seq() >= last and self.said.stat().st_size > 0:
                break
            time.sleep(0.05)
        process.terminate()
        code = process.wait(CATCH_UP_S)
        if code != 0:
            self._find(f"after SIGTERM it ended with {code}: {self.said.read_text()}")
        found = self._compare()
        if found != last:
            self._find(f"the ledger ends at step {found}, the core at {last}")
        words = command_line("ledger", "rebuild", "--data", self.data, "--to", other)
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode:
            self._find(f"rebuild ended with {done.returncode}: {done.stderr}")
        self._compare_rows(other)

    def _follow(self) -> "subprocess.Popen[bytes]":
        words = command_line("ledger", "follow", "--data", self.data, "--to", self.address)
        with self.said.open("wb") as said:
            return subprocess.Popen(words, stdout=said, stderr=said, cwd=ROOT)

    def _compare(self) -> int:
        """The ledger against the core; the step it stands at, 0 while there is none."""
        try:
            database = Target.read(self.address, self.data).open(may_write=False, may_make=False)
        except DataError:
            return 0  # killed before it made one
        with closing(database):
            try:
                found = check(self.data, database)
            except DataError as error:
                return 0 if "there is no ledger" in str(error) else self._find(str(error))
        for finding in found["findings"]:
            self._find(finding)
        return int(found["seq"])

    def _compare_rows(self, other: str) -> None:
        with (
            closing(Target.read(self.address, self.data).open(may_write=False)) as one,
            closing(Target.read(other, self.data).open(may_write=False)) as two,
        ):
            followed, rebuilt = table_rows(one), table_rows(two)
        for name, rows in followed.items():
            if rows != rebuilt[name]:
                self._find(f"{name}: {len(rows)} rows followed, {len(rebuilt[name])} rebuilt")

    def _seq(self) -> int:
        with closing(Target.read(self.address, self.data).open(may_write=False)) as database:
            mark = Books(database).mark
        return mark.seq if mark else 0

    def _find(self, text: str) -> int:
        self.outcome.findings.append(f"round {len(self.outcome.seqs) + 1}: {text}")
        return 0


def run(
    folder: Path,
    rounds: int,
    seed: int,
    addresses: tuple[str, str],
    *,
    alive_s: tuple[float, float] = ALIVE_S,
    verbose: bool = False,
) -> dict[str, Any]:
    """So many kills of a projection into the first of `addresses`; the figures."""
    started_s = time.monotonic()
    chaos = Chaos(folder, seed, addresses[0])
    for number in range(1, rounds + 1):
        chaos.round(alive_s)
        if verbose:
            at, core = chaos.outcome.seqs[-1], chaos.grower.core.seq
            print(f"round {number}: step {at} of {core}", file=sys.stderr, flush=True)
        if chaos.outcome.findings:
            break
    if not chaos.outcome.findings:
        chaos.finish(addresses[1])
    moved = sum(b > a for a, b in zip([0, *chaos.outcome.seqs], chaos.outcome.seqs, strict=False))
    return {
        "check": "ledger kill",
        "seed": seed,
        "rounds": len(chaos.outcome.seqs),
        "database": addresses[0].partition(":")[0],
        "kills_that_left_the_ledger_further": moved,
        "node_crashes": chaos.outcome.crashes,
        "steps": chaos.grower.core.seq,
        "seconds": round(time.monotonic() - started_s, 1),
        "findings": chaos.outcome.findings,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    parser.add_argument("--postgres", action="store_true", help="into PostgreSQL, not SQLite")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.postgres:
            addresses = (new_database(1), new_database(2))
        else:
            addresses = (f"sqlite:{folder / 'one.sqlite'}", f"sqlite:{folder / 'two.sqlite'}")
        try:
            line = run(folder, options.rounds, options.seed, addresses, verbose=True)
        finally:
            for address in addresses if options.postgres else ():
                drop_database(address)
    print(json.dumps(line))
    return 1 if line["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
