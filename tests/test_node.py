"""The node as one thing: it says where it listens, serves, stops in order, starts where it was."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from internaliser.core.core import Core
from internaliser.errors import ConfigError, InternaliserError
from internaliser.model.commands import config_command
from internaliser.node import Node, refuse_refused, refuse_taken_port
from internaliser.priority import refuse_without_right
from tests.node.fix import fields_of, split
from tests.node.process import NodeProcess
from tests.scenarios.runner import Talker
from tests.whole_node import plain_config

ORDER = "D|11={}|55=TEST1|54=1|38=5|40=2|44=1.00"


def talk(port: int, talker: Talker, texts: list[str], count: int) -> list[dict[bytes, bytes]]:
    """Send these; the first `count` messages that come back."""

    with socket.create_connection(("127.0.0.1", port), 10) as link:
        for text in texts:
            link.sendall(talker.write(text, time.time_ns()))
        messages: list[bytes] = []
        rest = b""
        while len(messages) < count and (data := link.recv(65536)):
            new, rest = split(rest + data)
            messages += new
    return [dict(fields_of(message)) for message in messages]


def serve(node: Node, act: Callable[[int], None]) -> int:
    """Run the node on this thread, `act` on another, then SIGTERM."""
    port = json.loads(node.ready().removeprefix("READY "))["ports"]["fix"]

    def play() -> None:
        try:
            act(port)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=play)
    try:
        return node.run(thread.start)  # once signals are heard
    finally:
        if thread.ident is not None:
            thread.join()
        node.close()


@pytest.mark.parametrize("more", [(), ("core.turn_connections=1", "core.turn_bytes=7")])
def test_a_node_serves_stops_in_order_and_goes_on_where_it_was(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    config = plain_config("fix.port=0", "journal.segment_mb=4", *more)
    talker = Talker("CLIENT1")
    told: list[dict[bytes, bytes]] = []
    node = Node(config, tmp_path / "data")
    assert json.loads(node.ready().removeprefix("READY "))["recovered_seq"] == 0
    texts = ["A|98=0|108=30", ORDER.format("a")]
    assert serve(node, lambda port: told.extend(talk(port, talker, texts, 2))) == 0
    assert [message[b"35"] for message in told] == [b"A", b"8"]
    again = Node(config, tmp_path / "data")
    assert again.recovered_seq == node.state.core.seq
    assert [row["cl_ord_id"] for row in again.state.core.orders(open_only=True)] == ["a"]
    again.close()


@pytest.mark.slow
def test_once_it_is_ready_the_operator_and_signals_are_heard(tmp_path: Path) -> None:
    for _ in range(3):
        node = NodeProcess(tmp_path / "data", settings=("journal.segment_mb=4",))
        node.wait_ready()
        has_channel = (tmp_path / "data" / "control.sock").exists()
        assert (node.stop(), has_channel) == (0, True)


@pytest.mark.slow
@pytest.mark.parametrize(("sync", "priorities"), [("interval", [1, 2]), ("batch", [1])])
def test_in_real_time_are_the_core_and_before_it_the_syncer(
    tmp_path: Path, sync: str, priorities: list[int]
) -> None:
    try:
        refuse_without_right(1)
    except InternaliserError as error:
        pytest.skip(str(error))
    settings = ("core.realtime=1", f"journal.sync={sync}", "journal.segment_mb=4")
    node = NodeProcess(tmp_path / "data", settings=settings)
    node.wait_ready()
    threads = [int(task.name) for task in Path(f"/proc/{node.pid}/task").iterdir()]
    found = sorted(
        os.sched_getparam(thread).sched_priority
        for thread in threads
        if os.sched_getscheduler(thread) == os.SCHED_FIFO
    )
    assert (node.stop(), found) == (0, priorities)


def test_a_port_in_use_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InternaliserError, match=f"cannot listen on 127.0.0.1:{port}"):
            refuse_taken_port("127.0.0.1", port)
    refuse_taken_port("127.0.0.1", 0)


def test_a_file_that_contradicts_the_journal_is_refused(tmp_path: Path) -> None:
    config = plain_config("fix.port=0", "journal.segment_mb=4")
    node = Node(config, tmp_path / "data")
    node.close()
    with pytest.raises(ConfigError, match="USD"):
        Node(plain_config("fix.port=0", "assets.USD.decimals=4"), tmp_path / "data")
    again = Node(config, tmp_path / "data")
    again.close()


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    config = plain_config("fix.port=0", "journal.segment_mb=4")
    node = Node(config, tmp_path / "data")
    with pytest.raises(InternaliserError, match="in use"):
        Node(config, tmp_path / "data")
    node.close()


def applied(kind: str, values: dict[str, int], name: str) -> tuple[bytes, bytes]:
    """A configuration command and the records of what a new core says to it."""
    command = config_command(kind, values, name=name)
    return command, Core(1, 100, 100).apply_raw(command)[3]


def test_a_configuration_the_core_refuses_ends_the_start_in_one_line() -> None:
    command, events = applied("asset", {"decimals": 40}, "GOLD")
    with pytest.raises(InternaliserError) as raised:
        refuse_refused(command, events)
    assert str(raised.value) == "the core refuses the configuration of asset GOLD: unsupported"


def test_a_configuration_the_core_applies_passes() -> None:
    refuse_refused(*applied("asset", {"decimals": 4}, "GOLD"))
