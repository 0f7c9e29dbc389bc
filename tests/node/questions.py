"""Fills that a client lost come back, whatever happens around the asking.

    python -m tests.node.questions --fills 2000 --kills 3 [--seed N]

A node as a process, two clients that trade with each other over real sockets. Then the buyer resets
its sequence numbers and asks for its trades (AD): every fill must come once, in order, under the
ExecID it was told by. The same while it reads slowly and the seller goes on trading, and after each
of several SIGKILLs at moments of their own between a question and its answer. One JSON line; exit
code 1 with findings.
"""

import argparse
import json
import random
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from internaliser.fix_client import Fields, FixClient, FixError, value
from tests.node.process import NodeProcess

PATIENCE_S = 60.0
BURST = 50  # orders of one side at once
SLOW_BYTES = 4096  # read at once by a slow reader ...
SLOW_S = 0.001  # ... that often
SETTINGS = ("journal.sync=off", "requests.unread_bytes_max=65536")


@dataclass
class Trial:
    """Two clients of one node, and what the buyer was told."""

    folder: Path
    chance: random.Random
    told: list[bytes] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    node: NodeProcess = field(init=False)
    orders: int = 0

    def start(self) -> None:
        self.node = NodeProcess(self.folder / "data", settings=SETTINGS)
        self.node.wait_ready()

    def client(self, name: str, *, is_reset: bool = False) -> FixClient:
        found = FixClient("127.0.0.1", self.node.port, name, "NODE")
        found.log_on(is_reset)
        return found

    def order(self, side: int) -> list[tuple[int, Any]]:
        self.orders += 1
        return [
            *((35, "D"), (11, f"o{self.orders}-{side}"), (55, "TEST1"), (54, side), (38, 1)),
            *((40, 2), (44, "1.00"), (60, "20260101-00:00:00")),
        ]

    def trade(self, buyer: FixClient, seller: FixClient, count: int) -> None:
        """So many fills; what the buyer hears of them is noted."""
        for _ in range(count):
            seller.send(self.order(2))
        hear(seller, count)
        for _ in range(count):
            buyer.send(self.order(1))
        for fields in hear(buyer, 2 * count):
            if value(fields, 150) == b"F":
                self.told.append(value(fields, 17) or b"")
        hear(seller, count)

    def check(self, where: str, found: list[bytes]) -> None:
        if found != self.told:
            self.findings.append(f"{where}: {len(found)} fills, expected {len(self.told)}")


def hear(client: FixClient, count: int) -> list[Fields]:
    """The next so many messages."""
    found: list[Fields] = []
    while len(found) < count:
        fields = client.receive(PATIENCE_S)
        if fields is None:
            raise FixError(f"{len(found)} of {count} messages came")
        found.append(fields)
    return found


def captured(client: FixClient) -> list[bytes]:
    """ExecIDs of the answer to an AD for everything."""
    client.send([(35, "AD"), (568, "q"), (569, 0)])
    (head,) = hear(client, 1)
    fills = hear(client, int(value(head, 748) or b"0"))
    return [value(fields, 17) or b"" for fields in fills]


def lost_and_found(trial: Trial) -> float:
    """The buyer resets its numbers and asks; seconds until it has everything."""
    with trial.client("CLIENT1", is_reset=True) as buyer:
        begin_s = time.monotonic()
        trial.check("after a reset", captured(buyer))
        return time.monotonic() - begin_s


class SlowClient(FixClient):
    """Reads a little at a time, so that its answers pile up at the node."""

    def _connect(self) -> None:
        super()._connect()
        link = self._connected()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BYTES)

    def _read(self, deadline_s: float) -> bool:
        time.sleep(SLOW_S)
        return super()._read(deadline_s)


def slowly(trial: Trial) -> float:
    """A slow reader gets everything too; meanwhile an order of another waits at most so long."""
    worst_s = 0.0
    over = threading.Event()

    def others() -> None:
        nonlocal worst_s
        with trial.client("CLIENT3") as other:
            while not over.is_set():
                begin_s = time.monotonic()
                other.send(trial.order(2))
                hear(other, 1)
                worst_s = max(worst_s, time.monotonic() - begin_s)
                time.sleep(0.01)

    beside = threading.Thread(target=others)
    beside.start()
    try:
        with SlowClient("127.0.0.1", trial.node.port, "CLIENT1", "NODE") as buyer:
            buyer.log_on()
            trial.check("reading slowly", captured(buyer))
    finally:
        over.set()
        beside.join()
    return worst_s


def killed(trial: Trial) -> None:
    """The node dies between a question and the end of its answer; asked again it tells all."""
    with trial.client("CLIENT1", is_reset=True) as buyer:
        buyer.send([(35, "AD"), (568, "q"), (569, 0)])
        trial.node.kill_after(trial.chance.uniform(0.0, 0.1))
        try:
            while buyer.receive(PATIENCE_S) is not None:
                pass
        except FixError:
            pass
    trial.node.wait()
    trial.start()
    with trial.client("CLIENT1", is_reset=True) as buyer:
        trial.check("after a kill", captured(buyer))


def run(fills: int, kills: int, seed: int, folder: Path) -> dict[str, Any]:
    """The whole trial; its figures and findings."""
    trial = Trial(folder, random.Random(seed))
    trial.start()
    try:
        with trial.client("CLIENT1") as buyer, trial.client("CLIENT2") as seller:
            while len(trial.told) < fills:
                trial.trade(buyer, seller, min(BURST, fills - len(trial.told)))
        seconds = lost_and_found(trial)
        worst_s = slowly(trial)
        for _ in range(kills):
            killed(trial)
        if trial.node.stop() != 0:
            trial.findings.append("the node did not stop in order")
    finally:
        if trial.node.is_running:
            trial.node.kill()
    return {
        "fills": len(trial.told),
        "kills": kills,
        "fills_per_s": round(len(trial.told) / seconds),
        "worst_order_ms": round(worst_s * 1000, 1),
        "findings": trial.findings,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fills", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        result = run(asked.fills, asked.kills, asked.seed, Path(folder))
    print(json.dumps(result))
    return 1 if result["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
