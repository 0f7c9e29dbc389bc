"""`internaliser demo`: a node, two exchanges and two clients on loopback, seen at work.

Every part is the real one, in a process of its own: `internaliser run`, `internaliser simulate fix`
and `simulate binance`, and two FIX sessions. Nothing outlives the demo but what it prints.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

from internaliser.errors import EXIT_FINDING, EXIT_OK, InternaliserError
from internaliser.fix import codec
from internaliser.fix_client import Fields, FixClient, value
from internaliser.inspect import rows
from internaliser.resources import resource
from internaliser.tables import print_rows
from internaliser.verify import report

START_TIMEOUT_S = 10.0
REPORT_TIMEOUT_S = 5.0
SYMBOL = "BTC/USD"
MID = Decimal(30_000)
LISTING = f"{SYMBOL}:{MID}:0.5:0.01"  # price steps of 0.5, quantity steps of 0.01
# Dearer in fees, cheaper in price: net, its first levels beat the other exchange, the next do not.
BINANCE_LISTING = f"{SYMBOL}:29985.50:0.01:0.0001"
KEY = {"INTERNALISER_DEMO_KEY": "simulator"}  # config/demo.toml; the simulator's own
VENUES = 2
BOOKS_S = 0.3  # from the link to the first book of an exchange

STATUSES = {
    b"0": "new",
    b"1": "partially filled",
    b"2": "filled",
    b"4": "canceled",
    b"8": "rejected",
    b"C": "expired",
}
PLACES = {b"1": "inside (added)", b"2": "inside (removed)", b"3": "at an exchange"}


class DemoFailed(InternaliserError):
    """Something the demo shows did not happen."""


class Program:
    """One process of ours that says READY; killed at the end if it still runs."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            # -P: what is installed, not what lies in the folder this is run from
            [sys.executable, "-P", "-m", "internaliser", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **KEY},
        )
        self.ready: dict[str, Any] = self._wait_ready(words[0])

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """Send the signal and wait; the exit code."""
        self.process.send_signal(with_signal)
        self.process.communicate(timeout=START_TIMEOUT_S)
        return self.process.returncode

    def __enter__(self) -> "Program":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def _wait_ready(self, name: str) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("READY "):
            self.process.kill()
            _, said = self.process.communicate()
            raise DemoFailed(f"{name} did not start: {said.strip() or line.strip()}")
        ready: dict[str, Any] = json.loads(line.removeprefix("READY "))
        return ready


class Trader:
    """One client with its FIX session, telling what it sends and hears."""

    def __init__(self, name: str, port: int, stack: contextlib.ExitStack) -> None:
        self.name = name
        self.session = stack.enter_context(FixClient("127.0.0.1", port, name, "NODE"))
        self.session.log_on()

    def order(self, cl_ord_id: str, side: str, qty: str, price: Decimal) -> None:
        """Send a limit order that stays until canceled."""
        word = "buys" if side == "1" else "sells"
        say(f"{self.name} {word} {qty} at {price:f}")
        self.session.send(
            [
                (35, "D"),
                (11, cl_ord_id),
                (55, SYMBOL),
                (54, side),
                (38, qty),
                (40, "2"),
                (44, f"{price:f}"),
                (59, "1"),
                (60, codec.format_time(time.time_ns(), 3)),
            ]
        )

    def ask(self, cl_ord_id: str, side: str) -> Fields:
        """Ask for the order's status; the report."""
        self.session.send([(35, "H"), (11, cl_ord_id), (55, SYMBOL), (54, side)])
        return self.reports_until(lambda report: value(report, 150) == b"I")

    def reports_until(self, is_last: Callable[[Fields], bool]) -> Fields:
        """Print reports as they come until one is what was waited for."""
        deadline_s = time.monotonic() + REPORT_TIMEOUT_S
        while True:
            report = self.session.receive(max(0.0, deadline_s - time.monotonic()))
            if report is None:
                raise DemoFailed(f"{self.name} waited {REPORT_TIMEOUT_S:g} s for a report")
            if value(report, 35) == b"8":
                say(f"    {self.name} hears: {told(report)}")
                if is_last(report):
                    return report


def run() -> int:
    """Show a cross, a routed residual, balances, a crash and recovery. 0 = all happened."""
    start_s = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="internaliser-demo-"))
    try:
        with contextlib.ExitStack() as stack:
            is_whole = _play(stack, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    say("")
    say(f"Done in {time.monotonic() - start_s:.1f} s.")
    return EXIT_OK if is_whole else EXIT_FINDING


def _play(stack: contextlib.ExitStack, folder: Path) -> bool:
    data = folder / "data"
    head("Two exchanges and a node start on free ports of this machine")
    words = ("--comp-id", "MARKET", "--instruments", LISTING, "--seed", "7", "--interval-ms", "0")
    market = stack.enter_context(Program("simulate", "fix", *words))
    words = ("--port", "0", "--symbols", BINANCE_LISTING, "--seed", "7", "--updates-per-s", "0")
    binance = stack.enter_context(Program("simulate", "binance", *words))
    fix_port, http_port = market.ready["ports"]["fix"], binance.ready["ports"]["http"]
    node_words = _node_words(data, fix_port, http_port)
    node = stack.enter_context(Program(*node_words))
    say(f"MARKET:  FIX on port {fix_port}")
    say(f"BINANCE: REST and WebSocket on port {http_port}")
    say(f"node:    FIX on port {node.ready['ports']['fix']}, data in {data}")
    _wait_for_venues(data)

    head("Two clients log on over FIX 4.4 and meet inside: no exchange, no exchange fee")
    port = node.ready["ports"]["fix"]
    alice, bob = (Trader(name, port, stack) for name in ("ALICE", "BOB"))
    bob.order("bob-1", "2", "1", MID)
    bob.reports_until(lambda report: value(report, 39) == b"0")
    alice.order("alice-1", "1", "1.5", MID + 50)
    alice.reports_until(lambda report: value(report, 39) == b"2")
    bob.reports_until(lambda report: value(report, 39) == b"2")
    say("1 BTC crossed inside at the middle; the residual 0.5 was bought where it cost least, net.")

    head("An order rests, and the node is killed with SIGKILL")
    bob.order("bob-2", "2", "2", MID + 500)
    bob.reports_until(lambda report: value(report, 39) == b"0")
    before = _booked(data)
    print_rows(before, is_json=False)
    node.stop(signal.SIGKILL)
    say("killed.")

    head("It starts again on the same data folder")
    node = stack.enter_context(Program(*node_words))
    say(f"recovered up to step {node.ready['recovered_seq']}, replay compared with the record")
    after = _booked(data)
    say(f"balances are {'the same' if before == after else 'DIFFERENT'}")
    bob = Trader("BOB", node.ready["ports"]["fix"], stack)
    status = bob.ask("bob-2", "2")
    is_open = value(status, 39) == b"0"
    say(f"BOB's order is {'still open' if is_open else 'LOST'}, his session goes on by number")
    bob.session.log_out()

    head("What the journal says")
    print_rows(_brief_trades(data), is_json=False)
    code = node.stop()
    found = report(data)
    say(f"orderly stop: exit code {code}")
    finding = "no finding" if found["ok"] else found["findings"]
    say(f"verify: {finding} in {found['records']} records")
    return before == after and is_open and code == 0 and bool(found["ok"])


def _node_words(data: Path, fix_port: int, http_port: int) -> tuple[str, ...]:
    """The command line of the node, routing to the exchanges on these ports."""
    at = f"127.0.0.1:{http_port}"
    changes = (
        "fix.port=0",
        "journal.segment_mb=4",
        f"venues.MARKET.port={fix_port}",
        f"venues.BINANCE.rest_url=http://{at}",
        f"venues.BINANCE.stream_url=ws://{at}",
        f"venues.BINANCE.api_url=ws://{at}/ws-api/v3",
    )
    words = ("run", "--config", str(resource("config/demo.toml")), "--data", str(data))
    return (*words, *(word for change in changes for word in ("--set", change)))


def _booked(data: Path) -> list[dict[str, Any]]:
    """Balances as the node's own books have them: no ages, no values, which are of the moment."""
    keys = ("kind", "owner", "asset", "balance", "reserved", "available")
    return [{key: row.get(key) for key in keys} for row in rows("balances", data)]


def _brief_trades(data: Path) -> Iterator[dict[str, Any]]:
    keys = ("trade_id", "symbol", "qty", "price", "buyer", "seller", "source")
    for row in rows("trades", data):
        yield {key: row[key] for key in keys}


def _wait_for_venues(data: Path) -> None:
    """Until the journal says that the links of both exchanges are up."""
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        up = {
            row["source"]
            for row in rows("journal", data)
            if row["kind"] == "source_state" and row["action"] == "up"
        }
        if len(up) == VENUES:
            time.sleep(BOOKS_S)
            return
        time.sleep(0.05)
    raise DemoFailed(f"the exchanges' links did not come up within {START_TIMEOUT_S:g} s")


def told(report: Fields) -> str:
    """An ExecutionReport in words."""
    status = STATUSES.get(value(report, 39) or b"", "?")
    reason = (value(report, 58) or b"").decode("latin-1")
    if value(report, 150) != b"F":
        return f"{status} {reason}".strip()
    place = PLACES.get(value(report, 851) or b"", "")
    qty, price, average = (_text(report, tag) for tag in (32, 31, 6))
    return f"{qty} at {price} {place}; {status}, average {average}"


def _text(report: Fields, tag: int) -> str:
    return (value(report, tag) or b"").decode("latin-1")


def head(text: str) -> None:
    """A heading of the demo's story."""
    print(f"\n== {text}", flush=True)


def say(text: str) -> None:
    """A line of the demo's story."""
    print(text, flush=True)
