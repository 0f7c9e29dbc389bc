"""A simulated exchange in a thread of this process, and a client that speaks simplefix to it."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import simplefix

from internaliser.venues.fix_simulator import FixSimulator, SimulatorConfig, serve

TIMEOUT_S = 10
BOOK = {"bids": [["99", "5"], ["98", "10"]], "asks": [["101", "5"], ["102", "10"]]}


class Running:
    """The exchange's ports, and its control port as a call."""

    def __init__(self, simulator: FixSimulator, ports: dict[str, int]) -> None:
        self.simulator = simulator
        self.ports = ports
        self.control_socket = socket.create_connection(
            ("127.0.0.1", ports["control"]), timeout=TIMEOUT_S
        )
        self.control_file = self.control_socket.makefile("rwb")

    def ask(self, do: str, **options: Any) -> dict[str, Any]:
        self.control_file.write(json.dumps({"do": do, **options}).encode() + b"\n")
        self.control_file.flush()
        found: dict[str, Any] = json.loads(self.control_file.readline())
        return found

    def control(self, do: str, **options: Any) -> dict[str, Any]:
        found = self.ask(do, **options)
        assert found["ok"], found
        return found

    def order(self, cl_ord_id: str) -> dict[str, Any] | None:
        """What the exchange knows of an order."""
        orders = self.control("truth")["orders"]
        return next((order for order in orders if order["cl_ord_id"] == cl_ord_id), None)

    def close(self) -> None:
        self.control_file.close()
        self.control_socket.close()


@contextmanager
def running(**options: Any) -> Iterator[Running]:
    """An exchange whose market moves only on command, with BOOK in BTC/USD."""
    ready = threading.Event()
    found: list[Any] = []
    config = SimulatorConfig(interval_ms=0, **options)

    def on_ready(simulator: FixSimulator, ports: dict[str, int]) -> None:
        found.extend((simulator, ports, asyncio.current_task(), asyncio.get_running_loop()))
        ready.set()

    async def main() -> None:
        with suppress(asyncio.CancelledError):
            await serve(config, on_ready)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert ready.wait(TIMEOUT_S)
    simulator, ports, task, loop = found
    exchange = Running(simulator, ports)
    try:
        exchange.control("set_book", symbol="BTC/USD", **BOOK)
        yield exchange
    finally:
        exchange.close()
        loop.call_soon_threadsafe(task.cancel)
        thread.join(TIMEOUT_S)
        assert not thread.is_alive()


class Client:
    """One connection. Counts its own numbers; answers nothing by itself."""

    def __init__(self, exchange: Running, comp_id: str = "NODE") -> None:
        self.exchange = exchange
        self.comp_id = comp_id
        self.next_out = 1
        self.parser = simplefix.FixParser()
        self.connect()

    def connect(self) -> None:
        self.socket = socket.create_connection(
            ("127.0.0.1", self.exchange.ports["fix"]), timeout=TIMEOUT_S
        )
        self.parser = simplefix.FixParser()

    def send(self, line: str, *, number: int | None = None) -> None:
        """ "35=D|11=A|..." with a header; counts MsgSeqNum on unless a number is given."""
        message = simplefix.FixMessage()
        message.append_pair(8, "FIX.4.4")
        first, *rest = [part.split("=", 1) for part in line.strip("|").split("|")]
        message.append_pair(first[0], first[1])
        message.append_pair(49, self.comp_id)
        message.append_pair(56, "SIM")
        message.append_pair(34, self.next_out if number is None else number)
        message.append_utc_timestamp(52, precision=3)
        for tag, value in rest:
            message.append_pair(tag, value)
        if number is None:
            self.next_out += 1
        self.socket.sendall(message.encode())

    def receive(self) -> dict[int, str] | None:
        """The next message, None when the connection is closed."""
        while (message := self.parser.get_message()) is None:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self.parser.append_buffer(data)
        values: dict[int, str] = {}
        self.last_pairs = [(int(tag), value.decode()) for tag, value in message.pairs]
        for tag, value in self.last_pairs:
            values.setdefault(tag, value)
        return values

    def logon(self, extra: str = "") -> dict[int, str] | None:
        self.send(f"35=A|98=0|108=30|{extra}")
        return self.receive()

    def order(self, cl_ord_id: str, qty: int, price: str, side: str = "1", tif: str = "3") -> None:
        self.send(
            f"35=D|11={cl_ord_id}|55=BTC/USD|54={side}|60=20231114-22:13:20|38={qty}|40=2|"
            f"44={price}|59={tif}|"
        )

    def status(self, cl_ord_id: str) -> dict[int, str] | None:
        self.send(f"35=H|11={cl_ord_id}|55=BTC/USD|54=1|")
        return self.receive()

    def reports(self, count: int) -> list[str]:
        """The next `count` messages, each by what it tells of the order."""
        told = []
        for _ in range(count):
            values = self.receive()
            assert values is not None
            told.append(tale(values))
        return told

    def barrier(self) -> list[str]:
        """Everything that comes before the answer to a TestRequest."""
        self.send("35=1|112=barrier|")
        told = []
        while (values := self.receive()) is not None:
            if values.get(112) == "barrier":
                return told
            told.append(tale(values))
        raise AssertionError("the connection was closed")

    def close(self) -> None:
        self.socket.close()


def tale(values: dict[int, str]) -> str:
    """A report as one line: "8 F 1 last 5@101 cum 5 leaves 2", other messages by their type."""
    if values[35] != "8":
        return values[35]
    last = f" last {values[32]}@{values[31]}" if 32 in values else ""
    again = " again" if values.get(43) == "Y" else ""
    return f"8 {values[150]} {values[39]}{last} cum {values[14]} leaves {values[151]}{again}"
