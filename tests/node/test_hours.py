"""A whole node by the clock: it announces its end, says goodbye, refuses, and knows it later."""

import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from internaliser.node import Node
from tests.node.fix import fields_of, split
from tests.scenarios.runner import Talker
from tests.test_node import serve, talk
from tests.whole_node import plain_config

LOGON = "A|98=0|108=30"
PATIENCE_S = 60.0
TRIES = 5  # each gives a slow machine twice the time to start before the close

Message = dict[bytes, bytes]


def start(folder: Path, open_for_s: int) -> Node:
    close = datetime.now(UTC) + timedelta(seconds=open_for_s)
    terms = {
        "days": "mon-sun",
        "open_utc": f'"{close - timedelta(hours=1):%H:%M:%S}"',
        "close_utc": f'"{close:%H:%M:%S}"',
        "reset": "daily",
        "announce_s": "3000",
    }
    overrides = (f"schedule.{key}={value}" for key, value in terms.items())
    ports = ("fix.port=0", "feed.port=0", "feed.enabled=true")
    return Node(plain_config(*ports, "journal.segment_mb=4", *overrides), folder)


def stay(port: int) -> list[Message]:
    """Log on and read until the node closes, answering its Logout."""
    talker, found, rest = Talker("CLIENT1"), [], b""
    with socket.create_connection(("127.0.0.1", port), 120) as link:
        link.sendall(talker.write(LOGON, time.time_ns()))
        while data := link.recv(65536):
            new, rest = split(rest + data)
            found += [dict(fields_of(message)) for message in new]
            if new and found[-1][b"35"] == b"5":
                link.sendall(talker.write("5", time.time_ns()))
    return found


def is_closed(heard: list[Message]) -> bool:
    """The last answer names the hours."""
    return bool(heard) and heard[-1].get(b"58", b"").startswith(b"outside the session hours")


def test_a_node_closes_by_the_clock_and_begins_anew(tmp_path: Path) -> None:
    told: list[Message] = []
    refused: list[Message] = []
    at_feed: list[Message] = []

    def act(port: int) -> None:
        told.extend(stay(port))
        refused.extend(talk(port, Talker("CLIENT1"), [LOGON], 1))
        assert node.feed is not None
        end_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < end_s and not is_closed(at_feed):
            at_feed.extend(talk(node.feed.port, Talker("CLIENT1"), [LOGON], 1))

    for attempt in range(TRIES):
        told.clear()
        refused.clear()
        at_feed.clear()
        folder, open_for_s = tmp_path / str(attempt), 4 << attempt
        node = start(folder, open_for_s)
        assert serve(node, act) == 0
        if [message[b"35"] for message in told[:2]] == [b"A", b"B"]:
            break
    assert [message[b"35"] for message in told] == [b"A", b"B", b"5"]
    assert [message[b"34"] for message in told] == [b"1", b"2", b"3"]
    assert told[1][b"58"].startswith(b"the session ends at ")
    assert told[2][b"58"].startswith(b"outside the session hours: opens at ")
    assert [(message[b"35"], message[b"34"]) for message in refused] == [(b"5", b"1")]
    assert is_closed(at_feed)
    again = start(folder, 300)  # open, and the end before is known: no second reset
    found: list[Message] = []
    assert serve(again, lambda port: found.extend(talk(port, Talker("CLIENT1"), [LOGON], 1))) == 0
    assert (found[0][b"35"], found[0][b"34"]) == (b"A", b"2")
