"""Wrong Logons in any number, from many addresses, do not keep the owner of an account out.

    python -m tests.node.wrong_logons [--count 2000] [--addresses 20]

Each address keeps trying passwords for CLIENT1 and CompIDs there are not, as fast as it is let.
Meanwhile CLIENT1 logs on from an address of its own, again and again. One JSON line: what the
strangers heard, how long they took, and how long the owner waited at most. Exit code 1 when one of
them got in, when the owner ever waited more than two seconds, or when nothing was held back.
"""

import argparse
import json
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from internaliser.credentials import hash_password
from tests.node.process import NodeProcess
from tests.node.tls import Plain

OWNER = "127.0.1.1"
OWNER_MAX_S = 2.0
PASSWORD = "correct horse"


class Strangers:
    """`count` attempts of `addresses` addresses, each on a thread of its own."""

    def __init__(self, port: int, count: int, addresses: int) -> None:
        self.heard: Counter[str] = Counter()
        self._port = port
        self._lock = threading.Lock()
        self.threads = [
            threading.Thread(target=self._try, args=(f"127.0.0.{10 + n}", count // addresses))
            for n in range(addresses)
        ]

    def _try(self, address: str, count: int) -> None:
        for number in range(count):
            what = self._one(address, number)
            with self._lock:
                self.heard[what] += 1

    def _one(self, address: str, number: int) -> str:
        try:
            link = Plain(self._port, address)
        except OSError:
            return "refused"
        try:
            if number % 4 == 3:
                link.send(f"STRANGER{number}", "A|98=0|108=30")
            else:
                link.send("CLIENT1", f"A|98=0|108=30|553=CLIENT1|554=guess{number}")
            answer = link.receive()
        except OSError:
            return "refused"
        finally:
            link.close()
        if answer is None:
            return "closed"
        return "let in" if answer[b"35"] == b"A" else "told no"


def run(folder: Path, count: int, addresses: int) -> dict[str, Any]:
    """The figures of one node."""
    stored = hash_password(PASSWORD.encode())
    node = NodeProcess(
        folder / "data",
        settings=("journal.sync=off", f"clients.CLIENT1.password_hash={stored}"),
    )
    node.wait_ready()
    waits: list[float] = []
    try:
        strangers = Strangers(node.port, count, addresses)
        began_s = time.monotonic()
        for thread in strangers.threads:
            thread.start()
        while True:
            is_last = not any(thread.is_alive() for thread in strangers.threads)
            waits.append(log_on(node.port))
            if is_last:
                break
            time.sleep(0.05)  # the owner's own pace, not a wait for anything
        took_s = time.monotonic() - began_s
        counts = dict(strangers.heard)
    finally:
        node.stop()
    return {
        "check": "wrong_logons",
        "attempts": count,
        "addresses": addresses,
        "heard": counts,
        "strangers_s": round(took_s, 1),
        "owner_logons": len(waits),
        "owner_max_s": round(max(waits), 3),
        "owner_first_s": round(waits[0], 3),
        "ok": "let in" not in counts and max(waits) <= OWNER_MAX_S,
    }


def log_on(port: int) -> float:
    """Seconds the owner's Logon took; it must succeed."""
    began_s = time.monotonic()
    link = Plain(port, OWNER)
    try:
        link.send("CLIENT1", f"A|98=0|108=30|141=Y|553=CLIENT1|554={PASSWORD}")
        answer = link.receive()
        assert answer is not None, "the owner was cut off"
        assert answer[b"35"] == b"A", answer
        took_s = time.monotonic() - began_s
        link.send("CLIENT1", "5")
        while link.receive() is not None:
            pass
    finally:
        link.close()
    return took_s


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--addresses", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = run(Path(folder), options.count, options.addresses)
    print(json.dumps(figures))
    return 0 if figures["ok"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
