"""Clients built on simplefix, one per version, over a socket: an order's life in plain messages."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import simplefix

from tests.node.process import NodeProcess

pytestmark = pytest.mark.slow

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIXT.1.1")
WAIT_S = 30
# ExecType(150) of a whole fill and of a status, and what only 4.2 and 5.0SP2 need.
TRADE = {"FIX.4.2": b"2", "FIX.4.4": b"F", "FIXT.1.1": b"F"}
STATUS = {"FIX.4.2": b"4", "FIX.4.4": b"I", "FIXT.1.1": b"I"}


class Client:
    """A session without a store: what comes is read in order."""

    def __init__(self, port: int, version: str, name: str) -> None:
        self.version, self.name, self.next_out = version, name, 1
        self.link = socket.create_connection(("127.0.0.1", port), WAIT_S)
        self.parser = simplefix.FixParser()

    def send(self, msg_type: str, *body: tuple[int, str | int]) -> None:
        message = simplefix.FixMessage()
        message.append_pair(8, self.version, header=True)
        message.append_pair(35, msg_type, header=True)
        message.append_pair(49, self.name, header=True)
        message.append_pair(56, "NODE", header=True)
        message.append_pair(34, self.next_out, header=True)
        message.append_utc_timestamp(52, datetime.now(UTC).replace(tzinfo=None), header=True)
        for tag, value in body:
            message.append_pair(tag, value)
        self.link.sendall(message.encode())
        self.next_out += 1

    def order(self, msg_type: str, *body: tuple[int, str | int]) -> None:
        now = datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S")
        handled = [(21, "1")] if self.version == "FIX.4.2" and msg_type in "DG" else []
        self.send(msg_type, *body, (55, "TEST1"), (60, now), *handled)

    def read(self) -> simplefix.FixMessage:
        while (message := self.parser.get_message()) is None:
            data = self.link.recv(65536)
            assert data, "the node closed the link"
            self.parser.append_buffer(data)
        return message

    def log_on(self) -> None:
        carried = [(1137, "9")] if self.version == "FIXT.1.1" else []
        self.send("A", (98, 0), (108, 30), (141, "Y"), *carried)
        answer = self.read()
        assert answer.get(35) == b"A"
        assert answer.get(8) == self.version.encode()

    def log_out(self) -> None:
        self.send("5")
        assert self.read().get(35) == b"5"
        self.link.close()


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder: Path = tmp_path_factory.mktemp("node")
    node = NodeProcess(folder / "data", settings=("journal.sync=off",))
    node.wait_ready()
    yield node.port
    node.kill()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_orders_life(port: int, version: str) -> None:
    client = Client(port, version, f"CLIENT{VERSIONS.index(version) + 1}")
    client.log_on()
    client.order("D", (11, "a"), (54, "1"), (38, 10), (40, "2"), (44, "100"))
    report = client.read()
    assert [report.get(tag) for tag in (35, 150, 39, 11, 151)] == [b"8", b"0", b"0", b"a", b"10"]
    client.order("G", (11, "b"), (41, "a"), (54, "1"), (38, 12), (40, "2"), (44, "100"))
    report = client.read()
    assert [report.get(tag) for tag in (150, 11, 41, 151)] == [b"5", b"b", b"a", b"12"]
    client.order("F", (11, "c"), (41, "b"), (54, "1"), (38, 12))
    report = client.read()
    assert [report.get(tag) for tag in (150, 39, 11, 41, 151)] == [b"4", b"4", b"c", b"b", b"0"]
    client.send("H", (11, "c"), (55, "TEST1"), (54, "1"))
    report = client.read()
    assert [report.get(tag) for tag in (150, 39)] == [STATUS[version], b"4"]
    client.log_out()


def test_the_versions_trade_with_each_other(port: int) -> None:
    """Three clients, each in its version, in one book."""
    buyers = [Client(port, version, f"CLIENT{n}") for n, version in enumerate(VERSIONS, 4)]
    for n, client in enumerate(buyers):
        client.log_on()
        client.order("D", (11, f"buy{n}"), (54, "1"), (38, 5), (40, "2"), (44, "100"))
        assert client.read().get(150) == b"0"
    seller = Client(port, "FIX.4.4", "CLIENT7")
    seller.log_on()
    seller.order("D", (11, "sell"), (54, "2"), (38, 15), (40, "2"), (44, "100"), (59, "3"))
    told = [seller.read() for _ in range(4)]
    assert [report.get(150) for report in told] == [b"0", b"F", b"F", b"F"]
    for client in buyers:
        report = client.read()
        assert [report.get(tag) for tag in (150, 39, 32, 31, 14)] == [
            TRADE[client.version], b"2", b"5", b"100", b"5",
        ]  # fmt: skip
        assert (report.get(20) == b"0") is (client.version == "FIX.4.2")
        assert (report.get(880) is not None) is (client.version == "FIXT.1.1")
        client.log_out()
    seller.log_out()
