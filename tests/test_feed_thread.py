"""The feed of a running node, over sockets."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from internaliser.errors import InternaliserError
from internaliser.feed_thread import feed_sessions, names_core
from internaliser.node import Node
from tests.feed.desk import text_of
from tests.feed.follower import Follower
from tests.node.fix import Fields, encode, fields_of, split, time_text
from tests.node.process import PLAIN, ROOT, STOP_S
from tests.whole_node import WholeNode, plain_config

WAIT_S = 30
COPY = """
[[drop_copies]]
name = "RISK"
accounts = ["*"]
"""


class Line:
    """A FIX client on a socket, which takes in little ahead of being read where `is_small`."""

    def __init__(
        self, port: int, name: str, *logon: tuple[str, str], is_small: bool = False
    ) -> None:
        self.socket = socket.socket()
        self.socket.settimeout(WAIT_S)
        if is_small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.connect(("127.0.0.1", port))
        self.name = name
        self.number = 0
        self.rest = b""
        self.pending: list[Fields] = []
        self.send("A", ("98", "0"), ("108", "30"), ("141", "Y"), *logon)
        self.wait("A")

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, msg_type: str, *body: tuple[str, str]) -> None:
        self.number += 1
        head = [("35", msg_type), ("34", str(self.number)), ("49", self.name)]
        head += [("52", time_text(time.time_ns()).decode()), ("56", "NODE")]
        pairs = [(tag.encode(), value.encode()) for tag, value in [*head, *body]]
        self.socket.sendall(encode(pairs))

    def order(self, name: str, side: str, qty: int, price: str) -> None:
        now = time_text(time.time_ns()).decode()
        body = [("11", name), ("55", "TEST1"), ("54", side), ("60", now), ("38", str(qty))]
        self.send("D", *body, ("40", "2"), ("44", price), ("59", "1"))

    def wait(self, msg_type: str) -> Fields:
        """The next message of that type; others before it are passed over."""
        while True:
            message = self.take()
            if text_of(message, "35") == msg_type:
                return message

    def take(self) -> Fields:
        """The next message."""
        while not self.pending:
            data = self.socket.recv(65536)
            assert data, f"{self.name}: the line ended"
            found, self.rest = split(self.rest + data)
            self.pending += map(fields_of, found)
        return self.pending.pop(0)

    def subscribe(self) -> None:
        """To the whole book of TEST1, ids included."""
        self.send(
            "V",
            *[("262", "r"), ("5082", "Y"), ("263", "1"), ("264", "0"), ("265", "1")],
            *[("267", "2"), ("269", "0"), ("269", "1"), ("146", "1"), ("55", "TEST1")],
        )


class Running:
    """`internaliser run` with the feed on, on free ports."""

    def __init__(self, data: Path, config: Path, *settings: str) -> None:
        words = [sys.executable, "-m", "internaliser", "run", "--config", str(config)]
        words += ["--data", str(data)]
        for setting in ("fix.port=0", "feed.port=0", "feed.enabled=true", *settings):
            words += ["--set", setting]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        ports = json.loads(line.removeprefix("READY "))["ports"]
        self.fix, self.feed = ports["fix"], ports["feed"]

    def stop(self) -> int:
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.wait(STOP_S)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "node.toml"
    path.write_text(PLAIN.read_text() + COPY)
    return path


@pytest.fixture
def running(tmp_path: Path, config: Path) -> Iterator[Running]:
    node = Running(tmp_path / "data", config)
    yield node
    if node.process.poll() is None:
        node.process.kill()
        node.wait()


def test_market_data_and_drop_copy_over_sockets(
    running: Running, tmp_path: Path, config: Path
) -> None:
    follower = Follower()
    with (
        Line(running.fix, "CLIENT1") as client,
        Line(running.feed, "RISK") as risk,
        Line(running.feed, "CLIENT2") as reader,
    ):
        reader.subscribe()
        follower.take([reader.wait("W")])
        client.order("a", "1", 5, "100")
        follower.take([reader.wait("X")])
        assert follower.books["r", "TEST1"].shown() == ([(100, 5, 0)], [])
        report, copy = client.wait("8"), risk.wait("8")
        assert text_of(copy, "17") == text_of(report, "17")
        assert text_of(copy, "1") == "CLIENT1"
        assert running.stop() == 0
        risk.wait("5")
    # The next run goes on: the book is the same, the drop copy asks for what it has not heard.
    again = Running(tmp_path / "data", config)
    try:
        with Line(again.fix, "CLIENT2") as client:
            client.order("b", "2", 2, "100")
            with Line(again.feed, "RISK", ("5091", text_of(copy, "17"))) as risk:
                heard = [risk.wait("8") for _ in range(3)]
        assert [text_of(one, "11") for one in heard] == ["b", "a", "b"]
        assert [text_of(one, "150") for one in heard] == ["0", "F", "F"]
    finally:
        assert again.stop() == 0


def test_a_reader_that_stops_reading_is_shown_the_book_anew_and_kept(
    tmp_path: Path, config: Path
) -> None:
    steps, orders, prices = 200, 5, 20
    expected = [(100 - n, steps * orders // prices) for n in range(prices)]
    small = ("feed.behind_bytes=4096", "feed.socket_bytes=4096", "journal.sync=off")
    node = Running(tmp_path / "data", config, *small)
    followers = {"quick": Follower(), "slow": Follower()}
    counts = dict.fromkeys(followers, 0)

    def read_on(name: str, line: Line) -> None:
        message = line.take()
        counts[name] += text_of(message, "35") in ("W", "X")
        followers[name].take([message])

    def bids(name: str) -> list[tuple[int, int]]:
        levels = followers[name].books["r", "TEST1"].shown()[0]
        return [(int(price), int(qty)) for price, qty, _ in levels]

    with (
        Line(node.fix, "CLIENT1") as client,
        Line(node.feed, "CLIENT2") as quick,
        Line(node.feed, "CLIENT3", is_small=True) as slow,
    ):
        for name, line in (("quick", quick), ("slow", slow)):
            line.subscribe()
            read_on(name, line)
        for step in range(steps):
            for number in range(step * orders, (step + 1) * orders):
                client.order(f"o{number}", "1", 1, str(100 - number % prices))
            read_on("quick", quick)
        while bids("quick") != expected:
            read_on("quick", quick)
        while bids("slow") != expected:
            read_on("slow", slow)
    assert followers["slow"].books["r", "TEST1"].snapshots > 1
    assert followers["quick"].books["r", "TEST1"].snapshots == 1
    assert counts["slow"] < counts["quick"]
    assert node.stop() == 0


def test_a_taken_port_is_named_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = plain_config("fix.port=0", "feed.enabled=true", f"feed.port={port}")
        with pytest.raises(InternaliserError, match=f"{port}.*--set feed.port"):
            Node(config, tmp_path)


def test_every_client_and_every_drop_copy_may_log_on(tmp_path: Path) -> None:
    config = plain_config("feed.enabled=true", 'fix.begin_strings=["FIX.4.4"]', more=COPY)
    node = WholeNode(tmp_path, config, time.time_ns())
    sessions = list(feed_sessions(config, node.state.core))
    assert [one.name for one in sessions if one.accounts is None] == [
        client.name for client in config.clients
    ]
    (copy,) = [one for one in sessions if one.accounts is not None]
    assert (copy.name, copy.accounts) == ("RISK", tuple(range(len(config.clients))))
    node.crash()


def test_the_feeds_own_core_names_things_as_the_nodes_does(tmp_path: Path) -> None:
    node = WholeNode(tmp_path, plain_config("feed.enabled=true"), time.time_ns())
    core = node.state.core
    names = names_core(core)
    assert names.assets() == core.assets()
    assert [row["name"] for row in names.clients()] == [row["name"] for row in core.clients()]
    assert names.instruments() == core.instruments()
    node.crash()
