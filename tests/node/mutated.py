"""Hurt messages by the hundred thousand, while a healthy session trades.

    python -m tests.node.mutated --count 1000000 [--seed N]

Most are handed to a whole node in this process, one by one, so that each is judged: the node never
halts, what it says are whole messages of the kinds allowed, and the healthy session has its report
in the same turn. Every twentieth goes to a node of its own over sockets, cut anywhere, where the
healthy session waits less than a second for each answer. The seed of a finding is printed.
"""

import argparse
import json
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from internaliser.fix_client import FixClient, FixError
from tests.node.fix import Garbled, encode, fields_of, split, time_text
from tests.node.mutations import Mutations
from tests.node.process import NodeProcess
from tests.whole_node import START_NS, WholeNode, plain_config

MS = 1_000_000
SOCKET_SHARE = 20  # one message in so many goes over sockets
HEALTHY_EVERY = 100  # hurt messages between two orders of the healthy session
STALL_S = 1.0
SENDERS = (b"CLIENT2", b"CLIENT3", b"CLIENT4", b"CLIENT5")
BATCH = 25
# Upkeep, refusals, and reports on what was still a good message.
ALLOWED = {b"A", b"0", b"1", b"2", b"3", b"4", b"5", b"j", b"8", b"9", b"r", b"Y", b"W"}


@dataclass(slots=True)
class Findings:
    faults: list[str] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    closed: int = 0
    sent: int = 0
    longest_s: float = 0.0


class Inside:
    """A whole node in this process, one healthy and one hurt session."""

    def __init__(self, folder: Path, seed: int, found: Findings) -> None:
        self.found = found
        self.now_ns = START_NS
        self.node = WholeNode(folder, plain_config("journal.sync=off"), START_NS)
        self.sender = SENDERS[seed % len(SENDERS)]
        names = (self.sender.decode(), "FIX.4.4")
        rows = self.node.state.roster.rows()
        self.session = next(r["session"] for r in rows if (r["theirs"], r["begin_string"]) == names)
        self.mutations = Mutations(Random(seed), self.sender)
        self.healthy = self.node.connect(START_NS)
        self.healthy_number = 0
        self.tell(self.healthy, b"CLIENT1", [(b"35", b"A"), (b"98", b"0"), (b"108", b"30")])
        self.hurt = -1
        self.log_on()

    def tell(self, link: int, sender: bytes, body: list[tuple[bytes, bytes]]) -> list[bytes]:
        """A good message of the healthy session, and what comes back in the same turn."""
        self.healthy_number += 1
        head = [body[0], (b"49", sender), (b"56", b"NODE"), (b"34", b"%d" % self.healthy_number)]
        data = encode([*head, (b"52", time_text(self.now_ns)), *body[1:]])
        return self.turn(link, data)

    def turn(self, link: int, data: bytes) -> list[bytes]:
        self.node.receive(link, data, self.now_ns)
        if not self.node.turn(self.now_ns):
            raise AssertionError(f"the node halted: {self.node.state.core.fault}")
        messages, rest = split(self.node.sent(link))
        assert rest == b"", f"a message cut short: {rest!r}"
        return [dict(fields_of(message))[b"35"] for message in messages]

    def log_on(self) -> None:
        """A new link for the hurt session, both counters at 1."""
        if self.hurt >= 0:
            self.node.disconnect(self.hurt, self.now_ns)
        self.hurt = self.node.connect(self.now_ns)
        logon = [(b"35", b"A"), (b"49", self.sender), (b"56", b"NODE"), (b"34", b"1")]
        logon += [(b"52", time_text(self.now_ns)), (b"98", b"0"), (b"108", b"30"), (b"141", b"Y")]
        assert self.turn(self.hurt, encode(logon))[-1:] == [b"A"], "a good Logon was refused"

    def next_in(self) -> int:
        return self.node.state.roster.counters_of(self.session)[0]

    def run(self, count: int) -> None:
        for number in range(count):
            self.now_ns += MS // 10
            data = self.mutations.next(self.next_in(), self.now_ns)
            said = self.turn(self.hurt, data)
            self.found.sent += 1
            self.found.said.update(kind.decode("latin-1") for kind in said)
            if not set(said) <= ALLOWED:
                self.found.faults.append(f"said {said} to {data!r}")
            if number % HEALTHY_EVERY == 0:
                self.trade(number)
            # A message that claims more bytes than it has swallows the next ones: start anew.
            if self.node.door.is_closing(self.hurt) or number % BATCH == BATCH - 1:
                self.found.closed += self.node.door.is_closing(self.hurt)
                self.log_on()

    def trade(self, number: int) -> None:
        self.node.pass_time(self.now_ns)
        order = [(b"35", b"D"), (b"11", b"h%d" % number), (b"55", b"TEST2"), (b"54", b"1")]
        order += [(b"60", time_text(self.now_ns)), (b"38", b"1"), (b"40", b"2"), (b"44", b"1.00")]
        said = self.tell(self.healthy, b"CLIENT1", [*order, (b"59", b"3")])
        if b"8" not in said:
            self.found.faults.append(f"the healthy session got {said} for an order")


class Healthy(threading.Thread):
    """Asks for an answer over a socket again and again; how long the longest took."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.client = FixClient("127.0.0.1", port, "CLIENT1", "NODE")
        self.client.log_on()
        self.order_count = 0
        self.longest_s = 0.0
        self.fault = ""
        self.is_over = threading.Event()

    def run(self) -> None:
        try:
            while not self.is_over.wait(0.01):
                self.order_count += 1
                start_s = time.monotonic()
                time_now = time_text(time.time_ns())
                self.client.send([
                    (35, "D"), (11, f"h{self.order_count}"), (55, "TEST2"), (54, 1),
                    (60, time_now), (38, 1), (40, 2), (44, "1.00"), (59, 3),
                ])  # fmt: skip
                if self.client.receive(30) is None:
                    self.fault = "no report within 30 s"
                    return
                while self.client.receive(0) is not None:
                    pass
                self.longest_s = max(self.longest_s, time.monotonic() - start_s)
        except FixError as error:
            self.fault = str(error)


def over_sockets(port: int, count: int, seed: int, found: Findings) -> None:
    """`count` hurt messages in batches, each batch over a connection of its own."""
    random = Random(seed)
    healthy = Healthy(port)
    healthy.start()
    streams = {sender: Mutations(Random(seed + n), sender) for n, sender in enumerate(SENDERS)}
    done = 0
    while done < count and not healthy.fault:
        for sender, stream in streams.items():
            done += one_batch(port, sender, stream, random, found)
    healthy.is_over.set()
    healthy.join(60)
    healthy.client.close()
    found.longest_s = healthy.longest_s
    if healthy.fault or healthy.longest_s > STALL_S:
        found.faults.append(f"the healthy session: {healthy.fault or healthy.longest_s}")


def one_batch(port: int, sender: bytes, stream: Mutations, random: Random, found: Findings) -> int:
    now_ns = time.time_ns()
    logon = [(b"35", b"A"), (b"49", sender), (b"56", b"NODE"), (b"34", b"1")]
    logon += [(b"52", time_text(now_ns)), (b"98", b"0"), (b"108", b"30"), (b"141", b"Y")]
    data = b"".join(stream.next(number, now_ns) for number in range(2, BATCH + 2))
    data = encode(logon) + data
    answers = b""
    with socket.create_connection(("127.0.0.1", port), 10) as link:
        link.settimeout(10)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while data:
                size = random.choice((1, 7, 100, 1000, len(data)))
                link.sendall(data[:size])
                data = data[size:]
            link.shutdown(socket.SHUT_WR)
            while part := link.recv(65536):
                answers += part
        except OSError:
            found.closed += 1  # it had enough: closed while we wrote
    found.sent += BATCH
    try:
        messages, _ = split(answers)
    except Garbled as error:
        found.faults.append(f"garbled: {error}")
        return BATCH
    kinds = {dict(fields_of(message))[b"35"] for message in messages}
    if not kinds <= ALLOWED:
        found.faults.append(f"said {kinds}")
    found.said.update(kind.decode("latin-1") for kind in kinds)
    return BATCH


def run(count: int, seed: int, folder: Path) -> tuple[Findings, Findings]:
    """What was found inside and over sockets."""
    inside, outside = Findings(), Findings()
    over = max(count // SOCKET_SHARE, BATCH)
    node = NodeProcess(folder / "outside", settings=["journal.sync=interval"])
    node.wait_ready()
    try:
        over_sockets(node.port, over, seed, outside)
    finally:
        code = node.stop() if node.is_running else -1
    if code != 0:
        outside.faults.append(f"the node ended with {code}: {node.errors.read_text()[-400:]}")
    whole = Inside(folder / "inside", seed, inside)
    try:
        whole.run(count - over)
    finally:
        whole.node.crash()
    return inside, outside


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutated-") as folder:
        inside, outside = run(options.count, options.seed, Path(folder))
    for name, found in (("inside", inside), ("sockets", outside)):
        facts = {
            "where": name, "seed": options.seed, "sent": found.sent, "closed": found.closed,
            "said": dict(found.said), "longest_s": round(found.longest_s, 3),
            "faults": found.faults[:20],
        }  # fmt: skip
        print(json.dumps(facts), flush=True)
    return 1 if inside.faults or outside.faults else 0


if __name__ == "__main__":
    sys.exit(main())
