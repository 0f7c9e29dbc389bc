"""Kill the node at random moments and compare what it had said with what it then knows.

    python -m tests.node.kill --rounds 50 [--seed N] [--data FOLDER]
    python -m tests.node.kill --rounds 20 --children [--misbehave KIND ...]
    python -m tests.node.kill --rounds 20 --set journal.sync=off

A round: start the node on the folder it had, log four clients on without reset, let them trade a
seeded mix, SIGKILL at a moment that has nothing to do with what they do; some rounds also kill
during recovery, at once after READY, and while messages are resent. After every kill the clients'
own logs, the journal and two recoveries from its start are compared (checks.py says what); at the
end the node answers everything and repeats all it ever told. With --children a simulated exchange
stands beside it, and in every round, once the node has asked after its children, both must tell
the same of each. One JSON line; exit code 1 with any finding.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from internaliser.recovery import Recovered, recover
from tests.node.checks import (
    FOUND_MAX,
    check_core,
    check_counters,
    check_messages,
    check_orders,
    check_reports,
)
from tests.node.crowd import Crowd
from tests.node.exchange import SYMBOL, Venue
from tests.node.process import PLAIN, ROOT, NodeProcess, NotReady, command_line
from tests.node.truth import Truth

NODE_ID = 1
LOAD_S = (0.05, 1.2)  # how long a round may trade before it is killed
START_S = 0.8  # what a start takes at first; measured as we go
REWIND = 2_000  # messages everyone asks for again in each round
EVER = 10**9
SLOW_MS = (0, 5, 30, 150)  # how late the exchange tells: so long its children are in flight
SETTLE_S = 20  # so long it may take until the fate of every child is known


@dataclass(slots=True)
class Outcome:
    """What happened, to be printed; `findings` should stay empty."""

    kills: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    torn_tails: int = 0
    children_in_flight: list[int] = field(default_factory=list)  # at each kill


class Chaos:
    """One data folder, one crowd, and the folds of both."""

    def __init__(
        self, data: Path, seed: int, venue: Venue | None = None, settings: Sequence[str] = ()
    ) -> None:
        self.data = data
        self.venue = venue
        self.settings = settings
        self.random = Random(seed)
        self.crowd = Crowd(seed)
        self.truth = Truth()
        self.outcome = Outcome()
        self.start_s = START_S
        self.node: NodeProcess | None = None  # the one started last
        if venue is not None:
            for trader in self.crowd.traders:
                trader.symbols = (SYMBOL.encode(),)

    def round(self, number: int, load_s: tuple[float, float] = LOAD_S) -> None:
        """Kills on the way up as chance has it, then one under load, then the comparison."""
        if number > 1 and self.random.random() < 0.35:
            self._kill_in_recovery()
        if self.random.random() < 0.2:
            self._kill_when_ready()
        if number > 1 and self.random.random() < 0.3:
            self._kill_in_resend()
        self._kill_under_load(load_s)
        self.compare(f"round {number}")

    def finish(self) -> None:
        """Everything is answered and told again; then the whole journal is read anew."""
        node = self._start()
        try:
            self.crowd.connect(node.port)
            self.crowd.fall_silent()
            self._wait_for_children()
            self.crowd.rewind(EVER)
            self.crowd.fall_silent()
        finally:
            node.kill()
            self.crowd.leave()
        self.compare("end")
        self.truth = Truth()
        self.compare("the whole journal, read anew")
        done = subprocess.run(
            command_line("verify", "--data", self.data), capture_output=True, text=True, cwd=ROOT
        )
        if done.returncode:
            self.outcome.findings.append(f"verify: {done.stdout[:2000]}{done.stderr}")

    def compare(self, when: str) -> None:
        """Clients against journal against two recoveries."""
        found = []
        self.truth.read_on(self.data)
        self.outcome.torn_tails += bool(self.truth.torn)
        self.outcome.children_in_flight.append(sum(map(len, self.truth.live.values())))
        traders = self.crowd.traders
        recovered = recover(self.data, node_id=NODE_ID, from_start=True)
        found += check_reports(self.truth, traders)
        found += check_messages(self.truth, traders)
        found += check_orders(self.truth, traders)
        found += check_core(self.truth, recovered)
        found += check_counters(recovered, self.truth, traders)
        found += self.truth.check_trades()
        found += self._check_replay(recovered)
        for trader in traders:
            found += trader.faults
            trader.faults = []
            trader.reports = []
        found += self.truth.faults
        self.truth.faults = []
        self.outcome.findings += [f"{when}: {text}" for text in found]

    def _check_replay(self, first: Recovered) -> list[str]:
        again = recover(self.data, node_id=NODE_ID)
        if again.core.state_hash() != first.core.state_hash():
            return ["two recoveries of one journal differ in their state hash"]
        return []

    def _kill_under_load(self, load_s: tuple[float, float]) -> None:
        node = self._start()
        self.crowd.connect(node.port)
        if self.venue is not None:
            self._reconcile(self.venue)
        elif self.random.random() < 0.5:
            self.crowd.fall_silent()
            self.crowd.rewind(REWIND)
        node.kill_after(self.random.uniform(*load_s))
        self.crowd.trade_until(lambda: not node.is_running)
        self._gone(node, "load")

    def _reconcile(self, venue: Venue) -> None:
        """After a crash every child's fate is found out; then the exchange and the node agree."""
        self.crowd.fall_silent()
        self._wait_for_children()
        venue.ask(do="slow", ms=self.random.choice(SLOW_MS))
        for trader in self.crowd.traders:
            trader.mid_cents = venue.mid_cents()

    def _wait_for_children(self) -> None:
        """Until node and exchange tell the same of every child; a finding when they never do."""
        if self.venue is None:
            return
        end_s = time.monotonic() + SETTLE_S
        while True:
            self.truth.read_on(self.data)
            found = list(self.venue.differences(self.truth))
            if (self.venue.is_linked and not found) or time.monotonic() > end_s:
                break
            time.sleep(0.05)
        self.outcome.findings += [f"venue: {text}" for text in found[:FOUND_MAX]]

    def _kill_in_resend(self) -> None:
        """Everyone asks for everything; the node dies while it answers."""
        node = self._start()
        self.crowd.connect(node.port)
        self.crowd.rewind(EVER)
        node.kill_after(self.random.uniform(0, 0.1))
        self.crowd.trade_until(lambda: not node.is_running)
        self._gone(node, "resend")

    def _kill_in_recovery(self) -> None:
        node = self._process()
        time.sleep(self.random.uniform(0.3, 1.0) * self.start_s)
        node.kill()
        self.outcome.kills["recovery"] += 1

    def _kill_when_ready(self) -> None:
        """The first Logons are under way, or not yet."""
        node = self._start()
        node.kill_after(self.random.uniform(0, 0.02))
        try:
            self.crowd.connect(node.port)
            self.crowd.trade_until(lambda: not node.is_running)
        except OSError:
            pass  # it was gone before we came
        self._gone(node, "ready")

    def _start(self) -> NodeProcess:
        node = self._process()
        self.start_s = node.wait_ready()
        self.outcome.ready_s.append(round(self.start_s, 2))
        return node

    def _process(self) -> NodeProcess:
        config = self.venue.config if self.venue else PLAIN
        self.node = NodeProcess(self.data, config=config, settings=self.settings)
        return self.node

    def leave(self) -> None:
        """No node stays behind, whatever stopped the round."""
        if self.node is not None and self.node.is_running:
            self.node.kill()

    def _gone(self, node: NodeProcess, moment: str) -> None:
        code = node.wait()
        self.crowd.leave()
        if code != -9:
            text = node.errors.read_text().strip()
            self.outcome.findings.append(f"the node ended by itself with {code}: {text}")
        self.outcome.kills[moment] += 1


def run(
    data: Path,
    rounds: int,
    seed: int,
    *,
    load_s: tuple[float, float] = LOAD_S,
    venue: Venue | None = None,
    verbose: bool = False,
    kind: type[Chaos] = Chaos,
    settings: Sequence[str] = (),
) -> dict[str, Any]:
    """So many rounds on `data`; the figures."""
    chaos = kind(data, seed, venue, settings)
    clean = 0
    for number in range(1, rounds + 1):
        try:
            chaos.round(number, load_s)
        except (NotReady, OSError) as error:
            chaos.outcome.findings.append(f"round {number}: {error}")
            chaos.leave()
        clean += not chaos.outcome.findings
        if verbose:
            print(
                f"round {number}: {chaos.truth.record_count} records, "
                f"{len(chaos.truth.orders)} orders, kills {dict(chaos.outcome.kills)}, "
                f"findings {len(chaos.outcome.findings)}",
                file=sys.stderr,
                flush=True,
            )
        if chaos.outcome.findings:
            break
    if not chaos.outcome.findings:
        chaos.finish()
    return figures(chaos, rounds, clean, seed)


def figures(chaos: Chaos, rounds: int, clean: int, seed: int) -> dict[str, Any]:
    traders = chaos.crowd.traders
    return {
        "check": "kill",
        "seed": seed,
        "rounds": rounds,
        "rounds_clean": clean,
        "kills": dict(chaos.outcome.kills),
        "requests": sum(trader.asked.total() for trader in traders),
        "messages_received": sum(len(trader.told) for trader in traders),
        "messages_repeated_identical": sum(trader.repeats for trader in traders),
        "orders": len(chaos.truth.orders),
        "trades": len(chaos.truth.sides),
        "children": len(chaos.truth.children),
        "children_filled": sum(child.cum_qty > 0 for child in chaos.truth.children.values()),
        "children_in_flight_at_kills": sum(chaos.outcome.children_in_flight),
        "journal_records": chaos.truth.record_count,
        "torn_tails": chaos.outcome.torn_tails,
        "ready_s": [min(chaos.outcome.ready_s), max(chaos.outcome.ready_s)]
        if chaos.outcome.ready_s
        else [],
        "findings": chaos.outcome.findings[:50],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(3)))
    parser.add_argument("--data", type=Path, help="kept afterwards; a temporary folder without it")
    parser.add_argument("--children", action="store_true", help="beside a simulated exchange")
    parser.add_argument("--misbehave", nargs="*", default=[], metavar="KIND[:every=N]")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = options.data or Path(folder) / "data"
        with ExitStack() as stack:
            venue = None
            if options.children:
                venue = stack.enter_context(Venue(Path(folder), options.seed, options.misbehave))
            line = run(
                data,
                options.rounds,
                options.seed,
                venue=venue,
                verbose=True,
                settings=options.settings,
            )
    print(json.dumps(line))
    return 1 if line["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
